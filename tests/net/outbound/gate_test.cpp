#define CAF_SUITE outbound_gate
#include "calls.hpp"
#include "raw_server.hpp"

#include <barrier>
#include <deque>

using namespace troupe;
using namespace troupe::test;
using outbound::send_gate;
using outbound::verb;

namespace {

/// Answers the first request of the first connection and keeps it alive; dies on the second one, unanswered.
/// Later connections answer everything.
raw_server::script dies_on_reuse(bool with_reset = false) {
  return [with_reset](connection& c) {
    if (c.number() > 1) {
      while (!c.read_request().empty()) c.answer(200);
      return;
    }
    c.read_request();
    c.answer(200);
    c.read_request();
    if (with_reset) c.reset();
  };
}

struct outcome {
  response second;
  int requests;
  int connections;
};

outcome second_call_on_dying_connection(verb method, std::shared_ptr<send_gate> gate,
                                        bool with_reset = false) {
  raw_server server(dies_on_reuse(with_reset));
  auto engine = start_engine();
  CAF_REQUIRE_EQUAL(call(*engine, get(server.url())).kind, result_kind::answered);
  auto r = post(server.url());
  r.method = method;
  if (method == verb::get) r.body.clear();
  r.gate = std::move(gate);
  auto a = call(*engine, std::move(r));
  return {std::move(a), server.requests(), server.connections()};
}

} // namespace

CAF_TEST(a gate is released once) {
  send_gate gate([] { return true; });
  CAF_CHECK(gate.release());
  CAF_CHECK(!gate.release());
  CAF_CHECK(!gate.revoke());
  CAF_CHECK(gate.now() == send_gate::state::released);
}

CAF_TEST(a revoked gate is never released) {
  send_gate gate([] { return true; });
  CAF_CHECK(gate.revoke());
  CAF_CHECK(gate.revoke());
  CAF_CHECK(!gate.release());
  CAF_CHECK(gate.now() == send_gate::state::revoked);
}

CAF_TEST(a gate whose owner says no stays armed and can still be revoked) {
  send_gate gate([] { return false; });
  CAF_CHECK(!gate.release());
  CAF_CHECK(gate.now() == send_gate::state::armed);
  CAF_CHECK(gate.revoke());
}

CAF_TEST(a gate whose owner throws says no) {
  send_gate gate([]() -> bool { throw std::runtime_error("no"); });
  CAF_CHECK(!gate.release());
}

CAF_TEST(a revocation while the owner thinks wins) {
  send_gate* self = nullptr;
  send_gate gate([&] { return self->revoke(); });
  self = &gate;
  CAF_CHECK(!gate.release());
  CAF_CHECK(gate.now() == send_gate::state::revoked);
}

CAF_TEST(release and revoke never both succeed) {
  constexpr std::size_t rounds = 2000;
  std::deque<send_gate> gates;
  for (std::size_t i = 0; i < rounds; ++i) gates.emplace_back(std::function<bool()>{});
  std::vector<char> released(rounds), revoked(rounds);
  std::barrier start(2);
  std::thread other([&] {
    start.arrive_and_wait();
    for (std::size_t i = 0; i < rounds; ++i) revoked[i] = gates[i].revoke();
  });
  start.arrive_and_wait();
  for (std::size_t i = rounds; i-- > 0;) released[i] = gates[i].release(); // the two meet in the middle
  other.join();
  for (std::size_t i = 0; i < rounds; ++i)
    if (released[i] == revoked[i]) CAF_FAIL("both or neither for gate " << i);
}

CAF_TEST(a POST on a reused connection that dies unanswered reaches the server exactly once) {
  for (bool with_reset : {false, true}) {
    for (const auto& gate : {open_gate(), std::shared_ptr<send_gate>{}}) {
      auto o = second_call_on_dying_connection(verb::post, gate, with_reset);
      CAF_CHECK_EQUAL(o.second.kind, result_kind::no_answer);
      CAF_CHECK_EQUAL(o.requests, 2); // the first GET and one POST
      CAF_CHECK(!o.second.error.empty());
      if (gate) CAF_CHECK(gate->now() == send_gate::state::released);
    }
  }
}

CAF_TEST(no method but GET is repeated and a GET with a gate is not either) {
  for (auto method : {verb::put, verb::patch, verb::del}) {
    auto o = second_call_on_dying_connection(method, nullptr);
    CAF_CHECK_EQUAL(o.second.kind, result_kind::no_answer);
    CAF_CHECK_EQUAL(o.requests, 2);
  }
  auto gated = second_call_on_dying_connection(verb::get, open_gate());
  CAF_CHECK_EQUAL(gated.second.kind, result_kind::no_answer);
  CAF_CHECK_EQUAL(gated.requests, 2);
  auto plain = second_call_on_dying_connection(verb::get, nullptr);
  CAF_CHECK_EQUAL(plain.second.kind, result_kind::answered);
  CAF_CHECK_EQUAL(plain.requests, 3);
}

CAF_TEST(a connection closed while idle is replaced before anything is sent) {
  event closed;
  raw_server server([&](connection& c) {
    if (c.number() > 1) {
      while (!c.read_request().empty()) c.answer(200);
      return;
    }
    c.read_request();
    c.answer(200);
    c.close();
    closed.set();
  });
  auto engine = start_engine();
  CAF_REQUIRE_EQUAL(call(*engine, get(server.url())).kind, result_kind::answered);
  CAF_REQUIRE(closed.wait());
  auto r = post(server.url());
  r.gate = open_gate();
  CAF_CHECK_EQUAL(call(*engine, std::move(r)).kind, result_kind::answered);
  CAF_CHECK_EQUAL(server.requests(), 2);
  CAF_CHECK_EQUAL(server.connections(), 2);
}

CAF_TEST(a request passes its gate after connecting and before its first byte) {
  event may_go;
  std::atomic<int> requests_when_asked{-1};
  raw_server server([](connection& c) {
    while (!c.read_request().empty()) c.answer(200);
  });
  auto engine = start_engine();
  auto r = post(server.url());
  r.gate = std::make_shared<send_gate>([&] {
    requests_when_asked = server.requests();
    return true;
  });
  auto gate = r.gate;
  CAF_CHECK_EQUAL(call(*engine, std::move(r)).kind, result_kind::answered);
  CAF_CHECK_EQUAL(requests_when_asked.load(), 0);
  CAF_CHECK(gate->now() == send_gate::state::released);
}

CAF_TEST(a gate that says no sends nothing) {
  raw_server server([](connection& c) { c.read_request(), c.answer(200); });
  auto engine = start_engine();
  auto r = post(server.url());
  r.gate = std::make_shared<send_gate>([] { return false; });
  auto a = call(*engine, std::move(r));
  CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
  CAF_CHECK_EQUAL(a.error, "the send gate said no");
  engine.reset();
  CAF_CHECK_EQUAL(server.requests(), 0);
}

CAF_TEST(a gate that another call has used sends nothing) {
  raw_server server([](connection& c) {
    while (!c.read_request().empty()) c.answer(200);
  });
  auto engine = start_engine();
  auto gate = open_gate();
  for (int i = 0; i < 2; ++i) {
    auto r = post(server.url());
    r.gate = gate;
    CAF_CHECK_EQUAL(call(*engine, std::move(r)).kind, i == 0 ? result_kind::answered : result_kind::not_sent);
  }
  CAF_CHECK_EQUAL(server.requests(), 1);
}

CAF_TEST(a gate revoked before the call starts sends nothing) {
  raw_server server([](connection& c) { c.read_request(), c.answer(200); });
  auto engine = start_engine();
  auto r = post(server.url());
  r.gate = open_gate();
  r.gate->revoke();
  CAF_CHECK_EQUAL(call(*engine, std::move(r)).kind, result_kind::revoked);
  CAF_CHECK_EQUAL(server.connections(), 0);
}

CAF_TEST(a gate revoked while the request is queued frees it before its turn comes) {
  event arrived;
  raw_server server([&](connection& c) {
    c.read_request();
    arrived.set();
    c.wait_closed();
  });
  outbound::engine_settings settings;
  settings.max_in_flight = 1;
  auto engine = start_engine(settings);
  auto holding = submit(*engine, get(server.url()));
  CAF_REQUIRE(arrived.wait());
  auto r = post(server.url());
  r.gate = open_gate();
  auto gate = r.gate;
  auto waiting = submit(*engine, std::move(r));
  CAF_CHECK(gate->revoke());
  CAF_CHECK_EQUAL(await(std::move(waiting)).kind, result_kind::revoked);
  CAF_CHECK_EQUAL(engine->in_flight(), 1u);
  engine.reset();
  CAF_CHECK_EQUAL(await(std::move(holding)).kind, result_kind::no_answer);
  CAF_CHECK_EQUAL(server.requests(), 1);
}

CAF_TEST(a gate revoked at the moment of release sends nothing) {
  raw_server server([](connection& c) { c.read_request(), c.answer(200); });
  auto engine = start_engine();
  auto r = post(server.url());
  auto gate = std::make_shared<std::weak_ptr<send_gate>>();
  r.gate = std::make_shared<send_gate>([gate] { return gate->lock()->revoke(); });
  *gate = r.gate;
  auto a = call(*engine, std::move(r));
  CAF_CHECK_EQUAL(a.kind, result_kind::revoked);
  engine.reset();
  CAF_CHECK_EQUAL(server.requests(), 0);
}
