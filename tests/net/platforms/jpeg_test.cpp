#define CAF_SUITE platforms_jpeg
#include "net/platforms/jpeg.hpp"

#include "pictures.hpp"
#include "tests/servers/process.hpp"

#include <caf/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>

using namespace troupe::platforms;

namespace {

struct fixture {
  troupe::testing::temporary_folder home;
  std::filesystem::path folder = home.path();

  std::string picture(int width, int height, int orientation) {
    const auto path = (folder / "in.jpg").string();
    testing::write_picture(path, width, height, orientation);
    return path;
  }
};

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(jpeg_tests, fixture)

CAF_TEST(a picture without metadata is sent as it is) {
  const auto r = jpeg::without_metadata(picture(60, 40, 0), 0);
  CAF_CHECK(r.what == jpeg::state::clean);
  CAF_CHECK(r.bytes.empty());
}

CAF_TEST(metadata is removed and the picture turned upright) {
  const auto path = picture(60, 40, 6); // lies on its side
  CAF_REQUIRE(read(path).find("SecretCamera") != std::string::npos);
  const auto r = jpeg::without_metadata(path, 0);
  CAF_REQUIRE(r.what == jpeg::state::resaved);
  CAF_CHECK(r.bytes.find("SecretCamera") == std::string::npos);
  CAF_CHECK(r.bytes.find("Exif") == std::string::npos);
  CAF_CHECK_EQUAL(r.bytes.substr(0, 2), "\xFF\xD8");
  CAF_CHECK_EQUAL(r.width, 40);
  CAF_CHECK_EQUAL(r.height, 60);
}

CAF_TEST(quality gives way to the size limit and in the end the picture is refused) {
  const auto path = picture(400, 300, 1);
  const auto full = jpeg::without_metadata(path, 0);
  CAF_REQUIRE(full.what == jpeg::state::resaved);
  const auto less = jpeg::without_metadata(path, full.bytes.size() - 1);
  CAF_REQUIRE(less.what == jpeg::state::resaved);
  CAF_CHECK_LESS(less.bytes.size(), full.bytes.size());
  CAF_CHECK(jpeg::without_metadata(path, 100).what == jpeg::state::failed);
}

CAF_TEST(files that are no pictures are refused without harm) {
  const auto path = (folder / "x.jpg").string();
  std::ofstream(path) << "<html>no picture</html>";
  CAF_CHECK(jpeg::without_metadata(path, 0).what == jpeg::state::failed);
  CAF_CHECK(jpeg::without_metadata((folder / "missing.jpg").string(), 0).what == jpeg::state::failed);
  const auto whole = read(picture(60, 40, 6));
  std::ofstream(path, std::ios::binary) << whole.substr(0, 300);
  const auto cut = jpeg::without_metadata(path, 0);
  CAF_CHECK(cut.what != jpeg::state::clean);
}

CAF_TEST_FIXTURE_SCOPE_END()
