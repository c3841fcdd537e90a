#define CAF_SUITE api_accounts
#include <caf/test/unit_test.hpp>

#include "contract.hpp"
#include "suite.hpp"

#include <fmt/format.h>

#include <set>

using namespace troupe;
using namespace troupe::test;
namespace json = boost::json;

namespace {

json::object sandbox(const std::string& handle) {
  return {{"platform", "sandbox"}, {"fields", {{"handle", handle}}}};
}

answer as_admin(std::string_view verb, std::string path, json::value body = {}, headers more = {}) {
  return node().call(node().admin, verb, std::move(path), body, std::move(more));
}

} // namespace

CAF_TEST(the networks are listed as the contract has them) {
  auto list = expect(node().get("/v1/platforms"), 200).json();
  CAF_CHECK_EQUAL(contract::differences(list, "PlatformList"), "");
  std::set<std::string> ids;
  for (auto& p : list.at("items").as_array()) ids.insert(text_at(p, "id"));
  for (auto* id : {"sandbox", "bluesky", "wordpress", "mastodon"}) CAF_CHECK(ids.contains(id));
  CAF_CHECK_EQUAL(node().open("GET", "/v1/platforms").status, 401);
}

CAF_TEST(an account is connected by an admin and read by every member) {
  auto made = expect(as_admin("POST", "~/accounts", sandbox("ada")), 201);
  auto account = made.json();
  CAF_CHECK_EQUAL(contract::differences(account, "Account"), "");
  auto id = text_at(account, "id");
  CAF_CHECK_EQUAL(made.header("location"),
                  fmt::format("/v1/workspaces/{}/accounts/{}", to_string(node().workspace), id));
  CAF_CHECK_EQUAL(text_at(account, "handle"), "ada");
  CAF_CHECK_EQUAL(text_at(account, "state"), "active");
  CAF_CHECK(made.body.find("sandbox-ada") == std::string::npos);
  CAF_CHECK(expect(node().get("~/accounts/" + id), 200).json() == account);
  CAF_CHECK_EQUAL(as_admin("POST", "~/accounts", sandbox("ada")).problem(), "already-exists");
  CAF_CHECK_EQUAL(node().call(node().editor, "POST", "~/accounts", sandbox("eve")).status, 403);
  CAF_CHECK_EQUAL(node().call(node().stranger, "POST", "~/accounts", sandbox("eve")).status, 404);
  CAF_CHECK_EQUAL(node().call(node().stranger, "GET", "~/accounts/" + id).status, 404);
  auto elsewhere = fmt::format("/v1/workspaces/{}/accounts/{}", to_string(node().other_workspace), id);
  CAF_CHECK_EQUAL(node().call(node().stranger, "GET", elsewhere).status, 404);
}

CAF_TEST(what is wrong with a connect is named) {
  auto connect = [](json::value body) { return as_admin("POST", "~/accounts", std::move(body)); };
  CAF_CHECK_EQUAL(refused(connect({{"platform", "myspace"}, {"fields", json::object{}}})),
                  "/platform not-allowed");
  CAF_CHECK_EQUAL(refused(connect({{"platform", "sandbox"}, {"fields", json::object{}}})),
                  "/fields/handle required");
  CAF_CHECK_EQUAL(refused(connect({{"platform", "sandbox"}, {"fields", {{"handle", ""}}}})),
                  "/fields/handle required");
  CAF_CHECK_EQUAL(refused(connect({{"platform", "sandbox"}, {"fields", {{"handle", 1}}}})),
                  "/fields/handle wrong-type");
  CAF_CHECK_EQUAL(refused(connect({{"platform", "sandbox"}, {"fields", {{"handle", "x"}, {"pin", "1"}}}})),
                  "/fields/pin unknown-field");
  CAF_CHECK_EQUAL(refused(connect({{"platform", "sandbox"}, {"fields", "x"}})), "/fields wrong-type");
  CAF_CHECK_EQUAL(refused(connect({{"fields", {{"handle", "x"}}}})), "/platform required");
  CAF_CHECK_EQUAL(refused(connect(sandbox("not allowed!"))), "/fields refused");
  auto oauth = connect({{"platform", "mastodon"}, {"fields", {{"server", "social.example.org"}}}});
  CAF_CHECK_EQUAL(oauth.problem(), "conflict");
}

CAF_TEST(a repeated connect is the same account and another one under its key is refused) {
  headers key{{"Idempotency-Key", "connect-1"}};
  auto first = expect(as_admin("POST", "~/accounts", sandbox("once"), key), 201).json();
  auto second = expect(as_admin("POST", "~/accounts", sandbox("once"), key), 201).json();
  CAF_CHECK(first == second);
  CAF_CHECK_EQUAL(as_admin("POST", "~/accounts", sandbox("twice"), key).problem(), "idempotency-mismatch");
}

CAF_TEST(a workspace has so many accounts and no more) {
  api_node small{[](config::settings& c) { c.limits.accounts_per_workspace = 2; }};
  small.connect("one");
  small.connect("two");
  auto third = small.call(small.admin, "POST", "~/accounts", sandbox("three"));
  CAF_CHECK_EQUAL(third.problem(), "conflict");
}

CAF_TEST(an account is checked and paused and resumed and disconnected) {
  auto id = node().connect("life");
  auto path = "~/accounts/" + id;
  auto state_after = [&](const char* action) {
    return text_at(expect(as_admin("POST", path + "/" + action), 200).json(), "state");
  };
  CAF_CHECK_EQUAL(state_after("check"), "active");
  CAF_CHECK_EQUAL(state_after("pause"), "paused");
  CAF_CHECK_EQUAL(state_after("pause"), "paused");
  CAF_CHECK_EQUAL(state_after("resume"), "active");
  CAF_CHECK_EQUAL(node().call(node().editor, "POST", path + "/pause").status, 403);
  CAF_CHECK_EQUAL(as_admin("POST", "~/accounts/" + to_string(new_uuid(system_now())) + "/pause").status, 404);
  CAF_CHECK_EQUAL(as_admin("DELETE", path).status, 204);
  CAF_CHECK_EQUAL(as_admin("DELETE", path).status, 204);
  auto gone = expect(node().get(path), 200).json();
  CAF_CHECK_EQUAL(text_at(gone, "state"), "disconnected");
  CAF_CHECK_EQUAL(contract::differences(gone, "Account"), "");
  CAF_CHECK_EQUAL(as_admin("POST", path + "/pause").problem(), "conflict");
  CAF_CHECK_EQUAL(as_admin("DELETE", "~/accounts/" + to_string(new_uuid(system_now()))).status, 404);
  CAF_CHECK_EQUAL(node().call(node().stranger, "GET", path).status, 404);
}

CAF_TEST(new credentials have to be those of the same account) {
  auto id = node().connect("keys");
  auto reconnect = [&](const char* handle) {
    return as_admin("POST", "~/accounts/" + id + "/reconnect", {{"fields", {{"handle", handle}}}});
  };
  CAF_CHECK_EQUAL(text_at(expect(reconnect("keys"), 200).json(), "state"), "active");
  CAF_CHECK_EQUAL(reconnect("others").problem(), "conflict");
  CAF_CHECK_EQUAL(refused(as_admin("POST", "~/accounts/" + id + "/reconnect", {{"fields", json::object{}}})),
                  "/fields/handle required");
  CAF_CHECK_EQUAL(refused(as_admin("POST", "~/accounts/" + id + "/reconnect", json::object{})),
                  "/fields required");
}

CAF_TEST(accounts are listed page by page with their filters) {
  api_node alone;
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(alone.connect("list" + std::to_string(i)));
  expect(alone.call(alone.admin, "POST", "~/accounts/" + ids[1] + "/pause"), 200);
  expect(alone.call(alone.admin, "DELETE", "~/accounts/" + ids[3]), 204);
  auto walk = [&](const std::string& query) {
    std::string seen, cursor;
    for (int page = 0; page < 10; ++page) {
      auto found =
          expect(alone.get("~/accounts?limit=2" + query + (cursor.empty() ? "" : "&cursor=" + cursor)), 200)
              .json();
      CAF_CHECK_EQUAL(contract::differences(found, "AccountPage"), "");
      for (auto& a : found.at("items").as_array()) seen += text_at(a, "handle").back();
      if (found.at("next_cursor").is_null()) return seen;
      cursor = text_at(found, "next_cursor");
    }
    return std::string("no end");
  };
  CAF_CHECK_EQUAL(walk(""), "01234");
  CAF_CHECK_EQUAL(walk("&state=active"), "024");
  CAF_CHECK_EQUAL(walk("&state=paused&state=disconnected"), "13");
  CAF_CHECK_EQUAL(walk("&platform=bluesky"), "");
  CAF_CHECK_EQUAL(walk("&platform=sandbox"), "01234");
  CAF_CHECK_EQUAL(refused(alone.get("~/accounts?state=asleep")), "state not-allowed");
}
