#define CAF_SUITE sessions

#include "world.hpp"

#include "actors/users/types.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace troupe::users;
using test::outcome;
using test::world;

namespace {

/// One user and what one does with sessions.
struct sessions_fixture {
  world w;
  world::person ada = w.join("ada");

  expected<session> sign_in(const std::string& password) {
    return w.ask<session>(user_ref(ada.id), login{password});
  }
  expected<session> exchange(const std::string& token) {
    auto to = address_of(token);
    CAF_REQUIRE(to.has_value());
    return w.ask<session>(user_ref(to->first), refresh{to->second, token});
  }
  std::string_view leave(const std::string& token) {
    return outcome(w.ask<done>(user_ref(ada.id), logout{address_of(token)->second, token}));
  }
  bool access(const session& s) { return w.context_.verifier->verify(s.access_token).ok(); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(sessions_tests, sessions_fixture)

CAF_TEST(the right password opens a session also after a restart) {
  CAF_CHECK_EQUAL(outcome(sign_in(ada.password)), "none");
  w.restart();
  auto s = sign_in(ada.password);
  CAF_REQUIRE_EQUAL(outcome(s), "none");
  CAF_CHECK(s->user.id == ada.id);
  CAF_CHECK(access(*s));
}

CAF_TEST(a wrong password and a user who does not exist get the same answer) {
  auto wrong = sign_in("not the password");
  auto nobody = w.ask<session>(user_ref(derived_uuid("nobody")), login{"not the password"});
  CAF_REQUIRE(!wrong.has_value());
  CAF_REQUIRE(!nobody.has_value());
  CAF_CHECK(wrong.error().code == ec::wrong_credentials);
  CAF_CHECK(nobody.error().code == ec::wrong_credentials);
  CAF_CHECK_EQUAL(wrong.error().detail, nobody.error().detail);
  CAF_CHECK_EQUAL(outcome(w.ask<session>(user_ref(derived_uuid("nobody")), login{""})), "wrong-credentials");
}

CAF_TEST(a refresh token works once and its successor goes on) {
  auto second = exchange(ada.session.refresh_token);
  CAF_REQUIRE_EQUAL(outcome(second), "none");
  CAF_CHECK(second->refresh_token != ada.session.refresh_token);
  w.restart();
  auto third = exchange(second->refresh_token);
  CAF_REQUIRE_EQUAL(outcome(third), "none");
  CAF_CHECK(access(*third));
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM sign_in"), 1);
}

CAF_TEST(an old refresh token given again ends its family and no other) {
  auto other = sign_in(ada.password);
  CAF_REQUIRE_EQUAL(outcome(other), "none");
  auto second = exchange(ada.session.refresh_token);
  CAF_REQUIRE_EQUAL(outcome(second), "none");
  CAF_CHECK_EQUAL(outcome(exchange(ada.session.refresh_token)), "unauthenticated");
  CAF_CHECK_EQUAL(outcome(exchange(second->refresh_token)), "unauthenticated");
  CAF_CHECK(!access(*second));
  CAF_CHECK(!access(ada.session));
  CAF_CHECK(access(*other));
  CAF_CHECK_EQUAL(outcome(exchange(other->refresh_token)), "none");
}

CAF_TEST(however old the token is its second use ends the family) {
  auto token = ada.session.refresh_token;
  for (int i = 0; i < 100; ++i) {
    auto next = exchange(token);
    CAF_REQUIRE_EQUAL(outcome(next), "none");
    token = next->refresh_token;
  }
  w.restart();
  CAF_CHECK_EQUAL(outcome(exchange(ada.session.refresh_token)), "unauthenticated");
  CAF_CHECK_EQUAL(outcome(exchange(token)), "unauthenticated");
}

CAF_TEST(a made - up token of a known session is refused and ends nothing) {
  auto to = *address_of(ada.session.refresh_token);
  auto made_up = make_refresh_token(to, secrets::random_bytes(32));
  CAF_CHECK_EQUAL(outcome(exchange(made_up)), "unauthenticated");
  CAF_CHECK_EQUAL(leave(made_up), "none");
  CAF_CHECK_EQUAL(outcome(exchange(ada.session.refresh_token)), "none");
}

CAF_TEST(of two who use one refresh token at once one gets a session and then nobody has one) {
  caf::scoped_actor self{w.system()};
  auto to = *address_of(ada.session.refresh_token);
  auto ref = user_ref(to.first);
  for (int i = 0; i < 2; ++i)
    self->send(w.rt_.route->find(ref),
               routed{ref, caf::make_message(refresh{to.second, ada.session.refresh_token})});
  std::vector<session> won;
  int refused = 0;
  for (int i = 0; i < 2; ++i)
    self->receive([&](const session& s) { won.push_back(s); }, [&](const caf::error&) { ++refused; },
                  caf::after(std::chrono::seconds(30)) >> [] { CAF_FAIL("a refresh was not answered"); });
  CAF_REQUIRE_EQUAL(won.size(), 1u);
  CAF_CHECK_EQUAL(refused, 1);
  CAF_CHECK_EQUAL(outcome(exchange(won[0].refresh_token)), "unauthenticated");
}

CAF_TEST(a session ends when it was not used for its time) {
  w.owner_.ahead_s = 2'592'000 - 60;
  auto kept = exchange(ada.session.refresh_token);
  CAF_REQUIRE_EQUAL(outcome(kept), "none");
  w.owner_.ahead_s = 2 * 2'592'000 - 120;
  kept = exchange(kept->refresh_token);
  CAF_REQUIRE_EQUAL(outcome(kept), "none");
  w.owner_.ahead_s = 4 * 2'592'000;
  CAF_CHECK_EQUAL(outcome(exchange(kept->refresh_token)), "unauthenticated");
}

CAF_TEST(a logout ends one session at once) {
  auto other = sign_in(ada.password);
  CAF_CHECK_EQUAL(leave(ada.session.refresh_token), "none");
  CAF_CHECK(!access(ada.session));
  CAF_CHECK_EQUAL(outcome(exchange(ada.session.refresh_token)), "unauthenticated");
  CAF_CHECK(access(*other));
  CAF_CHECK_EQUAL(leave(ada.session.refresh_token), "none");
}

CAF_TEST(a logout everywhere ends every session) {
  auto other = sign_in(ada.password);
  CAF_REQUIRE_EQUAL(outcome(w.ask<done>(user_ref(ada.id), logout_everywhere{})), "none");
  CAF_CHECK(!access(ada.session));
  CAF_CHECK(!access(*other));
  CAF_CHECK_EQUAL(outcome(exchange(other->refresh_token)), "unauthenticated");
  w.restart();
  CAF_CHECK_EQUAL(outcome(exchange(ada.session.refresh_token)), "unauthenticated");
  auto fresh = sign_in(ada.password);
  CAF_REQUIRE_EQUAL(outcome(fresh), "none");
  CAF_CHECK(access(*fresh));
}

CAF_TEST(a new password ends every session but the one that it opens) {
  CAF_CHECK_EQUAL(
      outcome(w.ask<session>(user_ref(ada.id), change_password{"wrong", "another long password"})),
      "wrong-credentials");
  CAF_CHECK(access(ada.session));
  auto fresh = w.ask<session>(user_ref(ada.id), change_password{ada.password, "another long password"});
  CAF_REQUIRE_EQUAL(outcome(fresh), "none");
  CAF_CHECK(access(*fresh));
  CAF_CHECK(!access(ada.session));
  CAF_CHECK_EQUAL(outcome(exchange(ada.session.refresh_token)), "unauthenticated");
  w.restart();
  CAF_CHECK_EQUAL(outcome(exchange(fresh->refresh_token)), "none");
  CAF_CHECK_EQUAL(outcome(sign_in(ada.password)), "wrong-credentials");
  CAF_CHECK_EQUAL(outcome(sign_in("another long password")), "none");
}

CAF_TEST(a user has so many sessions and the oldest makes room) {
  w.context_.settings.sign_ins_per_user = 3;
  std::vector<session> all{ada.session};
  for (int i = 0; i < 4; ++i) {
    auto s = sign_in(ada.password);
    CAF_REQUIRE_EQUAL(outcome(s), "none");
    all.push_back(*s);
  }
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM sign_in WHERE revoked_at IS NULL"), 3);
  CAF_CHECK(!access(all[0]));
  CAF_CHECK(!access(all[1]));
  for (std::size_t i = 2; i < 5; ++i) CAF_CHECK(access(all[i]));
}

CAF_TEST(a hash of older settings is renewed by the next login) {
  auto before = std::string(w.sql("SELECT password_hash FROM app_user").get(0, 0));
  auth::password_hasher dearer({.memory_kib = 16, .passes = 2, .threads = 1, .queue_limit = 8});
  auto* usual = w.context_.passwords;
  w.context_.passwords = &dearer;
  CAF_REQUIRE_EQUAL(outcome(sign_in(ada.password)), "none");
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  std::string after;
  do {
    after = std::string(w.sql("SELECT password_hash FROM app_user").get(0, 0));
  } while (after == before && std::chrono::steady_clock::now() < until);
  CAF_CHECK(after.starts_with("$argon2id$v=19$m=16,t=2,p=1$"));
  CAF_CHECK_EQUAL(outcome(sign_in(ada.password)), "none");
  w.context_.passwords = usual;
  w.restart();
}

CAF_TEST(a user sees and changes the own name) {
  auto seen = w.ask<user_view>(user_ref(ada.id), get_user{});
  CAF_REQUIRE_EQUAL(outcome(seen), "none");
  CAF_CHECK_EQUAL(seen->email, "ada@example.org");
  auto changed = w.ask<user_view>(user_ref(ada.id), update_user{"Countess"});
  CAF_REQUIRE_EQUAL(outcome(changed), "none");
  CAF_CHECK_EQUAL(changed->version, 2);
  // The same name once more is no change.
  auto same = w.ask<user_view>(user_ref(ada.id), update_user{"Countess"});
  CAF_CHECK_EQUAL(same->version, 2);
  w.restart();
  seen = w.ask<user_view>(user_ref(ada.id), get_user{});
  CAF_CHECK_EQUAL(seen->display_name, "Countess");
  CAF_CHECK_EQUAL(seen->version, 2);
}

CAF_TEST(who does not exist is not found and holds no memory) {
  auto ref = user_ref(new_uuid(w.now()));
  CAF_CHECK_EQUAL(outcome(w.ask<user_view>(ref, get_user{})), "not-found");
  CAF_CHECK_EQUAL(outcome(w.ask<user_view>(ref, update_user{"x"})), "not-found");
  CAF_CHECK_EQUAL(outcome(w.ask<done>(ref, logout_everywhere{})), "not-found");
  caf::scoped_actor self{w.system()};
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  std::string listed;
  do {
    self->request(w.rt_.route->find(ref), std::chrono::seconds{30}, list_entities{})
        .receive([&](const json_text& t) { listed = t.text; },
                 [](const caf::error&) { CAF_FAIL("no list"); });
  } while (listed.find(to_string(ref.id)) != listed.npos && std::chrono::steady_clock::now() < until);
  CAF_CHECK(listed.find(to_string(ref.id)) == listed.npos);
}

CAF_TEST(a user describes itself without a secret) {
  auto text = w.ask<json_text>(user_ref(ada.id), describe{});
  CAF_REQUIRE_EQUAL(outcome(text), "none");
  CAF_CHECK(text->text.find("\"sign_ins\":1") != text->text.npos);
  CAF_CHECK(text->text.find("argon2") == text->text.npos);
  CAF_CHECK(text->text.find("ada@") == text->text.npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
