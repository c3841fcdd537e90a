#define CAF_SUITE bridge_malformed
#include <caf/test/unit_test.hpp>

#include "served.hpp"

using namespace troupe;
using namespace troupe::bridge;
using namespace troupe::test;

namespace {

std::string printable(std::string_view bytes) {
  std::string out;
  for (char c : bytes) out += c >= 0x20 && c < 0x7F ? c : '.';
  return out;
}

struct fixture : served {
  fixture() {
    get("/", "root");
    route_options small;
    small.body_limit = 1000;
    echo(verb::post, "/small", small);
    route_options none;
    none.body_limit = 0;
    echo(verb::post, "/none", none);
    start();
  }

  /// Sends the bytes; the answer must be this status as a problem, and the connection must end with it.
  void refused(std::string_view bytes, int status) {
    CAF_MESSAGE(printable(bytes.substr(0, 100)));
    raw_client client(port());
    client.send(bytes);
    auto r = client.read();
    CAF_CHECK_EQUAL(r.status, status);
    CAF_CHECK(!problem_slug(r).empty());
    CAF_CHECK_EQUAL(r.header("connection"), "close");
    CAF_CHECK(client.closed_by_server());
  }
};

std::string head(std::string_view lines) {
  return "POST /small HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(malformed_tests, fixture)

CAF_TEST(a bad request line is answered 400) {
  refused("GET\r\n\r\n", 400);
  refused("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
  refused("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
  refused("GET / FTP/1.1 and more\r\nHost: a\r\n\r\n", 400);
  refused("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400);
  refused("GET / HTTP/1.1\nHost: a\n\n", 400);
  refused("\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400);
  refused(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9), 400);
}

CAF_TEST(another version of HTTP is answered 505 and another method 501) {
  refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505);
  refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
  refused("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501);
  refused("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501);
  refused("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 501);
}

CAF_TEST(a target that is no clean path is answered 400) {
  for (std::string target : {"http://a/", "*",       "a",         "/%",      "/%4",   "/%zz",    "/%00",
                             "/%0a",      "/%7f",    "/%ff",      "/%c3%28", "/a#b",  "/a\\b",   "/\xC3\xA4",
                             "/..",       "/a/../b", "/%2e%2e/b", "/.",      "/?a=%", "/?a=%ff", "/?%00"})
    refused("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n", 400);
}

CAF_TEST(a target or header that is too large is answered 414 or 431) {
  refused("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414);
  refused("GET /?" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414);
  refused("GET /" + std::string(9000, 'a'), 431);
  refused("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'a') + "\r\n\r\n", 431);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 150; ++i) many += "X" + std::to_string(i) + ": 1\r\n";
  refused(many + "\r\n", 431);
  std::string long_but_in_small_fields = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 90; ++i) long_but_in_small_fields += "X: " + std::string(100, 'b') + "\r\n";
  refused(long_but_in_small_fields + "\r\n", 431);
}

CAF_TEST(exactly one Host is needed) {
  refused("GET / HTTP/1.1\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400);
}

CAF_TEST(what could hide a second request is refused) {
  refused(head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400);
  refused(head("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400);
  refused(head("Content-Length: 3\r\nContent-Length: 3\r\n"), 400);
  refused(head("Content-Length: 3\r\nContent-Length: 4\r\n"), 400);
  refused(head("Content-Length: 3, 3\r\n"), 400);
  refused(head("Content-Length: +3\r\n"), 400);
  refused(head("Content-Length: -3\r\n"), 400);
  refused(head("Content-Length: 0x3\r\n"), 400);
  refused(head("Content-Length: 3 \x0b\r\n"), 400);
  refused(head("Content-Length: 99999999999999999999\r\n"), 400);
  refused(head("Content-Length: 18446744073709551615\r\n"), 400);
  refused(head("Content-Length:\r\n"), 400);
  refused(head("Transfer-Encoding: gzip, chunked\r\n"), 501);
  refused(head("Transfer-Encoding: chunked, gzip\r\n"), 501);
  refused(head("Transfer-Encoding: xchunked\r\n"), 501);
  refused(head("Transfer-Encoding: identity\r\n"), 501);
  refused(head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
  refused(head("Transfer-Encoding : chunked\r\n"), 400);
  refused("POST /small HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 400);
  refused("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
}

CAF_TEST(a malformed header field is answered 400) {
  refused(head("No colon\r\n"), 400);
  refused(head(": empty\r\n"), 400);
  refused(head("Na me: 1\r\n"), 400);
  refused(head("X: a\r\n folded\r\n"), 400);
  refused(head("X:\r\n\tfolded\r\n"), 400);
  refused(head("X: a\r\n \r\n"), 400);
  refused(head(std::string_view("X: a\0b\r\n", 8)), 400);
  refused(head("X: a\rb\r\n"), 400);
  refused(head("X: a\nb: c\r\n"), 400);
  refused(head("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 400);
  refused(head("Expect: something\r\n"), 417);
}

CAF_TEST(a bad chunk is answered 400) {
  auto chunked = [](std::string_view body) {
    return head("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") + std::string(body);
  };
  refused(chunked("x\r\n"), 400);
  refused(chunked("\r\n"), 400);
  refused(chunked("-1\r\n"), 400);
  refused(chunked(" 3\r\nabc\r\n0\r\n\r\n"), 400);
  refused(chunked("3\nabc\r\n0\r\n\r\n"), 400);
  refused(chunked("3\r\nabcd\r\n0\r\n\r\n"), 400);
  refused(chunked("3\r\nabc0\r\n\r\n"), 400);
  refused(chunked("0\r\nX\x01: 1\r\n\r\n"), 400);
  refused(chunked("0000000000000000000000003\r\nabc\r\n0\r\n\r\n"), 400);
  refused(chunked("3;" + std::string(5000, 'x') + "\r\nabc\r\n0\r\n\r\n"), 400);
  refused(chunked("0\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"), 400);
}

CAF_TEST(chunks with extensions and trailers are read) {
  auto request = head("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n");
  auto r = ask(request + "3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n");
  CAF_CHECK_EQUAL(r.status, 200);
  CAF_CHECK_EQUAL(r.body, "13:abc0123456789");
}

CAF_TEST(a huge body is refused before it is read) {
  raw_client client(port());
  client.send(
      head("Content-Type: application/json\r\nContent-Length: 1000000000\r\n")); // and not one byte of it
  auto r = client.read();
  CAF_CHECK_EQUAL(r.status, 413);
  CAF_CHECK_EQUAL(problem_slug(r), "payload-too-large");
  CAF_CHECK(client.closed_by_server());
}

CAF_TEST(a client that goes on sending a refused body still gets the answer) {
  raw_client client(port());
  client.send(head("Content-Type: application/json\r\nContent-Length: 1000000000\r\n"));
  std::string piece(100'000, 'x');
  for (int i = 0; i < 20 && client.try_send(piece); ++i) {
  }
  CAF_CHECK_EQUAL(client.read().status, 413);
}

CAF_TEST(chunks beyond the limit are refused as soon as they are announced) {
  raw_client client(port());
  client.send(head("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") +
              "10\r\n0123456789abcdef\r\n3e0\r\n");
  CAF_CHECK_EQUAL(client.read().status, 413);
}

CAF_TEST(a route that takes no body refuses any) {
  CAF_CHECK_EQUAL(ask(post_request("/none", "{}")).status, 413);
  CAF_CHECK_EQUAL(ask("POST /none HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
}

CAF_TEST(a wrong content type is answered 415 and says what is taken) {
  for (auto type : {"Content-Type: text/plain\r\n", "", "Content-Type: application/jsonx\r\n",
                    "Content-Type: application/json; charset=latin1\r\n"}) {
    auto r = ask(head(std::string(type) + "Content-Length: 2\r\n") + "{}");
    CAF_CHECK_EQUAL(r.status, 415);
    CAF_CHECK_EQUAL(problem_slug(r), "unsupported-media-type");
  }
  CAF_CHECK_EQUAL(
      ask(head("Content-Type: Application/JSON ; charset=\"UTF-8\"\r\nContent-Length: 2\r\n") + "{}").status,
      200);
}

CAF_TEST(a truncated upload is answered 400 when the client still listens) {
  raw_client client(port());
  client.send(head("Content-Type: application/json\r\nContent-Length: 100\r\n") + "{\"half\":");
  client.end_sending();
  auto r = client.read();
  CAF_CHECK_EQUAL(r.status, 400);
  CAF_CHECK(problem_detail(r).find("before the body was complete") != std::string::npos);
  raw_client other(port());
  other.send("GET / HTTP/1.1\r\nHos");
  other.end_sending();
  CAF_CHECK_EQUAL(other.read().status, 400);
}

CAF_TEST(a client that stops sending still gets its answers) {
  raw_client client(port());
  client.send(get_request("/") + get_request("/"));
  client.end_sending();
  CAF_CHECK_EQUAL(client.read().body, "root");
  CAF_CHECK_EQUAL(client.read().body, "root");
  CAF_CHECK(client.closed_by_server());
}

CAF_TEST(Expect is answered 100 before the body and 413 in its place) {
  raw_client client(port());
  auto expecting = [](int size) {
    return head("Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " +
                std::to_string(size) + "\r\n");
  };
  client.send(expecting(2));
  CAF_CHECK_EQUAL(client.read().status, 100);
  client.send("{}");
  CAF_CHECK_EQUAL(client.read().body, "2:{}");
  client.send(expecting(2000));
  CAF_CHECK_EQUAL(client.read().status, 413);
  CAF_CHECK(client.closed_by_server());
}

CAF_TEST(bytes that come one at a time make the same request) {
  raw_client client(port());
  auto request = head("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") +
                 "3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";
  for (char c : "\r\n" + request) client.send({&c, 1});
  CAF_CHECK_EQUAL(client.read().body, "5:abcde");
}

CAF_TEST(HTTP 1.0 closes unless it asks to be kept) {
  raw_client client(port());
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto r = client.read();
  CAF_CHECK_EQUAL(r.body, "root");
  CAF_CHECK_EQUAL(r.header("connection"), "keep-alive");
  client.send("GET / HTTP/1.0\r\n\r\n");
  r = client.read();
  CAF_CHECK_EQUAL(r.header("connection"), "close");
  CAF_CHECK(client.closed_by_server());
}

CAF_TEST(malformed requests are counted) {
  refused("GET / HTTP/1.1\r\n\r\n", 400);
  CAF_CHECK_EQUAL(counters().bad_requests.load(), 1u);
  CAF_CHECK_EQUAL(counters().responses_4xx.load(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
