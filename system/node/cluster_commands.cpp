#include "system/cluster/listing.hpp"
#include "system/node/command_support.hpp"
#include "system/node/commands.hpp"

#include <fmt/format.h>

#include <iostream>

// What an operator asks and orders of the cluster as a whole, by way of the database: any machine that
// reaches it will do. The same as the admin API says (net/api/admin_cluster.cpp).

namespace troupe::node {

namespace {

storage::batch_result run(storage::blocking_connection& db, const storage::step& s) {
  return db.run(s.sql->sql, s.values);
}

/// Shows how many shards `left(db)` finds, until there is none; 1 when there are after `patience`.
template <class Left>
int await_none(storage::blocking_connection& db, std::chrono::seconds patience, const char* of_what,
               Left left) {
  auto until = std::chrono::steady_clock::now() + patience;
  std::int64_t shown = -1;
  for (;;) {
    expected<std::int64_t> now = left(db);
    if (!now) return complain(now.error());
    if (*now != shown) std::cout << fmt::format("{} shards {}\n", *now, of_what) << std::flush;
    shown = *now;
    if (*now == 0) return 0;
    if (std::chrono::steady_clock::now() > until)
      return complain(
          {ec::timed_out,
           fmt::format("after {} s it is not done; it goes on, and asking again is safe", patience.count())});
    if (auto r = db.run("SELECT pg_sleep(0.25)"); !r.ok()) return complain(r);
  }
}

failure broken(const storage::batch_result& r) { return {ec::storage_failed, r.message}; }

} // namespace

int show_nodes(const config::settings& c) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  auto r = run(**db, cluster_store::list_nodes());
  if (!r.ok()) return complain(r);
  constexpr auto line = "{:<24} {:>6} {:<9} {:>9} {:>6} {:>7} {:>8} {:<10} {:<22} {}\n";
  std::cout << fmt::format(line, "NODE", "RUN", "STATE", "LEASE ms", "SHARDS", "EPOCH", "LAG ms", "VERSION",
                           "CLUSTER", "HTTP");
  for (auto& n : cluster_store::read_nodes(r.results[0]))
    std::cout << fmt::format(line, n.name, n.incarnation, n.state, n.lease_ms, n.shards, n.epoch, n.lag_ms,
                             n.version, n.cluster_address, n.http_address);
  return 0;
}

int drain_node(const config::settings& c, const std::string& name, std::chrono::seconds patience) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  // The order is safe to repeat, and its answer says how far it is. A node that ends meanwhile has nothing
  // left.
  bool begun = false;
  return await_none(**db, patience, "left to hand over", [&](auto& on) -> expected<std::int64_t> {
    auto r = run(on, cluster_store::begin_drain(name));
    if (!r.ok()) return broken(r);
    auto at = cluster_store::read_drain(r.results[0], name);
    if (!at && begun && at.error().code == ec::not_found) return 0;
    if (!at) return at.error();
    begun = true;
    return at->shards_left;
  });
}

int rebalance(const config::settings& c, std::chrono::seconds patience) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  if (auto told = run(**db, cluster_store::end_drains()); !told.ok()) return complain(told);
  return await_none(**db, patience, "not yet where they belong", [](auto& on) -> expected<std::int64_t> {
    auto nodes = run(on, cluster_store::list_nodes());
    if (!nodes.ok()) return broken(nodes);
    auto shards = run(on, cluster_store::list_shards());
    if (!shards.ok()) return broken(shards);
    return cluster_store::count_misplaced(cluster_store::read_nodes(nodes.results[0]),
                                          cluster_store::read_shards(shards.results[0]));
  });
}

int show_shard(const config::settings& c, std::int64_t id) {
  auto db = connect(c);
  if (!db) return complain(db.error());
  auto r = run(**db, cluster_store::get_shard(id));
  if (!r.ok()) return complain(r);
  auto found = cluster_store::read_shards(r.results[0]);
  if (found.empty()) return complain({ec::not_found, fmt::format("there is no shard {}", id)});
  auto& s = found.front();
  auto owner = s.owner_node ? fmt::format("node {} (run {})", *s.owner_node, s.owner_incarnation.value_or(0))
                            : std::string("nobody's");
  std::cout << fmt::format("shard {}: {} at epoch {}, adopted {} times from the dead, since {}\n", id, owner,
                           s.epoch, s.adoptions, format_utc(s.changed_at));
  auto h = run(**db, cluster_store::shard_history(id));
  if (!h.ok()) return complain(h);
  for (auto& x : cluster_store::read_history(h.results[0]))
    std::cout << fmt::format("{}  {:<8} epoch {:<6} node {} (run {}): {}\n", format_utc(x.at), x.what,
                             x.epoch, x.node, x.incarnation, x.reason);
  return 0;
}

} // namespace troupe::node
