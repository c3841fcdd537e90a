#define CAF_SUITE storage_migrations
#include <caf/test/unit_test.hpp>

#include "system/storage/migrations.hpp"
#include "tests/support/postgres.hpp"
#include "tests/system/storage/storage_support.hpp"

#include <thread>

using namespace troupe;
using namespace troupe::storage;
using namespace troupe::test;

namespace {

using names = std::vector<std::string>;

constexpr migration base{"system", 1, "base", "CREATE TABLE base (id int); INSERT INTO base VALUES (1)"};
constexpr migration more{"system", 2, "more", "INSERT INTO base VALUES (2);\n-- ünï 'quoted' $$\n"};
constexpr migration posts{"content", 1, "posts", "CREATE TABLE post (id int)"};

struct fixture {
  postgres server;
  std::unique_ptr<blocking_connection> db = open();

  std::unique_ptr<blocking_connection> open() {
    auto opened = blocking_connection::open(settings_for(server.dsn()));
    if (!opened) CAF_FAIL(opened.error().detail);
    return std::move(*opened);
  }
  void check_refused(const std::vector<migration>& known, const std::string& naming) {
    for (auto& done : {migrate(*db, known), pending_migrations(*db, known)}) {
      CAF_REQUIRE(!done);
      CAF_CHECK(done.error().code == ec::bad_configuration);
      CAF_CHECK(done.error().detail.find(naming) != std::string::npos);
    }
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(migrations, fixture)

CAF_TEST(migrations apply once in the order of the list) {
  std::vector<migration> known{base, more, posts};
  CAF_CHECK_EQUAL(pending_migrations(*db, known).value(),
                  (names{"system V001 base", "system V002 more", "content V001 posts"}));
  CAF_CHECK_EQUAL(migrate(*db, {base}).value(), names{"system V001 base"});
  CAF_CHECK_EQUAL(migrate(*db, known).value(), (names{"system V002 more", "content V001 posts"}));
  CAF_CHECK_EQUAL(migrate(*db, known).value(), names{});
  CAF_CHECK_EQUAL(pending_migrations(*db, known).value(), names{});
  CAF_CHECK_EQUAL(value(server.dsn(), "SELECT sum(id) FROM base"), "3");
  CAF_CHECK_EQUAL(value(server.dsn(), "SELECT count(*) FROM troupe_migration"), "3");
}

CAF_TEST(a migration that was changed after it had been applied is refused) {
  CAF_REQUIRE(migrate(*db, {base}).has_value());
  auto changed = base;
  changed.sql = "CREATE TABLE base (id bigint)";
  check_refused({changed, more}, "system V001 base was changed");
}

CAF_TEST(a database that was migrated by a newer program is refused) {
  CAF_REQUIRE(migrate(*db, {base, more}).has_value());
  check_refused({base, posts}, "system V002 more");
}

CAF_TEST(a migration numbered before one that has been applied is refused) {
  CAF_REQUIRE(migrate(*db, {more, posts}).has_value() == false); // `base` is not there yet.
  CAF_REQUIRE(migrate(*db, {base}).has_value());
  auto late = more;
  late.version = 0;
  check_refused({late, base}, "system V000 more is missing");
}

CAF_TEST(a migration that fails leaves nothing behind and those before it stay) {
  migration broken{"content", 1, "posts", "CREATE TABLE post (id int); INSERT INTO nowhere VALUES (1)"};
  auto failed = migrate(*db, {base, broken});
  CAF_REQUIRE(!failed);
  CAF_CHECK(failed.error().code == ec::storage_failed);
  CAF_CHECK(failed.error().detail.find("content V001 posts") != std::string::npos);
  CAF_CHECK(failed.error().detail.find("nowhere") != std::string::npos);
  CAF_CHECK_EQUAL(value(server.dsn(), "SELECT to_regclass('post') IS NULL"), "t");
  CAF_CHECK_EQUAL(migrate(*db, {base, posts}).value(), names{"content V001 posts"});
}

CAF_TEST(two programs that migrate at once apply each migration once) {
  std::vector<migration> known{base, more, posts};
  std::mutex mutex;
  names applied;
  std::vector<std::string> failures;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      auto mine = blocking_connection::open(settings_for(server.dsn()));
      auto done = mine ? migrate(**mine, known) : expected<names>{mine.error()};
      std::lock_guard lock{mutex};
      if (done)
        applied.insert(applied.end(), done->begin(), done->end());
      else
        failures.push_back(done.error().detail);
    });
  for (auto& t : threads) t.join();
  CAF_CHECK_EQUAL(failures, names{});
  CAF_CHECK_EQUAL(applied, (names{"system V001 base", "system V002 more", "content V001 posts"}));
}

CAF_TEST(migrating may take longer than a statement and the limits come back) {
  auto settings = settings_for(server.dsn());
  settings.statement_timeout_ms = 100;
  auto hasty = blocking_connection::open(settings);
  CAF_REQUIRE(hasty.has_value());
  migration slow{"system", 1, "slow", "SELECT pg_sleep(0.2)"};
  CAF_CHECK(migrate(**hasty, {slow}).has_value());
  auto limit = (*hasty)->run("SHOW statement_timeout");
  CAF_REQUIRE_EQUAL(text(limit), "committed");
  CAF_CHECK_EQUAL(limit.results[0].get(0, 0), "100ms");
  CAF_CHECK_EQUAL(value(server.dsn(),
                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
                        "(SELECT oid FROM pg_database WHERE datname = current_database())"),
                  "0");
}

CAF_TEST(every migration that is compiled in applies to an empty database) {
  auto applied = migrate(*db);
  if (!applied) CAF_FAIL(applied.error().detail);
  CAF_CHECK_EQUAL(applied->size(), all_migrations().size());
  CAF_CHECK_EQUAL(pending_migrations(*db).value(), names{});
}

CAF_TEST_FIXTURE_SCOPE_END()
