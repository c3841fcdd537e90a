#define CAF_SUITE bridge_routing
#include <caf/test/unit_test.hpp>

#include "served.hpp"

using namespace troupe;
using namespace troupe::bridge;
using namespace troupe::test;

namespace {

handler nothing() {
  return [](request, responder) {};
}

struct fixture : served {
  fixture() {
    get("/v1/posts/latest", "latest");
    routes.add(verb::get, "/v1/posts/{post_id}", {}, [](request req, responder answer) {
      answer({200, "text/plain", {}, "post " + std::string(req.param("post_id"))});
    });
    routes.add(verb::del, "/v1/posts/{post_id}", {}, [](request, responder answer) {
      answer({204, "", {}, ""});
    });
    routes.add(verb::get, "/v1/search", {}, [](request req, responder answer) {
      std::string out;
      for (auto& [name, value] : req.query) out += name + "=" + value + ";";
      answer({200, "text/plain", {}, out});
    });
    get("/", "root");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(routing_tests, fixture)

CAF_TEST(a static segment wins over a parameter) {
  start();
  CAF_CHECK_EQUAL(ask(get_request("/v1/posts/latest")).body, "latest");
  CAF_CHECK_EQUAL(ask(get_request("/v1/posts/42")).body, "post 42");
  CAF_CHECK_EQUAL(ask(get_request("/")).body, "root");
}

CAF_TEST(a verb that only the parameter route has is found behind the static one) {
  start();
  CAF_CHECK_EQUAL(ask("DELETE /v1/posts/latest HTTP/1.1\r\nHost: a\r\n\r\n").status, 204);
}

CAF_TEST(path parameters are percent - decoded and a plus stays a plus) {
  start();
  CAF_CHECK_EQUAL(ask(get_request("/v1/posts/a%20b+c%2Fd")).body, "post a b+c/d");
  CAF_CHECK_EQUAL(ask(get_request("/v1/posts/%C3%A4")).body, "post \xC3\xA4");
  CAF_CHECK_EQUAL(ask(get_request("/v1/%70osts/latest")).body, "latest");
}

CAF_TEST(query parameters are decoded and keep their order) {
  start();
  CAF_CHECK_EQUAL(ask(get_request("/v1/search?b=1+2&a=%2B&empty&x=y=z&&b=3")).body,
                  "b=1 2;a=+;empty=;x=y=z;b=3;");
}

CAF_TEST(an unknown path is answered 404 as problem details) {
  start();
  for (auto path : {"/v2", "/v1/posts", "/v1/posts/", "/v1/posts/1/2", "/v1//posts", "/V1/posts/latest"}) {
    auto r = ask(get_request(path));
    CAF_CHECK_EQUAL(r.status, 404);
    CAF_CHECK_EQUAL(problem_slug(r), "not-found");
  }
}

CAF_TEST(a known path with another verb is answered 405 with Allow) {
  start();
  auto r = ask(post_request("/v1/posts/7", "{}"));
  CAF_CHECK_EQUAL(r.status, 405);
  CAF_CHECK_EQUAL(r.header("allow"), "GET, HEAD, DELETE, OPTIONS");
  CAF_CHECK_EQUAL(problem_slug(r), "method-not-allowed");
}

CAF_TEST(the connection goes on after a 404 and a 405 with a short body) {
  start();
  raw_client client(port());
  client.send(post_request("/nowhere", "{\"a\":1}"));
  CAF_CHECK_EQUAL(client.read().status, 404);
  client.send(post_request("/v1/search", "{\"a\":1}"));
  CAF_CHECK_EQUAL(client.read().status, 405);
  client.send(get_request("/"));
  CAF_CHECK_EQUAL(client.read().body, "root");
}

CAF_TEST(HEAD is GET without the body) {
  start();
  raw_client client(port());
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  auto r = client.read(true);
  CAF_CHECK_EQUAL(r.status, 200);
  CAF_CHECK_EQUAL(r.header("content-length"), "4");
  client.send(get_request("/"));
  CAF_CHECK_EQUAL(client.read().body, "root");
}

CAF_TEST(OPTIONS answers what is allowed) {
  start();
  auto r = ask("OPTIONS /v1/posts/7 HTTP/1.1\r\nHost: a\r\n\r\n");
  CAF_CHECK_EQUAL(r.status, 204);
  CAF_CHECK_EQUAL(r.header("allow"), "GET, HEAD, DELETE, OPTIONS");
  CAF_CHECK(!r.has("content-length"));
  CAF_CHECK_EQUAL(ask("OPTIONS /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").status, 404);
}

CAF_TEST(every reply carries the security headers and no Server header) {
  start();
  for (auto& r :
       {ask(get_request("/")), ask(get_request("/nowhere")), ask("BREW / HTTP/1.1\r\nHost: a\r\n\r\n")}) {
    CAF_CHECK_EQUAL(r.header("x-content-type-options"), "nosniff");
    CAF_CHECK(r.has("date"));
    CAF_CHECK(r.has("x-request-id"));
    CAF_CHECK(!r.has("server"));
  }
  CAF_CHECK_EQUAL(ask(get_request("/nowhere")).header("cache-control"), "no-store");
}

CAF_TEST(a well - formed request id comes back and any other is replaced) {
  start();
  CAF_CHECK_EQUAL(ask(get_request("/", "X-Request-Id: trace-7.a\r\n")).header("x-request-id"), "trace-7.a");
  auto bad = ask(get_request("/", "X-Request-Id: a b\r\n")).header("x-request-id");
  CAF_CHECK_EQUAL(bad.size(), 36u);
  auto r = ask(get_request("/nowhere", "X-Request-Id: trace-8\r\n"));
  CAF_CHECK(r.body.find("\"urn:troupe:request:trace-8\"") != std::string::npos);
}

CAF_TEST(a handler cannot break out of its headers or replace ours) {
  routes.add(verb::get, "/evil", {}, [](request, responder answer) {
    reply r{200, "text/plain", {}, "x"};
    r.headers = {{"X-Good", "a\r\nX-Evil: 1"},
                 {"Bad Name", "1"},
                 {"Content-Length", "99"},
                 {"Server", "me"},
                 {"Cache-Control", "max-age=60"}};
    answer(std::move(r));
  });
  start();
  auto r = ask(get_request("/evil"));
  CAF_CHECK_EQUAL(r.header("x-good"), "a  X-Evil: 1");
  CAF_CHECK(!r.has("x-evil"));
  CAF_CHECK(!r.has("bad name"));
  CAF_CHECK(!r.has("server"));
  CAF_CHECK_EQUAL(r.header("content-length"), "1");
  CAF_CHECK_EQUAL(r.header("cache-control"), "max-age=60");
}

CAF_TEST(routes that clash or have no handler are refused when they are added) {
  router r;
  r.add(verb::get, "/a/{id}", {}, nothing());
  auto refused = [&](std::string_view path, handler h) {
    try {
      r.add(verb::get, path, {}, std::move(h));
    } catch (const std::invalid_argument&) {
      return true;
    }
    return false;
  };
  CAF_CHECK(refused("/a/{other}", nothing()));
  CAF_CHECK(refused("a", nothing()));
  CAF_CHECK(refused("/a//b", nothing()));
  CAF_CHECK(refused("/a/x{id}", nothing()));
  CAF_CHECK(refused("/b", handler{}));
  auto entries = r.entries();
  CAF_REQUIRE_EQUAL(entries.size(), 1u);
  CAF_CHECK_EQUAL(entries[0].path_template, "/a/{id}");
}

CAF_TEST_FIXTURE_SCOPE_END()
