#define CAF_SUITE cache_redis_outage
#include "contract.hpp"
#include "redis_server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace troupe;
using namespace troupe::test;

namespace {

using optional_text = std::optional<std::string>;

cache::redis_settings settings_for(const redis_server& server) {
  cache::redis_settings s;
  s.port = static_cast<std::uint16_t>(server.port());
  s.command_timeout = milliseconds{100};
  s.connect_timeout = milliseconds{300};
  s.reconnect_min = milliseconds{10};
  s.reconnect_max = milliseconds{100};
  return s;
}

void until_shared(cache::cache& c) {
  eventually("Redis serves", [&] { return c.shared(); });
}

/// Asks until Redis is known to be away: a quiet connection does not show that its server is frozen.
void until_alone(cache::cache& c) {
  eventually("the twin serves", [&] {
    get(c, "anything");
    return !c.shared();
  });
}

/// Takes connections and says nothing on them.
struct silent_listener {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port = 0;
  std::vector<int> accepted;
  silent_listener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CAF_REQUIRE_EQUAL(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    CAF_REQUIRE_EQUAL(listen(listener, 8), 0);
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~silent_listener() {
    for (int fd : accepted) close(fd);
    close(listener);
  }
  /// False when nobody connects within 20 s.
  bool accept_one() {
    pollfd ready{listener, POLLIN, 0};
    if (poll(&ready, 1, 20'000) != 1) return false;
    accepted.push_back(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    return accepted.back() >= 0;
  }
};

/// Calls from several threads until it is destroyed; each call must be answered.
class traffic {
 public:
  explicit traffic(cache::cache& c) {
    for (int t = 0; t < 3; ++t)
      threads_.emplace_back([this, &c, t] {
        for (int i = 0; !stop_; ++i) {
          const auto key = std::to_string(t) + "-" + std::to_string(i % 50);
          c.set(key, "value", seconds{60});
          asked_ += 2;
          c.get(key, [this](auto) { ++answered_; });
          c.take(key, 1'000'000, seconds{60}, [this](auto r) {
            ++answered_;
            if (!r.allowed) ++wrong_;
          });
          if (i % 20 == 0) get(c, key); // keeps the number of open calls small
        }
      });
  }
  /// Stops asking and waits for the last answer.
  void finish() {
    stop_ = true;
    for (auto& t : threads_) t.join();
    eventually("every call is answered", [this] { return answered_ == asked_; });
    CAF_CHECK_EQUAL(wrong_.load(), 0);
  }
  long answered() const { return answered_; }
  void await_more() {
    const auto before = answered();
    eventually("calls go on being answered", [&] { return answered() > before + 1000; });
  }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<long> asked_{0}, answered_{0}, wrong_{0};
  std::vector<std::thread> threads_;
};

} // namespace

CAF_TEST(a cache whose redis was never there serves at once and finds it later) {
  redis_server server;
  auto c = cache::make_redis_cache(settings_for(server));
  CAF_CHECK(!c->shared());
  c->set("key", "value", seconds{60});
  CAF_CHECK(get(*c, "key") == optional_text("value"));
  CAF_CHECK_EQUAL(take(*c, "w", 5, seconds{60}).remaining, 4);
  server.start();
  until_shared(*c);
  c->set("key", "second", seconds{60});
  CAF_CHECK(get(*c, "key") == optional_text("second"));
  CAF_CHECK_EQUAL(server.ask({"GET", "troupe:v:key"}), "second");
}

CAF_TEST(calls go on being answered while redis is killed and restarted) {
  redis_server server;
  server.start();
  auto c = cache::make_redis_cache(settings_for(server));
  until_shared(*c);
  traffic calls(*c);
  for (int round = 0; round < 3; ++round) {
    calls.await_more();
    server.kill();
    eventually("the twin serves", [&] { return !c->shared(); });
    calls.await_more();
    server.start();
    until_shared(*c);
  }
  calls.finish();
}

CAF_TEST(calls go on being answered while redis is frozen) {
  redis_server server;
  server.start();
  auto c = cache::make_redis_cache(settings_for(server));
  until_shared(*c);
  traffic calls(*c);
  for (int round = 0; round < 3; ++round) {
    calls.await_more();
    server.freeze();
    eventually("the twin serves", [&] { return !c->shared(); });
    calls.await_more();
    server.thaw();
    until_shared(*c);
  }
  calls.finish();
}

CAF_TEST(a cut connection is made again) {
  redis_server server;
  server.start();
  auto c = cache::make_redis_cache(settings_for(server));
  until_shared(*c);
  for (int i = 0; i < 5; ++i) {
    server.ask({"CLIENT", "KILL", "TYPE", "normal"});
    const auto value = std::to_string(i);
    eventually("what is set reaches Redis again", [&] {
      c->set("key", value, seconds{60});
      return get(*c, "key") == optional_text(value) && server.ask({"GET", "troupe:v:key"}) == value;
    });
    CAF_CHECK(c->shared());
  }
}

CAF_TEST(what changed while redis was away is not answered from redis afterwards) {
  redis_server server;
  server.start();
  auto settings = settings_for(server);
  auto c = cache::make_redis_cache(settings);
  until_shared(*c);
  for (auto key : {"overwritten", "removed", "kept"}) c->set(key, "old", seconds{60});
  CAF_CHECK(get(*c, "kept") == optional_text("old"));
  server.freeze();
  until_alone(*c);
  c->set("overwritten", "new", seconds{60});
  c->remove("removed");
  CAF_CHECK(get(*c, "overwritten") == optional_text("new"));
  CAF_CHECK(get(*c, "removed") == std::nullopt);
  server.thaw();
  until_shared(*c);
  auto other = cache::make_redis_cache(settings);
  until_shared(*other);
  for (auto* node : {c.get(), other.get()}) {
    CAF_CHECK(get(*node, "overwritten") != optional_text("old"));
    CAF_CHECK(get(*node, "removed") == std::nullopt);
  }
  eventually("Redis answers", [&] { return get(*c, "kept") == optional_text("old"); });
}

CAF_TEST(the twin forgets one outage before the next) {
  redis_server server;
  server.start();
  auto c = cache::make_redis_cache(settings_for(server));
  until_shared(*c);
  server.freeze();
  until_alone(*c);
  c->set("key", "of the first outage", seconds{60});
  CAF_CHECK(get(*c, "key") == optional_text("of the first outage"));
  server.thaw();
  until_shared(*c);
  server.ask({"SET", "troupe:v:key", "of another node"});
  server.freeze();
  until_alone(*c);
  CAF_CHECK(get(*c, "key") == std::nullopt);
  server.thaw();
}

CAF_TEST(a redis that never says anything is given up and tried again) {
  silent_listener nobody;
  cache::redis_settings settings;
  settings.port = static_cast<std::uint16_t>(nobody.port);
  settings.connect_timeout = milliseconds{30};
  settings.reconnect_min = settings.reconnect_max = milliseconds{10};
  auto c = cache::make_redis_cache(settings);
  for (int i = 0; i < 3; ++i) CAF_CHECK(nobody.accept_one());
  c->set("key", "value", seconds{60});
  CAF_CHECK(get(*c, "key") == optional_text("value"));
  CAF_CHECK(!c->shared());
}

CAF_TEST(more changes than can be remembered drop all values but no windows) {
  redis_server server;
  server.start();
  auto settings = settings_for(server);
  settings.prefix = "mine*:";
  settings.fallback.max_entries = 100;
  auto c = cache::make_redis_cache(settings);
  until_shared(*c);
  std::vector<std::string> many = {"MSET", "mineX:v:foreign", "stays"};
  for (int i = 0; i < 5000; ++i) many.insert(many.end(), {"mine*:v:" + std::to_string(i), "old"});
  server.ask(many);
  server.ask({"SET", "mine*:w:window", "3"});
  server.freeze();
  until_alone(*c);
  for (int i = 0; i < 200; ++i) c->remove("gone" + std::to_string(i));
  server.thaw();
  until_shared(*c);
  CAF_CHECK(get(*c, "0") == std::nullopt);
  CAF_CHECK(get(*c, "4999") == std::nullopt);
  CAF_CHECK_EQUAL(server.ask({"GET", "mine*:v:2500"}), "(nil)");
  CAF_CHECK_EQUAL(server.ask({"GET", "mineX:v:foreign"}), "stays");
  CAF_CHECK_EQUAL(server.ask({"GET", "mine*:w:window"}), "3");
}

CAF_TEST(a redis that refuses writes or the password is not used until it takes them) {
  redis_server server;
  server.start();
  auto c = cache::make_redis_cache(settings_for(server));
  until_shared(*c);
  c->set("key", "old", seconds{60});
  CAF_CHECK(get(*c, "key") == optional_text("old"));
  server.ask({"CONFIG", "SET", "maxmemory", "1"});
  eventually("the twin serves", [&] {
    c->set("key", "new", seconds{60});
    get(*c, "key"); // the set before it was answered when this is
    return !c->shared();
  });
  c->set("key", "newer", seconds{60});
  CAF_CHECK(get(*c, "key") == optional_text("newer"));
  server.ask({"CONFIG", "SET", "maxmemory", "0"});
  until_shared(*c);
  CAF_CHECK(get(*c, "key") != optional_text("old"));

  auto settings = settings_for(server);
  settings.password = "wrong";
  server.ask({"CONFIG", "SET", "requirepass", "right"});
  auto stranger = cache::make_redis_cache(settings);
  stranger->set("key", "own", seconds{60});
  CAF_CHECK(get(*stranger, "key") == optional_text("own"));
  CAF_CHECK(!stranger->shared());
}

CAF_TEST(destroying the cache answers what is open) {
  redis_server server;
  server.start();
  auto settings = settings_for(server);
  settings.command_timeout = seconds{60};
  std::atomic<int> answered{0};
  {
    auto c = cache::make_redis_cache(settings);
    until_shared(*c);
    server.freeze();
    for (int i = 0; i < 100; ++i) {
      c->get("key", [&](auto) { ++answered; });
      c->take("key", 5, seconds{60}, [&](auto) { ++answered; });
      c->set("key", "value", seconds{60});
    }
  }
  CAF_CHECK_EQUAL(answered.load(), 200);
  server.thaw();
}
