#define CAF_SUITE scheduler
#include "system/actor/scheduler.hpp"

#include "tests/system/actor/support.hpp"

#include <caf/test/unit_test.hpp>

#include <atomic>
#include <memory>

using namespace troupe;

namespace {

constexpr auto patience = std::chrono::seconds{20};

struct scheduled_config : test::test_config {
  scheduled_config() {
    load<actor_scheduler>();
    set("scheduler.max-threads", std::size_t{2});
    set("scheduler.max-throughput", std::size_t{3});
  }
};

struct fixture {
  scheduled_config config;
  caf::actor_system system{config};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(scheduler_tests, fixture)

CAF_TEST(actors run on it) {
  CAF_CHECK(dynamic_cast<actor_scheduler*>(&system.scheduler()) != nullptr);
  CAF_CHECK_EQUAL(system.scheduler().num_workers(), 2u);
}

CAF_TEST(every message of many actors is served in its order) {
  constexpr int actors = 50, messages = 200;
  auto wrong = std::make_shared<std::atomic<int>>(0);
  caf::scoped_actor self{system};
  auto me = caf::actor_cast<caf::actor>(self.ptr());
  for (int a = 0; a < actors; ++a) {
    auto one = system.spawn([wrong, me, seen = 0](caf::event_based_actor* at) mutable -> caf::behavior {
      return {[wrong, me, at, seen](std::int32_t n) mutable {
        if (n != seen++) ++*wrong;
        if (seen < messages) return;
        caf::anon_send(me, n);
        at->quit();
      }};
    });
    for (int n = 0; n < messages; ++n) caf::anon_send(one, std::int32_t{n});
  }
  int ended = 0;
  bool late = false;
  while (ended < actors && !late)
    self->receive([&](std::int32_t) { ++ended; }, caf::after(patience) >> [&] { late = true; });
  CAF_CHECK_EQUAL(ended, actors);
  CAF_CHECK_EQUAL(wrong->load(), 0);
}

CAF_TEST(a request that nobody answers ends with a timeout and one that is answered does not ) {
  caf::scoped_actor self{system};
  auto me = caf::actor_cast<caf::actor>(self.ptr());
  auto silent = system.spawn([](caf::event_based_actor* at) -> caf::behavior {
    auto kept = std::make_shared<std::vector<caf::response_promise>>();
    return {[=](std::int32_t n) -> caf::result<std::int32_t> {
      if (n > 0) return n;
      kept->push_back(at->make_response_promise());
      return caf::delegated<std::int32_t>{};
    }};
  });
  auto asking = system.spawn([=](caf::event_based_actor* at) -> caf::behavior {
    return {[=](std::int32_t n) {
      // The one that is answered has the sooner deadline, and the clock's thread is already asleep for the
      // other.
      at->request(silent, std::chrono::milliseconds{n > 0 ? 60'000 : 5}, n)
          .then([=](std::int32_t answer) { caf::anon_send(me, answer); },
                [=](const caf::error& e) {
                  caf::anon_send(me, e == caf::sec::request_timeout ? std::int32_t{-1} : std::int32_t{-2});
                });
    }};
  });
  std::int32_t got = 0;
  auto ask = [&](std::int32_t n) {
    got = 0;
    caf::anon_send(asking, n);
    self->receive([&](std::int32_t x) { got = x; }, caf::after(patience) >> [] {});
    return got;
  };
  CAF_CHECK_EQUAL(ask(7), 7);
  CAF_CHECK_EQUAL(ask(0), -1);
  CAF_CHECK_EQUAL(ask(8), 8);
  caf::anon_send_exit(silent, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(asking, caf::exit_reason::user_shutdown);
}

CAF_TEST(a sooner timeout overtakes a later one) {
  caf::scoped_actor self{system};
  auto me = caf::actor_cast<caf::actor>(self.ptr());
  system.spawn([me](caf::event_based_actor* at) {
    at->delayed_send(me, std::chrono::hours{1}, std::int32_t{2});
    at->delayed_send(me, std::chrono::milliseconds{5}, std::int32_t{1});
  });
  std::int32_t got = 0;
  self->receive([&](std::int32_t n) { got = n; }, caf::after(patience) >> [] {});
  CAF_CHECK_EQUAL(got, 1);
}

CAF_TEST(a system ends with timeouts open and with actors that others still hold) {
  auto held = std::make_unique<caf::actor>();
  {
    scheduled_config other_config;
    caf::actor_system other{other_config};
    *held = other.spawn([](caf::event_based_actor* at) -> caf::behavior {
      at->delayed_send(at, std::chrono::hours{1}, std::int32_t{0});
      return {[](std::int32_t) {}};
    });
    caf::anon_send_exit(*held, caf::exit_reason::user_shutdown);
    other.await_all_actors_done();
    held.reset();
  }
  CAF_CHECK(!held);
}

CAF_TEST_FIXTURE_SCOPE_END()
