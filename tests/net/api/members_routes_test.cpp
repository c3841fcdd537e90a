#define CAF_SUITE members_routes

#include "front.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace troupe::test;

namespace {

struct members_fixture : front {
  account ada = sign_up("ada");
  account bob = sign_up("bob");
  account eve = sign_up("eve");
  std::string own = "/v1/workspaces/" + ada.workspace;

  answer invite(const std::string& token, const boost::json::value& body) {
    return call(token, "POST", own + "/invites", body);
  }
  answer accept(const std::string& token, const std::string& invite_token) {
    return call(token, "POST", "/v1/invites/accept", {{"token", invite_token}});
  }
  void bring_in(const account& who, const std::string& role) {
    auto made = expect(invite(ada.token, {{"role", role}}), 201, "CreatedInvite");
    expect(accept(who.token, text(made, "token")), 200, "Membership");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(members_routes_tests, members_fixture)

CAF_TEST(an invite brings a member in by its link) {
  auto made = invite(ada.token, {{"role", "editor"}});
  expect(made, 201, "CreatedInvite");
  CAF_CHECK_EQUAL(text(made, "url"), "https://troupe.example.org/invite#" + text(made, "token"));
  CAF_CHECK_EQUAL(made.header("cache-control"), "no-store");
  auto listed = get(ada.token, own + "/invites");
  expect(listed, 200, "InvitePage");
  CAF_CHECK_EQUAL(at(listed.json().at("items").at(0), "invite_id"), text(made, "invite_id"));
  CAF_CHECK(listed.body.find(text(made, "token")) == std::string::npos);
  expect(get(bob.token, own), 404);
  auto joined = accept(bob.token, text(made, "token"));
  expect(joined, 200, "Membership");
  CAF_CHECK_EQUAL(text(joined, "role"), "editor");
  expect(get(bob.token, own), 200, "Workspace");
  CAF_CHECK(get(ada.token, own + "/invites").json().at("items").as_array().empty());
  expect(accept(eve.token, text(made, "token")), 404);
  CAF_CHECK_EQUAL(get(bob.token, "/v1/workspaces").json().at("items").as_array().size(), 2u);
}

CAF_TEST(an invite is for whom it says) {
  auto made = invite(ada.token, {{"role", "viewer"}, {"email", "BOB@example.org"}});
  expect(made, 201, "CreatedInvite");
  CAF_CHECK_EQUAL(text(made, "email"), "bob@example.org");
  expect(accept(eve.token, text(made, "token")), 403);
  expect(accept(bob.token, text(made, "token")), 200, "Membership");
  expect(invite(ada.token, {{"role", "viewer"}, {"email", nullptr}}), 201, "CreatedInvite");
  expect(invite(ada.token, {{"role", "viewer"}, {"email", "bob"}}), 422);
  expect(invite(ada.token, {{"role", "owner"}}), 422);
  expect(invite(ada.token, boost::json::object{}), 422);
}

CAF_TEST(a revoked invite opens nothing) {
  auto made = invite(ada.token, {{"role", "viewer"}});
  auto path = own + "/invites/" + text(made, "invite_id");
  expect(call(eve.token, "DELETE", path), 404);
  expect(call(ada.token, "DELETE", path), 204);
  expect(call(ada.token, "DELETE", path), 404);
  expect(accept(bob.token, text(made, "token")), 404);
  expect(accept(bob.token, "nonsense"), 404);
  auto open = invite(ada.token, {{"role", "viewer"}});
  auto already = accept(ada.token, text(open, "token"));
  expect(already, 409);
  CAF_CHECK_EQUAL(already.problem(), "already-exists");
}

CAF_TEST(each role may do what it may) {
  bring_in(bob, "viewer");
  expect(get(bob.token, own + "/members"), 200, "MemberPage");
  expect(call(bob.token, "PATCH", own, {{"name", "Mine"}}), 403);
  expect(get(bob.token, own + "/invites"), 403);
  expect(invite(bob.token, {{"role", "viewer"}}), 403);
  expect(call(bob.token, "PATCH", own + "/members/" + bob.id, {{"role", "admin"}}), 403);
  expect(call(bob.token, "DELETE", own + "/members/" + ada.id), 403);
  auto promoted = call(ada.token, "PATCH", own + "/members/" + bob.id, {{"role", "admin"}});
  expect(promoted, 200, "Member");
  CAF_CHECK_EQUAL(text(promoted, "email"), "bob@example.org");
  CAF_CHECK_EQUAL(text(promoted, "role"), "admin");
  expect(call(bob.token, "PATCH", own, {{"name", "Ours"}}), 200, "Workspace");
  expect(invite(bob.token, {{"role", "viewer"}}), 201, "CreatedInvite");
  expect(call(bob.token, "PATCH", own + "/members/" + bob.id, {{"role", "owner"}}), 403);
  expect(call(bob.token, "DELETE", own + "/members/" + ada.id), 403);
  expect(call(ada.token, "PATCH", own + "/members/" + bob.id, {{"role", "king"}}), 422);
  expect(call(ada.token, "PATCH", own + "/members/" + eve.id, {{"role", "viewer"}}), 404);
  expect(call(ada.token, "PATCH", own + "/members/nonsense", {{"role", "viewer"}}), 404);
}

CAF_TEST(the last owner stays and everyone else may leave) {
  bring_in(bob, "viewer");
  auto refused = call(ada.token, "DELETE", own + "/members/" + ada.id);
  expect(refused, 409);
  CAF_CHECK_EQUAL(refused.problem(), "conflict");
  expect(call(ada.token, "PATCH", own + "/members/" + ada.id, {{"role", "viewer"}}), 409);
  expect(call(bob.token, "DELETE", own + "/members/" + bob.id), 204);
  expect(get(bob.token, own), 404);
}

CAF_TEST(a removed member is out at once) {
  bring_in(bob, "admin");
  expect(get(bob.token, own), 200, "Workspace");
  expect(call(ada.token, "DELETE", own + "/members/" + bob.id), 204);
  expect(get(bob.token, own), 404);
  expect(invite(bob.token, {{"role", "admin"}}), 404);
}

CAF_TEST(members are listed in the order in which they came) {
  bring_in(bob, "viewer");
  bring_in(eve, "editor");
  auto first = get(ada.token, own + "/members?limit=2");
  expect(first, 200, "MemberPage");
  auto v = first.json();
  CAF_CHECK_EQUAL(at(v.at("items").at(0), "user_id"), ada.id);
  CAF_CHECK_EQUAL(at(v.at("items").at(1), "user_id"), bob.id);
  auto second = get(ada.token, own + "/members?limit=2&cursor=" + at(v, "next_cursor"));
  expect(second, 200, "MemberPage");
  CAF_CHECK_EQUAL(at(second.json().at("items").at(0), "user_id"), eve.id);
  CAF_CHECK(second.json().at("next_cursor").is_null());
}

CAF_TEST_FIXTURE_SCOPE_END()
