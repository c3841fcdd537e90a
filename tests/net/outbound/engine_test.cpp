#define CAF_SUITE outbound_engine
#include "calls.hpp"
#include "raw_server.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

void answer_all(connection& c) {
  while (!c.read_request().empty()) c.answer(200);
}

/// Answers nothing until `let_go`.
struct holding_server {
  event arrived, let_go;
  raw_server server{[this](connection& c) {
    while (!c.read_request().empty()) {
      arrived.set();
      let_go.wait();
      c.answer(200);
    }
  }};
  ~holding_server() { let_go.set(); }
};

outbound::engine_settings one_at_a_time() {
  outbound::engine_settings settings;
  settings.max_in_flight = 1;
  return settings;
}

bool refuses(outbound::engine_settings settings, std::string_view key) {
  try {
    outbound::engine::start(std::move(settings));
  } catch (const std::invalid_argument& e) {
    return std::string_view(e.what()).find(key) != std::string_view::npos;
  }
  return false;
}

} // namespace

CAF_TEST(settings out of range are refused by name) {
  outbound::engine_settings s;
  CAF_CHECK(refuses((s = {}, s.max_in_flight = 0, s), "max_in_flight = 0: allowed is 1 .. 20000"));
  CAF_CHECK(refuses((s = {}, s.max_in_flight = 20'001, s), "max_in_flight"));
  CAF_CHECK(refuses((s = {}, s.max_queued = 0, s), "max_queued"));
  CAF_CHECK(refuses((s = {}, s.max_connections_per_host = 0, s), "max_connections_per_host"));
  CAF_CHECK(refuses((s = {}, s.max_idle_connections = -1, s), "max_idle_connections"));
  CAF_CHECK(refuses((s = {}, s.user_agent = "a\r\nb", s), "user_agent"));
  CAF_CHECK(refuses((s = {}, s.ca_file = "/nonexistent.pem", s), "ca_file = /nonexistent.pem"));
}

CAF_TEST(thousands of requests from several threads are each answered once) {
  raw_server server(answer_all);
  outbound::engine_settings settings;
  settings.max_connections_per_host = 16;
  auto engine = start_engine(settings);
  constexpr int threads = 4, each = 1000;
  std::vector<std::atomic<int>> answered(threads * each);
  std::atomic<int> good{0};
  event all;
  std::atomic<int> left{threads * each};
  std::vector<std::thread> submitters;
  for (int t = 0; t < threads; ++t)
    submitters.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        engine->submit(post(server.url("/" + std::to_string(i))), [&, index = t * each + i](response a) {
          ++answered[index];
          if (a.ok()) ++good;
          if (--left == 0) all.set();
        });
    });
  for (auto& t : submitters) t.join();
  CAF_REQUIRE(all.wait());
  for (auto& count : answered)
    if (count != 1) CAF_FAIL("answered " << count << " times");
  CAF_CHECK_EQUAL(good.load(), threads * each);
  CAF_CHECK_EQUAL(server.requests(), threads * each);
  CAF_CHECK(server.connections() <= 16);
  CAF_CHECK(engine->drain(seconds{10}));
  CAF_CHECK_EQUAL(engine->in_flight(), 0u);
  CAF_CHECK_EQUAL(engine->queued(), 0u);
}

CAF_TEST(a completion may submit the next request) {
  raw_server server(answer_all);
  auto engine = start_engine(one_at_a_time());
  event all;
  int left = 100;
  std::function<void(response)> next = [&](response a) {
    if (!a.ok() || --left == 0)
      all.set();
    else
      engine->submit(get(server.url()), next);
  };
  engine->submit(get(server.url()), next);
  CAF_CHECK(all.wait());
  CAF_CHECK_EQUAL(left, 0);
}

CAF_TEST(a completion that throws does no harm) {
  raw_server server(answer_all);
  auto engine = start_engine();
  engine->submit(get(server.url()), [](response) { throw std::runtime_error("ours"); });
  engine->submit(get(server.url()), nullptr);
  CAF_CHECK(call(*engine, get(server.url())).ok());
}

CAF_TEST(a full queue answers overloaded and sends nothing) {
  holding_server s;
  auto settings = one_at_a_time();
  settings.max_queued = 2;
  auto engine = start_engine(settings);
  auto first = submit(*engine, get(s.server.url()));
  CAF_REQUIRE(s.arrived.wait());
  CAF_CHECK_EQUAL(engine->in_flight(), 1u);
  CAF_CHECK_EQUAL(engine->queued(), 0u);
  auto second = submit(*engine, get(s.server.url()));
  auto third = submit(*engine, get(s.server.url()));
  CAF_CHECK_EQUAL(engine->queued(), 2u);
  auto a = await(submit(*engine, get(s.server.url())));
  CAF_CHECK_EQUAL(a.kind, result_kind::overloaded);
  CAF_CHECK(!a.error.empty());
  s.let_go.set();
  CAF_CHECK(await(std::move(first)).ok());
  CAF_CHECK(await(std::move(second)).ok());
  CAF_CHECK(await(std::move(third)).ok());
  CAF_CHECK_EQUAL(s.server.requests(), 3);
}

CAF_TEST(a deadline that passes in the queue means not sent) {
  holding_server s;
  auto engine = start_engine(one_at_a_time());
  auto first = submit(*engine, get(s.server.url()));
  CAF_REQUIRE(s.arrived.wait());
  auto r = post(s.server.url());
  r.timeout = milliseconds{60};
  auto a = await(submit(*engine, std::move(r)));
  CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
  CAF_CHECK(a.timed_out);
  CAF_CHECK_EQUAL(engine->in_flight(), 1u);
  s.let_go.set();
  CAF_CHECK(await(std::move(first)).ok());
  CAF_CHECK_EQUAL(s.server.requests(), 1);
}

CAF_TEST(a server that does not answer keeps nobody from the others) {
  holding_server stuck;
  raw_server lively(answer_all);
  outbound::engine_settings settings;
  settings.max_in_flight = 8;
  settings.max_connections_per_host = 4;
  auto engine = start_engine(settings);
  std::vector<std::future<response>> stuck_answers;
  for (int i = 0; i < 100; ++i) stuck_answers.push_back(submit(*engine, get(stuck.server.url())));
  CAF_REQUIRE(stuck.arrived.wait());
  for (int i = 0; i < 20; ++i) CAF_CHECK(call(*engine, get(lively.url())).ok());
  CAF_CHECK(stuck.server.connections() <= 4);
  stuck.let_go.set();
  for (auto& a : stuck_answers) CAF_CHECK(await(std::move(a)).ok());
  CAF_CHECK(stuck.server.connections() <= 4);
}

CAF_TEST(servers take turns whatever the length of their queues) {
  holding_server first;
  raw_server busy(answer_all), quiet(answer_all);
  auto engine = start_engine(one_at_a_time());
  auto holding = submit(*engine, get(first.server.url()));
  CAF_REQUIRE(first.arrived.wait());
  std::vector<std::string> order; // on the outbound thread until `all`
  event all;
  const auto note = [&](const char* who) {
    return [&order, &all, who](response) {
      order.push_back(who);
      if (order.size() == 52) all.set();
    };
  };
  for (int i = 0; i < 50; ++i) engine->submit(get(busy.url()), note("busy"));
  for (int i = 0; i < 2; ++i) engine->submit(get(quiet.url()), note("quiet"));
  first.let_go.set();
  CAF_REQUIRE(all.wait());
  CAF_CHECK_EQUAL(order[1], "quiet");
  CAF_CHECK_EQUAL(order[3], "quiet");
  CAF_CHECK(await(std::move(holding)).ok());
}

CAF_TEST(drain refuses what is new and waits for what is open) {
  holding_server s;
  auto engine = start_engine(one_at_a_time());
  auto open = submit(*engine, get(s.server.url()));
  auto queued = submit(*engine, get(s.server.url()));
  CAF_REQUIRE(s.arrived.wait());
  CAF_CHECK(!engine->drain(milliseconds{1}));
  auto late = await(submit(*engine, get(s.server.url())));
  CAF_CHECK_EQUAL(late.kind, result_kind::not_sent);
  CAF_CHECK_EQUAL(late.error, "the node is shutting down");
  s.let_go.set();
  CAF_CHECK(engine->drain(seconds{20}));
  CAF_CHECK(await(std::move(open)).ok());
  CAF_CHECK(await(std::move(queued)).ok());
}

CAF_TEST(destroying the engine answers everything that is open) {
  holding_server s;
  auto engine = start_engine(one_at_a_time());
  auto open = submit(*engine, post(s.server.url()));
  CAF_REQUIRE(s.arrived.wait());
  std::vector<std::future<response>> queued;
  for (int i = 0; i < 10; ++i) queued.push_back(submit(*engine, post(s.server.url())));
  engine.reset();
  CAF_CHECK_EQUAL(await(std::move(open)).kind, result_kind::no_answer);
  for (auto& q : queued) {
    auto a = await(std::move(q));
    CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
    CAF_CHECK_EQUAL(a.error, "the node is shutting down");
  }
  CAF_CHECK_EQUAL(s.server.requests(), 1);
}
