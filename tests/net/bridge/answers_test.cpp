#define CAF_SUITE bridge_answers
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
    hold(verb::get, "/a");
    hold(verb::get, "/b");
    hold(verb::get, "/c");
    hold(verb::post, "/change");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(answer_tests, fixture)

CAF_TEST(pipelined answers keep the order of the requests whatever order they are given in) {
  start();
  raw_client client(port());
  client.send(get_request("/a") + get_request("/b") + get_request("/") + get_request("/c"));
  held.wait_for(3);
  held.take("/c").answer(text("c"));
  held.take("/b").answer(text("b"));
  held.take("/a").answer(text("a"));
  for (auto expected : {"a", "b", "root", "c"}) CAF_CHECK_EQUAL(client.read().body, expected);
}

CAF_TEST(a change waits for the reads before it and the reads after it wait for the change) {
  start();
  raw_client client(port());
  client.send(get_request("/a") + post_request("/change", "{}") + get_request("/b"));
  auto first = held.take("/a");
  CAF_CHECK_EQUAL(held.came(), 1u);
  first.answer(text("a"));
  auto change = held.take("/change");
  CAF_CHECK_EQUAL(held.came(), 2u);
  CAF_CHECK_EQUAL(change.req.body, "{}");
  change.answer(text("changed"));
  held.take("/b").answer(text("b"));
  for (auto expected : {"a", "changed", "b"}) CAF_CHECK_EQUAL(client.read().body, expected);
}

CAF_TEST(a connection has a bound of pipelined requests) {
  start();
  raw_client client(port());
  std::string many;
  for (int i = 0; i < 40; ++i) many += get_request("/a");
  client.send(many);
  held.wait_for(16);
  raw_client other(port()); // served by the same thread, so everything that could be begun has been
  other.send(get_request("/"));
  other.read();
  CAF_CHECK_EQUAL(held.came(), 16u);
  for (int i = 0; i < 40; ++i) held.take("/a").answer(text(std::to_string(i)));
  for (int i = 0; i < 40; ++i) CAF_CHECK_EQUAL(client.read().body, std::to_string(i));
}

CAF_TEST(a responder that is dropped unanswered is a 503) {
  start();
  raw_client client(port());
  client.send(get_request("/a"));
  { auto dropped = held.take("/a"); }
  auto r = client.read();
  CAF_CHECK_EQUAL(r.status, 503);
  CAF_CHECK_EQUAL(problem_slug(r), "unavailable");
  CAF_CHECK_EQUAL(r.header("retry-after"), "1");
}

CAF_TEST(a responder that is overwritten or moved answers each request once) {
  start();
  raw_client client(port());
  client.send(get_request("/a") + get_request("/b"));
  auto a = held.take("/a"), b = held.take("/b");
  a.answer = std::move(b.answer);
  CAF_CHECK(!b.answer);
  a.answer(text("b"));
  CAF_CHECK(!a.answer);
  a.answer(text("nobody hears this"));
  CAF_CHECK_EQUAL(client.read().status, 503);
  CAF_CHECK_EQUAL(client.read().body, "b");
}

CAF_TEST(a handler that throws is a 500 without a word about why) {
  routes.add(verb::get, "/throws", {},
             [](request, responder) { throw std::runtime_error("the secret of the database"); });
  start();
  raw_client client(port());
  client.send(get_request("/throws"));
  auto r = client.read();
  CAF_CHECK_EQUAL(r.status, 500);
  CAF_CHECK_EQUAL(problem_slug(r), "internal");
  CAF_CHECK(r.body.find("secret") == std::string::npos);
  client.send(get_request("/"));
  CAF_CHECK_EQUAL(client.read().body, "root");
}

CAF_TEST(many answers from other threads all arrive) {
  settings.threads = 2;
  start();
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int c = 0; c < 8; ++c)
    clients.emplace_back([&] {
      raw_client client(port());
      for (int i = 0; i < 50; ++i) {
        client.send(get_request("/a"));
        if (client.read().status == 200) ++good;
      }
    });
  for (int i = 0; i < 400; ++i) {
    auto one = std::make_shared<held_requests::one>(held.take("/a"));
    if (i % 2 == 0) {
      one->answer(text("a"));
    } else {
      std::thread([one] { one->answer(text("a")); }).join();
    }
  }
  for (auto& c : clients) c.join();
  CAF_CHECK_EQUAL(good.load(), 400);
  wait_until("nothing is in flight", [&] { return counters().in_flight.load() == 0; });
}

CAF_TEST(a client that disconnects while its answer is made harms nobody) {
  start();
  {
    raw_client client(port());
    client.send(get_request("/a"));
    held.wait_for(1);
    client.reset();
  }
  held.take("/a").answer(text(std::string(1'000'000, 'x')));
  CAF_CHECK_EQUAL(counters().in_flight.load(), 0u);
  CAF_CHECK_EQUAL(ask(get_request("/")).body, "root");
}

CAF_TEST(a client that disconnects in the middle of a large answer harms nobody) {
  routes.add(verb::get, "/large", {},
             [](request, responder answer) { answer(text(std::string(20'000'000, 'x'))); });
  start();
  {
    raw_client client(port(), 4096);
    client.send(get_request("/large"));
    wait_until("some of it is sent", [&] { return counters().bytes_out.load() > 0; });
    client.reset();
  }
  CAF_CHECK_EQUAL(ask(get_request("/")).body, "root");
}

CAF_TEST(a large answer arrives whole) {
  std::string large(20'000'000, 'x');
  large.back() = 'y';
  get("/large", large);
  start();
  raw_client client(port(), 16 * 1024);
  client.send(get_request("/large") + get_request("/"));
  CAF_CHECK(client.read().body == large);
  CAF_CHECK_EQUAL(client.read().body, "root");
}

CAF_TEST(answers that outlive their server are dropped quietly) {
  start();
  raw_client client(port());
  client.send(get_request("/a") + get_request("/b"));
  auto a = held.take("/a"), b = held.take("/b");
  running.reset();
  a.answer(text("a"));
  CAF_CHECK(client.closed_by_server());
}

CAF_TEST(the early check answers before the body is there and sees the head) {
  check = [](const request& head) -> std::unique_ptr<reply> {
    if (head.header("authorization") == "Bearer good" && head.param("id") == "7") return nullptr;
    return std::make_unique<reply>(problem({ec::unauthenticated, "No token."}, head.request_id));
  };
  echo(verb::post, "/things/{id}");
  start();
  raw_client client(port());
  client.send("POST /things/7 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
              "60000\r\n\r\n");
  auto r = client.read();
  CAF_CHECK_EQUAL(r.status, 401);
  CAF_CHECK_EQUAL(r.header("www-authenticate"), "Bearer");
  client.send(std::string(60'000, 'x')); // short enough to be skipped: the connection lives on
  client.send(post_request("/things/7", "[]", "Authorization: Bearer good\r\n"));
  CAF_CHECK_EQUAL(client.read().body, "2:[]");
  CAF_CHECK_EQUAL(counters().in_flight.load(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
