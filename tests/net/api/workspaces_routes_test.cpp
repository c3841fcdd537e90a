#define CAF_SUITE workspaces_routes

#include "front.hpp"

#include <caf/test/unit_test.hpp>
#include <fmt/format.h>

#include <set>

using namespace troupe;
using namespace troupe::test;

namespace {

struct workspaces_fixture : front {
  account ada = sign_up("ada");
  account bob = sign_up("bob");
  std::string own = "/v1/workspaces/" + ada.workspace;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(workspaces_routes_tests, workspaces_fixture)

CAF_TEST(a workspace is made read and changed) {
  auto made = call(ada.token, "POST", "/v1/workspaces",
                   {{"name", "Café Zürich"}, {"time_zone", "Europe/Zurich"}, {"max_lateness_s", 60}});
  expect(made, 201, "Workspace");
  auto path = made.header("location");
  CAF_CHECK_EQUAL(path, "/v1/workspaces/" + text(made, "id"));
  CAF_CHECK_EQUAL(made.header("etag"), "\"v1\"");
  auto read = get(ada.token, path);
  expect(read, 200, "Workspace");
  CAF_CHECK_EQUAL(read.body, made.body);
  CAF_CHECK_EQUAL(read.header("etag"), "\"v1\"");
  auto changed = call(ada.token, "PATCH", path, {{"name", "Confiserie"}}, {{"If-Match", "\"v1\""}});
  expect(changed, 200, "Workspace");
  CAF_CHECK_EQUAL(changed.header("etag"), "\"v2\"");
  CAF_CHECK_EQUAL(text(changed, "time_zone"), "Europe/Zurich");
  CAF_CHECK(changed.json().at("max_lateness_s") == 60);
}

CAF_TEST(a workspace that is not given a lateness gets the operators) {
  config_.publish.max_lateness_ms = 7'200'000;
  auto made = call(ada.token, "POST", "/v1/workspaces", {{"name", "A"}, {"time_zone", "UTC"}});
  CAF_CHECK(expect(made, 201, "Workspace").json().at("max_lateness_s") == 7'200);
}

CAF_TEST(a change of an old version is refused) {
  expect(call(ada.token, "PATCH", own, {{"name", "A"}}, {{"If-Match", "\"v1\""}}), 200, "Workspace");
  auto stale = call(ada.token, "PATCH", own, {{"name", "B"}}, {{"If-Match", "\"v1\""}});
  expect(stale, 412);
  CAF_CHECK_EQUAL(stale.problem(), "precondition-failed");
  CAF_CHECK_EQUAL(text(get(ada.token, own), "name"), "A");
  expect(call(ada.token, "PATCH", own, {{"name", "B"}}, {{"If-Match", "*"}}), 200, "Workspace");
  expect(call(ada.token, "PATCH", own, {{"name", "C"}}), 200, "Workspace");
  for (auto* header : {"v3", "\"3\"", "W/\"v3\"", "\"v3", "\"vx\"", "\"v\"", "\"v-3\"", "\"v3\", \"v4\""}) {
    auto a = call(ada.token, "PATCH", own, {{"name", "D"}}, {{"If-Match", header}});
    expect(a, 422);
    CAF_CHECK_EQUAL(a.errors(), "If-Match bad-format");
  }
  for (auto* header : {"\"v0\"", "\"v99999999999999999999999\""})
    expect(call(ada.token, "PATCH", own, {{"name", "D"}}, {{"If-Match", header}}), 412);
  CAF_CHECK_EQUAL(text(get(ada.token, own), "name"), "C");
}

CAF_TEST(a change has to change something that there is) {
  expect(call(ada.token, "PATCH", own, boost::json::object{}), 422);
  expect(call(ada.token, "PATCH", own, {{"name", nullptr}}), 422);
  expect(call(ada.token, "PATCH", own, {{"name", 7}}), 422);
  expect(call(ada.token, "PATCH", own, {{"time_zone", "Mars/Olympus"}}), 422);
  expect(call(ada.token, "PATCH", own, {{"max_lateness_s", 0}}), 422);
  expect(call(ada.token, "PATCH", own, {{"max_lateness_s", 2'592'001}}), 422);
  expect(call(ada.token, "PATCH", own, {{"id", ada.workspace}, {"name", "A"}}), 422);
}

CAF_TEST(another workspace looks like none at all) {
  auto foreign = get(bob.token, own);
  auto missing = get(bob.token, "/v1/workspaces/" + to_string(new_uuid(now())));
  auto nonsense = get(bob.token, "/v1/workspaces/nonsense");
  for (auto* a : {&foreign, &missing, &nonsense}) {
    expect(*a, 404);
    auto o = a->json().as_object();
    o.erase("instance");
    CAF_CHECK(o == boost::json::value({{"type", "urn:troupe:problem:not-found"},
                                       {"title", "There is nothing here."},
                                       {"status", 404}}));
  }
  expect(call(bob.token, "PATCH", own, {{"name", "Mine"}}), 404);
  expect(get(bob.token, own + "/members"), 404);
  expect(get(bob.token, own + "/invites"), 404);
  expect(call(bob.token, "POST", own + "/invites", {{"role", "admin"}}), 404);
  expect(call(bob.token, "DELETE", own + "/members/" + ada.id), 404);
}

CAF_TEST(the list of workspaces goes page by page) {
  std::set<std::string> all{ada.workspace};
  for (int i = 0; i < 6; ++i)
    all.insert(text(call(ada.token, "POST", "/v1/workspaces", {{"name", "W"}, {"time_zone", "UTC"}}), "id"));
  std::vector<std::string> seen;
  std::string path = "/v1/workspaces?limit=3", cursor;
  int pages = 0;
  do {
    auto page = get(ada.token, cursor.empty() ? path : path + "&cursor=" + cursor);
    expect(page, 200, "WorkspacePage");
    auto v = page.json();
    for (auto& w : v.at("items").as_array()) seen.push_back(at(w, "id"));
    cursor = at(v, "next_cursor");
  } while (!cursor.empty() && ++pages < 10);
  CAF_CHECK_EQUAL(pages, 2);
  CAF_CHECK_EQUAL(seen.size(), 7u);
  CAF_CHECK_EQUAL(seen.at(0), ada.workspace);
  CAF_CHECK((std::set<std::string>(seen.begin(), seen.end()) == all));
  CAF_CHECK_EQUAL(get(bob.token, "/v1/workspaces").json().at("items").as_array().size(), 1u);
}

CAF_TEST(a page takes its own cursors and sane limits only) {
  for (int i = 0; i < 2; ++i)
    expect(call(ada.token, "POST", "/v1/workspaces", {{"name", "W"}, {"time_zone", "UTC"}}), 201);
  auto cursor = text(get(ada.token, "/v1/workspaces?limit=1"), "next_cursor");
  CAF_REQUIRE(!cursor.empty());
  auto wrong = [&](const std::string& path, const std::string& errors) {
    auto a = get(ada.token, path);
    expect(a, 422);
    CAF_CHECK_EQUAL(a.errors(), errors);
  };
  wrong(own + "/members?cursor=" + cursor, "cursor bad-format");
  wrong("/v1/workspaces?cursor=AAAA", "cursor bad-format");
  wrong("/v1/workspaces?cursor=", "cursor bad-format");
  wrong("/v1/workspaces?cursor=" + cursor + "A", "cursor bad-format");
  wrong("/v1/workspaces?cursor=" + std::string(600, 'A'), "cursor bad-format");
  wrong("/v1/workspaces?limit=0", "limit too-small");
  wrong("/v1/workspaces?limit=201", "limit too-large");
  wrong("/v1/workspaces?limit=ten", "limit bad-format");
  wrong("/v1/workspaces?limit=1&limit=2", "limit duplicate");
  wrong("/v1/workspaces?offset=3", "offset unknown-field");
  wrong("/v1/me?limit=3", "limit unknown-field");
}

CAF_TEST_FIXTURE_SCOPE_END()
