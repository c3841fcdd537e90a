#pragma once

#include "system/cache/memory.hpp"

#include <hiredis/hiredis.h>

#include <memory>

namespace troupe::cache {

/// The keys a cache owns in Redis: values and windows apart, all under the configured prefix.
class key_space {
 public:
  explicit key_space(std::string prefix) : prefix_(std::move(prefix)) {}
  std::string value(const std::string& key) const { return prefix_ + "v:" + key; }
  std::string window(const std::string& key) const { return prefix_ + "w:" + key; }
  /// Written before Redis is trusted: shows that it takes writes.
  std::string probe() const { return prefix_ + "probe"; }
  /// A SCAN pattern for all values.
  std::string all_values() const;

 private:
  std::string prefix_;
};

/// Counts in KEYS[1] and lets it end ARGV[1] ms after its first count; answers the count and the time left.
extern const std::string take_script;

/// One call of the cache contract on its way through Redis, and the answer of the twin when that way is
/// closed.
struct command {
  enum class kind : std::uint8_t { get, set, remove, take, end_window };
  kind what = kind::get;
  std::string key;
  std::string value;
  milliseconds time{0}; // to live, or the window
  std::int64_t limit = 0;
  std::function<void(std::optional<std::string>)> got;
  std::function<void(bucket_result)> taken;

  steady::time_point deadline;
  bool answered = false; // by whoever was first; a later reply is ignored
  bool whole_script = false;
  std::size_t counted = 0; // bytes, against the bound on what is in flight

  bool changes_value() const noexcept { return what == kind::set || what == kind::remove; }
  std::vector<std::string> words(const key_space& keys, const std::string& script_hash) const;
  /// Hands the reply over. False when it is not what this command is answered with.
  bool accept(const redisReply& reply);
  void answer_from(memory_cache& twin);
};
using command_ptr = std::shared_ptr<command>;

/// The first word of an error reply ("READONLY"); empty for anything else. The rest may quote what was sent.
std::string error_class(const redisReply* reply);

} // namespace troupe::cache
