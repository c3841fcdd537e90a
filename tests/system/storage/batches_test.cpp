#define CAF_SUITE storage_batches
#include <caf/test/unit_test.hpp>

#include "tests/support/postgres.hpp"
#include "tests/system/storage/storage_support.hpp"

#include <thread>

using namespace troupe::storage;
using namespace troupe::test;

namespace {

constexpr statement insert_item{"insert_item", "INSERT INTO item (id, note) VALUES ($1, $2)"};
constexpr statement count_items{"count_items", "SELECT count(*) FROM item"};
constexpr statement next_number{"next_number", "UPDATE counter SET n = n + 1 RETURNING n"};
constexpr statement count_prepared{"count_prepared",
                                   "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE $1 || '.%'"};

struct fixture {
  postgres server;
  std::unique_ptr<database> db;

  fixture() {
    script(server.dsn(), "CREATE TABLE item (id bigint PRIMARY KEY, note text); "
                         "CREATE TABLE counter (n bigint); INSERT INTO counter VALUES (0)");
    db = open_connected(settings_for(server.dsn()));
  }
  connection& writer() { return db->writer_of(0); }
  std::string items() { return value(server.dsn(), "SELECT count(*) FROM item"); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(batches, fixture)

CAF_TEST(a batch commits all its steps and answers their rows in order) {
  auto r =
      run(writer(), {{&insert_item, {"1", "one"}}, {&insert_item, {"2", std::nullopt}}, {&count_items, {}}});
  CAF_REQUIRE_EQUAL(text(r), "committed");
  CAF_REQUIRE_EQUAL(r.results.size(), 3u);
  CAF_CHECK_EQUAL(r.results[0].affected(), 1);
  CAF_CHECK_EQUAL(r.results[2].get_int(0, 0), 2);
  CAF_CHECK_EQUAL(r.backend_pid, writer().backend_pid());
  CAF_CHECK_EQUAL(value(server.dsn(), "SELECT count(*) FROM item WHERE note IS NULL"), "1");
}

CAF_TEST(writers plan a statement once and readers by what they are asked) {
  constexpr statement how{"how_planned", "SHOW plan_cache_mode"};
  auto r = run(writer(), {{&how, {}}});
  CAF_REQUIRE_EQUAL(text(r), "committed");
  CAF_CHECK_EQUAL(std::string(r.results[0].get(0, 0)), "force_generic_plan");
  collector c;
  db->read({{&how, {}}}, c.next());
  auto read = c.wait_for(1);
  CAF_REQUIRE_EQUAL(text(read[0]), "committed");
  CAF_CHECK_EQUAL(std::string(read[0].results[0].get(0, 0)), "auto");
}

CAF_TEST(a batch without steps commits) { CAF_CHECK_EQUAL(text(run(writer(), {})), "committed"); }

CAF_TEST(a failing step undoes the whole batch and says which it was) {
  auto r = run(writer(), {{&insert_item, {"1", "one"}}, {&insert_item, {"1", "again"}}, {&count_items, {}}});
  CAF_CHECK(r.status == batch_status::failed);
  CAF_CHECK_EQUAL(r.failed_step, 1u);
  CAF_CHECK_EQUAL(r.sqlstate, "23505");
  CAF_CHECK(r.results.empty());
  CAF_CHECK_EQUAL(items(), "0");
}

CAF_TEST(a failed batch leaves its neighbours in the pipeline alone) {
  collector c;
  for (int i = 0; i < 300; ++i)
    writer().submit({{&insert_item, {std::to_string(i % 3 == 0 ? 0 : i), "x"}}}, c.next());
  auto results = c.wait_for(300);
  for (std::size_t i = 0; i < 300; ++i) {
    bool doubled = i % 3 == 0 && i > 0;
    if (results[i].status != (doubled ? batch_status::failed : batch_status::committed))
      CAF_FAIL("batch " << i << " came back " << text(results[i]));
  }
  CAF_CHECK_EQUAL(items(), "201");
}

CAF_TEST(batches run in the order in which they were submitted) {
  collector c;
  constexpr std::size_t many = 5000;
  for (std::size_t i = 0; i < many; ++i) writer().submit({{&next_number, {}}}, c.next());
  auto results = c.wait_for(many);
  for (std::size_t i = 0; i < many; ++i)
    if (!results[i].ok() || results[i].results[0].get_int(0, 0) != static_cast<std::int64_t>(i + 1))
      CAF_FAIL("batch " << i << " came back " << text(results[i]));
  CAF_CHECK_EQUAL(db->queued(), 0u);
}

CAF_TEST(batches from many threads complete once each) {
  collector c;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) {
        auto id = std::to_string(t * 1000 + i);
        if (i % 2)
          db->read({{&insert_item, {id, "r"}}}, c.next());
        else
          writer().submit({{&insert_item, {id, "w"}}}, c.next());
      }
    });
  for (auto& t : threads) t.join();
  for (auto& r : c.wait_for(4000)) CAF_REQUIRE_EQUAL(text(r), "committed");
  CAF_CHECK_EQUAL(items(), "4000");
  CAF_CHECK_EQUAL(c.count(), 4000u);
}

CAF_TEST(a statement is prepared once per connection) {
  collector c;
  for (int i = 0; i < 500; ++i) writer().submit({{&insert_item, {std::to_string(i), "x"}}}, c.next());
  c.wait_for(500);
  auto r = run(writer(), {{&count_prepared, {"insert_item"}}});
  CAF_REQUIRE_EQUAL(text(r), "committed");
  CAF_CHECK_EQUAL(r.results[0].get_int(0, 0), 1);
}

CAF_TEST(statements whose long names begin alike are told apart) {
  const std::string alike(70, 'n');
  const auto first = alike + "_first", second = alike + "_second";
  const statement one{first.c_str(), "SELECT 1"}, two{second.c_str(), "SELECT 2"};
  for (int i = 0; i < 2; ++i) {
    auto r = run(writer(), {{&one, {}}, {&two, {}}});
    CAF_REQUIRE_EQUAL(text(r), "committed");
    CAF_CHECK_EQUAL(r.results[0].get_int(0, 0), 1);
    CAF_CHECK_EQUAL(r.results[1].get_int(0, 0), 2);
  }
}

CAF_TEST(a statement that cannot be prepared fails its batch with the real reason and is tried again) {
  constexpr statement into_later{"into_later", "INSERT INTO later (id) VALUES ($1)"};
  collector c;
  for (int i = 0; i < 3; ++i)
    writer().submit({{&insert_item, {std::to_string(i), "x"}}, {&into_later, {"1"}}}, c.next());
  for (auto& r : c.wait_for(3)) {
    CAF_CHECK(r.status == batch_status::failed);
    CAF_CHECK_EQUAL(r.sqlstate, "42P01");
    CAF_CHECK_EQUAL(r.failed_step, 1u);
  }
  CAF_CHECK_EQUAL(items(), "0");
  script(server.dsn(), "CREATE TABLE later (id bigint)");
  CAF_CHECK_EQUAL(text(run(writer(), {{&into_later, {"1"}}})), "committed");
}

CAF_TEST(a statement whose row type changed fails once and is prepared afresh) {
  constexpr statement all_items{"all_items", "SELECT * FROM item"};
  CAF_CHECK_EQUAL(text(run(writer(), {{&all_items, {}}})), "committed");
  script(server.dsn(), "ALTER TABLE item ADD COLUMN more text");
  CAF_CHECK_EQUAL(run(writer(), {{&all_items, {}}}).sqlstate, "0A000");
  CAF_CHECK_EQUAL(text(run(writer(), {{&all_items, {}}})), "committed");
}

CAF_TEST(a commit that fails by a deferred constraint fails the batch after its last step) {
  script(server.dsn(), "CREATE TABLE child (id bigint REFERENCES item DEFERRABLE INITIALLY DEFERRED)");
  constexpr statement add_child{"add_child", "INSERT INTO child VALUES ($1)"};
  collector c;
  writer().submit({{&add_child, {"77"}}, {&insert_item, {"1", "x"}}}, c.next());
  writer().submit({{&insert_item, {"2", "x"}}}, c.next());
  auto r = c.wait_for(2);
  CAF_CHECK(r[0].status == batch_status::failed);
  CAF_CHECK_EQUAL(r[0].sqlstate, "23503");
  CAF_CHECK_EQUAL(r[0].failed_step, 2u);
  CAF_CHECK_EQUAL(text(r[1]), "committed");
  CAF_CHECK_EQUAL(value(server.dsn(), "SELECT string_agg(id::text, ',') FROM item"), "2");
  CAF_CHECK_EQUAL(text(run(writer(), {{&insert_item, {"3", "x"}}})), "committed");
}

CAF_TEST(a value with a NUL byte or too many values fail before they are sent) {
  auto r = run(writer(), {{&count_items, {}}, {&insert_item, {"1", std::string("a\0b", 3)}}});
  CAF_CHECK(r.status == batch_status::failed);
  CAF_CHECK_EQUAL(r.sqlstate, "22021");
  CAF_CHECK_EQUAL(r.failed_step, 1u);
  CAF_CHECK_EQUAL(run(writer(), {{&count_items, params(70000)}}).sqlstate, "54023");
  CAF_CHECK_EQUAL(run(writer(), {{&insert_item, {"1", "\xff"}}}).sqlstate, "22021");
  CAF_CHECK_EQUAL(text(run(writer(), {{&insert_item, {"1", "fine"}}})), "committed");
}

CAF_TEST(a statement that takes too long is ended and the next one runs) {
  auto settings = settings_for(server.dsn());
  settings.statement_timeout_ms = 100;
  settings.lock_timeout_ms = 10;
  auto hasty = open_connected(settings);
  constexpr statement wait{"wait", "SELECT pg_sleep(60)"};
  CAF_CHECK_EQUAL(run(hasty->writer_of(0), {{&wait, {}}}).sqlstate, "57014");
  CAF_CHECK_EQUAL(text(run(hasty->writer_of(0), {{&count_items, {}}})), "committed");

  auto holder = blocking_connection::open(settings_for(server.dsn()));
  CAF_REQUIRE(holder.has_value());
  CAF_REQUIRE((*holder)->run_script("BEGIN; LOCK TABLE item IN ACCESS EXCLUSIVE MODE").has_value());
  CAF_CHECK_EQUAL(run(hasty->writer_of(0), {{&count_items, {}}}).sqlstate, "55P03");
}

CAF_TEST(a completion that throws does not end the thread) {
  writer().submit({{&count_items, {}}}, [](batch_result) { throw std::runtime_error("meant to"); });
  writer().submit({{&count_items, {}}}, [](batch_result) { throw 7; });
  writer().submit({{&count_items, {}}}, nullptr);
  CAF_CHECK_EQUAL(text(run(writer(), {{&count_items, {}}})), "committed");
}

CAF_TEST(every session has the settings it needs) {
  constexpr statement setting{"setting", "SELECT current_setting($1)"};
  auto get = [&](const char* name) {
    auto r = run(writer(), {{&setting, {name}}});
    return r.ok() ? std::string(r.results[0].get(0, 0)) : text(r);
  };
  CAF_CHECK_EQUAL(get("statement_timeout"), "20s");
  CAF_CHECK_EQUAL(get("lock_timeout"), "20s");
  CAF_CHECK_EQUAL(get("client_min_messages"), "warning");
  CAF_CHECK_EQUAL(get("TimeZone"), "UTC");
  CAF_CHECK_EQUAL(get("client_encoding"), "UTF8");
  CAF_CHECK_EQUAL(get("application_name"), "troupe-test");
  CAF_CHECK_EQUAL(get("transaction_isolation"), "read committed");
}

CAF_TEST_FIXTURE_SCOPE_END()
