#define CAF_SUITE storage_batches
#include <caf/test/unit_test.hpp>

#include "tests/support/postgres.hpp"
#include "tests/system/storage/storage_support.hpp"

using namespace troupe::storage;
using namespace troupe::test;

namespace {

constexpr statement insert_item{"insert_item", "INSERT INTO item (id, note) VALUES ($1, $2)"};
constexpr statement count_items{"count_items", "SELECT count(*) FROM item"};

struct fixture {
  postgres server;
  std::unique_ptr<database> db;

  fixture() {
    script(server.dsn(), "CREATE TABLE item (id bigint PRIMARY KEY, note text)");
    db = open_connected(settings_for(server.dsn()));
  }
  connection& writer() { return db->writer_of(0); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(batches, fixture)

CAF_TEST(a batch commits all its steps and answers their rows in order) {
  auto r =
      run(writer(), {{&insert_item, {"1", "one"}}, {&insert_item, {"2", std::nullopt}}, {&count_items, {}}});
  CAF_REQUIRE_EQUAL(text(r), "committed  ");
  CAF_REQUIRE_EQUAL(r.results.size(), 3u);
  CAF_CHECK_EQUAL(r.results[0].affected(), 1);
  CAF_CHECK_EQUAL(r.results[2].get_int(0, 0), 2);
  CAF_CHECK_EQUAL(r.backend_pid, writer().backend_pid());
  CAF_CHECK_EQUAL(value(server.dsn(), "SELECT count(*) FROM item WHERE note IS NULL"), "1");
}

CAF_TEST(a failing step undoes the whole batch and says which it was) {
  auto r = run(writer(), {{&insert_item, {"1", "one"}}, {&insert_item, {"1", "again"}}, {&count_items, {}}});
  CAF_CHECK(r.status == batch_status::failed);
  CAF_CHECK_EQUAL(r.failed_step, 1u);
  CAF_CHECK_EQUAL(r.sqlstate, "23505");
  CAF_CHECK(r.results.empty());
  CAF_CHECK_EQUAL(value(server.dsn(), "SELECT count(*) FROM item"), "0");
}

CAF_TEST_FIXTURE_SCOPE_END()
