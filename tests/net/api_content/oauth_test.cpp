#define CAF_SUITE api_oauth
#include <caf/test/unit_test.hpp>

#include "contract.hpp"
#include "suite.hpp"

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
      // The code says who agreed: good is ada, other is eve; a digit behind makes another token of the same.
      auto at = r.body.find("code=");
      auto code = at == std::string::npos ? "" : r.body.substr(at + 5, r.body.find('&', at) - at - 5);
      if (!code.starts_with("good") && !code.starts_with("other"))
        return answer(400, {{"error", "invalid_grant"}});
      return answer(200, {{"access_token", "token-" + code},
                          {"scope", "read:accounts write:statuses write:media read:statuses"}});
    });
    serve(bridge::verb::get, "/api/v1/accounts/verify_credentials", [=, this](const bridge::request& r) {
      if (taken_back && r.header("authorization") == "Bearer token-good")
        return answer(401, {{"error", "The access token was revoked"}});
      if (r.header("authorization").find("token-other") != std::string_view::npos)
        return answer(200, {{"id", "43"}, {"username", "eve"}, {"display_name", "Eve"}});
      return answer(200, {{"id", "42"}, {"username", "ada"}, {"display_name", "Ada"}});
    });
    serve(bridge::verb::get, "/api/v2/instance", [=](auto&) {
      return answer(
          200, {{"domain", "social.test"},
                {"version", "4.2.0"},
                {"configuration", {{"statuses", {{"max_characters", 600}, {"max_media_attachments", 4}}}}}});
    });
    bridge::server_settings settings;
    settings.port = 0;
    settings.threads = 1;
    auto started = bridge::server::start(settings, std::move(routes));
    server = std::move(*started);
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", server->port()); }
  std::atomic<int> tokens{0};
  std::atomic<bool> taken_back{false}; // the token of the code "good"
  std::unique_ptr<bridge::server> server;
};

small_mastodon& network() {
  static small_mastodon one;
  return one;
}

/// Another server of the same kind, with the same ids for other people.
small_mastodon& other_network() {
  static small_mastodon one;
  return one;
}

answer begin(json::object more = {}) {
  more["platform"] = "mastodon";
  if (!more.contains("fields")) more["fields"] = {{"server", network().url()}};
  return node().call(node().admin, "POST", "~/accounts/oauth", more);
}

/// A connect that was begun, and the browser that did it.
struct flow {
  std::string state;
  std::string cookie; // "name=value"
};

flow start(json::object more = {}) {
  auto begun = begin(std::move(more));
  auto cookie = expect(begun, 201).header("set-cookie");
  return {text_at(begun.json(), "state"), cookie.substr(0, cookie.find(';'))};
}

answer come_back(const std::string& query, const std::string& cookie = {}) {
  headers fields;
  if (!cookie.empty()) fields.emplace_back("Cookie", "theme=dark; " + cookie + "; last=1");
  return node().open("GET", "/v1/oauth/callback?" + query, fields);
}

/// The browser that began comes back with what the network gave.
answer come_back(const flow& f, const std::string& given) {
  return come_back("state=" + f.state + "&" + given, f.cookie);
}

answer complete(const uuid& who, const flow& f, const std::string& code, headers more = {}) {
  return node().call(who, "POST", "~/accounts/oauth/complete", {{"state", f.state}, {"code", code}},
                     std::move(more));
}

std::string connected(const answer& a) { return text_at(expect(a, 200).json().at("account"), "id"); }

/// Makes room for the one person of the small network to be connected anew.
void forget_accounts() {
  auto list = expect(node().get("~/accounts?platform=mastodon&state=active&state=reconnect_required"), 200);
  auto found = list.json();
  for (auto& a : found.at("items").as_array())
    expect(node().call(node().admin, "DELETE", "~/accounts/" + text_at(a, "id")), 204);
}

/// Gives the admin of the workspace another role, as its owner.
void make_admin_a(role to) {
  auto workspace = workspace_ref(node().workspace);
  auto asked = caf::make_message(users::set_role{node().owner, node().admin, to});
  caf::scoped_actor self{node().system()};
  self->request(node().core().rt().route->find(workspace), std::chrono::seconds{30},
                routed{workspace, caf::make_message(as_member{node().owner, role::admin, workspace, asked})})
      .receive([](const users::member_view&) {},
               [](const caf::error& e) { CAF_FAIL("the role: " << caf::to_string(e)); });
}

std::int64_t flows() { return node().sql("SELECT count(*) FROM oauth_flow").get_int(0, 0); }

} // namespace

CAF_TEST(an account is connected through the browser and its state works once) {
  auto begun = begin();
  auto said = expect(begun, 201).json();
  CAF_CHECK_EQUAL(contract::differences(said, "OauthBegin"), "");
  CAF_CHECK_EQUAL(begun.header("cache-control"), "no-store");
  CAF_CHECK(text_at(said, "authorize_url").starts_with(network().url() + "/oauth/authorize?"));
  auto cookie = begun.header("set-cookie");
  for (auto* part : {"troupe_oauth_", "; Path=/v1/oauth/callback;", "; HttpOnly", "; SameSite=Lax"})
    if (cookie.find(part) == cookie.npos) CAF_ERROR("no " << part << " in " << cookie);
  flow f{text_at(said, "state"), cookie.substr(0, cookie.find(';'))};
  auto done = come_back(f, "code=good&iss=added-by-the-network");
  auto result = expect(done, 200).json();
  CAF_CHECK_EQUAL(contract::differences(result, "OauthResult"), "");
  CAF_CHECK_EQUAL(text_at(result.at("account"), "handle"), "@ada@social.test");
  CAF_CHECK_EQUAL(done.header("cache-control"), "no-store");
  CAF_CHECK(done.header("set-cookie").find("Max-Age=0") != std::string::npos);
  auto replayed = come_back(f, "code=good");
  CAF_CHECK_EQUAL(replayed.problem(), "not-found");
  CAF_CHECK_EQUAL(text_at(replayed.json(), "detail"),
                  "this connect was finished already, or its time is over");
  forget_accounts();
}

CAF_TEST(only the browser that began ends a connect) {
  auto ours = start(), theirs = start();
  auto tokens = network().tokens.load();
  for (std::string cookie : {std::string{}, theirs.cookie, std::string("troupe_oauth_0=x"),
                             ours.cookie.substr(0, ours.cookie.find('=') + 1), ours.cookie + "x"}) {
    auto refused = come_back("state=" + ours.state + "&code=good", cookie);
    CAF_CHECK_EQUAL(expect(refused, 403).problem(), "forbidden");
    CAF_CHECK_EQUAL(come_back("state=" + ours.state + "&error=access_denied", cookie).status, 403);
  }
  CAF_CHECK_EQUAL(network().tokens.load(), tokens); // the code was shown to nobody
  CAF_CHECK(!connected(come_back(ours, "code=good")).empty());
  forget_accounts();
}

CAF_TEST(an app that began ends the connect with a token of the same user) {
  auto f = start({{"return_url", "/app/connected"}});
  auto landed = come_back("state=" + f.state + "&code=good");
  CAF_CHECK_EQUAL(expect(landed, 303).header("location"), "/app/connected?state=" + f.state + "&code=good");
  auto owner = complete(node().owner, f, "good");
  CAF_CHECK_EQUAL(expect(owner, 403).problem(), "forbidden");
  CAF_CHECK_EQUAL(complete(node().editor, f, "good").status, 403);
  CAF_CHECK_EQUAL(complete(node().stranger, f, "good").status, 404);
  auto elsewhere =
      fmt::format("/v1/workspaces/{}/accounts/oauth/complete", to_string(node().other_workspace));
  json::object body{{"state", f.state}, {"code", "good"}};
  CAF_CHECK_EQUAL(node().call(node().stranger, "POST", elsewhere, body).status, 404);
  headers key{{"Idempotency-Key", "complete-1"}};
  auto done = complete(node().admin, f, "good", key);
  auto result = expect(done, 200).json();
  CAF_CHECK_EQUAL(contract::differences(result, "OauthResult"), "");
  auto again = complete(node().admin, f, "good", key);
  CAF_CHECK(expect(again, 200).json() == result);
  CAF_CHECK_EQUAL(complete(node().admin, f, "bad", key).problem(), "idempotency-mismatch");
  CAF_CHECK_EQUAL(complete(node().admin, f, "good").status, 404);
  CAF_CHECK_EQUAL(
      expect(node().call(node().admin, "POST", "~/accounts/oauth/complete", json::object{}), 422).errors(),
      "/state required; /code required");
  forget_accounts();
}

CAF_TEST(who is no admin any more connects nothing) {
  auto f = start();
  make_admin_a(role::viewer);
  CAF_CHECK_EQUAL(come_back(f, "code=good").status, 403);
  make_admin_a(role::admin);
  CAF_CHECK_EQUAL(come_back(f, "code=good").status, 404); // spent
}

CAF_TEST(an account is connected again as the same one and as no other) {
  auto id = connected(come_back(start(), "code=good"));
  auto sealed = [&] {
    auto row = node().sql("SELECT sealed FROM account WHERE id = $1", {id});
    return std::string(row.get(0, 0));
  };
  auto version = [&]() -> std::int64_t {
    auto shown = expect(node().get("~/accounts/" + id), 200).json();
    return shown.at("version").as_int64();
  };
  auto before = sealed();
  auto first = version();

  auto foreign = come_back(start({{"account_id", id}}), "code=other");
  CAF_CHECK_EQUAL(expect(foreign, 409).problem(), "conflict");
  CAF_CHECK(text_at(foreign.json(), "detail").find("@eve@social.test") != std::string::npos);
  // The same number on another server is another person.
  json::object there{{"account_id", id}, {"fields", {{"server", other_network().url()}}}};
  CAF_CHECK_EQUAL(come_back(start(there), "code=good").problem(), "conflict");
  CAF_CHECK_EQUAL(sealed(), before);
  CAF_CHECK_EQUAL(version(), first);

  // What the network has taken back is mended, and goes on.
  network().taken_back = true;
  auto checked = expect(node().call(node().admin, "POST", "~/accounts/" + id + "/check"), 200).json();
  CAF_CHECK_EQUAL(text_at(checked, "state"), "reconnect_required");
  CAF_CHECK(!text_at(checked, "state_reason").empty());
  auto again = expect(come_back(start({{"account_id", id}}), "code=good2"), 200).json();
  CAF_CHECK_EQUAL(text_at(again.at("account"), "id"), id);
  CAF_CHECK_EQUAL(text_at(again.at("account"), "state"), "active");
  CAF_CHECK(again.at("account").at("state_reason").is_null());
  CAF_CHECK(sealed() != before);
  network().taken_back = false;

  auto sandbox = node().connect("not-mastodon");
  CAF_CHECK_EQUAL(expect(begin({{"account_id", sandbox}}), 422).errors(), "/platform not-allowed");
  CAF_CHECK_EQUAL(begin({{"account_id", to_string(new_uuid(system_now()))}}).status, 404);
  auto late = start({{"account_id", id}});
  forget_accounts();
  CAF_CHECK_EQUAL(begin({{"account_id", id}}).problem(), "conflict");
  CAF_CHECK_EQUAL(come_back(late, "code=good").problem(), "conflict");
  CAF_CHECK_EQUAL(text_at(expect(node().get("~/accounts/" + id), 200).json(), "state"), "disconnected");
}

CAF_TEST(a full workspace begins no further connect) {
  api_node small{[](config::settings& c) { c.limits.accounts_per_workspace = 1; }};
  small.connect("one");
  json::object body{{"platform", "mastodon"}, {"fields", {{"server", network().url()}}}};
  CAF_CHECK_EQUAL(small.call(small.admin, "POST", "~/accounts/oauth", body).problem(), "conflict");
}

CAF_TEST(the browser goes back to where the caller wanted it) {
  auto refused =
      come_back(start({{"return_url", "/done?tab=1"}}), "error=access_denied&error_description=no");
  CAF_CHECK_EQUAL(expect(refused, 303).header("location"), "/done?tab=1&error=conflict");
  CAF_CHECK_EQUAL(refused.header("cache-control"), "no-store");
  auto to = node().config().http.public_url + "/done";
  auto bad_code = come_back(start({{"return_url", to}}), "code=bad");
  CAF_CHECK_EQUAL(expect(bad_code, 303).header("location"), to + "?error=validation-failed");
  CAF_CHECK_EQUAL(come_back(start(), "error=access_denied").problem(), "conflict");
}

CAF_TEST(the browser is sent to no other place) {
  auto port = std::to_string(node().port());
  for (auto& url : std::vector<std::string>{"https://evil.example/", "//evil.example/", "/\\evil.example",
                                            "javascript:alert(1)", "http://127.0.0.1.evil.example/",
                                            "http://user@127.0.0.1:" + port + "/", "http://127.0.0.1/",
                                            "ftp://127.0.0.1:" + port + "/", "done"})
    CAF_CHECK_EQUAL(expect(begin({{"return_url", url}}), 422).errors(), "/return_url not-allowed");
}

CAF_TEST(what a browser brings back is checked before the state is spent) {
  auto f = start();
  auto before = flows();
  CAF_CHECK_EQUAL(expect(come_back("state=" + f.state, f.cookie), 422).errors(), "code required");
  CAF_CHECK_EQUAL(expect(come_back(f, "code=good&error=x"), 422).errors(), "code required");
  CAF_CHECK_EQUAL(expect(come_back("code=good", f.cookie), 422).errors(), "state required");
  auto long_state = "state=" + std::string(257, 'a') + "&code=good";
  CAF_CHECK_EQUAL(expect(come_back(long_state, f.cookie), 422).errors(), "state too-long");
  CAF_CHECK_EQUAL(come_back("state=made-up&code=good", f.cookie).status, 404);
  CAF_CHECK_EQUAL(flows(), before);
  node().sql("UPDATE oauth_flow SET expires_at = now() - interval '1 s'");
  CAF_CHECK_EQUAL(come_back(f, "code=good").status, 404);
  CAF_CHECK_EQUAL(complete(node().admin, f, "good").status, 404);
}

CAF_TEST(only admins begin and only on networks of this kind) {
  json::object body{{"platform", "mastodon"}, {"fields", {{"server", network().url()}}}};
  CAF_CHECK_EQUAL(node().call(node().editor, "POST", "~/accounts/oauth", body).status, 403);
  CAF_CHECK_EQUAL(node().call(node().stranger, "POST", "~/accounts/oauth", body).status, 404);
  CAF_CHECK_EQUAL(begin({{"fields", json::object{}}}).errors(), "/fields/server required");
  body = {{"platform", "sandbox"}, {"fields", {{"handle", "x"}}}};
  CAF_CHECK_EQUAL(node().call(node().admin, "POST", "~/accounts/oauth", body).problem(), "conflict");
}
