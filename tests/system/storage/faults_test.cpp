#define CAF_SUITE storage_faults
#include <caf/test/unit_test.hpp>

#include "tests/support/postgres.hpp"
#include "tests/support/process.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/system/storage/storage_support.hpp"

#include <cstdlib>
#include <map>
#include <random>
#include <set>

using namespace troupe::storage;
using namespace troupe::test;

namespace {

constexpr statement insert_item{"insert_item", "INSERT INTO item (id) VALUES ($1)"};
constexpr statement rest{"rest", "SELECT pg_sleep(600)"};
constexpr statement one{"one", "SELECT 1"};

constexpr char item_table[] = "CREATE TABLE item (id bigint PRIMARY KEY)";

struct fixture {
  postgres server;
  connection_settings settings = settings_for(server.dsn());

  fixture() { script(server.dsn(), item_table); }
  std::string items() {
    return value(server.dsn(), "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM item");
  }

  /// The settings of a client that reaches the server through a proxy.
  connection_settings through(const tcp_proxy& proxy) {
    auto s = settings;
    s.dsn += " host=127.0.0.1 port=" + std::to_string(proxy.port());
    return s;
  }

  /// Waits until that backend is inside pg_sleep.
  void wait_until_resting(std::int32_t pid) {
    wait_until("the backend rests", [&] {
      return value(server.dsn(),
                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid = " +
                       std::to_string(pid)) == "1";
    });
  }
  void terminate(std::int32_t pid) {
    value(server.dsn(), "SELECT pg_terminate_backend(" + std::to_string(pid) + ")");
  }
};

const postgres_options own{.own_server = true, .fsync = false};

} // namespace

CAF_TEST_FIXTURE_SCOPE(faults, fixture)

CAF_TEST(batches in flight on a killed backend are unknown and those behind run on the next one) {
  settings.in_flight_limit = 2;
  auto db = open_connected(settings);
  auto& writer = db->writer_of(0);
  auto pid = writer.backend_pid();
  collector c;
  writer.submit({{&rest, {}}}, c.next());
  for (int i = 1; i <= 3; ++i) writer.submit({{&insert_item, {std::to_string(i)}}}, c.next());
  wait_until_resting(pid);
  terminate(pid);
  auto r = c.wait_for(4);
  CAF_CHECK(r[0].status == batch_status::unknown);
  CAF_CHECK(r[1].status == batch_status::unknown);
  CAF_CHECK_EQUAL(r[0].backend_pid, pid);
  CAF_CHECK_EQUAL(r[1].backend_pid, pid);
  CAF_CHECK_EQUAL(text(r[2]), "committed");
  CAF_CHECK_EQUAL(text(r[3]), "committed");
  CAF_CHECK(r[3].backend_pid != pid);
  CAF_CHECK_EQUAL(items(), "2,3");
  CAF_CHECK_EQUAL(db->queued(), 0u);
}

CAF_TEST(a commit whose answer is lost is unknown although it happened) {
  tcp_proxy proxy{server.port()};
  auto db = open_connected(through(proxy));
  auto& writer = db->writer_of(0);
  CAF_REQUIRE_EQUAL(text(run(writer, {{&insert_item, {"1"}}})), "committed");
  auto pid = writer.backend_pid();
  proxy.lose_next_reply();
  auto r = run(writer, {{&insert_item, {"2"}}});
  CAF_CHECK(r.status == batch_status::unknown);
  CAF_CHECK_EQUAL(r.backend_pid, pid);
  CAF_CHECK_EQUAL(items(), "1,2");
  CAF_CHECK_EQUAL(text(run(writer, {{&insert_item, {"3"}}})), "committed");
}

CAF_TEST(a batch whose steps are answered but not its commit is unknown) {
  tcp_proxy proxy{server.port()};
  auto db = open_connected(through(proxy));
  auto& writer = db->writer_of(0);
  CAF_REQUIRE_EQUAL(text(run(writer, {{&insert_item, {"1"}}})), "committed");
  // BindComplete, NoData and CommandComplete take 26 bytes; ReadyForQuery, which says "committed", comes
  // after.
  proxy.lose_next_reply(26);
  auto r = run(writer, {{&insert_item, {"2"}}});
  CAF_CHECK(r.status == batch_status::unknown);
  CAF_CHECK(r.results.empty());
  CAF_CHECK_EQUAL(items(), "1,2");
}

CAF_TEST(an answer that arrives together with the end of the connection counts) {
  tcp_proxy proxy{server.port()};
  auto db = open_connected(through(proxy));
  auto& writer = db->writer_of(0);
  CAF_REQUIRE_EQUAL(text(run(writer, {{&insert_item, {"1"}}})), "committed");
  auto pid = writer.backend_pid();
  proxy.lose_next_reply(32);
  CAF_CHECK_EQUAL(text(run(writer, {{&insert_item, {"2"}}})), "committed");
  // What is sent before the end is noticed has an unknown outcome, rightly.
  wait_until("the end has been noticed", [&] { return writer.backend_pid() != pid; });
  CAF_CHECK_EQUAL(text(run(writer, {{&insert_item, {"3"}}})), "committed");
}

CAF_TEST(a server that falls silent is given up and its batch is unknown) {
  tcp_proxy proxy{server.port()};
  auto hasty = through(proxy);
  hasty.statement_timeout_ms = 200;
  hasty.answer_grace_ms = 100;
  hasty.connect_timeout_s = 1;
  auto db = open_connected(hasty);
  auto& writer = db->writer_of(0);
  proxy.freeze();
  auto r = run(writer, {{&one, {}}});
  CAF_CHECK(r.status == batch_status::unknown);
  CAF_CHECK(!writer.connected());
  proxy.thaw();
  CAF_CHECK_EQUAL(text(run(writer, {{&one, {}}})), "committed");
}

CAF_TEST(a server that becomes read only is left and a writable session is opened) {
  auto db = open_connected(settings);
  auto& writer = db->writer_of(0);
  auto pid = writer.backend_pid();
  constexpr statement set_read_only{"read_only", "SET default_transaction_read_only = on"};
  CAF_CHECK_EQUAL(text(run(writer, {{&set_read_only, {}}})), "committed");
  collector c;
  for (int i = 0; i < 3; ++i) writer.submit({{&insert_item, {std::to_string(i)}}}, c.next());
  auto r = c.wait_for(3);
  CAF_CHECK_EQUAL(r[0].sqlstate, "25006");
  CAF_CHECK_EQUAL(text(run(writer, {{&insert_item, {"7"}}})), "committed");
  CAF_CHECK(writer.backend_pid() != pid);
}

CAF_TEST(beyond the queue limit a batch is refused at once) {
  settings.dsn = "host=127.0.0.1 dbname=none user=none port=" + std::to_string(free_port());
  settings.queue_limit = 5;
  collector refused, waiting;
  {
    auto db = database::open(settings, 1, 1);
    for (int i = 0; i < 5; ++i) db->writer_of(0).submit({{&one, {}}}, waiting.next());
    for (int i = 0; i < 3; ++i) db->writer_of(0).submit({{&one, {}}}, refused.next());
    for (auto& r : refused.wait_for(3))
      CAF_CHECK_EQUAL(text(r), "not_sent: the queue of the connection is full");
    CAF_CHECK_EQUAL(waiting.count(), 0u);
    CAF_CHECK_EQUAL(db->queued(), 5u);
    CAF_CHECK_EQUAL(db->connections_up(), 0u);
    CAF_CHECK_EQUAL(db->connections(), 2u);
  }
  for (auto& r : waiting.wait_for(5)) CAF_CHECK_EQUAL(text(r), "not_sent: the database is closed");
}

CAF_TEST(beyond the limit of bytes a batch is refused at once) {
  settings.dsn = "host=127.0.0.1 dbname=none user=none port=" + std::to_string(free_port());
  settings.queue_limit_bytes = 1 << 20;
  collector refused, waiting;
  auto db = database::open(settings, 1, 1);
  constexpr statement echo{"echo", "SELECT $1::text"};
  auto submit = [&](std::size_t bytes, collector& c) {
    db->writer_of(0).submit({{&echo, {std::string(bytes, 'x')}}}, c.next());
  };
  submit(600'000, waiting);
  submit(600'000, refused);
  submit(400'000, waiting);
  submit(100'000, refused);
  for (auto& r : refused.wait_for(2))
    CAF_CHECK_EQUAL(text(r), "not_sent: the queue of the connection is full");
  CAF_CHECK_EQUAL(waiting.count(), 0u);
  CAF_CHECK_EQUAL(db->queued(), 2u);
}

CAF_TEST(closing completes what is in flight as unknown and what waits as not sent) {
  settings.in_flight_limit = 1;
  collector c;
  auto db = open_connected(settings);
  db->writer_of(0).submit({{&rest, {}}}, c.next());
  db->writer_of(0).submit({{&insert_item, {"1"}}}, c.next());
  wait_until_resting(db->writer_of(0).backend_pid());
  auto pid = db->writer_of(0).backend_pid();
  db.reset();
  auto r = c.wait_for(2);
  CAF_CHECK(r[0].status == batch_status::unknown);
  CAF_CHECK(r[1].status == batch_status::not_sent);
  terminate(pid);
  CAF_CHECK_EQUAL(items(), "");
}

CAF_TEST(whatever is killed a result never says more than the table) {
  auto seed = std::random_device{}();
  if (const char* given = std::getenv("TROUPE_SEED")) seed = static_cast<unsigned>(std::atoi(given));
  CAF_MESSAGE("TROUPE_SEED=" << seed);
  std::mt19937 random{seed};
  auto db = open_connected(settings, 2, 2);
  auto killer = blocking_connection::open(settings);
  CAF_REQUIRE(killer.has_value());
  constexpr std::size_t rounds = 30, per_round = 100;
  collector c;
  std::mutex mutex;
  std::map<int, batch_status> ended;
  int id = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < per_round; ++i, ++id) {
      auto done = [&, id, next = c.next()](batch_result r) {
        {
          std::lock_guard lock{mutex};
          if (!ended.emplace(id, r.status).second) r.message = "completed twice";
        }
        next(std::move(r));
      };
      std::vector<step> steps{{&one, {}}, {&insert_item, {std::to_string(id)}}};
      if (id % 3 == 0)
        db->read(std::move(steps), std::move(done));
      else
        db->writer_of(static_cast<std::uint32_t>(id)).submit(std::move(steps), std::move(done));
    }
    c.wait_for(round * per_round + random() % per_round);
    auto killed =
        (*killer)->run("SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "
                       "WHERE application_name = 'troupe-test' AND pid <> pg_backend_pid() "
                       "AND datname = current_database() ORDER BY random() LIMIT 2) AS victims");
    CAF_REQUIRE_EQUAL(text(killed), "committed");
  }
  for (auto& r : c.wait_for(rounds * per_round)) CAF_CHECK(r.message != "completed twice");
  wait_until("no other session is left to write", [&] { return db->queued() == 0; });
  db.reset();
  auto there = (*killer)->run("SELECT id FROM item");
  CAF_REQUIRE_EQUAL(text(there), "committed");
  std::map<batch_status, int> tally;
  std::set<int> stored;
  for (std::size_t i = 0; i < there.results[0].size(); ++i)
    stored.insert(static_cast<int>(there.results[0].get_int(i, 0)));
  for (auto [i, status] : ended) {
    ++tally[status];
    if (status == batch_status::committed && !stored.contains(i)) CAF_FAIL(i << " was said to be committed");
    if (status == batch_status::failed || status == batch_status::not_sent)
      CAF_FAIL(i << " failed without a reason");
  }
  CAF_MESSAGE("committed " << tally[batch_status::committed] << ", unknown " << tally[batch_status::unknown]);
  CAF_CHECK_EQUAL(ended.size(), rounds * per_round);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(while the server is down batches wait until their deadline and then were not sent) {
  postgres server{own};
  script(server.dsn(), item_table);
  auto settings = settings_for(server.dsn());
  settings.queue_deadline_ms = 300;
  auto db = open_connected(settings);
  auto& writer = db->writer_of(0);
  server.stop();
  wait_until("the connections are lost", [&] { return db->connections_up() == 0; });
  collector c;
  for (int i = 0; i < 3; ++i) writer.submit({{&insert_item, {std::to_string(i)}}}, c.next());
  for (auto& r : c.wait_for(3)) CAF_CHECK_EQUAL(text(r), "not_sent: no connection to the database in time");
  server.start();
  wait_until("the connections are back", [&] { return db->connections_up() == db->connections(); });
  CAF_CHECK_EQUAL(text(run(writer, {{&insert_item, {"9"}}})), "committed");
  CAF_CHECK_EQUAL(value(server.dsn(), "SELECT sum(id) FROM item"), "9");
}

CAF_TEST(after a power cut of the server what waited is done and what was in flight is unknown) {
  postgres server{own};
  script(server.dsn(), item_table);
  auto settings = settings_for(server.dsn());
  settings.in_flight_limit = 1;
  auto db = open_connected(settings);
  auto& writer = db->writer_of(0);
  collector c;
  writer.submit({{&rest, {}}}, c.next());
  for (int i = 1; i <= 3; ++i) writer.submit({{&insert_item, {std::to_string(i)}}}, c.next());
  wait_until("the backend rests", [&] {
    return value(server.dsn(), "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1";
  });
  server.kill_immediately();
  CAF_CHECK(c.wait_for(1)[0].status == batch_status::unknown);
  server.start();
  auto r = c.wait_for(4);
  for (std::size_t i = 1; i < 4; ++i) CAF_CHECK_EQUAL(text(r[i]), "committed");
  CAF_CHECK_EQUAL(value(server.dsn(), "SELECT string_agg(id::text, ',') FROM item"), "1,2,3");
}
