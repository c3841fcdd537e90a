#define CAF_SUITE storage_blocking
#include <caf/test/unit_test.hpp>

#include "tests/support/postgres.hpp"
#include "tests/support/process.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/system/storage/storage_support.hpp"

using namespace troupe;
using namespace troupe::storage;
using namespace troupe::test;

namespace {

struct fixture {
  postgres server;
  connection_settings settings = settings_for(server.dsn());
  std::unique_ptr<blocking_connection> open() {
    auto db = blocking_connection::open(settings);
    if (!db) CAF_FAIL(db.error().detail);
    return std::move(*db);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(blocking, fixture)

CAF_TEST(a statement answers its rows or its error and the connection lives on) {
  auto db = open();
  auto r = db->run("SELECT $1::int + 1", {"41"});
  CAF_REQUIRE_EQUAL(text(r), "committed");
  CAF_CHECK_EQUAL(r.results[0].get_int(0, 0), 42);
  CAF_CHECK_EQUAL(db->run("SELECT 1/0").sqlstate, "22012");
  CAF_CHECK_EQUAL(db->run("SELECT $1", {std::string("a\0b", 3)}).sqlstate, "22021");
  CAF_CHECK(db->alive());
  CAF_CHECK_EQUAL(db->run("SELECT pg_backend_pid()").results[0].get_int(0, 0), db->backend_pid());
}

CAF_TEST(a big statement and a big answer pass each other) {
  auto r = open()->run("SELECT $1::text || $1::text", {std::string(20'000'000, 'x')});
  CAF_REQUIRE_EQUAL(text(r), "committed");
  CAF_CHECK_EQUAL(r.results[0].get(0, 0).size(), 40'000'000u);
}

CAF_TEST(a script runs whole or not at all) {
  auto db = open();
  CAF_CHECK(db->run_script("CREATE TABLE a (id int); INSERT INTO a VALUES (1), (2);").has_value());
  auto failed = db->run_script("INSERT INTO a VALUES (3); SELECT 1/0; INSERT INTO a VALUES (4)");
  CAF_REQUIRE(!failed);
  CAF_CHECK(failed.error().code == ec::storage_failed);
  CAF_CHECK(failed.error().detail.find("22012") != std::string::npos);
  CAF_CHECK_EQUAL(db->run("SELECT count(*) FROM a").results[0].get_int(0, 0), 2);
}

CAF_TEST(a lost connection is unknown once and then nothing is sent) {
  auto db = open();
  auto pid = db->backend_pid();
  value(server.dsn(), "SELECT pg_terminate_backend(" + std::to_string(pid) + ")");
  auto r = db->run("SELECT 1");
  CAF_CHECK(r.status == batch_status::unknown);
  CAF_CHECK_EQUAL(r.backend_pid, pid);
  CAF_CHECK(!db->alive());
  CAF_CHECK_EQUAL(db->backend_pid(), 0);
  CAF_CHECK(db->run("SELECT 1").status == batch_status::not_sent);
  CAF_CHECK(db->run_script("SELECT 1").error().code == ec::unavailable);
}

CAF_TEST(a server that falls silent is given up) {
  tcp_proxy proxy{server.port()};
  settings.dsn += " port=" + std::to_string(proxy.port());
  settings.statement_timeout_ms = 100;
  settings.answer_grace_ms = 100;
  auto db = open();
  proxy.freeze();
  auto r = db->run("SELECT 1");
  CAF_CHECK_EQUAL(text(r), "unknown: the server did not answer in time");
  CAF_CHECK(!db->alive());
}

CAF_TEST(no server is an error that does not show the password) {
  settings.dsn = "host=127.0.0.1 user=me password=hush port=" + std::to_string(free_port());
  auto db = blocking_connection::open(settings);
  CAF_REQUIRE(!db);
  CAF_CHECK(db.error().code == ec::unavailable);
  CAF_CHECK(db.error().detail.find("hush") == std::string::npos);
  CAF_CHECK(db.error().detail.find("refused") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
