#define CAF_SUITE limits

#include "front.hpp"

#include <caf/test/unit_test.hpp>

#include <map>
#include <mutex>

using namespace troupe;
using namespace troupe::test;

namespace {

/// A cache that all nodes share, as far as the API can tell: counts what it is asked, on a thread of its own
/// choice.
class shared_counters final : public cache::cache {
 public:
  void get(std::string, std::function<void(std::optional<std::string>)> done) override { done(std::nullopt); }
  void set(std::string, std::string, milliseconds) override {}
  void remove(std::string) override {}
  void take(std::string key, std::int64_t limit, milliseconds window,
            std::function<void(troupe::cache::bucket_result)> done) override {
    std::int64_t used;
    {
      std::lock_guard lock(mutex_);
      used = counts_[key] += by_others_ + 1;
    }
    done({used <= limit, limit, std::max<std::int64_t>(limit - used, 0), window / 2});
  }
  void end_window(std::string) override {}
  bool shared() const noexcept override { return true; }
  void others_take(std::int64_t each) { by_others_ = each; }

 private:
  std::mutex mutex_;
  std::map<std::string, std::int64_t> counts_;
  std::atomic<std::int64_t> by_others_{0};
};

front::options with(std::function<void(config::settings&)> tune) {
  front::options o;
  o.tune = std::move(tune);
  return o;
}

} // namespace

CAF_TEST(a user has so many requests a minute) {
  front f(with([](config::settings& c) { c.limits.requests_per_user_per_minute = 3; }));
  auto ada = f.sign_up("ada"), bob = f.sign_up("bob");
  // The minute may turn in between: then the count begins anew, once.
  int served = 0;
  answer last;
  for (int i = 0; i < 8; ++i) {
    last = f.get(ada.token, "/v1/me");
    if (last.status == 429) break;
    CAF_CHECK_EQUAL(last.header("ratelimit-limit"), "3");
    ++served;
  }
  expect(last, 429);
  CAF_CHECK(served >= 3 && served <= 6);
  CAF_CHECK_EQUAL(last.problem(), "rate-limited");
  CAF_CHECK_EQUAL(last.header("ratelimit-remaining"), "0");
  CAF_CHECK(std::stoi(last.header("retry-after")) >= 1);
  CAF_CHECK(std::stoi(last.header("retry-after")) <= 60);
  expect(f.get(bob.token, "/v1/me"), 200, "User");
  CAF_CHECK_EQUAL(f.call("", "GET", "/healthz").status, 200);
}

CAF_TEST(an address has so many requests a minute whoever asks) {
  front f(with([](config::settings& c) { c.limits.requests_per_address_per_minute = 5; }));
  int served = 0;
  answer last;
  for (int i = 0; i < 12; ++i) {
    last = f.raw("GET", "/v1/me", {{"Authorization", "Bearer " + std::to_string(i)}});
    if (last.status == 429) break;
    ++served;
  }
  expect(last, 429);
  CAF_CHECK(served >= 5 && served <= 10);
  for (int i = 0; i < 20; ++i) CAF_REQUIRE_EQUAL(f.call("", "GET", "/healthz").status, 200);
}

CAF_TEST(a counter that nodes share refuses what this node would take) {
  front::options o;
  auto counters = std::make_unique<shared_counters>();
  auto* shared = counters.get();
  o.counters = std::move(counters);
  o.tune = [](config::settings& c) { c.limits.requests_per_user_per_minute = 100; };
  front f(std::move(o));
  auto ada = f.sign_up("ada");
  expect(f.get(ada.token, "/v1/me"), 200, "User");
  shared->others_take(60);
  auto half = f.get(ada.token, "/v1/me");
  expect(half, 200, "User");
  CAF_CHECK_EQUAL(half.header("ratelimit-remaining"), "38");
  auto full = f.get(ada.token, "/v1/me");
  expect(full, 429);
  CAF_CHECK_EQUAL(full.header("retry-after"), "30");
}

CAF_TEST(an account has so many attempts to sign in whether it exists or not ) {
  front f(with([](config::settings& c) { c.auth.login_attempts_per_account = 3; }));
  auto ada = f.sign_up("ada");
  for (auto* email : {"ada@example.org", "nobody@example.org"}) {
    boost::json::value wrong{{"email", email}, {"password", "not this one"}};
    for (int i = 0; i < 3; ++i) expect(f.call("", "POST", "/v1/auth/login", wrong), 401);
    auto limited = f.call("", "POST", "/v1/auth/login", wrong);
    expect(limited, 429);
    CAF_CHECK(std::stoi(limited.header("retry-after")) > 0);
  }
  // Not even the right one gets through now, nor a change that asks for it.
  expect(f.call("", "POST", "/v1/auth/login", {{"email", ada.email}, {"password", ada.password}}), 429);
  expect(f.call(ada.token, "POST", "/v1/auth/password",
                {{"current_password", ada.password}, {"new_password", "another long password"}}),
         429);
}

CAF_TEST(right passwords are not attempts) {
  front f(with([](config::settings& c) { c.auth.login_attempts_per_account = 2; }));
  auto ada = f.sign_up("ada");
  for (int i = 0; i < 6; ++i)
    expect(f.call("", "POST", "/v1/auth/login", {{"email", ada.email}, {"password", ada.password}}), 200,
           "Session");
}

CAF_TEST(an address has so many attempts to sign in for all accounts together) {
  front f(with([](config::settings& c) { c.auth.login_attempts_per_address = 3; }));
  for (int i = 0; i < 3; ++i)
    expect(f.call("", "POST", "/v1/auth/login",
                  {{"email", std::to_string(i) + "@example.org"}, {"password", "not this one"}}),
           401);
  expect(f.call("", "POST", "/v1/auth/login", {{"email", "x@example.org"}, {"password", "not this one"}}),
         429);
}
