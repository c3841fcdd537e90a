#define CAF_SUITE outbound_connect
#include "calls.hpp"
#include "names.hpp"
#include "raw_server.hpp"
#include "tls.hpp"

#include <cstdlib>

using namespace troupe;
using namespace troupe::test;

namespace {

void answer_all(connection& c) {
  while (!c.read_request().empty()) c.answer(200);
}

std::string https(const raw_server& server, const std::string& host = "127.0.0.1") {
  return "https://" + host + ":" + std::to_string(server.port()) + "/";
}

std::string http(const raw_server& server, const std::string& host) {
  return "http://" + host + ":" + std::to_string(server.port()) + "/";
}

std::unique_ptr<outbound::engine> engine_trusting(const tls_identity& identity) {
  outbound::engine_settings settings;
  settings.ca_file = identity.certificate_file();
  return start_engine(settings);
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

CAF_TEST(a refused connection is not sent) {
  auto engine = start_engine();
  auto a = call(*engine, post("http://127.0.0.1:" + std::to_string(closed_port()) + "/"));
  CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
  CAF_CHECK(!a.timed_out);
  CAF_CHECK(!a.error.empty());
}

CAF_TEST(a name that does not exist is not sent) {
  auto engine = start_engine();
  auto a = call(*engine, post("http://missing.test/"));
  CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
  CAF_CHECK(contains(a.error, "missing.test"));
}

CAF_TEST(a name server that does not answer holds up nobody else) {
  raw_server server(answer_all);
  auto engine = start_engine();
  give_name("slow.test", {"127.0.0.1"});
  auto r = post("http://slow.test/");
  r.timeout = milliseconds{100};
  auto slow = call(*engine, std::move(r));
  CAF_CHECK_EQUAL(slow.kind, result_kind::not_sent);
  CAF_CHECK(slow.timed_out);
  CAF_CHECK(call(*engine, get(server.url())).ok());
  auto connecting = post("http://slow.test/");
  connecting.connect_timeout = milliseconds{50};
  slow = call(*engine, std::move(connecting));
  CAF_CHECK_EQUAL(slow.kind, result_kind::not_sent);
  CAF_CHECK(slow.timed_out);
  auto open = submit(*engine, post("http://slow.test/"));
  engine.reset(); // must not wait for the name server either
  CAF_CHECK_EQUAL(await(std::move(open)).kind, result_kind::not_sent);
  release_slow_names();
}

CAF_TEST(hundreds of names are looked up side by side) {
  raw_server server(answer_all);
  auto engine = start_engine();
  std::vector<std::future<response>> answers;
  for (int i = 0; i < 300; ++i) {
    const auto host = "many" + std::to_string(i) + ".test";
    if (i % 3 != 0) give_name(host, {"127.0.0.1"});
    answers.push_back(submit(*engine, post(http(server, host))));
  }
  for (std::size_t i = 0; i < answers.size(); ++i)
    CAF_CHECK_EQUAL(await(std::move(answers[i])).kind,
                    i % 3 != 0 ? result_kind::answered : result_kind::not_sent);
}

CAF_TEST(the second address of a name is tried when the first refuses) {
  raw_server server(answer_all);
  auto engine = start_engine();
  give_name("two.test", {"127.0.0.9", "127.0.0.1"});
  CAF_CHECK(call(*engine, post(http(server, "two.test"))).ok());
}

CAF_TEST(private addresses are refused unless the request or the operator allows them) {
  raw_server server(answer_all);
  auto engine = outbound::engine::start({});
  give_name("inside.test", {"127.0.0.1", "::1", "10.0.0.1", "169.254.169.254"});
  const auto port = ":" + std::to_string(server.port()) + "/";
  for (auto host : {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433", "0x7f.1",
                    "inside.test"}) {
    auto a = call(*engine, post(std::string("http://") + host + port));
    CAF_MESSAGE(host << ": " << a.error);
    CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
    CAF_CHECK(contains(a.error, "private address"));
  }
  CAF_CHECK_EQUAL(server.connections(), 0);
  auto allowed = post(server.url());
  allowed.allow_private = true;
  CAF_CHECK(call(*engine, std::move(allowed)).ok());
  CAF_CHECK_EQUAL(server.requests(), 1);
}

CAF_TEST(an open connection of an allowed request is not lent to one that is not ) {
  raw_server server(answer_all);
  auto engine = outbound::engine::start({});
  auto allowed = post(server.url());
  allowed.allow_private = true;
  CAF_CHECK(call(*engine, std::move(allowed)).ok());
  auto a = call(*engine, post(server.url()));
  CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
  CAF_CHECK(contains(a.error, "private address"));
  CAF_CHECK_EQUAL(server.requests(), 1);
}

CAF_TEST(the environment cannot put a proxy in between) {
  raw_server proxy(answer_all);
  raw_server server(answer_all);
  for (auto name : {"http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"})
    setenv(name, http(proxy, "127.0.0.1").c_str(), 1);
  auto engine = start_engine();
  CAF_CHECK(call(*engine, get(server.url())).ok());
  CAF_CHECK_EQUAL(server.requests(), 1);
  CAF_CHECK_EQUAL(proxy.connections(), 0);
  for (auto name : {"http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) unsetenv(name);
}

CAF_TEST(a trusted TLS server is talked to and its connection is reused) {
  tls_identity identity("inside.test");
  raw_server server([&](connection& c) {
    tls_session session(identity, c);
    if (!session.handshake()) return;
    while (!session.read_request().empty()) session.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  auto engine = engine_trusting(identity);
  for (int i = 0; i < 3; ++i) {
    auto r = post(https(server), std::string(100'000, 'x'));
    r.gate = open_gate();
    auto a = call(*engine, std::move(r));
    CAF_CHECK_EQUAL(a.error, "");
    CAF_CHECK(a.ok());
  }
  CAF_CHECK_EQUAL(server.connections(), 1);
}

CAF_TEST(a TLS server that nobody vouches for or with another name is not sent to) {
  tls_identity identity("inside.test");
  tls_identity stranger("inside.test");
  raw_server server([&](connection& c) {
    tls_session session(stranger, c);
    if (session.handshake()) session.read_request();
  });
  auto engine = engine_trusting(identity);
  auto a = call(*engine, post(https(server)));
  CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
  CAF_MESSAGE(a.error);
  CAF_CHECK(contains(a.error, "certificate"));

  give_name("other.test", {"127.0.0.1"});
  auto trusting = engine_trusting(stranger);
  a = call(*trusting, post(https(server, "other.test")));
  CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
  CAF_MESSAGE(a.error);
  CAF_CHECK_EQUAL(server.requests(), 0);
}

CAF_TEST(a server that does not finish the TLS handshake is not sent to) {
  raw_server plain([](connection& c) { c.send("HTTP/1.1 200 OK\r\n\r\n"); });
  raw_server silent([](connection& c) { c.wait_closed(); });
  raw_server closing([](connection& c) { c.close(); });
  auto engine = start_engine();
  for (const auto* server : {&plain, &closing}) {
    auto a = call(*engine, post(https(*server)));
    CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
    CAF_CHECK(!a.timed_out);
  }
  auto r = post(https(silent));
  r.connect_timeout = milliseconds{100};
  auto a = call(*engine, std::move(r));
  CAF_CHECK_EQUAL(a.kind, result_kind::not_sent);
  CAF_CHECK(a.timed_out);
}

CAF_TEST(a gate revoked while the connection is made sends nothing) {
  tls_identity identity("inside.test");
  event connected, may_go_on;
  std::atomic<bool> got_request{false};
  raw_server server([&](connection& c) {
    connected.set();
    may_go_on.wait();
    tls_session session(identity, c);
    if (session.handshake()) got_request = !session.read_request().empty();
  });
  auto engine = engine_trusting(identity);
  auto r = post(https(server));
  r.gate = open_gate();
  auto gate = r.gate;
  auto answer = submit(*engine, std::move(r));
  CAF_REQUIRE(connected.wait());
  CAF_CHECK(gate->revoke());
  may_go_on.set();
  CAF_CHECK_EQUAL(await(std::move(answer)).kind, result_kind::revoked);
  engine.reset();
  CAF_CHECK(!got_request);
}

CAF_TEST(a POST on a reused TLS connection that dies unanswered reaches the server exactly once) {
  tls_identity identity("inside.test");
  std::atomic<int> requests{0};
  raw_server server([&](connection& c) {
    tls_session session(identity, c);
    if (!session.handshake()) return;
    for (int i = 1; !session.read_request().empty(); ++i) {
      ++requests;
      if (c.number() == 1 && i == 2) return;
      session.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  auto engine = engine_trusting(identity);
  CAF_CHECK(call(*engine, get(https(server))).ok());
  auto r = post(https(server));
  r.gate = open_gate();
  CAF_CHECK_EQUAL(call(*engine, std::move(r)).kind, result_kind::no_answer);
  CAF_CHECK_EQUAL(requests.load(), 2);
}
