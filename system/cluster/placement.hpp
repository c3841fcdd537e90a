#pragma once

#include "system/actor/address.hpp"
#include "system/core/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Who should own what: pure rules over what the tables say.
namespace troupe::cluster {

/// One run of a node.
struct node_id {
  std::string name;
  std::int64_t incarnation = 0;
  auto operator<=>(const node_id&) const = default;
};

/// A node that is active or draining, as its row says.
struct member {
  node_id id;
  bool draining = false;
  bool entities = true;    // wants shards
  bool lease_valid = true; // by PostgreSQL's clock
  bool lock_held = true;   // the advisory lock of its lease's connection
  timestamp lease_until{};
  std::string cluster_address;
};

struct shard_row {
  shard_id id = 0;
  std::optional<node_id> owner;
  std::int64_t epoch = 0;
  bool owner_gone = false; // its owner is marked dead or stopped: it is there for the taking
};

struct cluster_rows {
  std::int64_t view = 0;
  std::vector<member> members;
  std::vector<shard_row> shards; // ordered by id, all of them
};

/// Where the shard belongs: the node with the highest hash of name and shard (rendezvous hashing) among those
/// that want shards, do not drain and hold their lease. So a node that comes or goes moves only its own
/// share. nullptr: nobody.
const member* home_of(shard_id shard, const std::vector<member>& members);

/// What one node should do next. `take`: free and its own. `give`: owned by it and at home on another living
/// node, at most `moves` of them.
struct plan {
  std::vector<shard_id> take, give;
};
plan plan_for(const node_id& me, const cluster_rows& rows, std::size_t moves);

} // namespace troupe::cluster
