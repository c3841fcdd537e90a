#define CAF_SUITE api_oauth
#include <caf/test/unit_test.hpp>

#include "api_node.hpp"
#include "contract.hpp"

#include <fmt/format.h>

#include <atomic>

using namespace troupe;
using namespace troupe::test;
namespace json = boost::json;

namespace {

/// As much of a Mastodon server as signing in asks for.
class small_mastodon {
 public:
  small_mastodon() {
    bridge::router routes;
    auto serve = [&](bridge::verb v, const char* path,
                     std::function<bridge::reply(const bridge::request&)> f) {
      bridge::route_options options;
      options.content_types.clear();
      routes.add(v, path, options, [f](bridge::request r, bridge::responder answer_to) { answer_to(f(r)); });
    };
    auto answer = [](int status, json::value v) {
      bridge::reply r;
      r.status = status;
      r.body = json::serialize(v);
      return r;
    };
    serve(bridge::verb::get, "/.well-known/oauth-authorization-server",
          [=](auto&) { return answer(404, json::object{}); });
    serve(bridge::verb::post, "/api/v1/apps", [=](auto&) {
      return answer(200, {{"client_id", "app"}, {"client_secret", "app-secret"}});
    });
    serve(bridge::verb::post, "/oauth/token", [=, this](const bridge::request& r) {
      ++tokens;
      if (r.body.find("code=good") == std::string::npos) return answer(400, {{"error", "invalid_grant"}});
      return answer(
          200, {{"access_token", "t"}, {"scope", "read:accounts write:statuses write:media read:statuses"}});
    });
    serve(bridge::verb::get, "/api/v1/accounts/verify_credentials", [=](auto&) {
      return answer(200, {{"id", "42"}, {"username", "ada"}, {"display_name", "Ada"}});
    });
    serve(bridge::verb::get, "/api/v2/instance", [=](auto&) {
      return answer(
          200, {{"domain", "social.test"},
                {"configuration", {{"statuses", {{"max_characters", 600}, {"max_media_attachments", 4}}}}}});
    });
    bridge::server_settings settings;
    settings.port = 0;
    settings.threads = 1;
    server = std::move(*bridge::server::start(settings, std::move(routes)));
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", server->port()); }
  std::atomic<int> tokens{0};
  std::unique_ptr<bridge::server> server;
};

small_mastodon& network() {
  static small_mastodon one;
  return one;
}

api_node& node() {
  static api_node one;
  return one;
}

answer begin(json::object more = {}) {
  more["platform"] = "mastodon";
  if (!more.contains("fields")) more["fields"] = {{"server", network().url()}};
  return node().call(node().admin, "POST", "~/accounts/oauth", more);
}

std::string state_of(const answer& begun) { return text_at(expect(begun, 201).json(), "state"); }

answer come_back(const std::string& query) { return node().open("GET", "/v1/oauth/callback?" + query); }

} // namespace

CAF_TEST(an account is connected through the browser and its state works once) {
  auto begun = begin();
  auto flow = expect(begun, 201).json();
  CAF_CHECK_EQUAL(contract::differences(flow, "OauthBegin"), "");
  CAF_CHECK_EQUAL(begun.header("cache-control"), "no-store");
  CAF_CHECK(text_at(flow, "authorize_url").starts_with(network().url() + "/oauth/authorize?"));
  auto done = come_back("state=" + text_at(flow, "state") + "&code=good&iss=added-by-the-network");
  auto result = expect(done, 200).json();
  CAF_CHECK_EQUAL(contract::differences(result, "OauthResult"), "");
  CAF_CHECK_EQUAL(text_at(result.at("account"), "handle"), "@ada@social.test");
  CAF_CHECK_EQUAL(done.header("cache-control"), "no-store");
  CAF_CHECK_EQUAL(come_back("state=" + text_at(flow, "state") + "&code=good").status, 404);

  // Connected again under its id, and only on its own network.
  auto id = text_at(result.at("account"), "id");
  auto again = come_back("state=" + state_of(begin({{"account_id", id}})) + "&code=good");
  CAF_CHECK_EQUAL(text_at(expect(again, 200).json().at("account"), "id"), id);
  auto sandbox = node().connect("not-mastodon");
  CAF_CHECK_EQUAL(expect(begin({{"account_id", sandbox}}), 422).errors(), "/platform not-allowed");
  CAF_CHECK_EQUAL(begin({{"account_id", to_string(new_uuid(system_now()))}}).status, 404);
}

CAF_TEST(the browser goes back to where the caller wanted it) {
  auto refused = come_back("state=" + state_of(begin({{"return_url", "/done?tab=1"}})) +
                           "&error=access_denied&error_description=no");
  CAF_CHECK_EQUAL(expect(refused, 303).header("location"), "/done?tab=1&error=conflict");
  CAF_CHECK_EQUAL(refused.header("cache-control"), "no-store");
  auto bad_code = come_back(
      "state=" + state_of(begin({{"return_url", node().config().http.public_url + "/done"}})) + "&code=bad");
  CAF_CHECK_EQUAL(expect(bad_code, 303).header("location"),
                  node().config().http.public_url + "/done?error=validation-failed");
  auto bare = come_back("state=" + state_of(begin()) + "&error=access_denied");
  CAF_CHECK_EQUAL(bare.problem(), "conflict");
}

CAF_TEST(the browser is sent to no other place) {
  auto port = std::to_string(node().port());
  for (std::string url :
       {"https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)",
        "http://127.0.0.1.evil.example/", "http://user@127.0.0.1:" + port + "/", "http://127.0.0.1/",
        "ftp://127.0.0.1:" + port + "/", "done"})
    CAF_CHECK_EQUAL(expect(begin({{"return_url", url}}), 422).errors(), "/return_url not-allowed");
}

CAF_TEST(what a browser brings back is checked before the state is spent) {
  auto state = state_of(begin());
  CAF_CHECK_EQUAL(expect(come_back("state=" + state), 422).errors(), "code required");
  CAF_CHECK_EQUAL(expect(come_back("state=" + state + "&code=good&error=x"), 422).errors(), "code required");
  CAF_CHECK_EQUAL(expect(come_back("code=good"), 422).errors(), "state required");
  CAF_CHECK_EQUAL(expect(come_back("state=" + state + "&code=" + std::string(4'097, 'a')), 422).errors(),
                  "code too-long");
  CAF_CHECK_EQUAL(come_back("state=made-up&code=good").status, 404);
  node().sql("UPDATE oauth_flow SET expires_at = now() - interval '1 s'");
  CAF_CHECK_EQUAL(come_back("state=" + state + "&code=good").status, 404);
}

CAF_TEST(only admins begin and only on networks of this kind) {
  json::object body{{"platform", "mastodon"}, {"fields", {{"server", network().url()}}}};
  CAF_CHECK_EQUAL(node().call(node().editor, "POST", "~/accounts/oauth", body).status, 403);
  CAF_CHECK_EQUAL(node().call(node().stranger, "POST", "~/accounts/oauth", body).status, 404);
  CAF_CHECK_EQUAL(begin({{"fields", json::object{}}}).errors(), "/fields/server required");
  body = {{"platform", "sandbox"}, {"fields", {{"handle", "x"}}}};
  CAF_CHECK_EQUAL(node().call(node().admin, "POST", "~/accounts/oauth", body).problem(), "conflict");
}
