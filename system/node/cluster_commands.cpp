#include "system/node/commands.hpp"

#include "system/cluster/store.hpp"
#include "system/node/command_support.hpp"
#include "system/node/engine.hpp"
#include "system/storage/database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

// What an operator asks and orders of the cluster as a whole, by way of the database: any machine that
// reaches it will do.

namespace troupe::node {

namespace {

constexpr const char* nodes_sql =
    "SELECT n.name, n.incarnation, n.state, ceil(extract(epoch FROM n.lease_until - clock_timestamp()) * "
    "1000)::bigint, "
    "count(s.shard_id), coalesce(max(s.epoch), 0), "
    "greatest(coalesce(ceil(extract(epoch FROM clock_timestamp() - min(d.due_at)) * 1000), 0), 0)::bigint, "
    "n.version, n.cluster_address, n.http_address "
    "FROM node n LEFT JOIN shard s ON s.owner_node = n.name AND s.owner_incarnation = n.incarnation "
    "LEFT JOIN LATERAL (SELECT due_at FROM delivery WHERE shard_id = s.shard_id AND is_open AND state = "
    "'scheduled' "
    "ORDER BY due_at LIMIT 1) d ON true "
    "WHERE n.state IN ('active', 'draining') OR n.lease_until > now() - interval '1 day' "
    "GROUP BY n.name, n.incarnation ORDER BY n.name, n.incarnation";

std::unique_ptr<cluster::store> tables_of(const config::settings& c) {
  return cluster::make_store(connection_of(c, "troupe-cli"));
}

/// Shows how many shards `left` finds, until there is none; 1 when there are after `patience`.
template <class Left>
int await_none(const config::settings& c, std::chrono::seconds patience, const char* of_what, Left left) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  auto tables = tables_of(c);
  auto until = std::chrono::steady_clock::now() + patience;
  std::int64_t shown = -1;
  for (;;) {
    auto rows = tables->read();
    if (!rows) return complain(rows.error());
    auto now =
        std::count_if(rows->shards.begin(), rows->shards.end(), [&](auto& s) { return left(*rows, s); });
    if (now != shown) std::cout << fmt::format("{} shards {}\n", now, of_what) << std::flush;
    shown = now;
    if (now == 0) return 0;
    if (std::chrono::steady_clock::now() > until)
      return complain(
          {ec::timed_out,
           fmt::format("after {} s it is not done; it goes on, and asking again is safe", patience.count())});
    if (auto r = (*db)->run("SELECT pg_sleep(0.25)"); !r.ok()) return complain(r);
  }
}

} // namespace

int show_nodes(const config::settings& c) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  auto r = (*db)->run(nodes_sql);
  if (!r.ok()) return complain(r);
  constexpr auto line = "{:<24} {:>6} {:<9} {:>9} {:>6} {:>7} {:>8} {:<10} {:<22} {}\n";
  std::cout << fmt::format(line, "NODE", "RUN", "STATE", "LEASE ms", "SHARDS", "EPOCH", "LAG ms", "VERSION",
                           "CLUSTER", "HTTP");
  auto& rows = r.results[0];
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::cout << fmt::format(line, rows.get(i, 0), rows.get(i, 1), rows.get(i, 2), rows.get(i, 3),
                             rows.get(i, 4), rows.get(i, 5), rows.get(i, 6), rows.get(i, 7), rows.get(i, 8),
                             rows.get(i, 9));
  return 0;
}

int drain_node(const config::settings& c, const std::string& name, std::chrono::seconds patience) {
  auto tables = tables_of(c);
  auto rows = tables->read();
  if (!rows) return complain(rows.error());
  auto& all = rows->members;
  auto drained = std::find_if(all.begin(), all.end(), [&](auto& m) { return m.id.name == name; });
  if (drained == all.end())
    return complain({ec::not_found, fmt::format("no node '{}' is there; 'troupe nodes' lists them", name)});
  auto id = drained->id;
  drained->draining = true;
  if (!cluster::home_of(0, all))
    return complain({ec::conflict, fmt::format("no other node could take the shards of '{}'", name)});
  if (auto told = tables->begin_draining(id); !told) return complain(told.error());
  return await_none(c, patience, "left to hand over", [id](auto&, auto& s) { return s.owner == id; });
}

int rebalance(const config::settings& c, std::chrono::seconds patience) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  auto told =
      (*db)->run("WITH back AS (UPDATE node SET state = 'active' WHERE state = 'draining' RETURNING 1) "
                 "UPDATE cluster SET view = view + 1");
  if (!told.ok()) return complain(told);
  return await_none(c, patience, "not yet where they belong", [](auto& rows, auto& s) {
    auto* home = cluster::home_of(s.id, rows.members);
    return home && s.owner != home->id;
  });
}

int show_shard(const config::settings& c, std::int64_t id) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  auto r = (*db)->run("SELECT coalesce(owner_node, ''), coalesce(owner_incarnation, 0), epoch, adoptions, "
                      "changed_at::text FROM shard WHERE shard_id = $1",
                      {std::to_string(id)});
  if (!r.ok()) return complain(r);
  if (r.results[0].empty()) return complain({ec::not_found, fmt::format("there is no shard {}", id)});
  auto& s = r.results[0];
  auto owner = s.get(0, 0).empty() ? std::string("nobody's")
                                   : fmt::format("node {} (run {})", s.get(0, 0), s.get(0, 1));
  std::cout << fmt::format("shard {}: {} at epoch {}, adopted {} times from the dead, since {}\n", id, owner,
                           s.get(0, 2), s.get(0, 3), s.get(0, 4));
  auto h = (*db)->run(
      "SELECT at::text, what, node, incarnation, epoch, reason FROM shard_history WHERE shard_id = $1 "
      "ORDER BY at DESC LIMIT 50",
      {std::to_string(id)});
  if (!h.ok()) return complain(h);
  auto& rows = h.results[0];
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::cout << fmt::format("{}  {:<8} epoch {:<6} node {} (run {}): {}\n", rows.get(i, 0), rows.get(i, 1),
                             rows.get(i, 4), rows.get(i, 2), rows.get(i, 3), rows.get(i, 5));
  return 0;
}

} // namespace troupe::node
