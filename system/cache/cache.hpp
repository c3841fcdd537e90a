#pragma once

#include "system/core/clock.hpp"
#include "system/core/errors.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

/// Everything in the cache may vanish at any time. Two implementations under one contract test: in process,
/// and Redis (shared by all nodes). When Redis goes away, calls are served by the in-process twin until it is
/// back.
namespace troupe::cache {

struct bucket_result {
  bool allowed = true;
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  milliseconds resets_in{0};
};

/// A larger value is not kept: setting it removes the key.
inline constexpr std::size_t max_value_bytes = 1 << 20;

/// Handlers run on the cache's own thread, or before the call returns (in-process twin): hand over only.
class cache {
 public:
  virtual ~cache() = default;
  virtual void get(std::string key, std::function<void(std::optional<std::string>)> done) = 0;
  /// A time to live of nothing removes the key.
  virtual void set(std::string key, std::string value, milliseconds time_to_live) = 0;
  virtual void remove(std::string key) = 0;
  /// Takes one from a fixed window of `limit` per `window` (atomic over all nodes with Redis). The window
  /// begins with the first take; windows and values of the same key have nothing to do with each other.
  virtual void take(std::string key, std::int64_t limit, milliseconds window,
                    std::function<void(bucket_result)> done) = 0;
  /// Ends a window early: the next take begins a new one. Best effort while Redis is away.
  virtual void end_window(std::string key) = 0;
  /// False while a configured Redis is not reachable and the in-process twin serves.
  virtual bool shared() const noexcept = 0;
};

struct memory_settings {
  std::size_t max_entries = 100'000; // least recently used go first
};
std::unique_ptr<cache> make_memory_cache(memory_settings settings,
                                         std::function<std::chrono::steady_clock::time_point()> clock = {});

struct redis_settings {
  std::string address = "127.0.0.1"; // host, or absolute path of a UNIX socket
  std::uint16_t port = 6379;
  std::string password;
  int database = 0;
  std::string prefix = "troupe:";
  milliseconds command_timeout{50}; // then the twin answers
  milliseconds connect_timeout{500};
  milliseconds reconnect_min{50}, reconnect_max{2'000};
  int max_in_flight = 10'000;
  memory_settings fallback;
};
/// Starts at once and connects in the background; never fails because Redis is down. What was set or removed
/// while the twin served is dropped from Redis before Redis serves again. Throws std::invalid_argument naming
/// the setting that is out of range. The destructor answers what is open from the twin.
std::unique_ptr<cache> make_redis_cache(redis_settings settings);

} // namespace troupe::cache
