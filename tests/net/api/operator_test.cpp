#define CAF_SUITE operators

#include "front.hpp"

#include "actors/users/operators.hpp"

#include <caf/test/unit_test.hpp>

#include <thread>

using namespace troupe;
using namespace troupe::test;

namespace {

bool operates(front& f, const std::string& token) {
  return expect(f.get(token, "/v1/me"), 200, "User").json().at("operator").as_bool();
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(operator_tests, front)

CAF_TEST(the first user operates the instance and the second does not ) {
  auto made = call("", "POST", "/v1/auth/register", registration("ada@example.org"));
  CAF_CHECK(made.json().at("user").at("operator").as_bool());
  auto ada = text(made, "access_token");
  auto bob = sign_up("bob");
  CAF_CHECK(operates(*this, ada));
  CAF_CHECK(!operates(*this, bob.token));
  restart();
  auto in = call("", "POST", "/v1/auth/login",
                 {{"email", "ada@example.org"}, {"password", "password of ada@example.org"}});
  CAF_CHECK(in.json().at("user").at("operator").as_bool());
}

CAF_TEST(of many first users at once one operates the instance) {
  constexpr int people = 8;
  std::vector<std::thread> threads;
  for (int i = 0; i < people; ++i)
    threads.emplace_back([this, i] {
      call("", "POST", "/v1/auth/register", registration("p" + std::to_string(i) + "@example.org"));
    });
  for (auto& t : threads) t.join();
  CAF_CHECK_EQUAL(count("SELECT count(*) FROM app_user"), people);
  CAF_CHECK_EQUAL(count("SELECT count(*) FROM instance_operator"), 1);
}

CAF_TEST(the shell names operators and they are so at once) {
  auto ada = sign_up("ada");
  auto bob = sign_up("bob");
  storage::connection_settings s;
  s.dsn = dsn();
  auto db = storage::blocking_connection::open(s);
  CAF_REQUIRE(db.has_value());
  auto set = [&](const char* email, bool on) { return users::set_operator(**db, email, on); };
  CAF_CHECK(*set("BOB@example.org", true));
  CAF_CHECK(!*set("bob@example.org", true));
  CAF_CHECK(operates(*this, bob.token));
  CAF_CHECK(*set("ada@example.org", false));
  CAF_CHECK(!operates(*this, ada.token));
  CAF_CHECK(set("nobody@example.org", true).error().code == ec::not_found);
  CAF_CHECK(set("nonsense", true).error().code == ec::validation_failed);
  // Who registers after the first operator has gone is an ordinary user.
  auto eve = sign_up("eve");
  CAF_CHECK(!operates(*this, eve.token));
}

CAF_TEST_FIXTURE_SCOPE_END()
