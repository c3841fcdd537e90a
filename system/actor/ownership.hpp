#pragma once

#include "system/actor/address.hpp"
#include "system/core/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace troupe {

/// What the runtime needs to know of the cluster: may we act, under which epoch, and what time is it.
/// Implemented by system/cluster (a real lease) and by tests. All methods are thread-safe and quick.
class ownership {
 public:
  using steady = std::chrono::steady_clock::time_point;
  virtual ~ownership() = default;

  /// Name of this node and the number of this run of it.
  virtual const std::string& node_name() const noexcept = 0;
  virtual std::int64_t incarnation() const noexcept = 0;
  /// The epoch under which this node owns the shard; nullopt when it does not.
  virtual std::optional<std::int64_t> epoch_of(shard_id shard) const noexcept = 0;
  /// False once the node's own view of its lease has run out: from then on nothing is dispatched.
  virtual bool may_dispatch() const noexcept = 0;
  /// When the right of the shard's owner before this node ended: what was due later it never sent. 0 of time:
  /// unknown.
  virtual timestamp predecessor_lease(shard_id) const noexcept { return {}; }
  /// INTERNAL JOURNAL: the database refused a write of this shard by its fence.
  virtual void fence_lost(shard_id shard) = 0;

  /// PostgreSQL's time as this node knows it: steady clock + the offset measured at each lease renewal.
  virtual timestamp now() const noexcept = 0;
  /// How far `now()` may be ahead of PostgreSQL's clock: dispatch at due + this, so never early.
  virtual microseconds error_bound() const noexcept = 0;
  /// The steady moment at which `now()` will read `t`.
  virtual steady steady_at(timestamp t) const noexcept = 0;
};

} // namespace troupe
