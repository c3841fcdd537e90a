#define CAF_SUITE rate_limit

#include "net/api/rate_limit.hpp"
#include "system/core/secrets.hpp"

#include <caf/test/unit_test.hpp>
#include <fmt/format.h>

using namespace troupe;
using api::rate_limiter;

namespace {

struct limiter_fixture {
  std::chrono::steady_clock::time_point now{std::chrono::hours{10} + seconds{20}};
  rate_limiter aut{1'600, [this] { return now; }};
  limiter_fixture() { secrets::init(); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(limiter_tests, limiter_fixture)

CAF_TEST(a window counts down and begins anew) {
  for (int i = 2; i >= 0; --i) {
    auto r = aut.take_address("192.0.2.1", 3);
    CAF_CHECK(r.allowed);
    CAF_CHECK_EQUAL(r.remaining, i);
    CAF_CHECK_EQUAL(r.limit, 3);
    CAF_CHECK_EQUAL(r.resets_in_s, 40);
  }
  CAF_CHECK(!aut.take_address("192.0.2.1", 3).allowed);
  CAF_CHECK(aut.take_address("192.0.2.2", 3).allowed);
  now += seconds{39};
  CAF_CHECK(!aut.take_address("192.0.2.1", 3).allowed);
  now += seconds{1};
  auto r = aut.take_address("192.0.2.1", 3);
  CAF_CHECK(r.allowed);
  CAF_CHECK_EQUAL(r.resets_in_s, 60);
}

CAF_TEST(a look counts nothing) {
  auto user = derived_uuid("ada");
  CAF_CHECK_EQUAL(aut.look_user(user, 2).remaining, 2);
  aut.take_user(user, 2);
  for (int i = 0; i < 5; ++i) CAF_CHECK_EQUAL(aut.look_user(user, 2).remaining, 1);
}

CAF_TEST(an IPv6 network is one client) {
  aut.take_address("2001:db8:1:2:3:4:5:6", 2);
  aut.take_address("2001:db8:1:2:9:9:9:9", 2);
  CAF_CHECK(!aut.take_address("2001:db8:1:2::1", 2).allowed);
  CAF_CHECK(!aut.take_address("2001:db8:1:2:7:7:7:7", 2).allowed);
  CAF_CHECK(aut.take_address("2001:db8:1:3:3:4:5:6", 2).allowed);
  // An IPv4 address is one client, however it is written.
  aut.take_address("::ffff:192.0.2.1", 1);
  CAF_CHECK(aut.take_address("::ffff:192.0.2.2", 1).allowed);
}

CAF_TEST(more clients than fit share a counter and nobody gets more than the limit) {
  // As many as there is room for, and ten times as many after them.
  int allowed = 0;
  for (int i = 0; i < 17'600; ++i)
    allowed += aut.take_address(fmt::format("192.0.{}.{}", i / 256, i % 256), 1).allowed;
  CAF_CHECK(allowed >= 1'600);
  CAF_CHECK(allowed <= 1'600 + 16); // one for each part's shared counter
  now += seconds{60};
  CAF_CHECK(aut.take_address("192.0.68.1", 1).allowed);
}

CAF_TEST(the narrower window is the one that leaves less) {
  api::rate_state wide{true, 100, 50, 10}, narrow{true, 10, 3, 20}, full{false, 5, 0, 30};
  CAF_CHECK_EQUAL(narrower(wide, narrow).limit, 10);
  CAF_CHECK_EQUAL(narrower(narrow, wide).limit, 10);
  CAF_CHECK_EQUAL(narrower(wide, full).limit, 5);
  CAF_CHECK_EQUAL(narrower(full, wide).limit, 5);
}

CAF_TEST_FIXTURE_SCOPE_END()
