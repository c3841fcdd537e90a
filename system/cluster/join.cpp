#include "system/cluster/join.hpp"

#include "system/core/log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <fstream>

namespace troupe {

namespace {

failure refuse(std::string what) { return {ec::bad_configuration, std::move(what)}; }

failure broken(const storage::batch_result& r) {
  return {ec::storage_failed,
          fmt::format("the database did not answer at start: {} {}", r.sqlstate, r.message)};
}

std::int64_t to_int(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

expected<int> take_lock(const join_settings& s) {
  auto path = fmt::format("{}/node-{}.lock", s.data_directory, s.node_name);
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return refuse(fmt::format("node.data_directory: cannot write {}", path));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return refuse(
        fmt::format("node.name: a node '{}' runs on this machine already ({} is locked)", s.node_name, path));
  }
  return fd;
}

/// The incarnation that this node remembers having been, from its data directory; 0 when it remembers none.
std::int64_t remembered(const std::string& path) {
  std::ifstream in(path);
  std::string text;
  return std::getline(in, text) ? to_int(text) : 0;
}

expected<void> remember(const std::string& path, std::int64_t incarnation) {
  auto fresh = path + ".new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    out << incarnation << '\n';
    if (!out.flush()) return refuse(fmt::format("node.data_directory: cannot write {}", fresh));
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0)
    return refuse(fmt::format("node.data_directory: cannot write {}", path));
  return {};
}

/// The one row that all nodes must agree with; made at the first start.
expected<void> check_cluster(storage::blocking_connection& db, const join_settings& s, membership& m) {
  auto id = db.run("SELECT system_identifier::text, (SELECT timeline_id FROM pg_control_checkpoint()) "
                   "FROM pg_control_system()");
  if (!id.ok()) return broken(id);
  m.system_identifier = id.results[0].get(0, 0);
  m.timeline = id.results[0].get_int(0, 1);
  auto made =
      db.run("INSERT INTO cluster (shards, key_fingerprint, system_identifier, timeline) "
             "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
             {std::to_string(s.shards), s.key_fingerprint, m.system_identifier, std::to_string(m.timeline)});
  if (!made.ok()) return broken(made);
  auto filled = db.run("INSERT INTO shard (shard_id) SELECT generate_series(0, shards - 1) FROM cluster "
                       "WHERE NOT EXISTS (SELECT 1 FROM shard)");
  if (!filled.ok()) return broken(filled);
  auto row = db.run("SELECT shards, key_fingerprint, system_identifier, restored FROM cluster");
  if (!row.ok() || row.results[0].empty()) return broken(row);
  auto& c = row.results[0];
  if (c.get_int(0, 0) != s.shards)
    return refuse(fmt::format("cluster.shards: this cluster was made with {}, got {}; it cannot be changed",
                              c.get_int(0, 0), s.shards));
  if (c.get(0, 1) != s.key_fingerprint) {
    // A rotated ring has a new fingerprint; keys that open what is stored are what matters, and `keys rotate`
    // records the new one.
    return refuse("node.key_file: these are not the keys that this database's secrets are sealed with");
  }
  m.restored = c.get_bool(0, 3) || c.get(0, 2) != m.system_identifier;
  return {};
}

expected<void> end_predecessors(storage::blocking_connection& db, const join_settings& s, membership& m) {
  auto old = db.run("SELECT incarnation, (extract(epoch FROM lease_until) * 1000000)::bigint FROM node "
                    "WHERE name = $1 AND state IN ('active', 'draining') ORDER BY incarnation",
                    {s.node_name});
  if (!old.ok()) return broken(old);
  for (std::size_t i = 0; i < old.results[0].size(); ++i) {
    auto incarnation = old.results[0].get_int(i, 0);
    m.predecessor_lease = std::max(m.predecessor_lease, from_micros(old.results[0].get_int(i, 1)));
    auto dead = db.run("UPDATE node SET state = 'dead' WHERE name = $1 AND incarnation = $2",
                       {s.node_name, std::to_string(incarnation)});
    if (!dead.ok()) return broken(dead);
  }
  // Every connection of any earlier incarnation: a frozen one could hold the fence's lock for minutes.
  auto ended = db.run(
      "SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid() "
      "AND split_part(application_name, '/', 1) = 'troupe' AND split_part(application_name, '/', 2) = $1",
      {s.node_name});
  if (!ended.ok()) return broken(ended);
  if (auto n = ended.results[0].get_int(0, 0); n > 0) log::info("cluster.backends_ended", {{"count", n}});
  return {};
}

expected<void> take_shards(storage::blocking_connection& db, const join_settings& s, membership& m) {
  auto others = db.run("SELECT n.name, count(*) FROM shard s JOIN node n ON n.name = s.owner_node AND "
                       "n.incarnation = s.owner_incarnation WHERE n.name <> $1 AND n.state = 'active' AND "
                       "n.lease_until > clock_timestamp() GROUP BY n.name LIMIT 1",
                       {s.node_name});
  if (!others.ok()) return broken(others);
  if (!others.results[0].empty())
    return refuse(
        fmt::format("node.name: node '{}' is alive and owns {} shards of this database; one node at a time",
                    others.results[0].get(0, 0), others.results[0].get(0, 1)));
  auto leases =
      db.run("SELECT coalesce((extract(epoch FROM max(n.lease_until)) * 1000000)::bigint, 0) FROM shard s "
             "JOIN node n ON n.name = s.owner_node AND n.incarnation = s.owner_incarnation");
  if (!leases.ok()) return broken(leases);
  m.predecessor_lease = std::max(m.predecessor_lease, from_micros(leases.results[0].get_int(0, 0)));
  // Ordered, so that two takers cannot deadlock; the statement's lock_timeout bounds the wait.
  auto taken = db.run(
      "WITH mine AS (SELECT shard_id FROM shard ORDER BY shard_id FOR UPDATE) "
      "UPDATE shard s SET owner_node = $1, owner_incarnation = $2, epoch = epoch + 1, "
      "changed_at = clock_timestamp(), adoptions = CASE WHEN owner_node IS NULL THEN 0 ELSE adoptions END "
      "FROM mine WHERE s.shard_id = mine.shard_id RETURNING s.shard_id, s.epoch",
      {s.node_name, std::to_string(m.incarnation)});
  if (!taken.ok()) return broken(taken);
  m.epochs.assign(s.shards, 0);
  for (std::size_t i = 0; i < taken.results[0].size(); ++i)
    m.epochs[static_cast<std::size_t>(taken.results[0].get_int(i, 0))] = taken.results[0].get_int(i, 1);
  return {};
}

} // namespace

std::string application_name(const std::string& node, std::int64_t incarnation) {
  return fmt::format("troupe/{}/{}", node, incarnation);
}

expected<membership> join(storage::blocking_connection& db, const join_settings& s) {
  membership m;
  auto lock = take_lock(s);
  if (!lock) return lock.error();
  m.lock_fd = *lock;
  if (auto r = check_cluster(db, s, m); !r) return r.error();

  // A database that does not know the incarnation this node remembers has been put back to an earlier state.
  auto memory = fmt::format("{}/node-{}.incarnation", s.data_directory, s.node_name);
  if (auto last = remembered(memory); last > 0) {
    auto known = db.run("SELECT 1 FROM node WHERE name = $1 AND incarnation = $2",
                        {s.node_name, std::to_string(last)});
    if (!known.ok()) return broken(known);
    m.restored = m.restored || known.results[0].empty();
  }
  if (m.restored) {
    auto marked = db.run("UPDATE cluster SET restored = true WHERE NOT restored");
    if (!marked.ok()) return broken(marked);
    log::error("cluster.restored_database",
               {{"consequence", "nothing is published until 'troupe restored' has been run"}});
  }
  if (auto r = end_predecessors(db, s, m); !r) return r.error();
  auto born = db.run(
      "INSERT INTO node (name, incarnation, state, http_address, version, lease_until) VALUES "
      "($1, nextval('node_incarnation'), 'active', $2, $3, clock_timestamp() + $4::bigint * interval '1 ms') "
      "RETURNING incarnation",
      {s.node_name, s.http_address, s.version, std::to_string(s.first_lease.count())});
  if (!born.ok()) return broken(born);
  m.incarnation = born.results[0].get_int(0, 0);
  if (auto r = remember(memory, m.incarnation); !r) return r.error();
  if (auto r = take_shards(db, s, m); !r) return r.error();
  log::info("cluster.joined", {{"node", s.node_name}, {"incarnation", m.incarnation}, {"shards", s.shards}});
  return m;
}

} // namespace troupe
