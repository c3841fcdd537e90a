#define CAF_SUITE bridge_actor

#include "net/api/bridge_actor.hpp"

#include <caf/test/unit_test.hpp>

#include <future>

using namespace troupe;
using namespace troupe::api;

namespace {

struct message_types : caf::actor_system_config {
  message_types() {
    add_message_types<caf::id_block::troupe_actor>();
    set("scheduler.max-threads", static_cast<std::size_t>(2));
  }
};

struct pool_fixture {
  message_types config;
  caf::actor_system system{config};
  router route{1};
  api_pool pool{system, 2};
  entity_ref to = user_ref(derived_uuid("somebody"));

  void serve_with(caf::actor a) { route.set(group::users, 0, std::move(a)); }

  /// What became of one question: the text of the answer, or the slug of the failure.
  std::string ask(milliseconds time = milliseconds{30'000}) {
    auto result = std::make_shared<std::promise<std::string>>();
    pool.post([=, this](bridge_actor* self) {
      ask_entity<json_text>(
          self, route, to, caf::make_message(describe{}), std::chrono::steady_clock::now() + time,
          [=](json_text& t) { result->set_value(t.text); },
          [=](const failure& f) { result->set_value(std::string(slug(f.code))); });
    });
    auto answer = result->get_future();
    if (answer.wait_for(std::chrono::seconds{30}) != std::future_status::ready) CAF_FAIL("nobody answered");
    return answer.get();
  }
};

} // namespace

CAF_TEST(a freed slot is used again and late ones are found) {
  pending_requests p;
  auto id = [](std::uint64_t n) { return caf::make_message_id(n).response_id(); };
  auto start = std::chrono::steady_clock::time_point{};
  auto first = p.add(id(1), start + seconds{1}), second = p.add(id(2), start + seconds{5});
  CAF_CHECK_EQUAL(p.size(), 2u);
  CAF_CHECK(p.take_expired(start).empty());
  auto late = p.take_expired(start + seconds{2});
  CAF_REQUIRE_EQUAL(late.size(), 1u);
  CAF_CHECK(late[0] == id(1));
  CAF_CHECK(p.take_expired(start + seconds{2}).empty());
  p.remove(first);
  p.remove(first);
  CAF_CHECK_EQUAL(p.size(), 1u);
  CAF_CHECK_EQUAL(p.add(id(3), start + seconds{9}), first);
  p.remove(second);
  CAF_CHECK_EQUAL(p.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE(pool_tests, pool_fixture)

CAF_TEST(an answer comes back to who asked) {
  serve_with(system.spawn([]() -> caf::behavior { return {[](routed&) { return json_text{"here"}; }}; }));
  for (int i = 0; i < 100; ++i) CAF_REQUIRE_EQUAL(ask(), "here");
}

CAF_TEST(a failure comes back as it was given) {
  serve_with(system.spawn([]() -> caf::behavior {
    return {[](routed&) -> caf::result<json_text> { return to_error({ec::conflict, "no"}); }};
  }));
  CAF_CHECK_EQUAL(ask(), "conflict");
}

CAF_TEST(a shard that is not there is unavailable) { CAF_CHECK_EQUAL(ask(), "unavailable"); }

CAF_TEST(an actor that dies without an answer is unavailable) {
  serve_with(system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[=](routed&) {
      auto promise = self->make_response_promise();
      self->quit();
    }};
  }));
  // The one that takes the question dies with it; those after it find nobody.
  auto first = ask(milliseconds{300});
  CAF_CHECK(first == "unavailable" || first == "timed-out");
  CAF_CHECK_EQUAL(ask(), "unavailable");
}

CAF_TEST(silence ends at the deadline and a late answer harms nobody) {
  auto late = std::make_shared<std::vector<caf::response_promise>>();
  serve_with(system.spawn([late](caf::event_based_actor* self) -> caf::behavior {
    return {[=](routed&) { late->push_back(self->make_response_promise()); },
            [=](tick) {
              for (auto& p : *late) p.deliver(json_text{"too late"});
              late->clear();
            }};
  }));
  for (int i = 0; i < 3; ++i) CAF_CHECK_EQUAL(ask(milliseconds{1}), "timed-out");
  caf::anon_send(route.find(to), tick{});
  serve_with(system.spawn([]() -> caf::behavior { return {[](routed&) { return json_text{"here"}; }}; }));
  for (int i = 0; i < 10; ++i) CAF_CHECK_EQUAL(ask(), "here");
}

CAF_TEST(an answer of another kind is a defect and not a silence) {
  serve_with(system.spawn([]() -> caf::behavior { return {[](routed&) { return done{}; }}; }));
  CAF_CHECK_EQUAL(ask(), "internal");
}

CAF_TEST(a task that throws harms no other) {
  serve_with(system.spawn([]() -> caf::behavior { return {[](routed&) { return json_text{"here"}; }}; }));
  for (int i = 0; i < 4; ++i) pool.post([](bridge_actor*) { throw std::runtime_error("on purpose"); });
  for (int i = 0; i < 4; ++i) CAF_CHECK_EQUAL(ask(), "here");
}

CAF_TEST_FIXTURE_SCOPE_END()
