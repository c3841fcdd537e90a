#pragma once

#include "system/actor/address.hpp"
#include "system/core/clock.hpp"

#include <atomic>
#include <memory>
#include <optional>

namespace troupe {

/// Which shards this node owns, and under which epoch. The KEEPER writes, everybody reads; each function is
/// one or two atomic accesses. Thread-safe.
class shard_table {
 public:
  explicit shard_table(std::uint32_t shards);

  std::uint32_t size() const noexcept { return size_; }
  std::optional<std::int64_t> epoch_of(shard_id shard) const noexcept;
  /// When the right of the owner before this node ended, in PostgreSQL's time: what was due later it never
  /// sent. 0 of time: there was none, or nothing is known.
  timestamp predecessor_lease(shard_id shard) const noexcept;
  std::size_t owned() const noexcept { return owned_.load(); }

  void own(shard_id shard, std::int64_t epoch, timestamp predecessor_lease) noexcept; // epoch >= 1
  /// False when it was not owned.
  bool drop(shard_id shard) noexcept;

 private:
  struct cell {
    std::atomic<std::int64_t> epoch{0}; // 0: not owned
    std::atomic<std::int64_t> predecessor_us{0};
  };
  std::uint32_t size_;
  std::unique_ptr<cell[]> cells_;
  std::atomic<std::size_t> owned_{0};
};

} // namespace troupe
