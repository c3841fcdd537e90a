#pragma once

#include "system/cache/cache.hpp"
#include "system/core/clock.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace troupe::auth {

struct login_limits {
  std::int64_t per_account = 10;
  std::int64_t per_address = 100;
  seconds window{900};
};

/// Counts sign-in attempts in the cache: per account (whether it exists or not) and per address.
class login_limiter {
 public:
  login_limiter(cache::cache& counters, login_limits limits) : cache_(counters), limits_(limits) {}

  /// `done` gets zero when the attempt may go on, else the time to wait. Runs on the cache's thread, or at
  /// once.
  void attempt(std::string_view account, std::string_view address, std::function<void(milliseconds)> done);
  /// A password that was right clears the account's count; the address's goes on counting.
  void succeeded(std::string_view account);

 private:
  cache::cache& cache_;
  login_limits limits_;
};

} // namespace troupe::auth
