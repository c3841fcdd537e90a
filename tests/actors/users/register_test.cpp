#define CAF_SUITE registration

#include "world.hpp"

#include "actors/users/reset_password.hpp"
#include "actors/users/resume.hpp"

#include <caf/test/unit_test.hpp>

#include <condition_variable>
#include <mutex>

using namespace troupe;
using namespace troupe::users;
using test::outcome;
using test::world;

CAF_TEST(whoever registers owns the first workspace) {
  world w;
  auto m = w.registration("ada@example.org");
  auto id = new_uuid(w.now());
  auto r = w.ask<registered>(user_ref(id), m);
  CAF_REQUIRE_EQUAL(outcome(r), "none");
  CAF_CHECK(r->session.user.id == id);
  CAF_CHECK_EQUAL(r->session.user.email, "ada@example.org");
  CAF_CHECK_EQUAL(r->session.user.version, 1);
  CAF_CHECK(r->workspace.id == m.workspace_id);
  CAF_CHECK(r->workspace.own_role == role::owner);
  CAF_CHECK_EQUAL(r->workspace.time_zone, "Europe/Berlin");
  auto seen = w.ask_as<workspace_view>(id, m.workspace_id, role::owner, get_workspace{id});
  CAF_REQUIRE_EQUAL(outcome(seen), "none");
  CAF_CHECK_EQUAL(seen->name, "Bakery");
  CAF_CHECK_EQUAL(seen->created_at, r->workspace.created_at);
  auto claims = w.context_.verifier->verify(r->session.access_token);
  CAF_REQUIRE(claims.ok());
  CAF_CHECK(claims.who.user == id);
}

CAF_TEST(the password and the tokens are stored as hashes only) {
  world w;
  auto p = w.join("ada");
  auto row = w.sql("SELECT password_hash FROM app_user");
  CAF_CHECK(row.get(0, 0).starts_with("$argon2id$"));
  for (auto table : {"SELECT app_user::text FROM app_user", "SELECT sign_in::text FROM sign_in",
                     "SELECT idempotency::text FROM idempotency", "SELECT event::text FROM event"}) {
    auto rows = w.sql(table);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto text = std::string(rows.get(i, 0));
      CAF_CHECK(text.find(p.password) == text.npos);
      CAF_CHECK(text.find(p.session.refresh_token) == text.npos);
      CAF_CHECK(text.find(secrets::hex(p.session.refresh_token)) == text.npos);
    }
  }
}

CAF_TEST(an address belongs to one user whatever its case) {
  world w;
  w.join("ada");
  auto second = w.ask<registered>(user_ref(new_uuid(w.now())), w.registration("ada@example.org"));
  CAF_CHECK_EQUAL(outcome(second), "already-exists");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM app_user"), 1);
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM workspace"), 1);
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM workspace_intent"), 1);
}

CAF_TEST(of many who register one address at once one succeeds) {
  world w;
  caf::scoped_actor self{w.system()};
  constexpr int racers = 16;
  for (int i = 0; i < racers; ++i) {
    auto ref = user_ref(new_uuid(w.now()));
    self->send(w.rt_.route->find(ref), routed{ref, caf::make_message(w.registration("ada@example.org"))});
  }
  int won = 0, lost = 0;
  for (int i = 0; i < racers; ++i)
    self->receive([&](const registered&) { ++won; },
                  [&](const caf::error& e) { lost += to_failure(e).code == ec::already_exists; },
                  caf::after(std::chrono::seconds(30)) >>
                      [] { CAF_FAIL("a registration was not answered"); });
  CAF_CHECK_EQUAL(won, 1);
  CAF_CHECK_EQUAL(lost, racers - 1);
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM app_user"), 1);
}

CAF_TEST(a repeat with the same key and body is the same user with fresh tokens) {
  world w;
  auto m = w.registration("ada@example.org");
  m.key = "k1";
  m.body_hash = secrets::token_hash("body");
  auto id = derived_uuid("user of k1");
  auto first = w.ask<registered>(user_ref(id), m);
  CAF_REQUIRE_EQUAL(outcome(first), "none");
  for (int round = 0; round < 2; ++round) {
    auto again = w.ask<registered>(user_ref(id), m);
    CAF_REQUIRE_EQUAL(outcome(again), "none");
    CAF_CHECK(again->session.user.id == id);
    CAF_CHECK(again->workspace.id == first->workspace.id);
    CAF_CHECK(again->session.refresh_token != first->session.refresh_token);
    w.restart();
  }
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM app_user"), 1);
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM workspace"), 1);
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM event WHERE kind = 'workspace.created'"), 1);
}

CAF_TEST(the same key with another body is refused) {
  world w;
  auto m = w.registration("ada@example.org");
  m.key = "k1";
  m.body_hash = secrets::token_hash("body");
  auto id = derived_uuid("user of k1");
  CAF_REQUIRE_EQUAL(outcome(w.ask<registered>(user_ref(id), m)), "none");
  m.body_hash = secrets::token_hash("another body");
  CAF_CHECK_EQUAL(outcome(w.ask<registered>(user_ref(id), m)), "idempotency-mismatch");
  w.restart();
  CAF_CHECK_EQUAL(outcome(w.ask<registered>(user_ref(id), m)), "idempotency-mismatch");
}

CAF_TEST(a promised workspace is made at the next start when it was not made at once) {
  world w;
  auto p = w.join("ada");
  // As if the node had died between the two commits.
  w.sql("DELETE FROM member");
  w.sql("DELETE FROM workspace");
  w.sql("UPDATE workspace_intent SET done = false");
  w.restart();
  CAF_CHECK_EQUAL(outcome(w.ask_as<workspace_view>(p.id, p.workspace, role::viewer, get_workspace{p.id})),
                  "not-found");
  resume_promises(w.rt_);
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  std::string_view seen;
  do {
    seen = outcome(w.ask_as<workspace_view>(p.id, p.workspace, role::owner, get_workspace{p.id}));
  } while (seen != "none" && std::chrono::steady_clock::now() < until);
  CAF_CHECK_EQUAL(seen, "none");
  do {
  } while (w.count("SELECT count(*) FROM workspace_intent WHERE NOT done") > 0 &&
           std::chrono::steady_clock::now() < until);
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM workspace_intent WHERE NOT done"), 0);
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM member WHERE role = 'owner'"), 1);
}

CAF_TEST(sign - ins that were revoked before a start stay revoked after it) {
  world w;
  auto p = w.join("ada");
  CAF_REQUIRE_EQUAL(outcome(w.ask<done>(user_ref(p.id), logout_everywhere{})), "none");
  // A verifier that has forgotten, as after a restart.
  auth::token_verifier forgetful(w.keys_, {}, [&] { return w.now(); });
  CAF_REQUIRE(forgetful.verify(p.session.access_token).ok());
  w.context_.verifier = &forgetful;
  read_revocations(w.rt_, w.context_);
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (forgetful.verify(p.session.access_token).ok() && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  CAF_CHECK_EQUAL(to_string(forgetful.verify(p.session.access_token).problem), "revoked");
}

CAF_TEST(a password reset from the shell reaches a USER in memory) {
  world w;
  auto p = w.join("ada");
  storage::connection_settings settings;
  settings.dsn = w.dsn();
  auto db = storage::blocking_connection::open(settings);
  CAF_REQUIRE(db.has_value());
  CAF_CHECK_EQUAL(outcome(reset_password(**db, "nobody@example.org", "", w.hashing)), "not-found");
  CAF_CHECK_EQUAL(outcome(reset_password(**db, "ada@example.org", "short", w.hashing)), "validation-failed");
  auto r = reset_password(**db, "ADA@example.org", "", w.hashing);
  CAF_REQUIRE_EQUAL(outcome(r), "none");
  CAF_CHECK_EQUAL(r->sessions, 1u);
  // The old password first: the USER still has its hash, and finds out when it wants to sign in.
  CAF_CHECK_EQUAL(outcome(w.ask<session>(user_ref(p.id), login{p.password})), "wrong-credentials");
  auto fresh = w.ask<session>(user_ref(p.id), login{r->password});
  CAF_CHECK_EQUAL(outcome(fresh), "none");
  CAF_CHECK_EQUAL(outcome(w.ask<session>(user_ref(p.id), login{p.password})), "wrong-credentials");
  auto old_sign_in = w.context_.verifier->verify(p.session.access_token).who.sign_in;
  CAF_CHECK_EQUAL(outcome(w.ask<session>(user_ref(p.id), refresh{old_sign_in, p.session.refresh_token})),
                  "unauthenticated");
}
