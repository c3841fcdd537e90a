#pragma once

#include "system/core/clock.hpp"
#include "system/storage/database.hpp"

#include <optional>
#include <string>
#include <vector>

/// The cluster's own tables as operators see them.
namespace troupe::cluster_store {

struct node_row {
  std::string name, state, http_address, version;
  std::int64_t incarnation = 0;
  timestamp started_at{}, lease_until{};
  std::int64_t shards = 0; // that it owns
};
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
std::vector<shard_row> read_shards(const storage::rows& r);

} // namespace troupe::cluster_store
