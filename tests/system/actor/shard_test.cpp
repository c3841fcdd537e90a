#define CAF_SUITE shard
#include "tests/system/actor/support.hpp"

#include <caf/test/unit_test.hpp>

#include <stdexcept>

using namespace troupe;

namespace {

/// What the entity under test does with a `describe`: answers, or dies.
struct manners {
  std::atomic<bool> dies{false};
  std::atomic<bool> lacks{false}; // something that it needs is away
  std::atomic<int> made{0};
  std::atomic<int> stopped{0};
};

caf::behavior entity(caf::event_based_actor* self, std::shared_ptr<manners> how) {
  ++how->made;
  return {
      [=](describe) -> caf::result<json_text> {
        if (how->lacks) {
          self->quit(to_error({ec::unavailable, "as the test asked"}));
          return to_error({ec::unavailable});
        }
        if (how->dies) throw std::runtime_error("as the test asked");
        return json_text{"{}"};
      },
      [=](passivate) {
        ++how->stopped;
        self->quit();
      },
  };
}

struct fixture {
  test::test_config config;
  caf::actor_system system{config};
  thread_wakeups ticks;
  std::shared_ptr<manners> how = std::make_shared<manners>();
  entity_ref who = user_ref(new_uuid(system_now()));
  shard_settings settings;

  caf::actor make() {
    entity_factory factory = [how = how](caf::scheduled_actor* s, const entity_ref&) {
      return s->spawn(entity, how);
    };
    return system.spawn(shard, group::users, shard_id{3}, settings, factory, &ticks, caf::actor{},
                        shard_past{});
  }
  /// The answer's code: none, or what the SHARD or the entity's death made of it.
  ec ask(const caf::actor& aut) {
    caf::scoped_actor self{system};
    ec code = ec::none;
    self->request(aut, std::chrono::seconds{10}, routed{who, caf::make_message(describe{})})
        .receive([](const json_text&) {}, [&](const caf::error& e) { code = to_failure(e).code; });
    return code;
  }
  std::string listing(const caf::actor& aut) {
    caf::scoped_actor self{system};
    std::string out;
    self->request(aut, std::chrono::seconds{10}, list_entities{10})
        .receive([&](const json_text& t) { out = t.text; }, [](const caf::error&) {});
    return out;
  }
  ~fixture() { system.registry().await_running_count_equal(0); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(shard_tests, fixture)

CAF_TEST(looking at an entity does not put it to sleep for ever) {
  auto aut = make();
  for (int i = 0; i < 200; ++i) {
    CAF_REQUIRE(ask(aut) == ec::none);
    CAF_REQUIRE(listing(aut).find(R"("state":"active")") != std::string::npos);
  }
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (listing(aut).find(R"("mailbox":0,"messages":200)") == std::string::npos)
    if (std::chrono::steady_clock::now() > until) CAF_FAIL("never idle: " << listing(aut));
}

CAF_TEST(an entity is made at its first message and then kept) {
  auto aut = make();
  CAF_CHECK_EQUAL(how->made.load(), 0);
  CAF_CHECK(ask(aut) == ec::none);
  CAF_CHECK(ask(aut) == ec::none);
  CAF_CHECK_EQUAL(how->made.load(), 1);
  caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
}

CAF_TEST(an entity that dies again and again is quarantined until that is lifted) {
  settings.restart_backoff_min = milliseconds{1};
  settings.restart_backoff_max = milliseconds{1};
  settings.restart_limit = 3;
  auto aut = make();
  how->dies = true;
  // Answers in between are "unavailable": the entity died, or waits for its backoff to end.
  ec last = ec::none;
  for (int i = 0; i < 100'000 && last != ec::quarantined; ++i) last = ask(aut);
  CAF_CHECK(last == ec::quarantined);
  CAF_CHECK_EQUAL(how->made.load(), 3);
  CAF_CHECK(listing(aut).find("quarantined") != std::string::npos);
  how->dies = false;
  CAF_CHECK(ask(aut) == ec::quarantined);
  caf::scoped_actor self{system};
  bool lifted = false;
  self->request(aut, std::chrono::seconds{10}, lift_quarantine{who})
      .receive([&](const json_text&) { lifted = true; }, [](const caf::error&) {});
  CAF_CHECK(lifted);
  CAF_CHECK(ask(aut) == ec::none);
  caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
}

CAF_TEST(an entity that cannot have what it needs waits for it and is never given up) {
  settings.restart_backoff_min = milliseconds{1};
  settings.restart_backoff_max = milliseconds{1};
  settings.restart_limit = 3;
  auto aut = make();
  how->lacks = true;
  for (int i = 0; i < 100'000 && how->made < 20; ++i) CAF_REQUIRE(ask(aut) == ec::unavailable);
  CAF_CHECK_EQUAL(how->made.load(), 20);
  how->lacks = false;
  ec last = ec::unavailable;
  for (int i = 0; i < 100'000 && last == ec::unavailable; ++i) last = ask(aut);
  CAF_CHECK(last == ec::none);
  caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
}

CAF_TEST(the least recently used entity leaves when there are too many and comes back when it is asked) {
  settings.active_limit = 1;
  auto aut = make();
  auto first = who;
  CAF_CHECK(ask(aut) == ec::none);
  who = user_ref(new_uuid(system_now()));
  CAF_CHECK(ask(aut) == ec::none);
  who = first;
  CAF_CHECK(ask(aut) == ec::none);
  CAF_CHECK_EQUAL(how->made.load(), 3);
  caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
}

CAF_TEST(no message is lost while an entity is being passivated) {
  auto aut = make();
  CAF_CHECK(ask(aut) == ec::none);
  for (int i = 0; i < 200; ++i) {
    caf::anon_send(aut, resting{who});
    caf::anon_send(aut, tick{});
    CAF_CHECK(ask(aut) == ec::none);
  }
  int stopped = how->stopped;
  CAF_CHECK_EQUAL(stopped, 200);
  caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
}

CAF_TEST(an entity that gets a message after it came to rest stays) {
  auto aut = make();
  CAF_CHECK(ask(aut) == ec::none);
  caf::anon_send(aut, resting{who});
  CAF_CHECK(ask(aut) == ec::none);
  caf::anon_send(aut, tick{});
  CAF_CHECK(ask(aut) == ec::none);
  int stopped = how->stopped;
  CAF_CHECK_EQUAL(stopped, 0);
  caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
}

CAF_TEST_FIXTURE_SCOPE_END()
