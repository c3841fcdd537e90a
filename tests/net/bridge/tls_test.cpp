#define CAF_SUITE bridge_tls
#include <caf/test/unit_test.hpp>

#include "served.hpp"

using namespace troupe;
using namespace troupe::bridge;
using namespace troupe::test;

namespace {

struct fixture : served {
  temporary_directory directory;
  test_certificate pair{directory.path};

  fixture() {
    settings.tls_certificate = pair.certificate;
    settings.tls_key = pair.key;
    settings.threads = 2;
    routes.add(verb::get, "/", {}, [](request req, responder answer) {
      answer({200, "text/plain", {}, (req.secure ? "secure " : "clear ") + req.peer});
    });
    echo(verb::post, "/echo");
    hold(verb::get, "/held");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tls_tests, fixture)

CAF_TEST(requests go round trip under TLS) {
  start();
  raw_client client(port());
  client.start_tls();
  client.send(get_request("/"));
  CAF_CHECK_EQUAL(client.read().body, "secure 127.0.0.1");
  client.send(post_request("/echo", std::string(60'000, 'x')));
  CAF_CHECK_EQUAL(client.read().body.size(), 60'006u);
  client.send(get_request("/", "Connection: close\r\n"));
  CAF_CHECK_EQUAL(client.read().header("connection"), "close");
  CAF_CHECK(client.closed_by_server());
}

CAF_TEST(answers from other threads and pipelining work under TLS) {
  start();
  raw_client client(port());
  client.start_tls();
  client.send(get_request("/held") + get_request("/"));
  held.take("/held").answer({200, "text/plain", {}, std::string(3'000'000, 'x')});
  CAF_CHECK_EQUAL(client.read().body.size(), 3'000'000u);
  CAF_CHECK_EQUAL(client.read().body, "secure 127.0.0.1");
}

CAF_TEST(a large body is refused under TLS with an answer) {
  start();
  raw_client client(port());
  client.start_tls();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n");
  client.send(std::string(100'000, 'x'));
  CAF_CHECK_EQUAL(client.read().status, 413);
}

CAF_TEST(clear text on a TLS port and a silent handshake are cut) {
  settings.header_timeout = milliseconds(60);
  start();
  raw_client clear(port());
  clear.send(get_request("/"));
  CAF_CHECK(clear.read_to_end().find("HTTP/1.1 200") == std::string::npos);
  raw_client silent(port());
  CAF_CHECK(silent.closed_by_server());
  CAF_CHECK_EQUAL(counters().timeouts.load(), 1u);
}

CAF_TEST(a drain ends TLS connections) {
  start();
  raw_client client(port());
  client.start_tls();
  client.send(get_request("/"));
  client.read();
  running->drain(milliseconds(60'000));
  CAF_CHECK(client.closed_by_server());
}

CAF_TEST_FIXTURE_SCOPE_END()
