#pragma once

#include "system/cluster/placement.hpp"
#include "system/core/errors.hpp"
#include "system/storage/database.hpp"

#include <memory>
#include <vector>

/// The tables by which nodes agree: what the KEEPER reads and writes. One implementation on PostgreSQL; one
/// in memory for simulations, held to the same contract test.
namespace troupe::cluster {

struct taken_shard {
  shard_id id = 0;
  std::int64_t epoch = 0;
  timestamp predecessor_lease{}; // see shard_table
};

/// Not thread-safe: one thread at a time. Every function may fail with unavailable (the database did not
/// answer: what was asked may or may not have happened, read again).
class store {
 public:
  virtual ~store() = default;

  virtual expected<cluster_rows> read() = 0;
  /// Marks a node dead, unless its lease has been renewed since `seen` was read. `proof`: the lease must have
  /// run out; otherwise the caller has seen both signs of its death. False: it has renewed, or somebody else
  /// was first.
  virtual expected<bool> mark_dead(const member& seen, bool proof) = 0;
  /// Ends what connections a dead node still has. A frozen client inside a transaction holds the fence's
  /// lock, and no timeout of the server ends it.
  virtual expected<void> end_connections(const node_id& dead) = 0;
  /// Takes those of `shards` that are free (no owner, or one that is marked dead or stopped), each at a
  /// higher epoch. timed_out: a connection of the dead one holds a row's lock; end_connections and ask again.
  virtual expected<std::vector<taken_shard>> take(const node_id& me, const std::vector<shard_id>& shards) = 0;
  /// Gives up shards that this node owns. It must have dropped their epochs before.
  virtual expected<void> release(const node_id& me, const std::vector<shard_id>& shards) = 0;
  /// From now on this node is a home of shards.
  virtual expected<void> begin_owning(const node_id& me) = 0;
  /// From now on this node is no home of any shard.
  virtual expected<void> begin_draining(const node_id& me) = 0;
};

/// On a connection of its own, opened when needed.
std::unique_ptr<store> make_store(storage::connection_settings connection);

/// The advisory lock that the lease's connection of a node holds: (class, incarnation).
inline constexpr int liveness_lock_class = 0x74727065;

} // namespace troupe::cluster
