#pragma once

#include "system/cache/cache.hpp"

#include <list>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace troupe::cache {

using steady = std::chrono::steady_clock;

/// The in-process twin. Thread-safe; every handler runs before the call returns.
class memory_cache final : public cache {
 public:
  memory_cache(memory_settings settings, std::function<steady::time_point()> clock);

  void get(std::string key, std::function<void(std::optional<std::string>)> done) override;
  void set(std::string key, std::string value, milliseconds time_to_live) override;
  void remove(std::string key) override;
  void take(std::string key, std::int64_t limit, milliseconds window,
            std::function<void(bucket_result)> done) override;
  void end_window(std::string key) override;
  bool shared() const noexcept override { return true; }
  void clear();

 private:
  struct entry {
    std::string key; // with the letter of its kind in front: values and windows never meet
    std::string value;
    std::int64_t taken = 0;
    steady::time_point ends;
  };
  using entry_list = std::list<entry>; // most recently used first

  entry* find(const std::string& key, steady::time_point now);
  entry& put(std::string key);
  void erase(entry_list::iterator it);

  const std::size_t max_entries_;
  const std::function<steady::time_point()> clock_;
  std::mutex mutex_;
  entry_list entries_;
  std::unordered_map<std::string_view, entry_list::iterator> index_; // keys point into `entries_`
};

/// The longest time to live that is kept; longer ones are cut to it.
inline constexpr milliseconds max_time_to_live = std::chrono::hours{24 * 365};

/// What the `taken`-th take of a window answers.
bucket_result bucket_after(std::int64_t taken, std::int64_t limit, milliseconds resets_in);

} // namespace troupe::cache
