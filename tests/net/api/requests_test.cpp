#define CAF_SUITE requests

#include "front.hpp"

#include <caf/test/unit_test.hpp>
#include <fmt/format.h>

using namespace troupe;
using namespace troupe::test;

namespace {

std::string verb_of(bridge::verb v) { return std::string(v == bridge::verb::del ? "DELETE" : to_string(v)); }

bool is_ours(const std::string& path) {
  if (path.find("/accounts") != path.npos || path.find("/media") != path.npos ||
      path.find("/posts") != path.npos || path.find("/deliveries") != path.npos ||
      path.ends_with("/events") || path.ends_with("/summary"))
    return false;
  for (auto* part : {"/v1/auth/", "/v1/me", "/.well-known/", "/v1/workspaces", "/v1/invites/", "/healthz",
                     "/readyz", "/metrics"})
    if (path.starts_with(part)) return true;
  return false;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(requests_tests, front)

CAF_TEST(the routes are those of the contract and take the keys that it says) {
  std::set<std::string> promised, served;
  for (auto& o : contract::operations())
    if (is_ours(o.path)) promised.insert(fmt::format("{} {} {}", o.verb, o.path, o.id));
  for (auto& e : entries)
    served.insert(fmt::format("{} {} {}", verb_of(e.method), e.path_template, e.options.operation));
  CAF_CHECK(promised.size() >= 20u);
  for (auto& p : promised)
    if (!served.contains(p)) CAF_ERROR("promised and not served: " << p);
  for (auto& s : served)
    if (!promised.contains(s)) CAF_ERROR("served and not promised: " << s);
}

CAF_TEST(every operation that needs a token refuses without one before it reads the body) {
  for (auto& e : entries) {
    if (api_.access.of(e.method, e.path_template) != api::access::user) continue;
    auto path = e.path_template;
    for (auto at_brace = path.find('{'); at_brace != path.npos; at_brace = path.find('{'))
      path.replace(at_brace, path.find('}') - at_brace + 1, to_string(new_uuid(now())));
    auto a =
        raw(verb_of(e.method), path, {{"Content-Type", "application/json"}}, e.options.body_limit ? "{" : "");
    CAF_MESSAGE(e.options.operation);
    expect(a, 401);
  }
}

CAF_TEST(malformed requests get a clear answer) {
  auto ada = sign_up("ada");
  auto post = [&](std::string body, std::string type = "application/json") {
    return raw("POST", "/v1/workspaces", {{"Authorization", "Bearer " + ada.token}, {"Content-Type", type}},
               std::move(body));
  };
  for (std::string body : {"", "{", "[]", "\"x\"", "null", "{}{}", "{\"name\":\"a\",\"name\":\"b\"}",
                           "{\"name\":\"\xFF\"}", "{\"name\":\"a\",}"}) {
    auto a = post(body);
    CAF_MESSAGE(body);
    CAF_CHECK(a.status == 400 || a.status == 415 || a.status == 422);
    CAF_CHECK(!a.problem().empty());
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "{\"a\":";
  CAF_CHECK_EQUAL(post(deep).status, 400);
  CAF_CHECK_EQUAL(post("name=a", "application/x-www-form-urlencoded").status, 415);
  CAF_CHECK_EQUAL(post(std::string(70'000, ' ')).status, 413);
  expect(get(ada.token, "/v1/nothing"), 404);
  auto wrong_verb = call(ada.token, "DELETE", "/v1/me");
  CAF_CHECK_EQUAL(wrong_verb.status, 405);
  CAF_CHECK(wrong_verb.header("allow").find("PATCH") != std::string::npos);
  CAF_CHECK_EQUAL(count("SELECT count(*) FROM workspace"), 1);
}

CAF_TEST(a route without a body takes an empty object and nothing more) {
  auto ada = sign_up("ada");
  auto leave = [&](std::string body, std::string type = "application/json") {
    return raw("POST", "/v1/auth/logout-everywhere",
               {{"Authorization", "Bearer " + ada.token}, {"Content-Type", type}}, std::move(body));
  };
  auto named = leave(R"({"all":true})");
  expect(named, 422);
  CAF_CHECK(named.body.find("\"/all\"") != std::string::npos);
  CAF_CHECK_EQUAL(leave("all=1").status, 400);
  CAF_CHECK_EQUAL(leave("{}", "text/plain").status, 415);
  CAF_CHECK_EQUAL(leave(std::string(1'025, ' ')).status, 413);
  expect(leave("{}"), 204);
}

CAF_TEST(a request id is taken over or made) {
  auto given = call("", "GET", "/healthz", {}, {{"X-Request-Id", "abc-1"}});
  CAF_CHECK_EQUAL(given.header("x-request-id"), "abc-1");
  auto failed = call("", "GET", "/v1/me", {}, {{"X-Request-Id", "abc-2"}});
  CAF_CHECK_EQUAL(text(failed, "instance"), "urn:troupe:request:abc-2");
}

CAF_TEST(operators see health readiness and metrics) {
  auto health = call("", "GET", "/healthz");
  expect(health, 200, "Health");
  CAF_CHECK_EQUAL(health.body, R"({"status":"ok","version":"1.2.3"})");
  auto ready = call("", "GET", "/readyz");
  expect(ready, 503, "Readiness");
  CAF_CHECK_EQUAL(text(ready, "status"), "not_ready");
  auto metrics = call("", "GET", "/metrics");
  CAF_CHECK_EQUAL(metrics.header("content-type"), "text/plain; version=0.0.4");
  CAF_CHECK_EQUAL(metrics.body, "troupe_up 1\n");
  CAF_CHECK(metrics.header("ratelimit-limit").empty());
}

CAF_TEST(a shard that nobody serves answers 503 with a time to come back) {
  auto ada = sign_up("ada");
  for (shard_id i = 0; i < shards; ++i) rt_.route->clear(i);
  auto a = get(ada.token, "/v1/me");
  expect(a, 503);
  CAF_CHECK_EQUAL(a.problem(), "unavailable");
  CAF_CHECK(!a.header("retry-after").empty());
  restart();
  expect(get(ada.token, "/v1/me"), 200, "User");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(who gets no answer hears so at the deadline) {
  front::options o;
  o.tune = [](config::settings& c) { c.http.request_deadline_ms = 1'000; };
  front f(std::move(o));
  auto ada = f.sign_up("ada");
  auto silent = f.system().spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self, kept = std::vector<caf::response_promise>{}](routed&) mutable {
      kept.push_back(self->make_response_promise());
    }};
  });
  for (shard_id i = 0; i < world::shards; ++i) f.rt_.route->set(group::users, i, silent);
  auto a = f.get(ada.token, "/v1/me");
  expect(a, 503);
  CAF_CHECK(a.problem() == "timed-out" || a.problem() == "unavailable");
  caf::anon_send_exit(silent, caf::exit_reason::user_shutdown);
  f.restart();
}
