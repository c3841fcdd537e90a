#define CAF_SUITE image_check
#include <caf/test/unit_test.hpp>

#include "net/files/image_check.hpp"
#include "tests/net/files/pictures.hpp"

using namespace troupe;
using namespace troupe::files;
using namespace troupe::test;

namespace {

constexpr image_type every_type[] = {image_type::png, image_type::jpeg, image_type::gif, image_type::webp};
constexpr std::int64_t plenty = 1'000'000;

struct fixture {
  temporary_folder folder;
  expected<image_size> check(std::string_view bytes, image_type type, std::int64_t max_pixels = plenty) {
    return check_image(folder.write("image", bytes), type, max_pixels);
  }
  /// The code of the one field error, or empty.
  static std::string code(const expected<image_size>& r) {
    return r || r.error().fields.empty() ? std::string{} : r.error().fields.front().code;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(checks, fixture)

CAF_TEST(a type is known by its first bytes) {
  using namespace std::string_view_literals;
  CAF_CHECK(sniff("\x89PNG\r\n\x1a\n...."sv) == image_type::png);
  CAF_CHECK(sniff("\xff\xd8\xff\xe0"sv) == image_type::jpeg);
  CAF_CHECK(sniff("GIF87a"sv) == image_type::gif);
  CAF_CHECK(sniff("GIF89a"sv) == image_type::gif);
  CAF_CHECK(sniff("RIFF\x10\x00\x00\x00WEBPVP8 "sv) == image_type::webp);
  CAF_CHECK(!sniff("RIFF\x10\x00\x00\x00WAVEfmt "sv));
  CAF_CHECK(!sniff("RIFF\x10\x00\x00\x00WEB"sv));
  CAF_CHECK(!sniff("\x89PNG\r\n"sv));
  CAF_CHECK(!sniff("<svg xmlns="sv));
  CAF_CHECK(!sniff(""sv));
}

CAF_TEST(a content type is read without its parameters and in any case) {
  CAF_CHECK(parse_content_type("image/png") == image_type::png);
  CAF_CHECK(parse_content_type("Image/JPEG ; q=1") == image_type::jpeg);
  CAF_CHECK(!parse_content_type("image/pngx"));
  CAF_CHECK(!parse_content_type("image/svg+xml"));
  CAF_CHECK(!parse_content_type(""));
}

CAF_TEST(whole pictures tell their size) {
  for (auto type : every_type) {
    auto size = check(picture(type, 120, 80), type);
    CAF_REQUIRE(size);
    CAF_CHECK_EQUAL(size->width, 120);
    CAF_CHECK_EQUAL(size->height, 80);
    CAF_CHECK_EQUAL(size->frames, 1);
  }
}

CAF_TEST(a picture that is cut off is refused wherever it is cut) {
  for (auto type : every_type) {
    auto whole = picture(type, 120, 80);
    for (auto part : {0.1, 0.5, 0.9}) {
      auto cut = whole.substr(0, static_cast<std::size_t>(static_cast<double>(whole.size()) * part));
      CAF_MESSAGE(content_type(type) << " cut at " << part);
      CAF_CHECK_EQUAL(code(check(cut, type)), "bad-format");
    }
  }
  auto progressive = progressive_jpeg(120, 80);
  CAF_CHECK(check(progressive, image_type::jpeg));
  CAF_CHECK_EQUAL(code(check(progressive.substr(0, progressive.size() / 2), image_type::jpeg)), "bad-format");
}

CAF_TEST(an animation that lacks its last frame is refused) {
  for (auto type : {image_type::gif, image_type::webp}) {
    auto whole = picture(type, 60, 40, 4);
    auto size = check(whole, type);
    CAF_REQUIRE(size);
    CAF_CHECK_EQUAL(size->frames, 4);
    CAF_CHECK_EQUAL(size->height, 40);
    CAF_CHECK_EQUAL(code(check(whole.substr(0, whole.size() * 9 / 10), type)), "bad-format");
  }
}

CAF_TEST(pixels are counted before anything is decoded) {
  // There is no pixel data behind this header: had it been decoded, it would be called damaged.
  auto size = check(png_promising(50'000, 50'000), image_type::png, 100'000'000);
  CAF_CHECK_EQUAL(code(size), "too-large");
  CAF_CHECK_EQUAL(code(check(png_promising(1'000, 1'000), image_type::png)), "bad-format");
}

CAF_TEST(the limit is exact and counts the frames of an animation together) {
  auto png = picture(image_type::png, 100, 50);
  CAF_CHECK(check(png, image_type::png, 5'000));
  CAF_CHECK_EQUAL(code(check(png, image_type::png, 4'999)), "too-large");
  auto gif = picture(image_type::gif, 100, 50, 3);
  CAF_CHECK(check(gif, image_type::gif, 15'000));
  CAF_CHECK_EQUAL(code(check(gif, image_type::gif, 14'999)), "too-large");
}

CAF_TEST(noise behind a good signature is refused) {
  using namespace std::string_literals;
  std::string noise(4'000, '\xA5');
  CAF_CHECK_EQUAL(code(check("\x89PNG\r\n\x1a\n"s + noise, image_type::png)), "bad-format");
  CAF_CHECK_EQUAL(code(check("\xff\xd8\xff\xe0"s + noise, image_type::jpeg)), "bad-format");
  CAF_CHECK_EQUAL(code(check("GIF89a"s + noise, image_type::gif)), "bad-format");
  CAF_CHECK_EQUAL(code(check("RIFF\xa0\x0f\x00\x00WEBP"s + noise, image_type::webp)), "bad-format");
}

CAF_TEST_FIXTURE_SCOPE_END()
