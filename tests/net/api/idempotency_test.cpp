#define CAF_SUITE idempotency

#include "front.hpp"

#include <caf/test/unit_test.hpp>

#include <thread>

using namespace troupe;
using namespace troupe::test;

CAF_TEST_FIXTURE_SCOPE(idempotency_tests, front)

CAF_TEST(a repeated registration is one user) {
  headers key{{"Idempotency-Key", "k-1"}};
  auto body = registration("ada@example.org");
  auto first = call("", "POST", "/v1/auth/register", body, key);
  auto again = call("", "POST", "/v1/auth/register", body, key);
  expect(first, 201, "RegisteredSession");
  expect(again, 201, "RegisteredSession");
  CAF_CHECK(first.json().at("user") == again.json().at("user"));
  CAF_CHECK(first.json().at("workspace") == again.json().at("workspace"));
  CAF_CHECK(text(first, "refresh_token") != text(again, "refresh_token"));
  body["display_name"] = "Somebody else";
  auto other = call("", "POST", "/v1/auth/register", body, key);
  expect(other, 422);
  CAF_CHECK_EQUAL(other.problem(), "idempotency-mismatch");
  CAF_CHECK_EQUAL(count("SELECT count(*) FROM app_user"), 1);
  CAF_CHECK_EQUAL(count("SELECT count(*) FROM workspace"), 1);
}

CAF_TEST(a repeated workspace is one workspace of each user) {
  auto ada = sign_up("ada"), bob = sign_up("bob");
  headers key{{"Idempotency-Key", "k-1"}};
  boost::json::value body{{"name", "Second"}, {"time_zone", "UTC"}};
  auto first = call(ada.token, "POST", "/v1/workspaces", body, key);
  expect(first, 201, "Workspace");
  restart();
  auto again = call(ada.token, "POST", "/v1/workspaces", body, key);
  expect(again, 201, "Workspace");
  CAF_CHECK_EQUAL(first.body, again.body);
  CAF_CHECK_EQUAL(first.header("location"), again.header("location"));
  auto other = call(bob.token, "POST", "/v1/workspaces", body, key);
  expect(other, 201, "Workspace");
  CAF_CHECK(text(other, "id") != text(first, "id"));
  auto changed = call(ada.token, "POST", "/v1/workspaces", {{"name", "Third"}, {"time_zone", "UTC"}}, key);
  expect(changed, 422);
  CAF_CHECK_EQUAL(changed.problem(), "idempotency-mismatch");
  CAF_CHECK_EQUAL(count("SELECT count(*) FROM workspace"), 4);
}

CAF_TEST(requests with one key at the same moment have one effect) {
  auto ada = sign_up("ada");
  constexpr int racers = 8;
  std::vector<answer> answers(racers);
  {
    std::vector<std::thread> threads;
    for (auto& a : answers)
      threads.emplace_back([&] {
        a = call(ada.token, "POST", "/v1/workspaces", {{"name", "One"}, {"time_zone", "UTC"}},
                 {{"Idempotency-Key", "k"}});
      });
    for (auto& t : threads) t.join();
  }
  for (auto& a : answers) {
    expect(a, 201, "Workspace");
    CAF_CHECK_EQUAL(a.body, answers[0].body);
  }
  CAF_CHECK_EQUAL(count("SELECT count(*) FROM workspace"), 2);
}

CAF_TEST(a key is for one operation) {
  auto ada = sign_up("ada");
  headers key{{"Idempotency-Key", "k-1"}};
  expect(call(ada.token, "POST", "/v1/workspaces", {{"name", "A"}, {"time_zone", "UTC"}}, key), 201,
         "Workspace");
  auto other =
      call(ada.token, "POST", "/v1/workspaces/" + ada.workspace + "/invites", {{"role", "viewer"}}, key);
  expect(other, 422);
  CAF_CHECK_EQUAL(other.problem(), "idempotency-mismatch");
}

CAF_TEST(a repeated invite and its repeated acceptance are one of each) {
  auto ada = sign_up("ada"), bob = sign_up("bob");
  headers key{{"Idempotency-Key", "k-1"}};
  auto path = "/v1/workspaces/" + ada.workspace + "/invites";
  auto first = call(ada.token, "POST", path, {{"role", "viewer"}}, key);
  auto again = call(ada.token, "POST", path, {{"role", "viewer"}}, key);
  expect(again, 201, "CreatedInvite");
  CAF_CHECK_EQUAL(first.body, again.body);
  auto accept = [&] {
    return call(bob.token, "POST", "/v1/invites/accept", {{"token", text(first, "token")}}, key);
  };
  auto joined = accept(), repeated = accept();
  expect(joined, 200, "Membership");
  expect(repeated, 200, "Membership");
  CAF_CHECK_EQUAL(joined.body, repeated.body);
}

CAF_TEST(a key has a form) {
  auto ada = sign_up("ada");
  for (auto key : {std::string(201, 'k'), std::string("with blank"), std::string("caf\xC3\xA9")}) {
    auto a = call(ada.token, "POST", "/v1/workspaces", {{"name", "A"}, {"time_zone", "UTC"}},
                  {{"Idempotency-Key", key}});
    CAF_CHECK(a.status == 422 || a.status == 400);
    if (a.status == 422) CAF_CHECK_EQUAL(a.errors(), "Idempotency-Key bad-format");
  }
  CAF_CHECK_EQUAL(count("SELECT count(*) FROM workspace"), 1);
  expect(call(ada.token, "POST", "/v1/workspaces", {{"name", "A"}, {"time_zone", "UTC"}},
              {{"Idempotency-Key", std::string(200, 'k')}}),
         201, "Workspace");
}

CAF_TEST(what is stored for a key does not give a password away) {
  auto body = registration("ada@example.org");
  expect(call("", "POST", "/v1/auth/register", body, {{"Idempotency-Key", "k"}}), 201, "RegisteredSession");
  auto stored = storage::from_bytea(sql("SELECT body_hash FROM idempotency").get(0, 0));
  auto guess = "POST /v1/auth/register\n" + boost::json::serialize(body);
  CAF_CHECK(stored != secrets::token_hash(guess));
  CAF_CHECK(stored != secrets::sha256(guess));
}

CAF_TEST_FIXTURE_SCOPE_END()
