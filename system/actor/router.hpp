#pragma once

#include "system/actor/messages.hpp"

#include <caf/all.hpp>

#include <array>
#include <memory>
#include <shared_mutex>
#include <vector>

namespace troupe {

/// Knows which actor takes messages for a shard: the local SHARD, or the LINK to the node that owns it.
/// Thread-safe.
class router {
 public:
  explicit router(std::uint32_t shards);

  std::uint32_t shards() const noexcept { return shards_; }
  shard_id shard_of(const entity_ref& ref) const noexcept { return troupe::shard_of(ref.home, shards_); }

  void set(group g, shard_id shard, caf::actor handler);
  /// Nobody on this node serves the shard any more.
  void clear(shard_id shard);
  /// Where the shard is when it is not here; invalid: not known.
  void set_remote(shard_id shard, caf::actor link);

  /// Whoever takes `routed` for the shard, here or on another node; invalid handle when nobody serves it just
  /// now.
  caf::actor find(const entity_ref& ref) const;
  /// The SHARD on this node; invalid when it is not here. Within a home (a workspace and all that is its own)
  /// everything is in one shard, so that its entities find each other by this.
  caf::actor find_local(group g, shard_id shard) const;
  caf::actor find_local(const entity_ref& ref) const { return find_local(group_of(ref.kind), shard_of(ref)); }

  /// Sends to an entity of this node without expecting an answer; false when its shard is not here.
  template <class... Ts>
  bool tell(const entity_ref& ref, Ts&&... message) const {
    auto to = find_local(ref);
    if (!to) return false;
    caf::anon_send(to, routed{ref, caf::make_message(std::forward<Ts>(message)...)});
    return true;
  }

 private:
  std::uint32_t shards_;
  mutable std::shared_mutex mutex_;
  std::array<std::vector<caf::actor>, group_count> table_;
  std::vector<caf::actor> remote_;
};

} // namespace troupe
