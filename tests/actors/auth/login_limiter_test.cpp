#define CAF_SUITE login_limiter

#include "actors/auth/login_limiter.hpp"
#include "system/core/secrets.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;

namespace {

struct limiter_fixture {
  std::chrono::steady_clock::time_point now{std::chrono::hours{1}};
  std::unique_ptr<cache::cache> counters = cache::make_memory_cache({}, [this] { return now; });
  auth::login_limiter aut{*counters, {.per_account = 3, .per_address = 5, .window = seconds{900}}};

  limiter_fixture() { secrets::init(); }

  bool may(std::string_view account, std::string_view address) {
    milliseconds wait{-1};
    aut.attempt(account, address, [&](milliseconds w) { wait = w; });
    CAF_REQUIRE(wait.count() >= 0);
    if (wait.count() > 0) CAF_CHECK(wait <= seconds{900});
    return wait.count() == 0;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(limiter_tests, limiter_fixture)

CAF_TEST(an account has its attempts from whatever address) {
  CAF_CHECK(may("ada@example.org", "192.0.2.1"));
  CAF_CHECK(may("ada@example.org", "192.0.2.2"));
  CAF_CHECK(may("ada@example.org", "192.0.2.3"));
  CAF_CHECK(!may("ada@example.org", "192.0.2.4"));
  CAF_CHECK(may("bob@example.org", "192.0.2.4"));
}

CAF_TEST(an address has its attempts for whatever account) {
  for (auto account : {"a", "b", "c", "d", "e"}) CAF_CHECK(may(account, "192.0.2.9"));
  CAF_CHECK(!may("f", "192.0.2.9"));
  CAF_CHECK(may("f", "192.0.2.10"));
}

CAF_TEST(a right password gives the account its attempts back) {
  for (int i = 0; i < 3; ++i) CAF_CHECK(may("ada@example.org", "192.0.2.1"));
  aut.succeeded("ada@example.org");
  CAF_CHECK(may("ada@example.org", "192.0.2.1"));
}

CAF_TEST(attempts come back with the next window) {
  for (int i = 0; i < 3; ++i) CAF_CHECK(may("ada@example.org", "192.0.2.1"));
  CAF_CHECK(!may("ada@example.org", "192.0.2.1"));
  now += seconds{901};
  CAF_CHECK(may("ada@example.org", "192.0.2.1"));
}

CAF_TEST_FIXTURE_SCOPE_END()
