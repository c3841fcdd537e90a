#define CAF_SUITE media_sweep
#include <caf/test/unit_test.hpp>

#include "api_node.hpp"
#include "net/api/media_sweep.hpp"
#include "tests/net/files/pictures.hpp"

#include <fcntl.h>
#include <filesystem>
#include <future>
#include <sys/stat.h>

using namespace troupe;
using namespace troupe::test;
namespace fs = std::filesystem;

namespace {

struct fixture {
  api_node node;

  std::string upload(int seed) {
    auto bytes = picture(files::image_type::png, 30, 20, 1, seed);
    return text_at(expect(node.upload(std::move(bytes), "image/png"), 201).json(), "id");
  }
  /// Makes everything look a week old: rows and files.
  void age() {
    node.sql("UPDATE media SET created_at = created_at - interval '7 days'");
    for (auto& e : fs::recursive_directory_iterator(node.config().media.directory)) {
      timespec times[2] = {{1'000, 0}, {1'000, 0}};
      if (e.is_regular_file()) ::utimensat(AT_FDCWD, e.path().c_str(), times, 0);
    }
  }
  api::sweep_result sweep() {
    std::promise<api::sweep_result> done;
    api::sweep_unreferenced(node.system(), node.core().rt(), node.files(), std::chrono::hours{24},
                            [&](api::sweep_result r) { done.set_value(r); });
    auto result = done.get_future();
    if (result.wait_for(std::chrono::seconds{60}) != std::future_status::ready)
      CAF_FAIL("the sweep did not end");
    return result.get();
  }
  std::size_t files() {
    std::size_t n = 0;
    for (auto& e : fs::recursive_directory_iterator(node.config().media.directory)) n += e.is_regular_file();
    return n;
  }
  std::int64_t rows() { return node.sql("SELECT count(*) FROM media").get_int(0, 0); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(sweeps, fixture)

CAF_TEST(only old images that no post uses are collected) {
  auto used = upload(1), variant = upload(2), unused = upload(3);
  auto account = node.connect("sweep");
  expect(
      node.post("~/posts", {{"text", "x"},
                            {"media", {{{"media_id", used}}}},
                            {"targets", {{{"account_id", account}, {"media", {{{"media_id", variant}}}}}}}}),
      201);
  auto first = sweep();
  CAF_CHECK(first.complete);
  CAF_CHECK_EQUAL(first.rows, 3u);
  CAF_CHECK_EQUAL(first.rows_gone + first.files_gone, 0u); // nothing is old yet
  age();
  upload(4); // a young one
  auto second = sweep();
  CAF_CHECK(second.complete);
  CAF_CHECK_EQUAL(second.rows_gone, 1u);
  CAF_CHECK_EQUAL(second.files_gone, 1u);
  CAF_CHECK_EQUAL(node.get("~/media/" + unused).status, 404);
  for (auto& kept : {used, variant}) CAF_CHECK_EQUAL(node.get("~/media/" + kept + "/content").status, 200);
  CAF_CHECK_EQUAL(rows(), 3);
  CAF_CHECK_EQUAL(files(), 3u);
}

CAF_TEST(a file lives as long as any row has it) {
  auto one = upload(1), other = upload(1);
  CAF_CHECK_EQUAL(files(), 1u);
  age();
  node.sql("UPDATE media SET created_at = now() WHERE id = $1", {other});
  auto r = sweep();
  CAF_CHECK_EQUAL(r.rows_gone, 1u);
  CAF_CHECK_EQUAL(r.files_gone, 0u);
  CAF_CHECK_EQUAL(node.get("~/media/" + one).status, 404);
  CAF_CHECK_EQUAL(node.get("~/media/" + other + "/content").status, 200);
}

CAF_TEST(a file without any row is collected once it is old) {
  upload(1);
  node.sql("DELETE FROM media");
  CAF_CHECK_EQUAL(sweep().files_gone, 0u);
  age();
  CAF_CHECK_EQUAL(sweep().files_gone, 1u);
  CAF_CHECK_EQUAL(files(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
