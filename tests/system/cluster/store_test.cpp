#define CAF_SUITE cluster_store
#include "memory_store.hpp"
#include "system/cluster/join.hpp"
#include "tests/support/migrated.hpp"

#include <caf/test/unit_test.hpp>

#include <functional>
#include <memory>

// The contract of the store, held by PostgreSQL and by the model that simulations use.

using namespace troupe;
using namespace troupe::cluster;
using namespace troupe::test;

namespace {

constexpr std::uint32_t shards = 8;

/// One implementation: how a node joins, how its lease ends, how a fenced write ends.
struct backend {
  std::unique_ptr<store> tables;
  std::function<node_id(const std::string&)> join;
  std::function<void(const node_id&)> expire, stop;
  std::function<bool(shard_id, std::int64_t)> commit;
};

backend in_memory() {
  auto t = std::make_shared<memory_tables>(shards);
  backend b;
  b.tables = std::make_unique<memory_store>(*t);
  b.join = [t](const std::string& name) { return t->join(name, milliseconds{60'000}); };
  b.expire = [t](const node_id& n) { t->nodes.at(n).lease_until = t->now() - milliseconds{1}; };
  b.stop = [t](const node_id& n) { t->stop(n); };
  b.commit = [t](shard_id s, std::int64_t e) { return t->commit(s, e); };
  return b;
}

backend in_postgres(const std::string& dsn) {
  storage::connection_settings settings;
  settings.dsn = dsn;
  settings.application_name = "troupe/test";
  auto opened = storage::blocking_connection::open(settings);
  auto db = std::make_shared<std::unique_ptr<storage::blocking_connection>>(std::move(*opened));
  auto run = [db](const char* sql, const storage::params& values) {
    auto r = (*db)->run(sql, values);
    if (!r.ok() && r.sqlstate != "TF001") CAF_FAIL(sql << ": " << r.message);
    return r;
  };
  run("INSERT INTO cluster (shards, key_fingerprint, system_identifier, timeline) VALUES (8, '', 'here', 1)",
      {});
  run("INSERT INTO shard (shard_id) SELECT generate_series(0, 7)", {});
  backend b;
  b.tables = make_store(settings);
  b.join = [run](const std::string& name) {
    auto r = run("INSERT INTO node (name, incarnation, state, lease_until, entities) VALUES ($1, "
                 "nextval('node_incarnation'), 'active', clock_timestamp() + interval '1 minute', false) "
                 "RETURNING incarnation",
                 {name});
    return node_id{name, r.results[0].get_int(0, 0)};
  };
  b.expire = [run](const node_id& n) {
    run("UPDATE node SET lease_until = clock_timestamp() - interval '1 ms' WHERE name = $1", {n.name});
  };
  b.stop = [run](const node_id& n) {
    run("UPDATE node SET state = 'stopped', lease_until = clock_timestamp() WHERE name = $1", {n.name});
  };
  b.commit = [run](shard_id s, std::int64_t e) {
    storage::array_builder ids, epochs;
    ids.add(static_cast<std::int64_t>(s));
    epochs.add(e);
    return run("SELECT troupe_fence($1::int[], $2::bigint[])", {ids.take(), epochs.take()}).ok();
  };
  return b;
}

member find(store& s, const node_id& id) {
  auto rows = s.read();
  CAF_REQUIRE(rows.has_value());
  for (auto& m : rows->members)
    if (m.id == id) return m;
  CAF_FAIL(id.name << " is not there");
}

std::vector<shard_id> all() { return {0, 1, 2, 3, 4, 5, 6, 7}; }

void holds(backend b) {
  auto& s = *b.tables;
  auto a = b.join("a"), c = b.join("c");
  CAF_CHECK(!find(s, a).entities);
  CAF_REQUIRE(s.begin_owning(a).has_value() && s.begin_owning(c).has_value());
  CAF_CHECK(find(s, a).entities);
  CAF_CHECK(find(s, a).lease_valid);

  // What is free is taken once, at a higher epoch.
  auto got = s.take(a, all());
  CAF_REQUIRE(got.has_value());
  CAF_REQUIRE_EQUAL(got->size(), 8u);
  CAF_CHECK_EQUAL(got->front().epoch, 1);
  CAF_CHECK(got->front().predecessor_lease == timestamp{});
  CAF_CHECK(b.commit(3, 1));
  CAF_CHECK_EQUAL(s.take(c, all())->size(), 0u);
  CAF_CHECK_EQUAL(s.take(a, all())->size(), 0u);

  // What is released is free, and still fenced by its epoch until somebody takes it.
  auto view = s.read()->view;
  CAF_REQUIRE(s.release(c, {1}).has_value()); // not its own: nothing happens
  CAF_CHECK_EQUAL(s.take(c, {1})->size(), 0u);
  CAF_REQUIRE(s.release(a, {1, 2}).has_value());
  CAF_CHECK(s.read()->view > view);
  CAF_CHECK(b.commit(1, 1));
  auto moved = s.take(c, {1, 2, 3});
  CAF_REQUIRE_EQUAL(moved->size(), 2u);
  CAF_CHECK_EQUAL(moved->front().epoch, 2);
  CAF_CHECK(moved->front().predecessor_lease != timestamp{});
  CAF_CHECK(!b.commit(1, 1)); // the stale writer
  CAF_CHECK(b.commit(1, 2));

  // Nobody is buried who has renewed since, and by proof nobody whose lease holds.
  auto seen = find(s, a);
  CAF_CHECK(!*s.mark_dead(seen, true));
  b.expire(a);
  CAF_CHECK(!*s.mark_dead(seen, false)); // its row has changed meanwhile
  seen = find(s, a);
  CAF_CHECK(!seen.lease_valid);
  CAF_CHECK(*s.mark_dead(seen, true));
  CAF_CHECK(!*s.mark_dead(seen, true)); // once
  CAF_REQUIRE(s.end_connections(a).has_value());
  auto rows = s.read();
  CAF_CHECK_EQUAL(rows->members.size(), 1u);
  CAF_CHECK(rows->shards[3].owner_gone);
  CAF_CHECK(!rows->shards[1].owner_gone);
  CAF_CHECK_EQUAL(s.take(a, all())->size(), 0u); // the dead take nothing
  auto rest = s.take(c, all());
  CAF_REQUIRE_EQUAL(rest->size(), 6u);
  CAF_CHECK(rest->front().predecessor_lease == seen.lease_until);
  CAF_CHECK(!b.commit(3, 1));

  // Who drains takes no more, and who has stopped leaves everything.
  CAF_REQUIRE(s.begin_draining(c).has_value());
  CAF_CHECK(find(s, c).draining);
  CAF_REQUIRE(s.release(c, {5}).has_value());
  CAF_CHECK_EQUAL(s.take(c, {5})->size(), 0u);
  b.stop(c);
  auto d = b.join("d");
  CAF_REQUIRE(s.begin_owning(d).has_value());
  CAF_CHECK_EQUAL(s.take(d, all())->size(), 8u);
  auto now = s.read();
  CAF_CHECK_EQUAL(now->shards[5].epoch, 3);
}

} // namespace

CAF_TEST(the model in memory keeps the contract) { holds(in_memory()); }

CAF_TEST(postgres keeps the contract) {
  postgres server{migrated()};
  holds(in_postgres(server.dsn()));
}

CAF_TEST(a row that a dead ones connection holds is waited for no longer than the limit) {
  postgres server{migrated()};
  auto b = in_postgres(server.dsn());
  auto a = b.join("a"), c = b.join("c");
  CAF_REQUIRE(b.tables->begin_owning(a).has_value() && b.tables->begin_owning(c).has_value());
  CAF_REQUIRE_EQUAL(b.tables->take(a, all())->size(), 8u);
  // A frozen client of a inside a fenced transaction.
  storage::connection_settings settings;
  settings.dsn = server.dsn();
  settings.application_name = application_name(a.name, a.incarnation);
  auto opened = storage::blocking_connection::open(settings);
  auto frozen = std::move(*opened);
  CAF_REQUIRE(frozen->run_script("BEGIN; SELECT troupe_fence('{3}', '{1}')").has_value());
  b.expire(a);
  CAF_REQUIRE(*b.tables->mark_dead(find(*b.tables, a), true));
  auto taken = b.tables->take(c, all());
  CAF_REQUIRE(taken.has_error());
  CAF_CHECK(taken.error().code == ec::timed_out);
  CAF_REQUIRE(b.tables->end_connections(a).has_value());
  CAF_CHECK_EQUAL(b.tables->take(c, all())->size(), 8u);
  CAF_CHECK(!frozen->run("COMMIT").ok());
}
