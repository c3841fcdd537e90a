#pragma once

#include "system/core/clock.hpp"
#include "system/core/ids.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe::api {

/// The state of one window, for the RateLimit headers.
struct rate_state {
  bool allowed = true;
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  std::int64_t resets_in_s = 0;
};

/// The one of the two that leaves less.
rate_state narrower(const rate_state& a, const rate_state& b) noexcept;

/// Counts requests in fixed windows of one minute, in process: the first line, asked on the I/O threads.
/// Memory is bounded: counters of a past window are dropped together, and beyond `max_keys` newcomers share a
/// counter. Thread-safe.
class rate_limiter {
 public:
  using clock_function = std::function<std::chrono::steady_clock::time_point()>;
  static constexpr seconds window{60};

  explicit rate_limiter(std::size_t max_keys = 200'000, clock_function now = std::chrono::steady_clock::now);

  /// Counts one.
  rate_state take_user(const uuid& user, std::int64_t limit) { return count(key_of(user), limit, 1); }
  rate_state take_address(std::string_view address, std::int64_t limit) {
    return count(key_of(address), limit, 1);
  }
  /// Counts nothing.
  rate_state look_user(const uuid& user, std::int64_t limit) { return count(key_of(user), limit, 0); }
  rate_state look_address(std::string_view address, std::int64_t limit) {
    return count(key_of(address), limit, 0);
  }

 private:
  static constexpr std::size_t shard_count = 16;
  struct shard {
    std::mutex mutex;
    std::int64_t window_number = -1;
    std::unordered_map<std::uint64_t, std::int64_t> counts;
  };
  std::uint64_t key_of(const uuid& user) const noexcept;
  std::uint64_t key_of(std::string_view address) const noexcept;
  rate_state count(std::uint64_t key, std::int64_t limit, std::int64_t add);

  std::size_t max_per_shard_;
  clock_function now_;
  std::array<unsigned char, 16> hash_key_; // secret: nobody can aim at another's counter
  std::array<shard, shard_count> shards_;
};

} // namespace troupe::api
