#pragma once

#include "system/actor/address.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

namespace troupe {

/// How many changes of each shard this node has begun and seen the end of. While it owns a shard nobody else
/// changes the shard's rows (the fence), so what was read while nothing was under way holds for as long as
/// nothing is begun. Thread-safe.
class change_count {
 public:
  explicit change_count(std::uint32_t shards) : of_(shards) {}

  /// JOURNAL: before a change can reach the database.
  void begun(shard_id shard) noexcept { of_[shard].begun.fetch_add(1); }
  /// JOURNAL: it was committed or never will be, and nobody was told yet.
  void ended(shard_id shard) noexcept { of_[shard].ended.fetch_add(1); }

  /// The number of changes so far; nullopt while one is under way.
  std::optional<std::uint64_t> at_rest(shard_id shard) const noexcept {
    auto ended = of_[shard].ended.load(); // first: what begins between the two is seen as under way
    if (of_[shard].begun.load() != ended) return std::nullopt;
    return ended;
  }

 private:
  struct counters {
    std::atomic<std::uint64_t> begun{0}, ended{0};
  };
  std::vector<counters> of_;
};

} // namespace troupe
