#define CAF_SUITE journal
#include "tests/system/actor/support.hpp"

#include "system/actor/runtime.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;

namespace {

// A table of its own: a unique text and a number that must be positive.
const storage::statement add_row{
    "test_add",
    "WITH u AS (SELECT * FROM unnest($4::text[], $5::int[]) WITH ORDINALITY AS t(name, amount, ord)), "
    "own AS (SELECT $1::int, $2::bigint, $3::text), "
    "made AS (INSERT INTO thing (name, amount) SELECT name, amount FROM u ON CONFLICT DO NOTHING RETURNING "
    "name) SELECT u.ord FROM u JOIN made USING (name) ORDER BY u.ord"};

// The same for rows of any shards; each row says which one it was written for.
const wide_statement add_wide{
    {"test_add_wide",
     "WITH u AS (SELECT * FROM unnest($1::int[], $2::bigint[], $4::text[], $5::int[]) WITH ORDINALITY AS "
     "t(shard, epoch, name, amount, ord)), "
     "own AS (SELECT $3::text), "
     "made AS (INSERT INTO thing (name, amount, shard, epoch) SELECT name, amount, shard, epoch FROM u ON "
     "CONFLICT DO "
     "NOTHING RETURNING name) SELECT u.ord FROM u JOIN made USING (name) ORDER BY u.ord"}};

struct row {
  std::string name;
  int amount = 1;
  shard_id shard = 3;
  bool wide = false;
  bool patient = false;
};

struct fixture {
  test::test_config config;
  caf::actor_system system{config};
  test::postgres server;
  storage::connection_settings settings;
  test::fixed_ownership owner;
  change_count changes{8};
  std::unique_ptr<storage::blocking_connection> sql;
  std::unique_ptr<storage::database> database;
  caf::actor aut;

  fixture() {
    settings.dsn = server.dsn();
    sql = std::move(*storage::blocking_connection::open(settings));
    CAF_REQUIRE(storage::migrate(*sql).has_value());
    run("CREATE TABLE thing (name text PRIMARY KEY, amount int CHECK (amount > 0), shard int, epoch bigint)");
    run("INSERT INTO shard (shard_id, epoch) VALUES (3, 1), (4, 1), (5, 1)");
    database = storage::database::open(settings, 1, 1);
    begin({});
  }
  void begin(journal_settings s) {
    if (aut) caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
    aut =
        system.spawn(journal, std::uint32_t{0}, s, database.get(), static_cast<ownership*>(&owner), &changes);
  }
  ~fixture() {
    caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
    aut = nullptr;
    system.registry().await_running_count_equal(0);
  }
  void run(const char* text) { CAF_REQUIRE(sql->run(text).ok()); }
  std::int64_t transactions() {
    return sql->run("SELECT count(DISTINCT xmin::text) FROM thing").results[0].get_int(0, 0);
  }
  std::int64_t count() { return sql->run("SELECT count(*) FROM thing").results[0].get_int(0, 0); }

  /// Hands all rows over at once and answers how each ended.
  std::vector<ec> add(std::vector<row> rows) {
    caf::scoped_actor self{system};
    std::vector<ec> codes(rows.size(), ec::internal);
    auto collector = caf::actor_cast<caf::actor>(self.ptr());
    auto journal_actor = aut;
    system.spawn([=](caf::event_based_actor* entity) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        auto slot = reply_slot<change_result>::make(entity, [=](change_result r) {
          entity->send(collector, static_cast<int>(i), static_cast<int>(r.code));
        });
        auto& r = rows[i];
        const storage::statement& kind = r.wide ? add_wide : add_row;
        caf::anon_send(journal_actor,
                       change{r.shard, &kind, r.wide, {r.name, std::to_string(r.amount)}, slot, r.patient});
      }
    });
    for (std::size_t i = 0; i < rows.size(); ++i)
      self->receive(
          [&](int which, int code) { codes[static_cast<std::size_t>(which)] = static_cast<ec>(code); },
          caf::after(std::chrono::seconds{20}) >> [] { CAF_FAIL("a change was never answered"); });
    return codes;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_tests, fixture)

CAF_TEST(many changes are committed and each is answered) {
  std::vector<row> rows;
  for (int i = 0; i < 1'000; ++i) rows.push_back({"row " + std::to_string(i)});
  for (auto code : add(rows)) CAF_REQUIRE(code == ec::none);
  CAF_CHECK_EQUAL(count(), 1'000);
}

CAF_TEST(a change that was not applied is told so and its neighbours are committed) {
  auto codes = add({{"a", 1}, {"a", 1}, {"b", 1}});
  CAF_CHECK(codes[2] == ec::none);
  CAF_CHECK_EQUAL(count(), 2);
  auto again = add({{"a", 1}, {"c", 1}});
  CAF_CHECK(again[0] == ec::row_changed);
  CAF_CHECK(again[1] == ec::none);
}

CAF_TEST(a poisonous change fails alone) {
  auto codes = add({{"good 1", 1}, {"bad", -1}, {"good 2", 1}});
  CAF_CHECK(codes[0] == ec::none);
  CAF_CHECK(codes[1] == ec::storage_failed);
  CAF_CHECK(codes[2] == ec::none);
  CAF_CHECK_EQUAL(count(), 2);
}

CAF_TEST(nothing is written once the epoch has moved on and the owner is told) {
  run("UPDATE shard SET epoch = 2 WHERE shard_id = 3");
  auto codes = add({{"a", 1}, {"b", 1}});
  for (auto code : codes) CAF_CHECK(code == ec::fence_lost);
  CAF_CHECK_EQUAL(count(), 0);
  CAF_CHECK(owner.lost.load() > 0);
}

CAF_TEST(changes survive the death of the connection and are applied once) {
  CAF_CHECK(add({{"before", 1}})[0] == ec::none);
  run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid()");
  std::vector<row> rows;
  for (int i = 0; i < 100; ++i) rows.push_back({"after " + std::to_string(i)});
  auto codes = add(rows);
  for (auto code : codes) CAF_CHECK(code == ec::none || code == ec::row_changed);
  CAF_CHECK_EQUAL(count(), 101);
}

CAF_TEST(changes of many shards share a batch and each row carries its own shard and epoch) {
  std::vector<row> rows;
  for (int i = 0; i < 300; ++i)
    rows.push_back({"row " + std::to_string(i), 1, 3 + static_cast<shard_id>(i % 3), i % 2 == 0});
  for (auto code : add(rows)) CAF_REQUIRE(code == ec::none);
  CAF_CHECK_EQUAL(count(), 300);
  auto wrong = sql->run("SELECT count(*) FROM thing WHERE shard IS NOT NULL AND (epoch <> 1 OR shard <> 3 + "
                        "substr(name, "
                        "5)::int % 3)")
                   .results[0]
                   .get_int(0, 0);
  CAF_CHECK_EQUAL(wrong, 0);
}

CAF_TEST(a shard that is lost takes no other shard with it) {
  run("UPDATE shard SET epoch = 2 WHERE shard_id = 4");
  std::vector<row> rows;
  for (int i = 0; i < 60; ++i)
    rows.push_back({"row " + std::to_string(i), 1, 3 + static_cast<shard_id>(i % 3), i % 2 == 0});
  auto codes = add(rows);
  for (std::size_t i = 0; i < codes.size(); ++i)
    CAF_CHECK(codes[i] == (i % 3 == 1 ? ec::fence_lost : ec::none));
  CAF_CHECK_EQUAL(count(), 40);
  CAF_CHECK(owner.lost.load() > 0);
}

CAF_TEST(one poisonous change among many of many shards fails alone) {
  std::vector<row> rows;
  for (int i = 0; i < 100; ++i)
    rows.push_back(
        {"row " + std::to_string(i), i == 71 ? -1 : 1, 3 + static_cast<shard_id>(i % 3), i % 2 == 0});
  auto codes = add(rows);
  for (std::size_t i = 0; i < codes.size(); ++i)
    CAF_CHECK(codes[i] == (i == 71 ? ec::storage_failed : ec::none));
  CAF_CHECK_EQUAL(count(), 99);
}

CAF_TEST(patient changes are committed together with the first that is in a hurry) {
  journal_settings s;
  s.gather = std::chrono::hours{1};
  begin(s);
  for (auto code :
       add({{"a", 1, 3, true, true}, {"b", 1, 4, true, true}, {"c", 1, 3, false, true}, {"d", 1, 5}}))
    CAF_CHECK(code == ec::none);
  CAF_CHECK_EQUAL(count(), 4);
  CAF_CHECK_EQUAL(transactions(), 1);
}

CAF_TEST(patient changes leave when there are enough of them) {
  journal_settings s;
  s.gather = std::chrono::hours{1};
  s.enough = 10;
  begin(s);
  std::vector<row> rows;
  for (int i = 0; i < 10; ++i) rows.push_back({"row " + std::to_string(i), 1, 3, true, true});
  for (auto code : add(rows)) CAF_CHECK(code == ec::none);
  CAF_CHECK_EQUAL(transactions(), 1);
}

CAF_TEST(a patient change leaves alone when nobody else comes) {
  CAF_CHECK(add({{"a", 1, 3, true, true}})[0] == ec::none);
  CAF_CHECK(add({{"b", 1, 3, true, true}})[0] == ec::none);
  CAF_CHECK_EQUAL(transactions(), 2);
}

CAF_TEST(a flush waits for nobody) {
  journal_settings s;
  s.gather = std::chrono::hours{1};
  begin(s);
  caf::scoped_actor self{system};
  auto collector = caf::actor_cast<caf::actor>(self.ptr());
  // Nothing to flush, then something.
  system.spawn([=, this](caf::event_based_actor* entity) {
    entity->request(aut, std::chrono::seconds{20}, flush{}).then([=, this](done) {
      auto slot = reply_slot<change_result>::make(entity, [](change_result) {});
      caf::anon_send(aut, change{3, &add_wide, true, {std::string("a"), std::string("1")}, slot, true});
      entity->request(aut, std::chrono::seconds{20}, flush{}).then([=](done) { entity->send(collector, 1); });
    });
  });
  self->receive([](int) {}, caf::after(std::chrono::seconds{20}) >> [] { CAF_FAIL("it was never flushed"); });
  CAF_CHECK_EQUAL(count(), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
