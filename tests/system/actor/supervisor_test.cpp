#define CAF_SUITE supervisor
#include "system/actor/supervisor.hpp"

#include "tests/system/actor/support.hpp"

#include <caf/test/unit_test.hpp>

#include <condition_variable>
#include <mutex>

using namespace troupe;

namespace {

/// What the GROUP under test did, as it told us.
struct diary {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<shard_id, int> made;
  std::vector<shard_id> restarted;
  std::vector<std::string> escalated;
  int entities_ended = 0;

  template <class F>
  void note(F f) {
    std::lock_guard lock(mutex);
    f(*this);
    changed.notify_all();
  }
  template <class F>
  void wait(const char* name, F holds) {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, std::chrono::seconds{20}, [&] { return holds(*this); }))
      CAF_FAIL("waited in vain until " << name);
  }
};

struct ended_note {
  explicit ended_note(std::shared_ptr<diary> b) : book(std::move(b)) {}
  ended_note(const ended_note&) = delete;
  std::shared_ptr<diary> book;
  ~ended_note() {
    book->note([](diary& d) { ++d.entities_ended; });
  }
};

caf::behavior entity(caf::event_based_actor*, std::shared_ptr<ended_note> kept) {
  return {[kept](describe) { return json_text{"{}"}; }};
}

struct fixture {
  test::test_config config;
  caf::actor_system system{config};
  thread_wakeups ticks;
  router route{8};
  std::shared_ptr<diary> book = std::make_shared<diary>();
  caf::actor aut;
  entity_ref who = user_ref(new_uuid(system_now()));
  shard_id home = route.shard_of(who);

  fixture() {
    group_plan plan;
    plan.shards = 8;
    plan.make = [this](shard_id i, const shard_past& past) {
      entity_factory make = [book = book](caf::scheduled_actor* s, const entity_ref&) {
        return s->spawn(entity, std::make_shared<ended_note>(book));
      };
      auto out = system.spawn(shard, group::users, i, shard_settings{}, make, &ticks, caf::actor{}, past);
      book->note([i](diary& d) { ++d.made[i]; });
      return out;
    };
    plan.restarted = [book = book](shard_id i) { book->note([i](diary& d) { d.restarted.push_back(i); }); };
    plan.escalate = [book = book](std::string why) {
      book->note([&](diary& d) { d.escalated.push_back(std::move(why)); });
    };
    aut = system.spawn(supervise_group, std::move(plan), group_settings{2, std::chrono::minutes{10}}, &route);
    caf::scoped_actor self{system};
    self->request(aut, std::chrono::seconds{10}, open_shards{{0, 1, 2, 3, 4, 5, 6, 7}})
        .receive([](done) {}, [](const caf::error&) { CAF_FAIL("the group does not open"); });
  }
  ~fixture() {
    caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
    aut = nullptr;
    for (shard_id i = 0; i < 8; ++i) route.clear(i);
    system.registry().await_running_count_equal(0);
  }
  bool answers() {
    caf::scoped_actor self{system};
    bool good = false;
    self->request(route.find_local(group::users, home), std::chrono::seconds{10},
                  routed{who, caf::make_message(describe{})})
        .receive([&](const json_text&) { good = true; }, [](const caf::error&) {});
    return good;
  }
  /// Kills the SHARD as a defect would, and waits until the GROUP has dealt with it.
  void kill_shard(std::size_t times_before) {
    caf::anon_send_exit(route.find_local(group::users, home), caf::exit_reason::kill);
    book->wait("the shard has been made anew",
               [&](diary& d) { return d.restarted.size() > times_before || !d.escalated.empty(); });
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(supervisor_tests, fixture)

CAF_TEST(every shard is in the router when the group is open) {
  for (shard_id i = 0; i < 8; ++i) CAF_CHECK(route.find_local(group::users, i) != nullptr);
  CAF_CHECK(answers());
}

CAF_TEST(a shard that dies is made anew and takes its entities with it) {
  CAF_REQUIRE(answers());
  auto before = route.find_local(group::users, home);
  kill_shard(0);
  CAF_CHECK(route.find_local(group::users, home) != before);
  book->wait("the entity of the dead shard has ended", [](diary& d) { return d.entities_ended == 1; });
  CAF_CHECK(answers());
  CAF_CHECK_EQUAL(book->made[home], 2);
  CAF_CHECK(book->restarted == std::vector<shard_id>{home});
  CAF_CHECK(book->escalated.empty());
}

CAF_TEST(the new shard says how often and why the old ones died) {
  kill_shard(0);
  caf::scoped_actor self{system};
  std::string listing;
  self->request(route.find_local(group::users, home), std::chrono::seconds{10}, list_entities{1})
      .receive([&](const json_text& t) { listing = t.text; }, [](const caf::error&) {});
  CAF_CHECK(listing.find("\"restarts\":1") != std::string::npos);
  CAF_CHECK(listing.find("kill") != std::string::npos);
}

CAF_TEST(deaths beyond the limit are escalated once) {
  for (std::size_t i = 0; i < 2; ++i) kill_shard(i);
  CAF_REQUIRE(book->escalated.empty());
  kill_shard(2);
  CAF_CHECK_EQUAL(book->escalated.size(), 1u);
  CAF_CHECK_EQUAL(book->restarted.size(), 2u);
}

CAF_TEST(an actor that the node cannot do without ends the node when it dies) {
  auto vital = system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](done) {}}; });
  auto calm = system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](done) {}}; });
  std::function<void(std::string)> escalate = [book = book](std::string why) {
    book->note([&](diary& d) { d.escalated.push_back(std::move(why)); });
  };
  auto watcher = system.spawn(watch_over, std::vector<caf::actor>{vital, calm}, escalate);
  caf::anon_send_exit(calm, caf::exit_reason::user_shutdown); // told to: nobody's alarm
  caf::anon_send_exit(vital, caf::exit_reason::kill);
  book->wait("somebody was told", [](diary& d) { return !d.escalated.empty(); });
  CAF_CHECK_EQUAL(book->escalated.size(), 1u);
  caf::anon_send_exit(watcher, caf::exit_reason::user_shutdown);
}

CAF_TEST_FIXTURE_SCOPE_END()
