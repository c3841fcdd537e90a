#define CAF_SUITE pages

#include "front.hpp"

#include <caf/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

using namespace troupe;
using namespace troupe::test;

namespace fs = std::filesystem;

namespace {

/// The build of a small web app, removed at the end.
struct built_app {
  built_app() {
    write("index.html", "<!doctype html><title>Troupe</title>");
    write("index.html.br", "index in brotli");
    write("index.html.gz", "index in gzip");
    write("favicon.svg", "<svg/>");
    write("assets/app-1a2b.js", "let app = 1");
    write("assets/app-1a2b.js.br", "app in brotli");
    write("assets/app-1a2b.js.gz", "app in gzip");
  }
  ~built_app() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    auto file = fs::path(path) / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  std::string path = fs::temp_directory_path() / ("troupe-pages-" + to_string(new_uuid(system_now())));
};

struct site : private built_app, public front {
  site() : front(options{{}, nullptr, built_app::path}) {}
  answer visit(const std::string& where, headers more = {}) { return raw("GET", where, std::move(more)); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(pages_tests, site)

CAF_TEST(the index answers for every path that only the app knows) {
  for (auto* where :
       {"/", "/index.html", "/calendar", "/posts/018f/edit", "/v1x", "/settings/?tab=1", "/a%20b"}) {
    auto a = visit(where);
    if (a.status != 200) CAF_FAIL(where << " answers " << a.status);
    CAF_CHECK_EQUAL(a.body, "<!doctype html><title>Troupe</title>");
    CAF_CHECK_EQUAL(a.header("content-type"), "text/html; charset=utf-8");
    CAF_CHECK_EQUAL(a.header("cache-control"), "no-cache");
    CAF_CHECK(!a.header("etag").empty());
  }
}

CAF_TEST(the API keeps its own paths) {
  for (auto* where : {"/v1", "/v1/", "/v1/nothing", "/v1/workspaces/x/nothing", "/.well-known/nothing",
                      "/metrics/x", "/healthz/x", "/readyz/"}) {
    auto a = visit(where);
    if (a.status != 404) CAF_FAIL(where << " answers " << a.status);
    CAF_CHECK_EQUAL(a.problem(), "not-found");
  }
  CAF_CHECK_EQUAL(visit("/healthz").status, 200);
  expect(visit("/v1/me"), 401);
}

CAF_TEST(assets are compressed as the client can read them and kept for ever) {
  auto seen = [this](const std::string& accept) {
    auto a = visit("/assets/app-1a2b.js", accept.empty() ? headers{} : headers{{"Accept-Encoding", accept}});
    CAF_CHECK_EQUAL(a.status, 200);
    CAF_CHECK_EQUAL(a.header("cache-control"), "public, max-age=31536000, immutable");
    CAF_CHECK_EQUAL(a.header("vary"), "Accept-Encoding");
    CAF_CHECK_EQUAL(a.header("content-type"), "text/javascript; charset=utf-8");
    return a.header("content-encoding") + ":" + a.body;
  };
  const std::string plain = ":let app = 1", br = "br:app in brotli", gzip = "gzip:app in gzip";
  CAF_CHECK_EQUAL(seen(""), plain);
  CAF_CHECK_EQUAL(seen("gzip, deflate, br, zstd"), br);
  CAF_CHECK_EQUAL(seen("GZIP"), gzip);
  CAF_CHECK_EQUAL(seen("br;q=0, gzip"), gzip);
  CAF_CHECK_EQUAL(seen("br;q=0.5, gzip;q=0.8"), gzip);
  CAF_CHECK_EQUAL(seen("*"), br);
  CAF_CHECK_EQUAL(seen("*;q=0"), plain);
  CAF_CHECK_EQUAL(seen("identity"), plain);
  CAF_CHECK_EQUAL(seen("br;q=loud"), plain);
  CAF_CHECK_EQUAL(seen(",,;q=1;;"), plain);
  auto icon = visit("/favicon.svg", {{"Accept-Encoding", "br"}});
  CAF_CHECK_EQUAL(icon.header("content-encoding"), "");
  CAF_CHECK_EQUAL(icon.header("vary"), "");
  CAF_CHECK_EQUAL(icon.header("content-type"), "image/svg+xml");
}

CAF_TEST(what has not changed is not sent again) {
  auto first = visit("/", {{"Accept-Encoding", "br"}});
  auto tag = first.header("etag");
  auto again = visit("/", {{"Accept-Encoding", "br"}, {"If-None-Match", tag}});
  CAF_CHECK_EQUAL(again.status, 304);
  CAF_CHECK_EQUAL(again.body, "");
  CAF_CHECK_EQUAL(again.header("etag"), tag);
  CAF_CHECK_EQUAL(visit("/", {{"Accept-Encoding", "br"}, {"If-None-Match", "\"x\", W/" + tag}}).status, 304);
  CAF_CHECK_EQUAL(visit("/", {{"If-None-Match", "*"}}).status, 304);
  CAF_CHECK_EQUAL(visit("/", {{"If-None-Match", tag}}).status, 200); // the tag of another encoding
  CAF_CHECK_EQUAL(visit("/", {{"If-None-Match", "\"x\""}}).status, 200);
}

CAF_TEST(no path leaves the folder) {
  for (auto* where : {"/../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/assets/..%2findex.html",
                      "/%2e%2e/secret.txt", "/assets/missing.js", "/assets/app-1a2b.js.br",
                      "/index.html%00.js", "/a%ff.b", "/a%zz.b", "/.hidden", "//etc/passwd.txt"}) {
    auto a = visit(where);
    // Without a dot in its last part it is a path of the app, whatever is before.
    bool index = a.status == 200 && a.body == "<!doctype html><title>Troupe</title>";
    if (a.status != 404 && a.status != 400 && !index)
      CAF_FAIL(where << " answers " << a.status << " " << a.body);
  }
}

CAF_TEST(every page says what the browser may do with it) {
  for (auto* where : {"/", "/assets/app-1a2b.js", "/favicon.svg"}) {
    auto a = visit(where);
    auto csp = a.header("content-security-policy");
    CAF_CHECK(csp.find("default-src 'self'; script-src 'self'; style-src 'self';") == 0u);
    CAF_CHECK(csp.find("unsafe") == csp.npos);
    CAF_CHECK(csp.find("frame-ancestors 'none'") != csp.npos);
    CAF_CHECK_EQUAL(a.header("x-content-type-options"), "nosniff");
    CAF_CHECK_EQUAL(a.header("referrer-policy"), "same-origin");
    CAF_CHECK(!a.header("permissions-policy").empty());
    CAF_CHECK(a.header("ratelimit-limit").empty());
  }
}

CAF_TEST(pages are only read) {
  auto head = raw("HEAD", "/calendar", {});
  CAF_CHECK_EQUAL(head.status, 200);
  CAF_CHECK_EQUAL(head.body, "");
  CAF_CHECK_EQUAL(head.header("content-length"), "36");
  for (auto* verb : {"POST", "PUT", "PATCH", "DELETE"}) {
    auto a = raw(verb, "/calendar", {});
    CAF_CHECK_EQUAL(a.status, 405);
    CAF_CHECK_EQUAL(a.header("allow"), "GET, HEAD, OPTIONS");
  }
  auto asked = raw("OPTIONS", "/calendar", {});
  CAF_CHECK_EQUAL(asked.status, 204);
  CAF_CHECK_EQUAL(asked.header("allow"), "GET, HEAD, OPTIONS");
}

CAF_TEST_FIXTURE_SCOPE_END()
