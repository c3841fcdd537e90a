#define CAF_SUITE cluster_gateway
#include "system/cluster/gateway.hpp"
#include "system/core/ids.hpp"

#include <caf/io/all.hpp>
#include <caf/test/unit_test.hpp>

#include <condition_variable>
#include <mutex>

using namespace troupe;
using namespace troupe::cluster;

namespace {

struct network_config : caf::actor_system_config {
  explicit network_config(const std::string& word) {
    add_message_types<caf::id_block::troupe_actor>();
    add_message_types<caf::id_block::troupe_cluster>();
    load<caf::io::middleman>();
    set("middleman.app-identifiers", std::vector<std::string>{word});
    set("scheduler.max-threads", static_cast<std::size_t>(2));
  }
};

/// What a LINK tells of its node.
class log_of_link {
 public:
  link_events events() {
    return {[this](const node_id&) { note(+1); }, [this](const node_id&) { note(-1); }};
  }
  void wait(int ups, int downs) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return ups_ >= ups && downs_ >= downs; }))
      CAF_FAIL("waited for " << ups << " ups and " << downs << " downs, saw " << ups_ << " and " << downs_);
  }

 private:
  void note(int what) {
    std::lock_guard lock(mutex_);
    (what > 0 ? ups_ : downs_) += 1;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  int ups_ = 0, downs_ = 0;
};

/// Two actor systems of one process; `b` has a gateway, `a` a link to it.
struct fixture {
  network_config config_a{"troupe-test"}, config_b{"troupe-test"};
  caf::actor_system a{config_a}, b{config_b};
  router route_b{4};
  node_id id_a{"a", 1}, id_b{"b", 2};
  log_of_link noted;
  caf::actor shard, gate, to_b;
  std::uint16_t port = 0;
  entity_ref who = user_ref(new_uuid(system_now()));
  std::atomic<int> told{0}, looked{0};

  fixture() {
    shard = b.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](routed& r) -> caf::result<json_text> {
        if (r.payload.match_elements<tick>()) {
          ++told;
          return json_text{};
        }
        if (r.payload.match_elements<lift_quarantine>()) return to_error({ec::conflict, "not now"});
        if (r.payload.match_elements<json_text>()) return json_text{std::string(most_bytes + 1, 'x')};
        return json_text{to_string(r.to.id)};
      }};
    });
    for (shard_id i = 0; i < 4; ++i) route_b.set(group::users, i, shard);
    gate = b.spawn(gateway, &route_b, id_b,
                   [this](const caf::message& m) { looked += m.match_elements<look_now>(); });
    auto bound = b.middleman().publish(gate, 0, "127.0.0.1", true);
    if (!bound) CAF_FAIL("no port");
    port = *bound;
    to_b = link_to(a, id_b);
    noted.wait(1, 0);
  }
  ~fixture() {
    for (auto& x : {to_b, gate, shard}) caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  }
  caf::actor link_to(caf::actor_system& from, const node_id& peer) {
    return from.spawn(cluster::link, peer, "127.0.0.1:" + std::to_string(port), id_a, gateway_settings{},
                      noted.events());
  }
  template <class Payload>
  expected<std::string> ask(const caf::actor& to, Payload what) {
    caf::scoped_actor self{a};
    expected<std::string> out = failure{ec::internal};
    self->request(to, std::chrono::seconds{30}, routed{who, caf::make_message(std::move(what))})
        .receive([&](const json_text& t) { out = t.text; },
                 [&](const caf::error& e) { out = to_failure(e); });
    return out;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(gateway_tests, fixture)

CAF_TEST(a request crosses and its answer comes back) {
  auto answer = ask(to_b, describe{});
  CAF_REQUIRE(answer.has_value());
  CAF_CHECK_EQUAL(*answer, to_string(who.id));
}

CAF_TEST(a failure comes back as it is) {
  auto answer = ask(to_b, lift_quarantine{who});
  CAF_REQUIRE(answer.has_error());
  CAF_CHECK(answer.error().code == ec::conflict);
  CAF_CHECK_EQUAL(answer.error().detail, "not now");
}

CAF_TEST(what is for the node as a whole is answered by its desk and refused until there is one) {
  auto question = [&]() -> expected<node_answer> {
    caf::scoped_actor self{a};
    expected<node_answer> out = failure{ec::internal};
    node_question q{"getActorTree", {{"path", "b"}}, {{"depth", "1"}}, "{}", 1'000};
    self->request(to_b, std::chrono::seconds{30}, routed{node_itself(), caf::make_message(std::move(q))})
        .receive([&](const node_answer& x) { out = x; }, [&](const caf::error& e) { out = to_failure(e); });
    return out;
  };
  auto early = question();
  CAF_REQUIRE(early.has_error());
  CAF_CHECK(early.error().code == ec::fence_lost);
  auto desk = b.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const node_question& q) {
      return node_answer{200, q.operation + q.path[0].second + q.query[0].second + q.body};
    }};
  });
  caf::anon_send(gate, desk_is{desk});
  auto answer = question();
  CAF_REQUIRE(answer.has_value());
  CAF_CHECK_EQUAL(answer->status, 200);
  CAF_CHECK_EQUAL(answer->body, "getActorTreeb1{}");
  caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
}

CAF_TEST(what is not here is answered with nothing done) {
  for (shard_id i = 0; i < 4; ++i) route_b.clear(i);
  auto answer = ask(to_b, describe{});
  CAF_REQUIRE(answer.has_error());
  CAF_CHECK(answer.error().code == ec::fence_lost);
}

CAF_TEST(what is too large does not cross) {
  auto out = ask(to_b, json_text{std::string(most_bytes, 'x')});
  CAF_REQUIRE(out.has_error());
  CAF_CHECK(out.error().code == ec::payload_too_large);
  auto back = ask(to_b, json_text{"small"});
  CAF_REQUIRE(back.has_error());
  CAF_CHECK(back.error().code == ec::payload_too_large);
}

CAF_TEST(a notice reaches the node) {
  caf::anon_send(to_b, notice{protocol, pack(a, caf::make_message(look_now{}))});
  CAF_REQUIRE(ask(to_b, describe{}).has_value()); // behind it on the same way
  CAF_CHECK_EQUAL(looked.load(), 1);
}

CAF_TEST(another run of the node is not the one that was meant) {
  auto old = link_to(a, {"b", 1});
  auto answer = ask(old, describe{});
  CAF_REQUIRE(answer.has_error());
  CAF_CHECK(answer.error().code == ec::fence_lost);
  caf::anon_send_exit(old, caf::exit_reason::user_shutdown);
}

CAF_TEST(who holds other keys is not talked to) {
  network_config other{"troupe-other"};
  caf::actor_system stranger{other};
  auto remote = stranger.middleman().remote_actor("127.0.0.1", port);
  CAF_CHECK(!remote);
}

CAF_TEST(a node of an unknown version is told so and nothing is done for it) {
  auto direct = a.middleman().remote_actor("127.0.0.1", port);
  CAF_REQUIRE(direct.operator bool());
  caf::scoped_actor self{a};
  std::uint16_t greeted = 1;
  self->request(*direct, std::chrono::seconds{30}, hello{protocol + 1, "z", 9})
      .receive([&](const hello& h) { greeted = h.version; }, [](const caf::error&) {});
  CAF_CHECK_EQUAL(greeted, 0);
  envelope e;
  e.version = protocol + 1;
  e.id = 7;
  e.to = who;
  e.payload = pack(a, caf::make_message(tick{}));
  failure why;
  self->send(*direct, e);
  self->receive([&](const envelope_answer& x) { why = x.why; },
                caf::after(std::chrono::seconds{30}) >> [] { CAF_FAIL("no answer"); });
  CAF_CHECK(why.code == ec::unavailable);
  CAF_CHECK(why.detail.find("upgrade the older one") != std::string::npos);
  CAF_CHECK_EQUAL(told.load(), 0);
}

CAF_TEST(a gateway that ends is noticed and a new one is found) {
  caf::anon_send_exit(gate, caf::exit_reason::user_shutdown);
  noted.wait(1, 1);
  CAF_CHECK(ask(to_b, describe{}).error().code == ec::fence_lost);
  b.middleman().unpublish(gate, port);
  gate = b.spawn(gateway, &route_b, id_b, [](const caf::message&) {});
  CAF_REQUIRE(static_cast<bool>(b.middleman().publish(gate, port, "127.0.0.1", true)));
  noted.wait(2, 1);
  CAF_CHECK(ask(to_b, describe{}).has_value());
}

CAF_TEST(addresses are host and port) {
  auto named = parse_address("node-b:7000"), numbered = parse_address("[::1]:7000");
  CAF_CHECK_EQUAL(named->first, "node-b");
  CAF_CHECK_EQUAL(numbered->first, "::1");
  for (auto* bad : {"", "node", ":7000", "node:", "node:0", "node:x", "node:70000"})
    CAF_CHECK(!parse_address(bad).has_value());
}

CAF_TEST_FIXTURE_SCOPE_END()
