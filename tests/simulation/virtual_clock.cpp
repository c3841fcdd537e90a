#include "tests/simulation/virtual_clock.hpp"

#include <chrono>
#include <ctime>

namespace {

thread_local const troupe::test::virtual_clock* here = nullptr;

std::int64_t machine_ns(clockid_t which) noexcept {
  timespec t{};
  clock_gettime(which, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

} // namespace

// The dynamic linker finds these before those of the standard library, for our code and for CAF's alike.
namespace std::chrono {
inline namespace _V2 {

steady_clock::time_point steady_clock::now() noexcept {
  return time_point{nanoseconds{here ? here->steady_us() * 1'000 : machine_ns(CLOCK_MONOTONIC)}};
}

system_clock::time_point system_clock::now() noexcept {
  return time_point{nanoseconds{here ? here->wall_us() * 1'000 : machine_ns(CLOCK_REALTIME)}};
}

} // namespace _V2
} // namespace std::chrono

namespace troupe::test {

in_time_of::in_time_of(const virtual_clock& clock) noexcept : before_(here) { here = &clock; }

in_time_of::~in_time_of() { here = before_; }

} // namespace troupe::test
