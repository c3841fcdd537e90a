#define CAF_SUITE bridge_limits
#include <caf/test/unit_test.hpp>

#include "served.hpp"

#include <thread>

using namespace troupe;
using namespace troupe::bridge;
using namespace troupe::test;

namespace {

reply text(std::string body) { return {200, "text/plain", {}, std::move(body)}; }

struct fixture : served {
  fixture() {
    get("/", "root");
    hold(verb::get, "/held");
    hold(verb::post, "/change");
  }

  /// What starting with these settings answers.
  std::string refusal_of(server_settings s) {
    router r;
    route_options to_file;
    to_file.body_to_file = true;
    r.add(verb::post, "/upload", to_file, [](request, responder) {});
    auto made = server::start(std::move(s), std::move(r));
    if (made) return "it started";
    return made.error().code == ec::bad_configuration ? made.error().detail : "another code";
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(limit_tests, fixture)

CAF_TEST(requests beyond those that may be in flight are answered 503) {
  settings.max_in_flight = 2;
  start();
  raw_client first(port()), second(port()), third(port());
  first.send(get_request("/held"));
  second.send(get_request("/held"));
  held.wait_for(2);
  third.send(get_request("/held"));
  auto r = third.read();
  CAF_CHECK_EQUAL(r.status, 503);
  CAF_CHECK_EQUAL(problem_slug(r), "overloaded");
  CAF_CHECK_EQUAL(r.header("retry-after"), "1");
  held.take("/held").answer(text("one"));
  held.take("/held").answer(text("two"));
  wait_until("the places are free", [&] { return counters().in_flight.load() == 0; });
  third.send(get_request("/held"));
  held.take("/held").answer(text("three"));
  CAF_CHECK_EQUAL(third.read().body, "three");
}

CAF_TEST(an address has a bound of connections and is told so) {
  settings.max_connections_per_address = 2;
  start();
  {
    raw_client first(port()), second(port());
    first.send(get_request("/"));
    second.send(get_request("/"));
    first.read();
    second.read();
    raw_client third(port());
    auto r = third.read();
    CAF_CHECK_EQUAL(r.status, 429);
    CAF_CHECK_EQUAL(r.header("retry-after"), "1");
    CAF_CHECK(third.closed_by_server());
    CAF_CHECK_EQUAL(counters().connections_refused.load(), 1u);
  }
  wait_until("a place is free again", [&] {
    raw_client again(port());
    again.send(get_request("/"));
    return again.read().status == 200;
  });
}

CAF_TEST(the server has a bound of connections and says so) {
  settings.max_connections = 1;
  start();
  raw_client first(port());
  first.send(get_request("/"));
  first.read();
  raw_client second(port());
  auto r = second.read();
  CAF_CHECK_EQUAL(r.status, 503);
  CAF_CHECK_EQUAL(problem_slug(r), "overloaded");
  CAF_CHECK_EQUAL(r.header("retry-after"), "1");
  first.send(get_request("/"));
  CAF_CHECK_EQUAL(first.read().body, "root");
}

CAF_TEST(a connection ends after as many requests as it may carry) {
  settings.max_requests_per_connection = 3;
  start();
  raw_client client(port());
  client.send(get_request("/") + get_request("/") + get_request("/") + get_request("/"));
  CAF_CHECK(!client.read().has("connection"));
  CAF_CHECK(!client.read().has("connection"));
  CAF_CHECK_EQUAL(client.read().header("connection"), "close");
  CAF_CHECK(client.closed_by_server());
}

CAF_TEST(drain lets open requests finish and closes idle connections) {
  start();
  raw_client idle(port()), busy(port());
  idle.send(get_request("/"));
  idle.read();
  busy.send(get_request("/held"));
  auto one = held.take("/held");
  std::thread draining([&] { running->drain(milliseconds(60'000)); });
  CAF_CHECK(idle.closed_by_server());
  one.answer(text("finished"));
  auto r = busy.read();
  CAF_CHECK_EQUAL(r.body, "finished");
  CAF_CHECK_EQUAL(r.header("connection"), "close");
  CAF_CHECK(busy.closed_by_server());
  busy.end_sending();
  draining.join();
  bool refused = false;
  try {
    raw_client late(port());
  } catch (const std::runtime_error&) {
    refused = true;
  }
  CAF_CHECK(refused);
}

CAF_TEST(drain finishes a request whose body is still coming) {
  start();
  raw_client idle(port()), client(port());
  idle.send(get_request("/"));
  idle.read();
  client.send(
      "POST /change HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n12");
  wait_until("it is begun", [&] { return counters().in_flight.load() == 1; });
  std::thread draining([&] { running->drain(milliseconds(60'000)); });
  // Both are served by one thread, and one drain meets both: from here on the rest of the body finds it
  // begun.
  CAF_CHECK(idle.closed_by_server());
  client.send("34");
  held.take("/change").answer(text("done"));
  auto r = client.read();
  CAF_CHECK_EQUAL(r.body, "done");
  CAF_CHECK_EQUAL(r.header("connection"), "close");
  client.end_sending();
  draining.join();
}

CAF_TEST(drain closes what is not finished at its deadline) {
  start();
  raw_client client(port());
  client.send(get_request("/held"));
  held.wait_for(1);
  running->drain(milliseconds(50));
  CAF_CHECK(client.closed_by_server());
  held.take("/held").answer(text("too late"));
}

CAF_TEST(the counters tell what happened) {
  start();
  auto out = ask(get_request("/")).body.size();
  ask(get_request("/nowhere"));
  ask("nonsense\r\n\r\n");
  CAF_CHECK_EQUAL(counters().connections.load(), 3u);
  CAF_CHECK_EQUAL(counters().requests.load(), 2u);
  CAF_CHECK_EQUAL(counters().bad_requests.load(), 1u);
  CAF_CHECK_EQUAL(counters().responses_2xx.load(), 1u);
  CAF_CHECK_EQUAL(counters().responses_4xx.load(), 2u);
  CAF_CHECK_EQUAL(counters().bytes_in.load(), 2 * get_request("/").size() + 7 + 12);
  CAF_CHECK(counters().bytes_out.load() > out);
}

CAF_TEST(wrong settings are refused by name) {
  temporary_directory disk;
  auto good = settings;
  good.spool_directory = disk.path;
  CAF_CHECK_EQUAL(refusal_of(good), "it started");
  auto wrong = [&](auto change, std::string_view word) {
    auto s = good;
    change(s);
    auto text_of_it = refusal_of(s);
    CAF_MESSAGE(text_of_it);
    CAF_CHECK(text_of_it.find(word) != std::string::npos);
  };
  wrong([](auto& s) { s.threads = 0; }, "threads");
  wrong([](auto& s) { s.threads = 65; }, "threads");
  wrong([](auto& s) { s.address = "localhost"; }, "address");
  wrong([](auto& s) { s.address = "192.0.2.1"; }, "cannot listen on 192.0.2.1");
  wrong([](auto& s) { s.max_in_flight = 0; }, "max_in_flight");
  wrong([](auto& s) { s.header_timeout = milliseconds(0); }, "header_timeout");
  wrong([](auto& s) { s.trusted_proxies = {"10.0.0.0/33"}; }, "trusted_proxies");
  wrong([](auto& s) { s.trusted_proxies = {"proxy.example"}; }, "trusted_proxies");
  wrong([](auto& s) { s.tls_key = "key.pem"; }, "tls_certificate");
  wrong([](auto& s) { s.tls_key = s.tls_certificate = "/nowhere.pem"; }, "tls_certificate");
  wrong([](auto& s) { s.spool_directory = "/nowhere"; }, "spool_directory");
}

CAF_TEST(a port that is in use is refused although ports are shared between threads) {
  settings.threads = 2;
  start();
  temporary_directory disk;
  auto again = settings;
  again.spool_directory = disk.path;
  again.port = port();
  CAF_CHECK(refusal_of(again).find("cannot listen on 127.0.0.1 port") == 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
