#include "system/node/commands.hpp"
#include "system/node/engine.hpp"
#include "system/storage/database.hpp"

#include <fmt/format.h>

#include <iostream>

// What an operator asks and orders of the cluster as a whole, by way of the database: any machine that
// reaches it will do.

namespace troupe::node {

namespace {

using connection = std::unique_ptr<storage::blocking_connection>;

constexpr const char* nodes_sql =
    "SELECT n.name, n.incarnation, n.state, ceil(extract(epoch FROM n.lease_until - clock_timestamp()) * "
    "1000)::bigint, "
    "count(s.shard_id), coalesce(max(s.epoch), 0), n.version, n.cluster_address, n.http_address, "
    "greatest(coalesce(ceil(extract(epoch FROM clock_timestamp() - min(d.due_at)) * 1000), 0), 0)::bigint "
    "FROM node n LEFT JOIN shard s ON s.owner_node = n.name AND s.owner_incarnation = n.incarnation "
    "LEFT JOIN LATERAL (SELECT due_at FROM delivery WHERE shard_id = s.shard_id AND is_open AND state = "
    "'scheduled' "
    "ORDER BY due_at LIMIT 1) d ON true "
    "WHERE n.state IN ('active', 'draining') OR n.lease_until > now() - interval '1 day' "
    "GROUP BY n.name, n.incarnation ORDER BY n.name, n.incarnation";

int complain(const std::string& what) {
  std::cerr << "troupe: " << what << '\n';
  return 1;
}

std::string no_answer(const storage::batch_result& r) {
  return fmt::format("the database answered {} {}", r.sqlstate, r.message);
}

/// Runs `work` on a connection; complains when there is none.
template <class Work>
int connected(const config::settings& c, Work work) {
  auto db = storage::blocking_connection::open(connection_of(c, "troupe-cli"));
  if (!db) return complain(db.error().detail);
  return work(**db);
}

/// The run of `name` that is there just now; complains when there is none.
std::optional<std::int64_t> living(storage::blocking_connection& db, const std::string& name) {
  auto r = db.run("SELECT incarnation FROM node WHERE name = $1 AND state IN ('active', 'draining') "
                  "ORDER BY incarnation DESC LIMIT 1",
                  {name});
  if (!r.ok()) complain(no_answer(r));
  if (!r.ok()) return std::nullopt;
  if (r.results[0].empty()) {
    complain(fmt::format("no node '{}' is there; 'troupe nodes' lists them", name));
    return std::nullopt;
  }
  return r.results[0].get_int(0, 0);
}

/// Shows `left` until it is nothing; 1 when it is not after `patience`.
template <class Left>
int await_none(storage::blocking_connection& db, std::chrono::seconds patience, const char* of_what,
               Left left) {
  auto until = std::chrono::steady_clock::now() + patience;
  std::int64_t shown = -1;
  for (;;) {
    std::optional<std::int64_t> now = left();
    if (!now) return 1;
    if (*now != shown) std::cout << fmt::format("{} shards {}\n", *now, of_what) << std::flush;
    shown = *now;
    if (*now == 0) return 0;
    if (std::chrono::steady_clock::now() > until)
      return complain(
          fmt::format("after {} s it is not done; it goes on, and asking again is safe", patience.count()));
    if (auto r = db.run("SELECT pg_sleep(0.25)"); !r.ok()) return complain(no_answer(r));
  }
}

} // namespace

int show_nodes(const config::settings& c) {
  return connected(c, [](storage::blocking_connection& db) {
    auto r = db.run(nodes_sql);
    if (!r.ok()) return complain(no_answer(r));
    std::cout << fmt::format("{:<24} {:>6} {:<9} {:>9} {:>6} {:>7} {:>8} {:<10} {:<22} {}\n", "NODE", "RUN",
                             "STATE", "LEASE ms", "SHARDS", "EPOCH", "LAG ms", "VERSION", "CLUSTER", "HTTP");
    auto& rows = r.results[0];
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::cout << fmt::format("{:<24} {:>6} {:<9} {:>9} {:>6} {:>7} {:>8} {:<10} {:<22} {}\n",
                               rows.get(i, 0), rows.get(i, 1), rows.get(i, 2), rows.get(i, 3), rows.get(i, 4),
                               rows.get(i, 5), rows.get(i, 9), rows.get(i, 6), rows.get(i, 7),
                               rows.get(i, 8));
    return 0;
  });
}

int drain_node(const config::settings& c, const std::string& name, std::chrono::seconds patience) {
  return connected(c, [&](storage::blocking_connection& db) {
    auto run = living(db, name);
    if (!run) return 1;
    auto others = db.run("SELECT count(*) FROM node WHERE state = 'active' AND entities AND name <> $1 AND "
                         "lease_until > clock_timestamp()",
                         {name});
    if (!others.ok()) return complain(no_answer(others));
    if (others.results[0].get_int(0, 0) == 0)
      return complain(fmt::format("no other node could take the shards of '{}'", name));
    auto told = db.run(
        "WITH me AS (UPDATE node SET state = 'draining' WHERE name = $1 AND incarnation = $2 AND state = "
        "'active' RETURNING 1) UPDATE cluster SET view = view + 1 WHERE EXISTS (SELECT 1 FROM me)",
        {name, std::to_string(*run)});
    if (!told.ok()) return complain(no_answer(told));
    return await_none(db, patience, "left to hand over", [&]() -> std::optional<std::int64_t> {
      auto r = db.run("SELECT count(*) FROM shard WHERE owner_node = $1 AND owner_incarnation = $2",
                      {name, std::to_string(*run)});
      if (r.ok()) return r.results[0].get_int(0, 0);
      complain(no_answer(r));
      return std::nullopt;
    });
  });
}

int rebalance(const config::settings& c, std::chrono::seconds patience) {
  return connected(c, [&](storage::blocking_connection& db) {
    auto told = db.run("WITH back AS (UPDATE node SET state = 'active' WHERE state = 'draining' RETURNING 1) "
                       "UPDATE cluster SET view = view + 1");
    if (!told.ok()) return complain(no_answer(told));
    auto tables = cluster::make_store(connection_of(c, "troupe-cli"));
    return await_none(db, patience, "not yet where they belong", [&]() -> std::optional<std::int64_t> {
      auto rows = tables->read();
      if (!rows) {
        complain(rows.error().detail);
        return std::nullopt;
      }
      std::int64_t elsewhere = 0;
      for (auto& s : rows->shards)
        if (auto* home = cluster::home_of(s.id, rows->members)) elsewhere += s.owner != home->id;
      return elsewhere;
    });
  });
}

int show_shard(const config::settings& c, std::int64_t id) {
  return connected(c, [&](storage::blocking_connection& db) {
    auto r = db.run(
        "SELECT coalesce(owner_node, ''), coalesce(owner_incarnation, 0), epoch, adoptions, changed_at::text "
        "FROM shard WHERE shard_id = $1",
        {std::to_string(id)});
    if (!r.ok()) return complain(no_answer(r));
    if (r.results[0].empty()) return complain(fmt::format("there is no shard {}", id));
    auto& s = r.results[0];
    std::cout << fmt::format("shard {}: {} at epoch {}, adopted {} times from the dead, since {}\n", id,
                             s.get(0, 0).empty() ? std::string("nobody's")
                                                 : fmt::format("node {} (run {})", s.get(0, 0), s.get(0, 1)),
                             s.get(0, 2), s.get(0, 3), s.get(0, 4));
    auto h = db.run(
        "SELECT at::text, what, node, incarnation, epoch, reason FROM shard_history WHERE shard_id = $1 "
        "ORDER BY at DESC LIMIT 50",
        {std::to_string(id)});
    if (!h.ok()) return complain(no_answer(h));
    auto& rows = h.results[0];
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::cout << fmt::format("{}  {:<8} epoch {:<6} node {} (run {}): {}\n", rows.get(i, 0), rows.get(i, 1),
                               rows.get(i, 4), rows.get(i, 2), rows.get(i, 3), rows.get(i, 5));
    return 0;
  });
}

} // namespace troupe::node
