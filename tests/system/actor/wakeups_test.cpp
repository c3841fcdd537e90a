#define CAF_SUITE wakeups
#include "system/actor/wakeups.hpp"

#include "tests/system/actor/support.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;

namespace {

struct fixture {
  test::test_config config;
  caf::actor_system system{config};
  thread_wakeups ticks;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(wakeups_tests, fixture)

CAF_TEST(a wake-up comes once for each time it is asked for) {
  caf::scoped_actor self{system};
  auto me = caf::actor_cast<caf::actor>(self.ptr());
  ticks.wake(me, std::chrono::steady_clock::now() + std::chrono::milliseconds{5});
  int got = 0;
  self->receive([&](tick) { ++got; }, caf::after(std::chrono::seconds{10}) >> [] {});
  CAF_CHECK_EQUAL(got, 1);
  ticks.wake(me, std::chrono::steady_clock::now());
  self->receive([&](tick) { ++got; }, caf::after(std::chrono::seconds{10}) >> [] {});
  CAF_CHECK_EQUAL(got, 2);
}

CAF_TEST(of two wishes of one actor the sooner one holds) {
  caf::scoped_actor self{system};
  auto me = caf::actor_cast<caf::actor>(self.ptr());
  ticks.wake(me, std::chrono::steady_clock::now() + std::chrono::hours{1});
  ticks.wake(me, std::chrono::steady_clock::now());
  bool came = false;
  self->receive([&](tick) { came = true; }, caf::after(std::chrono::seconds{10}) >> [] {});
  CAF_CHECK(came);
}

CAF_TEST(when the clock has jumped everybody who waits is woken once) {
  caf::scoped_actor one{system}, other{system};
  for (auto* self : {&one, &other})
    ticks.wake(caf::actor_cast<caf::actor>(self->ptr()),
               std::chrono::steady_clock::now() + std::chrono::hours{1});
  ticks.wake(caf::actor_cast<caf::actor>(one.ptr()),
             std::chrono::steady_clock::now() + std::chrono::minutes{30});
  ticks.wake_all();
  for (auto* self : {&one, &other}) {
    int got = 0;
    (*self)->receive([&](tick) { ++got; }, caf::after(std::chrono::seconds{10}) >> [] {});
    CAF_CHECK_EQUAL(got, 1);
  }
  // The next wish is a new one, and what was asked for before it is forgotten.
  ticks.wake(caf::actor_cast<caf::actor>(one.ptr()), std::chrono::steady_clock::now());
  int more = 0;
  one->receive([&](tick) { ++more; }, caf::after(std::chrono::seconds{10}) >> [] {});
  CAF_CHECK_EQUAL(more, 1);
  bool again = false;
  one->receive([&](tick) { again = true; }, caf::after(std::chrono::milliseconds{0}) >> [] {});
  CAF_CHECK(!again);
}

CAF_TEST_FIXTURE_SCOPE_END()
