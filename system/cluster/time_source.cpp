#include "system/cluster/time_source.hpp"

#include "system/core/log.hpp"

namespace troupe {

namespace {

microseconds micros(time_source::steady t) {
  return std::chrono::duration_cast<microseconds>(t.time_since_epoch());
}

/// Two quartz clocks part by at most this much: 100 millionths of the time since the measurement.
microseconds drift(microseconds age) { return age / 10'000; }

} // namespace

bool time_source::measured(timestamp remote, steady sent, steady received) {
  std::lock_guard lock(mutex_);
  auto round_trip = micros(received) - micros(sent);
  auto bound = round_trip / 2 + settings_.margin;
  auto offset = remote.time_since_epoch() - (micros(sent) + round_trip / 2);
  if (!known_) {
    known_ = true;
    offset_ = offset;
    bound_ = bound;
    taken_ = received;
    return false;
  }
  bool stepped = false;
  auto near = [](microseconds a, microseconds b, microseconds limit) {
    return (a > b ? a - b : b - a) <= limit;
  };
  if (!near(offset, offset_, settings_.step_limit + bound)) {
    suspect_count_ =
        suspect_count_ > 0 && near(offset, suspect_offset_, settings_.step_limit) ? suspect_count_ + 1 : 1;
    suspect_offset_ = offset;
    if (suspect_count_ == 1) log::warning("clock.step_suspected", {{"step_us", (offset - offset_).count()}});
    if (suspect_count_ < settings_.confirmations) return false;
    log::warning("clock.step_confirmed", {{"step_us", (offset - offset_).count()}});
    suspect_count_ = 0;
    stepped = true;
  } else {
    suspect_count_ = 0;
    // A slow round trip says less than an older quick one, until drift has eaten the difference.
    if (bound > bound_ + drift(micros(received) - micros(taken_))) return false;
  }
  offset_ = offset;
  bound_ = bound;
  taken_ = received;
  return stepped;
}

timestamp time_source::at(steady t) const noexcept {
  std::lock_guard lock(mutex_);
  return timestamp{micros(t) + offset_};
}

time_source::steady time_source::steady_at(timestamp t) const noexcept {
  std::lock_guard lock(mutex_);
  return steady{std::chrono::duration_cast<steady::duration>(t.time_since_epoch() - offset_)};
}

microseconds time_source::error_bound() const noexcept {
  std::lock_guard lock(mutex_);
  auto age = micros(std::chrono::steady_clock::now()) - micros(taken_);
  return bound_ + drift(age);
}

bool time_source::confirmed() const noexcept {
  std::lock_guard lock(mutex_);
  return known_ && suspect_count_ == 0;
}

} // namespace troupe
