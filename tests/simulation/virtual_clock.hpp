#pragma once

#include <cstdint>

namespace troupe::test {

/// The clocks of one simulated machine, reckoned from the one true time of a simulation (microseconds since
/// 1970, which is also PostgreSQL's). A quartz that is off by `drift_ppm`, and a wall clock that somebody may
/// set.
struct virtual_clock {
  const std::int64_t* true_us = nullptr;
  std::int64_t started_us = 0; // the true time at which its steady clock read `steady_base_us`
  std::int64_t steady_base_us = 1'000'000'000;
  std::int64_t drift_ppm = 0;
  std::int64_t wall_off_us = 0;

  std::int64_t steady_us() const noexcept {
    auto age = *true_us - started_us;
    return steady_base_us + age + age * drift_ppm / 1'000'000;
  }
  std::int64_t wall_us() const noexcept { return *true_us + wall_off_us; }
};

/// While it lives, std::chrono's clocks read `clock` on this thread; on all other threads, and without one,
/// they are the machine's. This program's own definition of the two `now()` takes the place of the standard
/// library's, so that the code under test is the code that runs in a node.
class in_time_of {
 public:
  explicit in_time_of(const virtual_clock& clock) noexcept;
  ~in_time_of();
  in_time_of(const in_time_of&) = delete;
  in_time_of& operator=(const in_time_of&) = delete;

 private:
  const virtual_clock* before_;
};

} // namespace troupe::test
