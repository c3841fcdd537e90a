#include "system/cluster/listing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::cluster_store {

namespace {

// clang-format off
const storage::statement nodes{
  "cluster_nodes",
  "SELECT n.name, n.incarnation, n.state, n.http_address, n.version, micros(n.started_at), micros(n.lease_until), "
  "count(s.shard_id), n.cluster_address, n.entities, "
  "ceil(extract(epoch FROM n.lease_until - clock_timestamp()) * 1000)::bigint, coalesce(max(s.epoch), 0), "
  "greatest(coalesce(ceil(extract(epoch FROM clock_timestamp() - min(d.due_at)) * 1000), 0), 0)::bigint "
  "FROM node n LEFT JOIN shard s ON s.owner_node = n.name AND s.owner_incarnation = n.incarnation "
  "LEFT JOIN LATERAL (SELECT due_at FROM delivery WHERE shard_id = s.shard_id AND is_open AND state = 'scheduled' "
  "ORDER BY due_at LIMIT 1) d ON true "
  "WHERE n.state IN ('active', 'draining') OR n.lease_until > now() - interval '1 day' "
  "GROUP BY n.name, n.incarnation ORDER BY n.name, n.incarnation"};

const storage::statement shards{
  "cluster_shards",
  "SELECT shard_id, owner_node, owner_incarnation, epoch, adoptions, micros(changed_at) "
  "FROM shard ORDER BY shard_id"};

const storage::statement one_shard{
  "cluster_shard",
  "SELECT shard_id, owner_node, owner_incarnation, epoch, adoptions, micros(changed_at) "
  "FROM shard WHERE shard_id = $1::bigint"};

const storage::statement history{
  "cluster_shard_history",
  "SELECT micros(at), what, node, incarnation, epoch, reason FROM shard_history WHERE shard_id = $1::bigint "
  "ORDER BY at DESC LIMIT 50"};

const storage::statement drain{
  "cluster_drain",
  "WITH wanted AS (SELECT name, incarnation FROM node WHERE name = $1 AND state IN ('active', 'draining') "
  "ORDER BY incarnation DESC LIMIT 1), "
  "others AS (SELECT count(*) AS n FROM node WHERE name <> $1 AND state = 'active' AND entities "
  "AND lease_until > clock_timestamp()), "
  "told AS (UPDATE node SET state = 'draining' FROM wanted w, others o WHERE node.name = w.name "
  "AND node.incarnation = w.incarnation AND node.state = 'active' AND o.n > 0 RETURNING 1), "
  "seen AS (UPDATE cluster SET view = view + 1 WHERE EXISTS (SELECT 1 FROM told)) "
  "SELECT w.incarnation, o.n, (SELECT count(*) FROM shard s WHERE s.owner_node = w.name AND "
  "s.owner_incarnation = w.incarnation) FROM wanted w, others o"};

const storage::statement undrain{
  "cluster_end_drains",
  "WITH back AS (UPDATE node SET state = 'active' WHERE state = 'draining' RETURNING 1) "
  "UPDATE cluster SET view = view + 1"};
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
    n.cluster_address = r.get(i, 8);
    n.entities = r.get_bool(i, 9);
    n.lease_ms = r.get_int(i, 10);
    n.epoch = r.get_int(i, 11);
    n.lag_ms = r.get_int(i, 12);
    out.push_back(std::move(n));
  }
  return out;
}

storage::step list_shards() { return {&shards, {}}; }
storage::step get_shard(std::int64_t id) { return {&one_shard, {std::to_string(id)}}; }

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

storage::step shard_history(std::int64_t id) { return {&history, {std::to_string(id)}}; }

std::vector<shard_change> read_history(const storage::rows& r) {
  std::vector<shard_change> out;
  for (std::size_t i = 0; i < r.size(); ++i) {
    shard_change h;
    h.at = from_micros(r.get_int(i, 0));
    h.what = r.get(i, 1);
    h.node = r.get(i, 2);
    h.incarnation = r.get_int(i, 3);
    h.epoch = r.get_int(i, 4);
    h.reason = r.get(i, 5);
    out.push_back(std::move(h));
  }
  return out;
}

storage::step begin_drain(const std::string& node) { return {&drain, {node}}; }

expected<drain_progress> read_drain(const storage::rows& r, const std::string& node) {
  if (r.empty()) return failure{ec::not_found, fmt::format("no node '{}' is alive", node)};
  if (r.get_int(0, 1) == 0)
    return failure{ec::conflict, fmt::format("no other node could take the shards of '{}'", node)};
  return drain_progress{r.get_int(0, 0), r.get_int(0, 2)};
}

storage::step end_drains() { return {&undrain, {}}; }

std::int64_t count_misplaced(const std::vector<node_row>& nodes, const std::vector<shard_row>& shards) {
  std::vector<cluster::member> members;
  for (auto& n : nodes) {
    if (n.state != "active" && n.state != "draining") continue;
    cluster::member m;
    m.id = {n.name, n.incarnation};
    m.draining = n.state == "draining";
    m.entities = n.entities;
    m.lease_valid = n.lease_ms > 0;
    members.push_back(std::move(m));
  }
  return std::count_if(shards.begin(), shards.end(), [&](auto& s) {
    auto* home = cluster::home_of(s.id, members);
    return home && (s.owner_node != home->id.name || s.owner_incarnation != home->id.incarnation);
  });
}

} // namespace troupe::cluster_store
