#define CAF_SUITE web_root
#include <caf/test/unit_test.hpp>

#include "net/files/web_root.hpp"
#include "system/core/secrets.hpp"
#include "tests/net/files/pictures.hpp"

#include <filesystem>
#include <fstream>

using namespace troupe;
using namespace troupe::files;
using namespace troupe::test;

namespace fs = std::filesystem;

namespace {

struct fixture {
  fixture() {
    secrets::init();
    write("index.html", "<!doctype html>");
  }
  void write(const std::string& name, const std::string& text) {
    fs::path path = folder.path() + "/" + name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  expected<std::unique_ptr<web_root>> load(web_root_limits limits = {}) {
    return web_root::load(folder.path(), limits);
  }
  /// Why it is refused.
  std::string refused(web_root_limits limits = {}) {
    auto r = load(limits);
    if (r) CAF_FAIL("it was taken");
    CAF_CHECK(r.error().code == ec::bad_configuration);
    CAF_CHECK(r.error().detail.find("web.root") == 0u);
    return r.error().detail;
  }
  temporary_folder folder;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(web_root_tests, fixture)

CAF_TEST(files are found with their type and their compressed forms) {
  write("assets/app-1a2b.js", "let a = 1");
  write("assets/app-1a2b.js.br", "brotli");
  write("assets/app-1a2b.js.gz", "gzip");
  write("lonely.gz", "an archive");
  write(".hidden", "secret");
  write(".git/config", "secret");
  auto root = load();
  CAF_REQUIRE(root.has_value());
  auto& r = **root;
  CAF_CHECK_EQUAL(r.files(), 3u);
  auto* app = r.find("/assets/app-1a2b.js");
  CAF_REQUIRE(app != nullptr);
  CAF_CHECK_EQUAL(app->content_type, "text/javascript; charset=utf-8");
  CAF_CHECK(app->immutable);
  CAF_CHECK_EQUAL(app->plain.bytes, "let a = 1");
  CAF_REQUIRE(app->brotli && app->gzip);
  CAF_CHECK_EQUAL(app->brotli->bytes, "brotli");
  CAF_CHECK(app->brotli->etag != app->gzip->etag);
  CAF_CHECK(app->brotli->etag != app->plain.etag);
  CAF_CHECK(!r.index().immutable);
  CAF_CHECK_EQUAL(r.index().content_type, "text/html; charset=utf-8");
  CAF_CHECK(r.find("/lonely.gz") != nullptr);
  for (auto* nothing : {"/assets/app-1a2b.js.br", "/.hidden", "/.git/config", "/assets", "/", "",
                        "index.html", "/../web_root", "/assets/../index.html"})
    if (r.find(nothing) != nullptr) CAF_ERROR("found: " << nothing);
}

CAF_TEST(the same bytes have the same tag and others another) {
  auto first = (*load())->index().plain.etag, again = (*load())->index().plain.etag;
  CAF_CHECK_EQUAL(first, again);
  write("index.html", "<!doctype html>!");
  auto changed = (*load())->index().plain.etag;
  CAF_CHECK(changed != first);
}

CAF_TEST(what cannot be served is refused by name) {
  fs::create_symlink("/etc/hostname", folder.path() + "/leak.txt");
  CAF_CHECK(refused().find("leak.txt") != std::string::npos);
  fs::remove(folder.path() + "/leak.txt");
  fs::create_directory_symlink("/etc", folder.path() + "/etc");
  refused();
  fs::remove(folder.path() + "/etc");
  CAF_CHECK(load().has_value());
  refused({.total_bytes = 14});
  refused({.file_bytes = 14});
  write("second.txt", "");
  refused({.files = 1});
  fs::remove(folder.path() + "/index.html");
  CAF_CHECK(refused().find("index.html") != std::string::npos);
  CAF_CHECK(!web_root::load(folder.path() + "/nowhere"));
  CAF_CHECK(!web_root::load(folder.path() + "/second.txt"));
}

CAF_TEST_FIXTURE_SCOPE_END()
