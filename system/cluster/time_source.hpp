#pragma once

#include "system/core/clock.hpp"

#include <chrono>
#include <mutex>

namespace troupe {

/// PostgreSQL's clock, kept between measurements by this machine's steady clock, so that neither a jump of
/// the node's wall clock nor a pause of the network moves a due time.
///
/// A measurement that steps away from what was expected by more than `step_limit` is not believed at once:
/// `confirmed()` is false until the new offset has been seen `confirmations` times in a row.
class time_source {
 public:
  using steady = std::chrono::steady_clock::time_point;

  struct settings {
    microseconds step_limit{1'000'000};
    int confirmations = 5;
    microseconds margin{200}; // added to half the round trip
  };
  time_source() : time_source(settings{}) {}
  explicit time_source(settings s) : settings_(s) {}

  /// One measurement: the database read `remote` between `sent` and `received`. True: it confirmed a step, so
  /// that every steady_at() that was asked before is wrong.
  bool measured(timestamp remote, steady sent, steady received);

  timestamp at(steady t) const noexcept;
  steady steady_at(timestamp t) const noexcept;
  microseconds error_bound() const noexcept;
  /// False before the first measurement and while a step waits for its confirmation.
  bool confirmed() const noexcept;

 private:
  settings settings_;
  mutable std::mutex mutex_;
  bool known_ = false;
  microseconds offset_{0}; // database's microseconds since 1970 - steady's microseconds
  microseconds bound_{0};
  microseconds suspect_offset_{0};
  int suspect_count_ = 0;
  steady taken_{};
};

} // namespace troupe
