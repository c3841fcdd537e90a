#include "system/cluster/listing.hpp"

namespace troupe::cluster_store {

namespace {

// clang-format off
const storage::statement nodes{
  "cluster_nodes",
  "SELECT n.name, n.incarnation, n.state, n.http_address, n.version, micros(n.started_at), "
  "micros(n.lease_until), count(s.shard_id) FROM node n LEFT JOIN shard s ON s.owner_node = "
  "n.name AND s.owner_incarnation = n.incarnation GROUP BY n.name, n.incarnation ORDER BY n.name, n.incarnation"};

const storage::statement shards{
  "cluster_shards",
  "SELECT shard_id, owner_node, owner_incarnation, epoch, adoptions, micros(changed_at) "
  "FROM shard ORDER BY shard_id"};
// clang-format on

} // namespace

storage::step list_nodes() { return {&nodes, {}}; }

std::vector<node_row> read_nodes(const storage::rows& r) {
  std::vector<node_row> out;
  for (std::size_t i = 0; i < r.size(); ++i) {
    node_row n;
    n.name = r.get(i, 0);
    n.incarnation = r.get_int(i, 1);
    n.state = r.get(i, 2);
    n.http_address = r.get(i, 3);
    n.version = r.get(i, 4);
    n.started_at = from_micros(r.get_int(i, 5));
    n.lease_until = from_micros(r.get_int(i, 6));
    n.shards = r.get_int(i, 7);
    out.push_back(std::move(n));
  }
  return out;
}

storage::step list_shards() { return {&shards, {}}; }

std::vector<shard_row> read_shards(const storage::rows& r) {
  std::vector<shard_row> out;
  for (std::size_t i = 0; i < r.size(); ++i) {
    shard_row s;
    s.id = static_cast<std::uint32_t>(r.get_int(i, 0));
    s.owner_node = r.get_optional(i, 1);
    if (!r.is_null(i, 2)) s.owner_incarnation = r.get_int(i, 2);
    s.epoch = r.get_int(i, 3);
    s.adoptions = r.get_int(i, 4);
    s.changed_at = from_micros(r.get_int(i, 5));
    out.push_back(std::move(s));
  }
  return out;
}

} // namespace troupe::cluster_store
