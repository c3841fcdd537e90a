#define CAF_SUITE cluster_time_source
#include "system/cluster/time_source.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;

namespace {

constexpr auto hour = std::chrono::hours{1};

/// A database whose clock stands `off` from the steady one, asked every 100 ms.
struct fixture {
  time_source time;
  time_source::steady at{std::chrono::seconds{1'000}};
  bool measure(microseconds off) {
    at += std::chrono::milliseconds{100};
    auto reads = timestamp{std::chrono::duration_cast<microseconds>(at.time_since_epoch()) + off};
    return time.measured(reads, at - std::chrono::microseconds{500}, at + std::chrono::microseconds{500});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(time_source_tests, fixture)

CAF_TEST(a step is believed and told once it has lasted) {
  CAF_CHECK(!measure({}));
  auto due = time.at(at + std::chrono::seconds{10});
  auto before = time.steady_at(due);
  for (int i = 0; i < 4; ++i) {
    CAF_CHECK(!measure(-hour));
    CAF_CHECK(!time.confirmed());
  }
  auto still = time.steady_at(due);
  CAF_CHECK(still == before); // nothing has moved yet
  CAF_CHECK(measure(-hour));
  CAF_CHECK(time.confirmed());
  auto after = time.steady_at(due);
  CAF_CHECK(after - before > std::chrono::minutes{59}); // who waits for `before` is an hour too soon
  CAF_CHECK(!measure(-hour));
}

CAF_TEST(a step that is gone again is not believed) {
  measure({});
  for (int i = 0; i < 4; ++i) measure(hour);
  CAF_CHECK(!time.confirmed());
  CAF_CHECK(!measure({}));
  CAF_CHECK(time.confirmed());
}

CAF_TEST_FIXTURE_SCOPE_END()
