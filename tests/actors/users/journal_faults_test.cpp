#define CAF_SUITE journal_faults

#include "world.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace troupe::users;
using test::outcome;
using test::world;

/// A commit whose answer is lost comes back from the JOURNAL as "not applied" although it was. Played here by
/// a JOURNAL that does commit and then says `row_changed`.
namespace {

/// The name of the statement whose next commit is lied about; null: none.
using lie_about = std::shared_ptr<std::atomic<const char*>>;

caf::behavior liar(caf::event_based_actor* self, const caf::actor& honest, const lie_about& next) {
  return {
      [=](change& c) {
        if (auto* name = next->load(); name && std::string_view(c.sql->name) == name) {
          *next = nullptr;
          auto told = c.reply;
          c.reply = reply_slot<change_result>::make(self, [told](const change_result& r) {
            told(r.applied() ? change_result{ec::row_changed, nullptr, 0} : r);
          });
        }
        caf::anon_send(honest, std::move(c));
      },
      [=](flush f) { return self->delegate(honest, f); },
  };
}

struct lying_fixture {
  world w;
  lie_about next = std::make_shared<std::atomic<const char*>>(nullptr);
  std::vector<caf::actor> honest;

  lying_fixture() {
    honest = w.rt_.journals;
    for (auto& j : w.rt_.journals) j = w.system().spawn(liar, j, next);
  }
  ~lying_fixture() {
    auto liars = w.rt_.journals;
    w.rt_.journals = honest;
    for (auto& j : liars) caf::anon_send_exit(j, caf::exit_reason::user_shutdown);
  }
  /// The reply to the next commit of this statement gets lost.
  void lose(const char* statement) { *next = statement; }
  bool lost() const { return next->load() == nullptr; }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_faults_tests, lying_fixture)

CAF_TEST(a registration whose commit reply was lost succeeds once) {
  lose("users_register");
  auto m = w.registration("ada@example.org");
  auto id = new_uuid(w.now());
  auto r = w.ask<registered>(user_ref(id), m);
  CAF_REQUIRE_EQUAL(outcome(r), "none");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM app_user"), 1);
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM sign_in"), 1);
  CAF_CHECK_EQUAL(outcome(w.ask<session>(user_ref(id), login{m.password})), "none");
  CAF_CHECK(lost());
}

CAF_TEST(a refresh whose commit reply was lost gives a token that works) {
  auto p = w.join("ada");
  auto sign_in = w.context_.verifier->verify(p.session.access_token).who.sign_in;
  lose("users_rotate_sign_in");
  auto second = w.ask<session>(user_ref(p.id), refresh{sign_in, p.session.refresh_token});
  CAF_REQUIRE_EQUAL(outcome(second), "none");
  CAF_CHECK_EQUAL(outcome(w.ask<session>(user_ref(p.id), refresh{sign_in, second->refresh_token})), "none");
  CAF_CHECK(lost());
}

CAF_TEST(logins and password changes survive a lost commit reply) {
  auto p = w.join("ada");
  lose("users_add_sign_in");
  CAF_REQUIRE_EQUAL(outcome(w.ask<session>(user_ref(p.id), login{p.password})), "none");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM sign_in"), 2);
  lose("users_revoke_everything");
  auto fresh = w.ask<session>(user_ref(p.id), change_password{p.password, "another long password"});
  CAF_REQUIRE_EQUAL(outcome(fresh), "none");
  CAF_CHECK(w.context_.verifier->verify(fresh->access_token).ok());
  CAF_CHECK(!w.context_.verifier->verify(p.session.access_token).ok());
  CAF_CHECK_EQUAL(w.count("SELECT token_generation FROM app_user"), 2);
  lose("users_revoke_everything");
  CAF_CHECK_EQUAL(outcome(w.ask<done>(user_ref(p.id), logout_everywhere{})), "none");
  CAF_CHECK_EQUAL(w.count("SELECT token_generation FROM app_user"), 3);
  CAF_CHECK(!w.context_.verifier->verify(fresh->access_token).ok());
  CAF_CHECK(lost());
}

CAF_TEST(a workspaces changes survive a lost commit reply) {
  auto p = w.join("ada");
  lose("users_create_workspace");
  create_workspace make;
  make.owner = p.id;
  make.name = "Second";
  make.time_zone = "UTC";
  auto id = new_uuid(w.now());
  CAF_REQUIRE_EQUAL(outcome(w.ask<workspace_view>(workspace_ref(id), make)), "none");
  lose("users_update_workspace");
  auto renamed = w.ask_as<workspace_view>(p.id, id, role::admin, update_workspace{p.id, 1, "Third", "", 0});
  CAF_REQUIRE_EQUAL(outcome(renamed), "none");
  CAF_CHECK_EQUAL(renamed->version, 2);
  lose("users_create_invite");
  create_invite inviting{new_uuid(w.now()), p.id, role::admin, {}, {}, {}};
  auto invite = w.ask_as<created_invite>(p.id, id, role::admin, inviting);
  CAF_REQUIRE_EQUAL(outcome(invite), "none");
  lose("users_accept_invite");
  auto guest = new_uuid(w.now());
  auto joined = w.ask<membership>(workspace_ref(id),
                                  accept_invite{invite->id, invite->token, guest, "g@example.org", {}, {}});
  CAF_REQUIRE_EQUAL(outcome(joined), "none");
  lose("users_set_role");
  CAF_CHECK_EQUAL(outcome(w.ask_as<member_view>(p.id, id, role::admin, set_role{p.id, guest, role::viewer})),
                  "none");
  lose("users_remove_member");
  CAF_CHECK_EQUAL(outcome(w.ask_as<done>(p.id, id, role::admin, remove_member{p.id, guest})), "none");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM event WHERE workspace_id = $1", {to_string(id)}), 6);
  CAF_CHECK(lost());
}

CAF_TEST(a journal that never agrees ends in an answer) {
  auto p = w.join("ada");
  w.sql("UPDATE app_user SET version = version + 1");
  // Reloaded, decided again, and made.
  auto r = w.ask<user_view>(user_ref(p.id), update_user{"Countess"});
  CAF_REQUIRE_EQUAL(outcome(r), "none");
  CAF_CHECK_EQUAL(r->version, 3);
  w.owner_.lost = true;
  CAF_CHECK_EQUAL(outcome(w.ask<user_view>(user_ref(p.id), update_user{"Nobody"})), "fence-lost");
  w.owner_.lost = false;
  CAF_CHECK_EQUAL(outcome(w.ask<user_view>(user_ref(p.id), update_user{"Somebody"})), "none");
}

CAF_TEST_FIXTURE_SCOPE_END()
