#pragma once

#include "system/actor/messages.hpp"

#include <caf/all.hpp>

#include <array>
#include <memory>
#include <shared_mutex>
#include <vector>

namespace troupe {

/// Knows which actor takes messages for a shard: the local SHARD, or (with more nodes) the GATEWAY of the
/// owner. Thread-safe.
class router {
 public:
  explicit router(std::uint32_t shards);

  std::uint32_t shards() const noexcept { return shards_; }
  shard_id shard_of(const entity_ref& ref) const noexcept { return troupe::shard_of(ref.home, shards_); }

  void set(group g, shard_id shard, caf::actor handler);
  void clear(shard_id shard);
  /// Invalid handle when nobody serves the shard just now.
  caf::actor find(group g, shard_id shard) const;
  caf::actor find(const entity_ref& ref) const { return find(group_of(ref.kind), shard_of(ref)); }

  /// Sends without expecting an answer; false when nobody serves the shard.
  template <class... Ts>
  bool tell(const entity_ref& ref, Ts&&... message) const {
    auto to = find(ref);
    if (!to) return false;
    caf::anon_send(to, routed{ref, caf::make_message(std::forward<Ts>(message)...)});
    return true;
  }

 private:
  std::uint32_t shards_;
  mutable std::shared_mutex mutex_;
  std::array<std::vector<caf::actor>, group_count> table_;
};

} // namespace troupe
