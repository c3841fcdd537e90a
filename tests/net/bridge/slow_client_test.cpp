#define CAF_SUITE bridge_slow_clients
#include <caf/test/unit_test.hpp>

#include "served.hpp"

using namespace troupe;
using namespace troupe::bridge;
using namespace troupe::test;

namespace {

constexpr milliseconds soon{60};
constexpr milliseconds never{600'000};

/// A server whose deadlines are all far away; each test brings one near.
struct fixture : served {
  fixture() {
    settings.header_timeout = never;
    settings.body_timeout = never;
    settings.write_timeout = never;
    settings.keep_alive_timeout = never;
    settings.request_deadline = never;
    settings.max_header_bytes = 2000;
    get("/", "root");
    get("/large", std::string(8'000'000, 'x'));
    echo(verb::post, "/echo");
    hold(verb::get, "/held");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(slow_client_tests, fixture)

CAF_TEST(a client that never says anything is cut) {
  settings.header_timeout = soon;
  start();
  raw_client client(port());
  CAF_CHECK(client.closed_by_server());
  CAF_CHECK_EQUAL(counters().timeouts.load(), 1u);
}

CAF_TEST(a client that stops within its header is told and cut) {
  settings.header_timeout = soon;
  start();
  raw_client client(port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Half: ");
  auto r = client.read();
  CAF_CHECK_EQUAL(r.status, 408);
  CAF_CHECK_EQUAL(problem_slug(r), "request-timeout");
  CAF_CHECK(client.closed_by_server());
}

CAF_TEST(a trickle of header bytes does not move the deadline) {
  settings.header_timeout = soon;
  start();
  raw_client client(port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  // Each byte is sent when the one before has arrived, until the server has enough.
  std::size_t sent = 0;
  for (auto before = counters().bytes_in.load(); counters().timeouts.load() == 0;
       before = counters().bytes_in.load()) {
    if (!client.try_send("x") || ++sent > 1900) break;
    wait_until("the byte has arrived or the client is cut",
               [&] { return counters().bytes_in.load() > before || counters().timeouts.load() > 0; });
  }
  wait_until("the client is cut", [&] { return counters().timeouts.load() == 1; });
  CAF_CHECK_EQUAL(client.read().status, 408);
}

CAF_TEST(the second header on a connection has a deadline too) {
  start();
  raw_client client(port());
  client.send(get_request("/"));
  CAF_CHECK_EQUAL(client.read().status, 200);
  served other;
  other.settings = settings;
  other.settings.header_timeout =
      milliseconds(500); // it counts from the connect, before this thread can send
  other.get("/", "root");
  other.start();
  raw_client second(other.port());
  second.send(get_request("/") + "GET");
  CAF_CHECK_EQUAL(second.read().status, 200);
  CAF_CHECK_EQUAL(second.read().status, 408);
}

CAF_TEST(a client that stops within its body is told and cut) {
  settings.body_timeout = soon;
  start();
  raw_client client(port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n123");
  auto r = client.read();
  CAF_CHECK_EQUAL(r.status, 408);
  CAF_CHECK(client.closed_by_server());
  CAF_CHECK_EQUAL(counters().in_flight.load(), 0u);
}

CAF_TEST(a body that comes faster than the least rate may take longer than its allowance) {
  settings.body_timeout = soon;
  settings.min_body_rate = 1; // each byte buys a second
  start();
  raw_client client(port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 600\r\n\r\n" +
      std::string(599, 'x'));
  // Five other connections are opened and cut meanwhile, each of which takes longer than the allowance.
  wait_until("599 bytes are in", [&] { return counters().bytes_in.load() > 599; });
  for (int i = 0; i < 5; ++i) {
    raw_client other(port());
    other.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 600\r\n\r\n");
    CAF_CHECK_EQUAL(other.read().status, 408);
  }
  client.send("x");
  CAF_CHECK_EQUAL(client.read().status, 200);
}

CAF_TEST(an idle connection is closed after its keep - alive time) {
  settings.keep_alive_timeout = soon;
  start();
  raw_client client(port());
  client.send(get_request("/"));
  auto r = client.read();
  CAF_CHECK_EQUAL(r.status, 200);
  CAF_CHECK(client.closed_by_server());
  CAF_CHECK_EQUAL(counters().timeouts.load(), 0u);
}

CAF_TEST(the keep - alive time does not run while a request is worked on) {
  settings.keep_alive_timeout = soon;
  start();
  raw_client client(port());
  client.send(get_request("/held"));
  auto one = held.take("/held");
  for (int i = 0; i < 3; ++i) { // three idle connections come and are closed meanwhile
    raw_client other(port());
    other.send(get_request("/"));
    other.read();
    CAF_CHECK(other.closed_by_server());
  }
  one.answer({200, "text/plain", {}, "late but fine"});
  CAF_CHECK_EQUAL(client.read().body, "late but fine");
}

CAF_TEST(a client that does not read its answer is cut) {
  settings.write_timeout = soon;
  settings.min_body_rate = 1'000'000'000;
  start();
  raw_client client(port(), 4096);
  client.send(get_request("/large"));
  wait_until("the answer is given up", [&] { return counters().timeouts.load() == 1; });
  auto got = client.read_to_end();
  CAF_CHECK(got.size() < 8'000'000);
}

CAF_TEST(a request that nobody answers is answered 503 at its deadline) {
  settings.request_deadline = soon;
  start();
  raw_client client(port());
  client.send(get_request("/held", "X-Request-Id: late-1\r\n"));
  auto r = client.read();
  CAF_CHECK_EQUAL(r.status, 503);
  CAF_CHECK_EQUAL(problem_slug(r), "timed-out");
  CAF_CHECK_EQUAL(r.header("retry-after"), "1");
  CAF_CHECK_EQUAL(r.header("x-request-id"), "late-1");
  CAF_CHECK_EQUAL(counters().timeouts.load(), 1u);
  // It stays in flight until its handler lets go of it, and its late answer is nobody's.
  CAF_CHECK_EQUAL(counters().in_flight.load(), 1u);
  held.take("/held").answer({200, "text/plain", {}, "too late"});
  CAF_CHECK_EQUAL(counters().in_flight.load(), 0u);
  client.send(get_request("/"));
  CAF_CHECK_EQUAL(client.read().body, "root");
}

CAF_TEST(the request says when its deadline is) {
  settings.request_deadline = milliseconds(60'000);
  start();
  raw_client client(port());
  auto before = std::chrono::steady_clock::now();
  client.send(get_request("/held"));
  auto one = held.take("/held");
  CAF_CHECK(one.req.deadline >= before + milliseconds(60'000));
  CAF_CHECK(one.req.deadline <= std::chrono::steady_clock::now() + milliseconds(60'000));
}

CAF_TEST_FIXTURE_SCOPE_END()
