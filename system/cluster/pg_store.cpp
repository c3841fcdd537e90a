#include "system/cluster/join.hpp"
#include "system/cluster/store.hpp"

#include <charconv>

namespace troupe::cluster {

namespace {

constexpr const char* members_sql =
    "SELECT n.name, n.incarnation, n.state = 'draining', n.entities, n.lease_until > clock_timestamp(), "
    "micros(n.lease_until), n.cluster_address, EXISTS (SELECT 1 FROM pg_locks l "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1::int::oid AND l.objid = "
    "n.incarnation::int::oid "
    "AND l.objsubid = 2 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())), "
    "c.view "
    "FROM cluster c LEFT JOIN node n ON n.state IN ('active', 'draining') ORDER BY n.name, n.incarnation";

constexpr const char* shards_sql = "SELECT s.shard_id, s.owner_node, s.owner_incarnation, s.epoch, "
                                   "coalesce(n.state IN ('dead', 'stopped'), false) "
                                   "FROM shard s LEFT JOIN node n ON n.name = s.owner_node AND n.incarnation "
                                   "= s.owner_incarnation ORDER BY s.shard_id";

constexpr const char* mark_dead_sql = "WITH dead AS (UPDATE node SET state = 'dead' WHERE name = $1 AND "
                                      "incarnation = $2 AND state IN ('active', "
                                      "'draining') AND micros(lease_until) = $3 AND (NOT $4::boolean OR "
                                      "lease_until < clock_timestamp()) RETURNING 1), "
                                      "seen AS (UPDATE cluster SET view = view + 1 WHERE EXISTS (SELECT 1 "
                                      "FROM dead)) SELECT count(*) FROM dead";

// First all are told, then each is waited for: told one after the other, a hundred of them would take their
// time.
constexpr const char* tell_end_sql =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND "
    "application_name = $1 AND pid <> pg_backend_pid()";
constexpr const char* await_end_sql = "SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity "
                                      "WHERE datname = current_database() AND "
                                      "application_name = $1 AND pid <> pg_backend_pid()";

// In the order of ids, so that two takers cannot deadlock. Who is not active any more takes nothing. A row
// that is changed by another taker meanwhile is looked at again by PostgreSQL, and is not free then.
constexpr const char* take_sql =
    "WITH me AS (SELECT 1 FROM node WHERE name = $1 AND incarnation = $2 AND state = 'active' FOR SHARE), "
    "free AS (SELECT s.shard_id, n.state AS owner_state, coalesce(n.lease_until, CASE WHEN s.epoch > 0 THEN "
    "s.changed_at "
    "END) AS until FROM shard s LEFT JOIN node n ON n.name = s.owner_node AND n.incarnation = "
    "s.owner_incarnation "
    "WHERE s.shard_id = ANY ($3::int[]) AND (s.owner_node IS NULL OR n.state IN ('dead', 'stopped')) "
    "ORDER BY s.shard_id FOR UPDATE OF s), "
    "taken AS (UPDATE shard s SET owner_node = $1, owner_incarnation = $2, epoch = s.epoch + 1, "
    "changed_at = clock_timestamp(), adoptions = CASE WHEN f.owner_state = 'dead' THEN s.adoptions + 1 ELSE "
    "0 END "
    "FROM free f, me WHERE s.shard_id = f.shard_id RETURNING s.shard_id, s.epoch, f.until, f.owner_state), "
    "noted AS (INSERT INTO shard_history (shard_id, epoch, what, node, incarnation, reason) SELECT shard_id, "
    "epoch, "
    "'taken', $1, $2, CASE owner_state WHEN 'dead' THEN 'its owner died' WHEN 'stopped' THEN 'its owner "
    "stopped' "
    "ELSE 'it was free' END FROM taken), "
    "seen AS (UPDATE cluster SET view = view + 1 WHERE EXISTS (SELECT 1 FROM taken)) "
    "SELECT shard_id, epoch, coalesce(micros(until), 0) FROM taken ORDER BY shard_id";

constexpr const char* release_sql =
    "WITH given AS (UPDATE shard SET owner_node = NULL, owner_incarnation = NULL, changed_at = "
    "clock_timestamp(), "
    "adoptions = 0 WHERE shard_id = ANY ($3::int[]) AND owner_node = $1 AND owner_incarnation = $2 "
    "RETURNING shard_id, epoch), "
    "noted AS (INSERT INTO shard_history (shard_id, epoch, what, node, incarnation, reason) SELECT shard_id, "
    "epoch, "
    "'released', $1, $2, 'it belongs elsewhere' FROM given) "
    "UPDATE cluster SET view = view + 1 WHERE EXISTS (SELECT 1 FROM given)";

constexpr const char* drain_sql =
    "WITH me AS (UPDATE node SET state = 'draining' WHERE name = $1 AND incarnation = $2 AND state = "
    "'active' "
    "RETURNING 1) UPDATE cluster SET view = view + 1 WHERE EXISTS (SELECT 1 FROM me)";

constexpr const char* own_sql =
    "WITH me AS (UPDATE node SET entities = true WHERE name = $1 AND incarnation = $2 RETURNING 1) "
    "UPDATE cluster SET view = view + 1 WHERE EXISTS (SELECT 1 FROM me)";

class pg_store final : public store {
 public:
  explicit pg_store(storage::connection_settings connection) : connection_(std::move(connection)) {}

  expected<cluster_rows> read() override {
    cluster_rows out;
    auto members = run(members_sql, {std::to_string(liveness_lock_class)});
    if (!members) return members.error();
    auto& m = members->results[0];
    for (std::size_t i = 0; i < m.size(); ++i) {
      out.view = m.get_int(i, 8);
      if (m.is_null(i, 0)) continue; // nobody is there
      member one;
      one.id = {std::string(m.get(i, 0)), m.get_int(i, 1)};
      one.draining = m.get_bool(i, 2);
      one.entities = m.get_bool(i, 3);
      one.lease_valid = m.get_bool(i, 4);
      one.lease_until = from_micros(m.get_int(i, 5));
      one.cluster_address = m.get(i, 6);
      one.lock_held = m.get_bool(i, 7);
      out.members.push_back(std::move(one));
    }
    auto shards = run(shards_sql, {});
    if (!shards) return shards.error();
    auto& s = shards->results[0];
    for (std::size_t i = 0; i < s.size(); ++i) {
      shard_row one;
      one.id = static_cast<shard_id>(s.get_int(i, 0));
      if (!s.is_null(i, 1)) one.owner = node_id{std::string(s.get(i, 1)), s.get_int(i, 2)};
      one.epoch = s.get_int(i, 3);
      one.owner_gone = s.get_bool(i, 4);
      out.shards.push_back(std::move(one));
    }
    return out;
  }

  expected<bool> mark_dead(const member& seen, bool proof) override {
    auto r = run(mark_dead_sql, {seen.id.name, std::to_string(seen.id.incarnation),
                                 std::to_string(to_micros(seen.lease_until)), proof ? "true" : "false"});
    if (!r) return r.error();
    return r->results[0].get_int(0, 0) == 1;
  }

  expected<void> end_connections(const node_id& dead) override {
    auto name = application_name(dead.name, dead.incarnation);
    for (auto* sql : {tell_end_sql, await_end_sql})
      if (auto r = run(sql, {name}); !r) return r.error();
    return {};
  }

  expected<std::vector<taken_shard>> take(const node_id& me, const std::vector<shard_id>& shards) override {
    auto r = run(take_sql, {me.name, std::to_string(me.incarnation), array_of(shards)});
    if (!r) return r.error();
    std::vector<taken_shard> out;
    auto& rows = r->results[0];
    for (std::size_t i = 0; i < rows.size(); ++i)
      out.push_back(
          {static_cast<shard_id>(rows.get_int(i, 0)), rows.get_int(i, 1), from_micros(rows.get_int(i, 2))});
    return out;
  }

  expected<void> release(const node_id& me, const std::vector<shard_id>& shards) override {
    auto r = run(release_sql, {me.name, std::to_string(me.incarnation), array_of(shards)});
    if (!r) return r.error();
    return {};
  }

  expected<void> begin_owning(const node_id& me) override {
    auto r = run(own_sql, {me.name, std::to_string(me.incarnation)});
    if (!r) return r.error();
    return {};
  }

  expected<void> begin_draining(const node_id& me) override {
    auto r = run(drain_sql, {me.name, std::to_string(me.incarnation)});
    if (!r) return r.error();
    return {};
  }

 private:
  static std::string array_of(const std::vector<shard_id>& shards) {
    storage::array_builder out;
    for (auto s : shards) out.add(static_cast<std::int64_t>(s));
    return out.take();
  }

  expected<storage::batch_result> run(const char* sql, const storage::params& values) {
    if (!db_ || !db_->alive()) {
      auto opened = storage::blocking_connection::open(connection_);
      if (!opened) return failure{ec::unavailable, opened.error().detail};
      db_ = std::move(*opened);
    }
    auto r = db_->run(sql, values);
    if (r.ok()) return r;
    if (!db_->alive()) db_ = nullptr;
    if (r.sqlstate == "55P03") return failure{ec::timed_out, "a row is locked"};
    return failure{ec::unavailable, r.sqlstate + " " + r.message};
  }

  storage::connection_settings connection_;
  std::unique_ptr<storage::blocking_connection> db_;
};

} // namespace

std::unique_ptr<store> make_store(storage::connection_settings connection) {
  // Who holds a row longer than this is dead and frozen: its connections are ended then.
  connection.lock_timeout_ms = 100;
  return std::make_unique<pg_store>(std::move(connection));
}

} // namespace troupe::cluster
