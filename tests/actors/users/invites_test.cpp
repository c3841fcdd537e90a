#define CAF_SUITE invites

#include "world.hpp"

#include "actors/users/types.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace troupe::users;
using test::outcome;
using test::world;

namespace {

struct invites_fixture {
  world w;
  uuid workspace = new_uuid(w.now()), owner = new_uuid(w.now()), guest = new_uuid(w.now());

  invites_fixture() {
    create_workspace m;
    m.owner = owner;
    m.name = "Bakery";
    m.time_zone = "Europe/Berlin";
    CAF_REQUIRE_EQUAL(outcome(w.ask<workspace_view>(workspace_ref(workspace), m)), "none");
  }
  create_invite invitation(role as = role::editor, std::string email = {}) {
    return {new_uuid(w.now()), owner, as, std::move(email), {}, {}};
  }
  expected<created_invite> invite(create_invite m) {
    return w.ask_as<created_invite>(owner, workspace, role::admin, std::move(m));
  }
  expected<membership> accept(const std::string& token, const uuid& user,
                              const std::string& email = "guest@example.org", const std::string& key = {},
                              const std::string& body = "body") {
    auto to = address_of(token);
    CAF_REQUIRE(to.has_value());
    return w.ask<membership>(workspace_ref(to->first),
                             accept_invite{to->second, token, user, email, key, secrets::token_hash(body)});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(invites_tests, invites_fixture)

CAF_TEST(an invite makes one member of the role that it names) {
  auto made = invite(invitation(role::editor));
  CAF_REQUIRE_EQUAL(outcome(made), "none");
  auto joined = accept(made->token, guest);
  CAF_REQUIRE_EQUAL(outcome(joined), "none");
  CAF_CHECK(joined->workspace.own_role == role::editor);
  CAF_CHECK_EQUAL(outcome(w.ask_as<done>(guest, workspace, role::editor, check_member{})), "none");
  CAF_CHECK_EQUAL(outcome(accept(made->token, new_uuid(w.now()))), "not-found");
  CAF_CHECK_EQUAL(outcome(accept(made->token, guest)), "not-found");
  w.restart();
  CAF_CHECK_EQUAL(outcome(accept(made->token, new_uuid(w.now()))), "not-found");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM event WHERE kind = 'member.joined'"), 1);
}

CAF_TEST(of many who accept one invite at once one joins) {
  auto made = invite(invitation());
  auto to = *address_of(made->token);
  caf::scoped_actor self{w.system()};
  auto ref = workspace_ref(workspace);
  constexpr int racers = 12;
  for (int i = 0; i < racers; ++i)
    self->send(w.rt_.route->find(ref),
               routed{ref, caf::make_message(accept_invite{
                               to.second, made->token, new_uuid(w.now()), "x@example.org", {}, {}})});
  int joined = 0;
  for (int i = 0; i < racers; ++i)
    self->receive([&](const membership&) { ++joined; }, [](const caf::error&) {},
                  caf::after(std::chrono::seconds(30)) >> [] { CAF_FAIL("an acceptance was not answered"); });
  CAF_CHECK_EQUAL(joined, 1);
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM member"), 2);
}

CAF_TEST(an invite for one address is for that address) {
  auto made = invite(invitation(role::viewer, "guest@example.org"));
  CAF_CHECK_EQUAL(made->email, "guest@example.org");
  CAF_CHECK_EQUAL(outcome(accept(made->token, new_uuid(w.now()), "other@example.org")), "forbidden");
  CAF_CHECK_EQUAL(outcome(accept(made->token, guest, "guest@example.org")), "none");
}

CAF_TEST(a member needs no invite) {
  auto made = invite(invitation());
  CAF_CHECK_EQUAL(outcome(accept(made->token, owner, "ada@example.org")), "already-exists");
  CAF_CHECK_EQUAL(outcome(accept(made->token, guest)), "none");
}

CAF_TEST(a made - up token opens nothing) {
  auto made = invite(invitation());
  token_address to{workspace, made->id};
  CAF_CHECK_EQUAL(outcome(accept(make_invite_token(to, secrets::random_bytes(32)), guest)), "not-found");
  to.second = new_uuid(w.now());
  CAF_CHECK_EQUAL(outcome(accept(make_invite_token(to, w.context_.invite_key), guest)), "not-found");
  to = {new_uuid(w.now()), made->id};
  CAF_CHECK_EQUAL(outcome(accept(make_invite_token(to, w.context_.invite_key), guest)), "not-found");
}

CAF_TEST(a revoked or expired invite opens nothing) {
  auto revoked = invite(invitation()), expiring = invite(invitation());
  CAF_CHECK_EQUAL(outcome(w.ask_as<done>(owner, workspace, role::admin, revoke_invite{revoked->id})), "none");
  CAF_CHECK_EQUAL(outcome(w.ask_as<done>(owner, workspace, role::admin, revoke_invite{revoked->id})),
                  "not-found");
  CAF_CHECK_EQUAL(outcome(accept(revoked->token, guest)), "not-found");
  w.owner_.ahead_s = 604'800 + 1;
  CAF_CHECK_EQUAL(outcome(accept(expiring->token, guest)), "not-found");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM member"), 1);
}

CAF_TEST(a repeated invitation with one key is one invite with one link) {
  auto m = invitation();
  m.key = "k";
  m.body_hash = secrets::token_hash("body");
  auto first = invite(m);
  CAF_REQUIRE_EQUAL(outcome(first), "none");
  w.restart();
  auto again = invite(m);
  CAF_REQUIRE_EQUAL(outcome(again), "none");
  CAF_CHECK_EQUAL(again->token, first->token);
  CAF_CHECK_EQUAL(again->expires_at, first->expires_at);
  m.body_hash = secrets::token_hash("another body");
  CAF_CHECK_EQUAL(outcome(invite(m)), "idempotency-mismatch");
  m.id = new_uuid(w.now());
  CAF_CHECK_EQUAL(outcome(invite(m)), "idempotency-mismatch");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM invite"), 1);
}

CAF_TEST(the key of an invite that is closed makes no second one) {
  auto m = invitation();
  m.key = "k";
  m.body_hash = secrets::token_hash("body");
  auto made = invite(m);
  CAF_REQUIRE_EQUAL(outcome(accept(made->token, guest)), "none");
  CAF_CHECK_EQUAL(outcome(invite(m)), "conflict");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM invite"), 1);
}

CAF_TEST(a repeated acceptance with one key answers the membership again) {
  auto made = invite(invitation());
  auto first = accept(made->token, guest, "guest@example.org", "k");
  CAF_REQUIRE_EQUAL(outcome(first), "none");
  w.restart();
  auto again = accept(made->token, guest, "guest@example.org", "k");
  CAF_REQUIRE_EQUAL(outcome(again), "none");
  CAF_CHECK_EQUAL(again->joined_at, first->joined_at);
  CAF_CHECK_EQUAL(outcome(accept(made->token, guest, "guest@example.org", "k", "another body")),
                  "idempotency-mismatch");
  CAF_CHECK_EQUAL(outcome(accept(made->token, guest, "guest@example.org", "k2")), "not-found");
}

CAF_TEST(the bounds of a workspace hold) {
  w.context_.settings.invites_per_workspace = 2;
  w.context_.settings.members_per_workspace = 2;
  auto first = invite(invitation()), second = invite(invitation());
  CAF_REQUIRE_EQUAL(outcome(second), "none");
  CAF_CHECK_EQUAL(outcome(invite(invitation())), "conflict");
  CAF_CHECK_EQUAL(outcome(accept(first->token, guest)), "none");
  CAF_CHECK_EQUAL(outcome(accept(second->token, new_uuid(w.now()))), "conflict");
  CAF_CHECK_EQUAL(outcome(invite(invitation())), "none");
}

CAF_TEST_FIXTURE_SCOPE_END()
