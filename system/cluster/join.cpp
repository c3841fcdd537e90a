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

constexpr auto clock_tolerance = std::chrono::minutes{10};

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
                       "WHERE NOT EXISTS (SELECT 1 FROM shard) ON CONFLICT DO NOTHING");
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
    return refuse(
        "node.key_file: these are not the keys that this database's secrets are sealed with; copy the "
        "key file of the cluster's other nodes, or, if this is not their database, set database.dsn");
  }
  m.restored = c.get_bool(0, 3) || c.get(0, 2) != m.system_identifier;
  return {};
}

expected<void> end_predecessors(storage::blocking_connection& db, const join_settings& s) {
  auto dead = db.run(
      "WITH dead AS (UPDATE node SET state = 'dead' WHERE name = $1 AND state IN ('active', 'draining') "
      "RETURNING 1) UPDATE cluster SET view = view + 1 WHERE EXISTS (SELECT 1 FROM dead)",
      {s.node_name});
  if (!dead.ok()) return broken(dead);
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

/// Two machines cannot lock each other's files: who renews a lease under this name and is no earlier run of
/// this data directory is somebody else.
expected<void> check_name(storage::blocking_connection& db, const join_settings& s, std::int64_t last) {
  auto other =
      db.run("SELECT incarnation, http_address FROM node WHERE name = $1 AND incarnation <> $2 AND state IN "
             "('active', 'draining') AND lease_until > clock_timestamp() LIMIT 1",
             {s.node_name, std::to_string(last)});
  if (!other.ok()) return broken(other);
  if (other.results[0].empty()) return {};
  return refuse(fmt::format(
      "node.name: a node '{}' that was not started from {} is alive, with its clients at {}; choose "
      "another name, or wait {} s if that one has died with its disk",
      s.node_name, s.data_directory, other.results[0].get(0, 1), s.first_lease.count() / 1'000));
}

/// What is uploaded to one node is read by all: a file beside the media says whose they are.
expected<void> check_media(storage::blocking_connection& db, const join_settings& s, bool alone) {
  if (s.media_directory.empty()) return {};
  auto path = s.media_directory + "/.cluster";
  std::string here;
  {
    std::ifstream in(path);
    std::getline(in, here);
  }
  auto row = db.run(
      "UPDATE cluster SET media_marker = CASE WHEN media_marker = '' THEN gen_random_uuid()::text ELSE "
      "media_marker END RETURNING media_marker");
  if (!row.ok() || row.results[0].empty()) return broken(row);
  auto wanted = std::string(row.results[0].get(0, 0));
  if (here == wanted) return {};
  if (!alone)
    return refuse(fmt::format(
        "media.directory: {} is not the directory that the other nodes of this cluster use (its file "
        ".cluster {}); all nodes need the same one, shared",
        s.media_directory, here.empty() ? "is missing" : "says another name"));
  std::ofstream out(path, std::ios::trunc);
  out << wanted << '\n';
  if (!out.flush()) return refuse(fmt::format("media.directory: cannot write {}", path));
  return {};
}

/// Due times do not depend on it, but logs, certificates and one's own tokens do.
expected<void> check_clock(storage::blocking_connection& db) {
  auto row = db.run("SELECT micros(clock_timestamp())");
  if (!row.ok()) return broken(row);
  auto theirs = from_micros(row.results[0].get_int(0, 0));
  auto apart = theirs > system_now() ? theirs - system_now() : system_now() - theirs;
  if (apart <= clock_tolerance) return {};
  return refuse(fmt::format("the clock of this machine says {} and the database's {}: set it right first",
                            format_utc(system_now()), format_utc(theirs)));
}

/// A second node changes what the first one must be able to do: both have to be reachable.
expected<void> check_others(storage::blocking_connection& db, const join_settings& s) {
  auto others = db.run(
      "SELECT name, cluster_address FROM node WHERE name <> $1 AND state IN ('active', 'draining') AND "
      "lease_until > clock_timestamp() ORDER BY name",
      {s.node_name});
  if (!others.ok()) return broken(others);
  auto& rows = others.results[0];
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (s.cluster_address.empty())
      return refuse(fmt::format(
          "cluster.address: node '{}' is alive in this cluster; give each node an address at which "
          "the others reach it, host:port",
          rows.get(i, 0)));
    if (rows.get(i, 1).empty())
      return refuse(fmt::format(
          "cluster.address: node '{}' of this cluster has none, so that no other node can work with "
          "it; give it one and restart it first",
          rows.get(i, 0)));
    if (rows.get(i, 1) == s.cluster_address)
      return refuse(
          fmt::format("cluster.address: {} is that of node '{}'", s.cluster_address, rows.get(i, 0)));
  }
  if (!rows.empty())
    if (auto r = check_clock(db); !r) return r.error();
  return check_media(db, s, rows.empty());
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
  if (auto r = check_name(db, s, remembered(memory)); !r) return r.error();
  if (auto r = check_others(db, s); !r) return r.error();
  if (auto r = end_predecessors(db, s); !r) return r.error();
  auto born = db.run(
      "WITH seen AS (UPDATE cluster SET view = view + 1) "
      "INSERT INTO node (name, incarnation, state, http_address, version, lease_until, "
      "cluster_address, entities) VALUES ($1, nextval('node_incarnation'), 'active', $2, $3, "
      "clock_timestamp() + $4::bigint * interval '1 ms', $5, false) RETURNING incarnation",
      {s.node_name, s.http_address, s.version, std::to_string(s.first_lease.count()), s.cluster_address});
  if (!born.ok()) return broken(born);
  m.incarnation = born.results[0].get_int(0, 0);
  if (auto r = remember(memory, m.incarnation); !r) return r.error();
  log::info("cluster.joined", {{"node", s.node_name}, {"incarnation", m.incarnation}, {"shards", s.shards}});
  return m;
}

} // namespace troupe
