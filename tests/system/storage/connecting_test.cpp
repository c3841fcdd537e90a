#define CAF_SUITE storage_connecting
#include <caf/test/unit_test.hpp>

#include "tests/support/postgres.hpp"
#include "tests/support/process.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/system/storage/storage_support.hpp"

using namespace troupe::storage;
using namespace troupe::test;

namespace {

constexpr statement one{"one", "SELECT 1"};

struct fixture {
  postgres server;
  connection_settings settings = settings_for(server.dsn());

  void check_connects(const std::string& more) {
    auto changed = settings;
    changed.dsn += " " + more;
    changed.connect_timeout_s = 2;
    auto db = open_connected(changed);
    CAF_CHECK_EQUAL(text(run(db->writer_of(0), {{&one, {}}})), "committed");
  }
  std::string live() { return std::to_string(server.port()); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(connecting, fixture)

CAF_TEST(a host name is looked up) { check_connects("host=localhost port=" + live()); }

CAF_TEST(the second host serves when nobody listens at the first) {
  check_connects("host=127.0.0.1,127.0.0.1 port=" + std::to_string(free_port()) + "," + live());
}

CAF_TEST(the second host serves when the first does not answer or has no address) {
  tcp_proxy silent{server.port()};
  silent.freeze();
  check_connects("host=127.0.0.1,does-not-exist.invalid,localhost port=" + std::to_string(silent.port()) +
                 ",1," + live());
}

CAF_TEST(a connection string that leads nowhere keeps batches until their deadline) {
  settings.queue_deadline_ms = 100;
  for (auto more : {" dbname=does_not_exist", " password=wrong", " host=does-not-exist.invalid",
                    " host=/does/not/exist"}) {
    auto changed = settings;
    changed.dsn += more;
    auto db = database::open(changed, 1, 1);
    CAF_CHECK_EQUAL(text(run(db->writer_of(0), {{&one, {}}})),
                    "not_sent: no connection to the database in time");
    CAF_CHECK_EQUAL(db->writer_of(0).backend_pid(), 0);
  }
  settings.dsn = "=";
  auto db = database::open(settings, 1, 1);
  CAF_CHECK(run(db->writer_of(0), {{&one, {}}}).status == batch_status::not_sent);
}

CAF_TEST(each connection that opens says what it is connected to and a late listener hears it too) {
  auto db = open_connected(settings, 2, 1);
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<database::identity> heard;
  db->on_connect([&](const database::identity& who) {
    std::lock_guard lock{mutex};
    heard.push_back(who);
    changed.notify_all();
  });
  auto expect = [&](std::size_t count) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, patience, [&] { return heard.size() >= count; });
  };
  CAF_REQUIRE(expect(1));
  value(server.dsn(), "SELECT pg_terminate_backend(" + std::to_string(db->writer_of(1).backend_pid()) + ")");
  CAF_REQUIRE(expect(2));
  CAF_CHECK_EQUAL(heard[1].system_identifier,
                  value(server.dsn(), "SELECT system_identifier::text FROM pg_control_system()"));
  CAF_CHECK_EQUAL(heard[0].system_identifier, heard[1].system_identifier);
  CAF_CHECK_EQUAL(heard[1].timeline, 1);
  db.reset();
}

CAF_TEST(a user who may not ask for the identity can work all the same) {
  script(server.dsn(), "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public; "
                       "DROP ROLE IF EXISTS troupe_plain; CREATE ROLE troupe_plain LOGIN PASSWORD 'plain'");
  settings.dsn += " user=troupe_plain password=plain";
  {
    auto db = open_connected(settings);
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<database::identity> heard;
    db->on_connect([&](const database::identity& who) {
      std::lock_guard lock{mutex};
      heard = who;
      changed.notify_all();
    });
    std::unique_lock lock{mutex};
    CAF_REQUIRE(changed.wait_for(lock, patience, [&] { return heard.has_value(); }));
    CAF_CHECK_EQUAL(heard->system_identifier, "");
    lock.unlock();
    CAF_CHECK_EQUAL(text(run(db->writer_of(0), {{&one, {}}})), "committed");
    db.reset();
  }
  script(server.dsn(), "DROP ROLE troupe_plain");
}

CAF_TEST(shards are spread over the writers and stay where they are) {
  auto db = open_connected(settings, 3, 1);
  CAF_CHECK(&db->writer_of(0) == &db->writer_of(3));
  CAF_CHECK(&db->writer_of(0) != &db->writer_of(1));
  CAF_CHECK(&db->writer_of(2) == &db->writer_of(255 - 255 % 3 + 2));
  CAF_CHECK_EQUAL(db->connections(), 4u);
}

CAF_TEST(reads go to the reader that has the least to do) {
  auto db = open_connected(settings, 1, 2);
  constexpr statement rest{"rest", "SELECT pg_sleep(600)"};
  constexpr statement own_pid{"own_pid", "SELECT pg_backend_pid()"};
  collector slow, quick;
  db->read({{&rest, {}}}, slow.next());
  for (int i = 0; i < 5; ++i) {
    db->read({{&own_pid, {}}}, quick.next());
    CAF_CHECK(quick.wait_for(static_cast<std::size_t>(i + 1)).back().ok());
  }
  CAF_CHECK_EQUAL(slow.count(), 0u);
  db.reset();
  CAF_CHECK(slow.wait_for(1)[0].status == batch_status::unknown);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(big values travel both ways through TLS) {
  postgres server{{.own_server = true, .fsync = false, .tls = true}};
  auto settings = settings_for(server.dsn() + " sslmode=require");
  auto db = open_connected(settings);
  constexpr statement echo{"echo",
                           "SELECT $1::text || $1::text, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"};
  collector c;
  for (int i = 0; i < 100; ++i) db->writer_of(0).submit({{&echo, {std::string(100000, 'x')}}}, c.next());
  for (auto& r : c.wait_for(100)) {
    CAF_REQUIRE_EQUAL(text(r), "committed");
    CAF_REQUIRE_EQUAL(r.results[0].get(0, 0).size(), 200000u);
    CAF_REQUIRE(r.results[0].get_bool(0, 1));
  }
  settings.dsn = server.dsn() + " sslmode=disable";
  settings.queue_deadline_ms = 100;
  auto plain = database::open(settings, 1, 1);
  CAF_CHECK(run(plain->writer_of(0), {{&one, {}}}).status == batch_status::not_sent);
}

CAF_TEST(a unix socket serves as well and so does a URI) {
  postgres server{{.own_server = true, .fsync = false}};
  auto by_socket = open_connected(settings_for(server.socket_dsn()));
  CAF_CHECK_EQUAL(text(run(by_socket->writer_of(0), {{&one, {}}})), "committed");
  script(server.dsn(), "CREATE ROLE \"by uri\" LOGIN PASSWORD 'p@ss/w:rd'");
  auto uri = "postgresql://by%20uri:p%40ss%2Fw%3Ard@127.0.0.1:" + std::to_string(server.port()) + "/postgres";
  auto by_uri = open_connected(settings_for(uri));
  CAF_CHECK_EQUAL(text(run(by_uri->writer_of(0), {{&one, {}}})), "committed");
}
