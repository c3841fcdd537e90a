#define CAF_SUITE file_store
#include <caf/test/unit_test.hpp>

#include "net/files/file_store.hpp"
#include "system/core/secrets.hpp"
#include "tests/net/files/pictures.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace troupe;
using namespace troupe::files;
using namespace troupe::test;

namespace fs = std::filesystem;

namespace {

file_store open_in(const std::string& directory) {
  secrets::init();
  auto store = file_store::open(directory);
  if (!store) CAF_FAIL(store.error().detail);
  return *store;
}

struct fixture {
  temporary_folder folder;
  temporary_folder spool;
  file_store store = open_in(folder.path() + "/media");
  std::string png = picture(image_type::png, 64, 48);

  expected<stored_image> take(std::string_view bytes, std::string_view type, image_limits limits = {}) {
    return store.take_image(upload(spool, bytes), type, limits);
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (auto& e : fs::recursive_directory_iterator(store.directory())) count += e.is_regular_file();
    return count;
  }
  void make_old(const std::string& path) {
    timespec times[2] = {{1'000, 0}, {1'000, 0}};
    CAF_REQUIRE_EQUAL(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  static ec code(const expected<stored_image>& r) { return r ? ec::none : r.error().code; }
};

mode_t mode_of(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0 ? s.st_mode & 07777 : 0;
}

const auto now = std::chrono::system_clock::now;

} // namespace

CAF_TEST_FIXTURE_SCOPE(stores, fixture)

CAF_TEST(an image is kept under the hash of its bytes and for its owner only) {
  auto taken = take(png, "image/png");
  CAF_REQUIRE(taken);
  CAF_CHECK_EQUAL(secrets::hex(taken->sha256), secrets::hex(secrets::sha256(png)));
  CAF_CHECK_EQUAL(taken->bytes, static_cast<std::int64_t>(png.size()));
  CAF_CHECK_EQUAL(taken->width, 64);
  CAF_CHECK_EQUAL(taken->height, 48);
  auto path = store.path_of(taken->sha256);
  auto hex = secrets::hex(taken->sha256);
  CAF_CHECK_EQUAL(path, store.directory() + "/" + hex.substr(0, 2) + "/" + hex);
  CAF_CHECK_EQUAL(mode_of(path), mode_t{0600});
  CAF_CHECK_EQUAL(mode_of(fs::path(path).parent_path()), mode_t{0700});
  CAF_CHECK_EQUAL(mode_of(store.directory()), mode_t{0700});
  auto back = store.read(taken->sha256, 1'000'000);
  CAF_REQUIRE(back);
  CAF_CHECK(*back == png);
}

CAF_TEST(an upload leaves nothing in the spool whether taken or refused) {
  take(png, "image/png");
  take(png, "image/gif");
  take("no image at all", "image/png");
  CAF_CHECK(fs::is_empty(spool.path()));
}

CAF_TEST(the bytes decide and the declared type must agree) {
  CAF_CHECK(code(take(png, "image/png; charset=binary")) == ec::none);
  CAF_CHECK(code(take(png, "image/jpeg")) == ec::unsupported_media);
  CAF_CHECK(code(take(png, "")) == ec::unsupported_media);
  CAF_CHECK(code(take("<html>", "image/png")) == ec::unsupported_media);
  CAF_CHECK(code(take("", "image/png")) == ec::unsupported_media);
  CAF_CHECK(code(take("<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")) ==
            ec::unsupported_media);
}

CAF_TEST(the limits of bytes and pixels are kept and what is refused is not stored) {
  image_limits limits;
  limits.max_bytes = static_cast<std::int64_t>(png.size());
  CAF_CHECK(code(take(png, "image/png", limits)) == ec::none);
  CAF_REQUIRE_EQUAL(files(), 1u);
  limits.max_bytes -= 1;
  CAF_CHECK(code(take(png, "image/png", limits)) == ec::payload_too_large);
  auto other = picture(image_type::png, 64, 48, 1, 2);
  limits = {};
  limits.max_pixels = 64 * 48 - 1;
  CAF_CHECK(code(take(other, "image/png", limits)) == ec::validation_failed);
  CAF_CHECK(code(take(other.substr(0, other.size() / 2), "image/png")) == ec::validation_failed);
  CAF_CHECK_EQUAL(files(), 1u);
}

CAF_TEST(the same image twice is one file that is renewed) {
  auto first = take(png, "image/png");
  CAF_REQUIRE(first);
  auto path = store.path_of(first->sha256);
  make_old(path);
  auto before = now() - std::chrono::hours{1};
  CAF_CHECK_EQUAL(store.taken_before(static_cast<std::uint8_t>(first->sha256[0]), before).size(), 1u);
  auto second = take(png, "image/png");
  CAF_REQUIRE(second);
  CAF_CHECK(first->sha256 == second->sha256);
  CAF_CHECK_EQUAL(files(), 1u);
  CAF_CHECK_EQUAL(store.taken_before(static_cast<std::uint8_t>(first->sha256[0]), before).size(), 0u);
}

CAF_TEST(a spool on another file system is copied) {
  if (!fs::is_directory("/dev/shm")) return;
  temporary_folder elsewhere{"/dev/shm"};
  struct stat here {
  }, there{};
  CAF_REQUIRE_EQUAL(::stat(store.directory().c_str(), &here), 0);
  CAF_REQUIRE_EQUAL(::stat(elsewhere.path().c_str(), &there), 0);
  if (here.st_dev == there.st_dev) CAF_MESSAGE("no second file system here: this proves less than it could");
  auto taken = store.take_image(upload(elsewhere, png), "image/png", {});
  CAF_REQUIRE(taken);
  CAF_CHECK(*store.read(taken->sha256, 1'000'000) == png);
  CAF_CHECK_EQUAL(mode_of(store.path_of(taken->sha256)), mode_t{0600});
  CAF_CHECK_EQUAL(files(), 1u);
  CAF_CHECK(fs::is_empty(elsewhere.path()));
}

CAF_TEST(a link in the spool is not followed) {
  auto secret = folder.write("secret.png", png);
  auto link = spool.path() + "/upload";
  fs::create_symlink(secret, link);
  CAF_CHECK(code(store.take_image(spool_file{link}, "image/png", {})) == ec::unavailable);
  CAF_CHECK(fs::exists(secret));
}

CAF_TEST(reading tells a missing image from a broken one) {
  std::string nobody(32, '\x01');
  auto missing = store.read(nobody, 100);
  CAF_CHECK(!missing && missing.error().code == ec::not_found);
  auto taken = take(png, "image/png");
  auto too_long = store.read(taken->sha256, 10);
  CAF_CHECK(!too_long && too_long.error().code == ec::unavailable);
  CAF_CHECK(store.remove(taken->sha256));
  CAF_CHECK(!store.remove(taken->sha256));
}

CAF_TEST(only what has not been taken again is collected) {
  auto taken = take(png, "image/png");
  auto cutoff = now() - std::chrono::hours{1};
  CAF_CHECK(!store.remove_taken_before(taken->sha256, cutoff));
  CAF_CHECK_EQUAL(files(), 1u);
  make_old(store.path_of(taken->sha256));
  CAF_CHECK(store.remove_taken_before(taken->sha256, cutoff));
  CAF_CHECK(!store.remove_taken_before(taken->sha256, cutoff));
  CAF_CHECK_EQUAL(files(), 0u);
}

CAF_TEST(what an interrupted upload left is cleared away and strangers are left alone) {
  auto taken = take(png, "image/png");
  auto path = fs::path(store.path_of(taken->sha256));
  auto left = path.parent_path().string() + "/.incoming-AAAAAA",
       stranger = path.parent_path().string() + "/notes.txt";
  for (auto& p : {left, stranger}) {
    std::ofstream(p) << "x";
    make_old(p);
  }
  CAF_CHECK(
      store.taken_before(static_cast<std::uint8_t>(taken->sha256[0]), now() - std::chrono::hours{1}).empty());
  CAF_CHECK(!fs::exists(left));
  CAF_CHECK(fs::exists(stranger));
}

CAF_TEST(a directory that cannot be used is a configuration error that names it) {
  auto file = folder.write("plain", "x");
  auto store_in_file = file_store::open(file + "/media");
  CAF_REQUIRE(!store_in_file);
  CAF_CHECK(store_in_file.error().code == ec::bad_configuration);
  CAF_CHECK(store_in_file.error().detail.find("media.directory") == 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
