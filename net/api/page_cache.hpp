#pragma once

#include "system/actor/runtime.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace troupe::api {

/// Pages of lists as they were answered last, for as long as nothing of their shard has changed: lists come
/// from the store, and a dashboard asks for the same page again and again. Only for shards of this node,
/// whose changes all pass through its JOURNALs; see `change_count`. What changes a row beside them (a hand at
/// the database) is seen after `longest`. Bounded in bytes, least recently used go first. Thread-safe.
class page_cache {
 public:
  /// The state of a shard in which a page may be kept or given.
  struct mark {
    std::int64_t epoch = 0;
    std::uint64_t changes = 0;
    bool operator==(const mark&) const = default;
  };
  using page = std::shared_ptr<const std::string>; // JSON

  /// `bytes`: 0 keeps nothing.
  page_cache(const runtime& rt, std::size_t bytes, milliseconds longest = seconds{1})
      : rt_(rt), bytes_(bytes), longest_(longest) {}

  /// nullopt: the shard is not this node's, its lease is over, or a change is under way.
  std::optional<mark> look(shard_id shard) const;
  /// Null when there is none that holds now.
  page find(const std::string& key, shard_id shard);
  /// Keeps what was read after look() said `since`, if that still holds.
  void keep(const std::string& key, shard_id shard, const mark& since, const std::string& what);

  std::size_t size_bytes() const;

 private:
  using clock = std::chrono::steady_clock;
  struct entry {
    std::string key;
    mark since;
    clock::time_point kept_at;
    page what;
    std::size_t size() const { return key.size() + what->size() + overhead; }
  };
  static constexpr std::size_t overhead = 200; // of an entry and its place in list and table
  using place = std::list<entry>::iterator;
  void drop(place at);

  const runtime& rt_;
  const std::size_t bytes_;
  const milliseconds longest_;
  mutable std::mutex mutex_;
  std::list<entry> by_use_; // most recent first
  std::unordered_map<std::string_view, place> table_;
  std::size_t used_ = 0;
};

} // namespace troupe::api
