#pragma once

#include "system/cluster/placement.hpp"
#include "system/core/clock.hpp"
#include "system/core/errors.hpp"
#include "system/storage/database.hpp"

#include <optional>
#include <string>
#include <vector>

/// The cluster's own tables as operators see them, and what operators order through them. The admin API runs
/// these steps on a reader of the node, the command line on a connection of its own.
namespace troupe::cluster_store {

struct node_row {
  std::string name, state, http_address, cluster_address, version;
  std::int64_t incarnation = 0;
  timestamp started_at{}, lease_until{};
  std::int64_t lease_ms = 0; // what is left of the lease by PostgreSQL's clock; below 0: it has run out
  std::int64_t shards = 0;   // that it owns
  std::int64_t epoch = 0;    // the highest of them
  std::int64_t lag_ms = 0;   // how far the oldest of its deliveries that nobody has taken up is overdue
  bool entities = false;     // wants shards
};
/// Those that are alive or were within the last day.
storage::step list_nodes();
std::vector<node_row> read_nodes(const storage::rows& r);

struct shard_row {
  std::uint32_t id = 0;
  std::optional<std::string> owner_node;
  std::optional<std::int64_t> owner_incarnation;
  std::int64_t epoch = 0, adoptions = 0;
  timestamp changed_at{};
};
storage::step list_shards();
storage::step get_shard(std::int64_t id); // one row or none, see read_shards
std::vector<shard_row> read_shards(const storage::rows& r);

struct shard_change {
  timestamp at{};
  std::string what, node, reason; // what: taken, released, ...
  std::int64_t incarnation = 0, epoch = 0;
};
/// The last 50 changes of a shard, newest first.
storage::step shard_history(std::int64_t id);
std::vector<shard_change> read_history(const storage::rows& r);

/// Where a drain stands. Giving the order again changes nothing and shows how far it has come.
struct drain_progress {
  std::int64_t incarnation = 0; // of the run that is drained
  std::int64_t shards_left = 0; // that it still owns
};
/// From now on the node is no home of shards, provided that another one could be theirs.
storage::step begin_drain(const std::string& node);
/// not_found: no such node is alive; conflict: nobody could take its shards, and nothing was changed.
expected<drain_progress> read_drain(const storage::rows& r, const std::string& node);

/// Every node that was drained may own shards again.
storage::step end_drains();
/// How many shards are not, or not yet, where they belong.
std::int64_t count_misplaced(const std::vector<node_row>& nodes, const std::vector<shard_row>& shards);

} // namespace troupe::cluster_store
