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

struct fixture {
  test::test_config config;
  caf::actor_system system{config};
  test::postgres server;
  storage::connection_settings settings;
  test::fixed_ownership owner;
  std::unique_ptr<storage::blocking_connection> sql;
  std::unique_ptr<storage::database> database;
  caf::actor aut;

  fixture() {
    settings.dsn = server.dsn();
    sql = std::move(*storage::blocking_connection::open(settings));
    CAF_REQUIRE(storage::migrate(*sql).has_value());
    run("CREATE TABLE thing (name text PRIMARY KEY, amount int CHECK (amount > 0))");
    run("INSERT INTO shard (shard_id, epoch) VALUES (3, 1)");
    database = storage::database::open(settings, 1, 1);
    aut = system.spawn(journal, shard_id{3}, journal_settings{}, database.get(),
                       static_cast<ownership*>(&owner));
  }
  ~fixture() {
    caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
    aut = nullptr;
    system.registry().await_running_count_equal(0);
  }
  void run(const char* text) { CAF_REQUIRE(sql->run(text).ok()); }
  std::int64_t count() { return sql->run("SELECT count(*) FROM thing").results[0].get_int(0, 0); }

  /// Hands all rows over at once and answers how each ended.
  std::vector<ec> add(std::vector<std::pair<std::string, int>> rows) {
    caf::scoped_actor self{system};
    std::vector<ec> codes(rows.size(), ec::internal);
    auto collector = caf::actor_cast<caf::actor>(self.ptr());
    auto journal_actor = aut;
    system.spawn([=](caf::event_based_actor* entity) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        auto slot = reply_slot<change_result>::make(entity, [=](change_result r) {
          entity->send(collector, static_cast<int>(i), static_cast<int>(r.code));
        });
        caf::anon_send(journal_actor,
                       change{&add_row, {rows[i].first, std::to_string(rows[i].second)}, slot});
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
  std::vector<std::pair<std::string, int>> rows;
  for (int i = 0; i < 1'000; ++i) rows.emplace_back("row " + std::to_string(i), 1);
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
  std::vector<std::pair<std::string, int>> rows;
  for (int i = 0; i < 100; ++i) rows.emplace_back("after " + std::to_string(i), 1);
  auto codes = add(rows);
  for (auto code : codes) CAF_CHECK(code == ec::none || code == ec::row_changed);
  CAF_CHECK_EQUAL(count(), 101);
}

CAF_TEST_FIXTURE_SCOPE_END()
