#define CAF_SUITE cache_redis
#include "contract.hpp"
#include "redis_server.hpp"

#include <stdexcept>

using namespace troupe;
using namespace troupe::test;

namespace {

cache::redis_settings settings_for(const redis_server& server) {
  cache::redis_settings s;
  s.port = static_cast<std::uint16_t>(server.port());
  s.command_timeout = seconds{10}; // these tests are about Redis answering, however slow the machine is
  s.connect_timeout = seconds{10};
  return s;
}

std::shared_ptr<cache::cache> connect(cache::redis_settings settings) {
  std::shared_ptr<cache::cache> c = cache::make_redis_cache(std::move(settings));
  eventually("Redis serves", [&] { return c->shared(); });
  return c;
}

bool refuses(cache::redis_settings settings, std::string_view key) {
  try {
    cache::make_redis_cache(std::move(settings));
  } catch (const std::invalid_argument& e) {
    return std::string_view(e.what()).find(key) != std::string_view::npos;
  }
  return false;
}

} // namespace

CAF_TEST(redis keeps the contract) {
  redis_server server;
  server.start();
  for (const auto& r : contract()) {
    CAF_MESSAGE(r.sentence);
    server.ask({"FLUSHALL"});
    r.check({[&] { return connect(settings_for(server)); }, [](milliseconds) {}});
  }
}

CAF_TEST(redis over a UNIX socket with a password and a database number works) {
  redis_server server({"--requirepass", "correct horse"});
  server.start();
  auto s = settings_for(server);
  s.address = server.socket_path();
  s.port = 0;
  s.password = "correct horse";
  s.database = 3;
  auto c = connect(s);
  c->set("key", "value", seconds{60});
  CAF_CHECK(get(*c, "key") == std::optional<std::string>("value"));
  s.database = 4;
  CAF_CHECK(get(*connect(s), "key") == std::nullopt);
}

CAF_TEST(every key carries the prefix and a time to live) {
  redis_server server;
  server.start();
  auto s = settings_for(server);
  s.prefix = "other[*]:";
  auto c = connect(s);
  c->set("key", "value", seconds{60});
  take(*c, "key", 5, seconds{60});
  CAF_CHECK(get(*c, "key").has_value());
  CAF_CHECK_EQUAL(server.ask({"GET", "other[*]:v:key"}), "value");
  CAF_CHECK_EQUAL(server.ask({"GET", "other[*]:w:key"}), "1");
  CAF_CHECK(std::stoi(server.ask({"PTTL", "other[*]:v:key"})) > 0);
  CAF_CHECK(std::stoi(server.ask({"PTTL", "other[*]:w:key"})) > 0);
}

CAF_TEST(a script that was flushed is sent again) {
  redis_server server;
  server.start();
  auto c = connect(settings_for(server));
  CAF_CHECK_EQUAL(take(*c, "w", 10, seconds{60}).remaining, 9);
  CAF_CHECK_EQUAL(server.ask({"SCRIPT", "FLUSH"}), "OK");
  CAF_CHECK_EQUAL(take(*c, "w", 10, seconds{60}).remaining, 8);
  CAF_CHECK_EQUAL(take(*c, "w", 10, seconds{60}).remaining, 7);
  CAF_CHECK(c->shared());
}

CAF_TEST(a key of another kind is served by the twin and spoils nothing) {
  redis_server server;
  server.start();
  auto c = connect(settings_for(server));
  server.ask({"RPUSH", "troupe:w:list", "x"});
  server.ask({"RPUSH", "troupe:v:list", "x"});
  server.ask({"SET", "troupe:w:text", "not a number"});
  CAF_CHECK_EQUAL(take(*c, "list", 10, seconds{60}).remaining, 9);
  CAF_CHECK_EQUAL(take(*c, "text", 10, seconds{60}).remaining, 9);
  CAF_CHECK(get(*c, "list") == std::nullopt);
  CAF_CHECK(c->shared());
}

CAF_TEST(more calls than may be in flight are all answered) {
  redis_server server;
  server.start();
  auto s = settings_for(server);
  s.max_in_flight = 2;
  auto c = connect(s);
  std::promise<void> all;
  std::atomic<int> left{2000};
  for (int i = 0; i < 1000; ++i) {
    c->set("k" + std::to_string(i), "value", seconds{60});
    c->get("k" + std::to_string(i), [&](auto) {
      if (--left == 0) all.set_value();
    });
    c->take("w", 1'000'000, seconds{60}, [&](auto) {
      if (--left == 0) all.set_value();
    });
  }
  await(all.get_future());
  CAF_CHECK(c->shared());
  // What could not be sent has lost its value rather than keeping an older one.
  c->set("last", "old", seconds{60});
  eventually("the value is kept", [&] {
    c->set("last", "old", seconds{60});
    return get(*c, "last") == std::optional<std::string>("old");
  });
  for (int i = 0; i < 200; ++i) c->set("last", "new " + std::to_string(i), seconds{60});
  eventually("nothing but the newest or none", [&] {
    const auto value = get(*c, "last");
    return !value || *value == "new 199";
  });
}

CAF_TEST(settings out of range are refused by name) {
  cache::redis_settings s;
  CAF_CHECK(refuses((s = {}, s.address = "", s), "redis address"));
  CAF_CHECK(refuses((s = {}, s.port = 0, s), "redis port: allowed is 1 .. 65535"));
  CAF_CHECK(refuses((s = {}, s.database = -1, s), "database"));
  CAF_CHECK(refuses((s = {}, s.prefix = "", s), "prefix"));
  CAF_CHECK(refuses((s = {}, s.command_timeout = milliseconds{0}, s), "command_timeout"));
  CAF_CHECK(refuses((s = {}, s.connect_timeout = milliseconds{0}, s), "connect_timeout"));
  CAF_CHECK(refuses((s = {}, s.reconnect_min = seconds{9}, s), "reconnect_min"));
  CAF_CHECK(refuses((s = {}, s.max_in_flight = 0, s), "max_in_flight"));
  CAF_CHECK(refuses((s = {}, s.fallback.max_entries = 0, s), "max_entries"));
}
