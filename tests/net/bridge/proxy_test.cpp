#define CAF_SUITE bridge_proxies
#include <caf/test/unit_test.hpp>

#include "net/bridge/client_address.hpp"
#include "net/bridge/proxy_protocol.hpp"
#include "served.hpp"

using namespace troupe;
using namespace troupe::bridge;
using namespace troupe::test;
using namespace std::string_view_literals;

namespace {

constexpr auto signature = "\r\n\r\n\0\r\nQUIT\n"sv;

std::string v2(std::string_view rest) { return std::string(signature) + std::string(rest); }

/// 203.0.113.9 port 4660 to 127.0.0.1 port 80, TCP over IPv4.
std::string v2_four() { return v2("\x21\x11\0\x0c\xcb\0\x71\x09\x7f\0\0\x01\x12\x34\0\x50"sv); }

struct fixture : served {
  fixture() {
    routes.add(verb::get, "/", {}, [](request req, responder answer) {
      answer({200, "text/plain", {}, req.peer + (req.secure ? " secure" : "")});
    });
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(proxy_tests, fixture)

CAF_TEST(X - Forwarded - For is not believed from anyone) {
  start();
  CAF_CHECK_EQUAL(ask(get_request("/", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n")).body,
                  "127.0.0.1");
}

CAF_TEST(X - Forwarded - For of a trusted proxy is read from the right and skips trusted ones) {
  settings.trusted_proxies = {"127.0.0.0/8", "10.0.0.0/8", "fd00::/8"};
  start();
  auto client = [&](std::string_view value) {
    return ask(get_request("/", "X-Forwarded-For: " + std::string(value) + "\r\n")).body;
  };
  CAF_CHECK_EQUAL(client("203.0.113.9"), "203.0.113.9");
  CAF_CHECK_EQUAL(client("6.6.6.6, 203.0.113.9"), "203.0.113.9");
  CAF_CHECK_EQUAL(client("6.6.6.6, 203.0.113.9, 10.1.2.3 ,fd00::5"), "203.0.113.9");
  CAF_CHECK_EQUAL(client("203.0.113.9:4711"), "203.0.113.9");
  CAF_CHECK_EQUAL(client("[2001:db8::1]:4711"), "2001:db8::1");
  CAF_CHECK_EQUAL(client("2001:db8::1"), "2001:db8::1");
  CAF_CHECK_EQUAL(client("::ffff:203.0.113.9"), "203.0.113.9");
  CAF_CHECK_EQUAL(client("10.9.9.9"), "10.9.9.9"); // all trusted: the leftmost
  CAF_CHECK_EQUAL(client("203.0.113.9, unknown, 10.0.0.1"), "10.0.0.1");
  CAF_CHECK_EQUAL(client("garbage"), "127.0.0.1");
  CAF_CHECK_EQUAL(client(""), "127.0.0.1");
  CAF_CHECK_EQUAL(ask(get_request("/", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 10.0.0.2\r\n"
                                       "X-Forwarded-Proto: https\r\n"))
                      .body,
                  "203.0.113.9 secure");
}

CAF_TEST(a trusted proxy is not held to the bound of one address) {
  settings.trusted_proxies = {"127.0.0.1"};
  settings.max_connections_per_address = 1;
  start();
  raw_client first(port()), second(port());
  first.send(get_request("/"));
  second.send(get_request("/"));
  CAF_CHECK_EQUAL(first.read().status, 200);
  CAF_CHECK_EQUAL(second.read().status, 200);
}

CAF_TEST(PROXY version 1 names the client) {
  settings.trusted_proxies = {"127.0.0.1"};
  settings.proxy_protocol = true;
  start();
  CAF_CHECK_EQUAL(ask("PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\n" + get_request("/")).body, "203.0.113.9");
  CAF_CHECK_EQUAL(ask("PROXY TCP6 2001:db8::1 ::1 4711 80\r\n" + get_request("/")).body, "2001:db8::1");
  CAF_CHECK_EQUAL(ask("PROXY UNKNOWN\r\n" + get_request("/")).body, "127.0.0.1");
}

CAF_TEST(PROXY version 2 names the client) {
  settings.trusted_proxies = {"127.0.0.1"};
  settings.proxy_protocol = true;
  start();
  CAF_CHECK_EQUAL(ask(v2_four() + get_request("/")).body, "203.0.113.9");
  CAF_CHECK_EQUAL(ask(v2("\x20\0\0\0"sv) + get_request("/")).body, "127.0.0.1");
  raw_client slowly(port());
  for (char c : v2_four() + get_request("/")) slowly.send({&c, 1});
  CAF_CHECK_EQUAL(slowly.read().body, "203.0.113.9");
}

CAF_TEST(the bound of one address counts the client behind the PROXY header) {
  settings.trusted_proxies = {"127.0.0.1"};
  settings.proxy_protocol = true;
  settings.max_connections_per_address = 1;
  start();
  raw_client first(port()), second(port()), third(port());
  first.send("PROXY TCP4 203.0.113.9 127.0.0.1 1 80\r\n" + get_request("/"));
  CAF_CHECK_EQUAL(first.read().status, 200);
  second.send("PROXY TCP4 203.0.113.9 127.0.0.1 2 80\r\n" + get_request("/"));
  CAF_CHECK_EQUAL(second.read().status, 429);
  third.send("PROXY TCP4 203.0.113.8 127.0.0.1 3 80\r\n" + get_request("/"));
  CAF_CHECK_EQUAL(third.read().status, 200);
}

CAF_TEST(a missing or broken PROXY header ends the connection) {
  settings.trusted_proxies = {"127.0.0.1"};
  settings.proxy_protocol = true;
  start();
  for (auto& bytes :
       {get_request("/"), "PROXY TCP4 203.0.113.9\r\n" + get_request("/"), v2("\x31\x11\0\x0c"sv)}) {
    raw_client client(port());
    client.send(bytes);
    CAF_CHECK(client.closed_by_server());
  }
}

CAF_TEST(a PROXY header from anyone else is a bad request) {
  settings.trusted_proxies = {"192.0.2.1"};
  settings.proxy_protocol = true;
  start();
  CAF_CHECK_EQUAL(ask("PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\n" + get_request("/")).status, 400);
  CAF_CHECK_EQUAL(ask(get_request("/")).body, "127.0.0.1");
}

CAF_TEST(TLS may follow a PROXY header in the same packet) {
  temporary_directory directory;
  test_certificate pair(directory.path);
  settings.tls_certificate = pair.certificate;
  settings.tls_key = pair.key;
  settings.trusted_proxies = {"127.0.0.1"};
  settings.proxy_protocol = true;
  start();
  raw_client client(port());
  client.send(v2_four());
  client.start_tls();
  client.send(get_request("/"));
  CAF_CHECK_EQUAL(client.read().body, "203.0.113.9 secure");
}

CAF_TEST(broken PROXY headers are told from unfinished ones) {
  using state = proxy_header::state;
  auto outcome = [](std::string_view bytes) { return parse_proxy_header(bytes).outcome; };
  CAF_CHECK(outcome("") == state::need_more);
  CAF_CHECK(outcome("PRO") == state::need_more);
  CAF_CHECK(outcome("PROXY TCP4 1.2.3.4 5.6.7.8 1 2") == state::need_more);
  CAF_CHECK(outcome(std::string(signature)) == state::need_more);
  CAF_CHECK(outcome(std::string_view(v2_four()).substr(0, 20)) == state::need_more);
  for (auto bytes : {"PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n"sv, "PROXY TCP4 ::1 ::1 1 2\r\n"sv,
                     "PROXY TCP5 1.2.3.4 5.6.7.8 1 2\r\n"sv, "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n"sv,
                     "PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n"sv, "GET / HTTP/1.1\r\n"sv})
    CAF_CHECK(outcome(bytes) == state::malformed);
  CAF_CHECK(outcome("PROXY TCP4 " + std::string(200, '1')) == state::malformed);
  CAF_CHECK(outcome(v2("\x21\x11\xff\xff"sv)) == state::malformed);
  CAF_CHECK(outcome(v2("\x21\x11\0\x04\x01\x02\x03\x04"sv)) == state::malformed);
  CAF_CHECK(outcome(v2("\x22\x11\0\x0c"sv)) == state::malformed);
}

CAF_TEST_FIXTURE_SCOPE_END()
