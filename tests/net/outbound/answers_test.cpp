#define CAF_SUITE outbound_answers
#include "calls.hpp"
#include "raw_server.hpp"

using namespace troupe;
using namespace troupe::test;
using outbound::verb;

namespace {

/// A server that reads one request and then says exactly these bytes and closes.
raw_server::script says(std::string bytes) {
  return [bytes](connection& c) {
    c.read_request();
    c.send(bytes);
  };
}

response answer_to(std::string bytes, outbound::request r = {}) {
  raw_server server(says(std::move(bytes)));
  auto engine = start_engine();
  r.url = server.url();
  return call(*engine, std::move(r));
}

} // namespace

CAF_TEST(a complete answer has status and body and headers in order) {
  auto a = answer_to("HTTP/1.1 201 Created\r\nX-Two: a\r\nContent-Length: 5\r\nSet-Cookie: "
                     "x=1\r\nSET-COOKIE:  y=2  \r\n\r\nhello");
  CAF_CHECK_EQUAL(a.kind, result_kind::answered);
  CAF_CHECK_EQUAL(a.status, 201);
  CAF_CHECK(a.ok());
  CAF_CHECK_EQUAL(a.body, "hello");
  CAF_CHECK_EQUAL(a.error, "");
  CAF_CHECK(a.elapsed.count() > 0);
  CAF_REQUIRE_EQUAL(a.headers.size(), 4u);
  CAF_CHECK_EQUAL(a.headers[0].first, "x-two");
  CAF_CHECK_EQUAL(a.headers[2].second, "x=1");
  CAF_CHECK_EQUAL(a.headers[3].first, "set-cookie");
  CAF_CHECK_EQUAL(a.headers[3].second, "y=2");
  CAF_CHECK_EQUAL(std::string(a.header("set-cookie")), "x=1");
  CAF_CHECK_EQUAL(std::string(a.header("absent")), "");
}

CAF_TEST(an error status is an answer) {
  auto a = answer_to("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
  CAF_CHECK_EQUAL(a.kind, result_kind::answered);
  CAF_CHECK_EQUAL(a.status, 503);
  CAF_CHECK(!a.ok());
  CAF_CHECK_EQUAL(std::string(a.header("retry-after")), "7");
}

CAF_TEST(an interim answer is not the answer) {
  auto a =
      answer_to("HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                "HTTP/1.1 200 OK\r\nX-Final: 1\r\nContent-Length: 2\r\n\r\nhi",
                post(""));
  CAF_CHECK_EQUAL(a.kind, result_kind::answered);
  CAF_CHECK_EQUAL(a.status, 200);
  CAF_CHECK_EQUAL(a.body, "hi");
  CAF_CHECK_EQUAL(std::string(a.header("x-interim")), "");
  CAF_CHECK_EQUAL(std::string(a.header("link")), "");
  CAF_CHECK_EQUAL(std::string(a.header("x-final")), "1");
}

CAF_TEST(an interim answer alone is no answer) {
  auto a = answer_to("HTTP/1.1 100 Continue\r\n\r\n", post(""));
  CAF_CHECK_EQUAL(a.kind, result_kind::no_answer);
  CAF_CHECK_EQUAL(a.status, 0);
}

CAF_TEST(an HTTP 1.0 answer ends where the connection ends) {
  auto a = answer_to("HTTP/1.0 200 OK\r\n\r\nall of it");
  CAF_CHECK_EQUAL(a.kind, result_kind::answered);
  CAF_CHECK_EQUAL(a.body, "all of it");
}

CAF_TEST(a chunked answer is put together and its trailers are left out) {
  auto a = answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                     "chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-Trailer: 1\r\n\r\n");
  CAF_CHECK_EQUAL(a.kind, result_kind::answered);
  CAF_CHECK_EQUAL(a.body, "abcdefg");
  CAF_CHECK_EQUAL(std::string(a.header("x-trailer")), "");
}

CAF_TEST(a folded header line continues the one before it) {
  auto a = answer_to("HTTP/1.1 200 OK\r\nX-Long: one\r\n  two\r\nContent-Length: 0\r\n\r\n");
  CAF_CHECK_EQUAL(std::string(a.header("x-long")), "one two");
}

CAF_TEST(an answer without content has an empty body) {
  auto a = answer_to("HTTP/1.1 204 No Content\r\n\r\n");
  CAF_CHECK_EQUAL(a.kind, result_kind::answered);
  CAF_CHECK_EQUAL(a.status, 204);
  CAF_CHECK_EQUAL(a.body, "");
}

CAF_TEST(a redirect is an answer and is not followed) {
  raw_server server(says("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"));
  auto engine = start_engine();
  auto a = call(*engine, get(server.url()));
  CAF_CHECK_EQUAL(a.kind, result_kind::answered);
  CAF_CHECK_EQUAL(a.status, 302);
  CAF_CHECK_EQUAL(server.requests(), 1);
}

CAF_TEST(a chunked answer cut in the middle is no answer but keeps its status) {
  auto a = answer_to("HTTP/1.1 200 OK\r\nX-Id: 7\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf", post(""));
  CAF_CHECK_EQUAL(a.kind, result_kind::no_answer);
  CAF_CHECK_EQUAL(a.status, 200);
  CAF_CHECK_EQUAL(a.body, "");
  CAF_CHECK_EQUAL(std::string(a.header("x-id")), "7");
  CAF_CHECK(!a.error.empty());
  CAF_CHECK(!a.timed_out);
}

CAF_TEST(a body shorter than its length is no answer) {
  auto a = answer_to("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nhalf", post(""));
  CAF_CHECK_EQUAL(a.kind, result_kind::no_answer);
  CAF_CHECK_EQUAL(a.status, 201);
}

CAF_TEST(an empty reply is no answer) {
  CAF_CHECK_EQUAL(answer_to("").kind, result_kind::no_answer);
  CAF_CHECK_EQUAL(answer_to("", post("")).kind, result_kind::no_answer);
}

CAF_TEST(a cut status line or head is no answer) {
  CAF_CHECK_EQUAL(answer_to("HTT", post("")).kind, result_kind::no_answer);
  CAF_CHECK_EQUAL(answer_to("HTTP/1.1 200 OK\r\nContent-Le", post("")).kind, result_kind::no_answer);
}

CAF_TEST(garbage in place of HTTP is no answer) {
  for (auto bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n", "<html>hello</html>", "\0\x01\x02\x03", "HTTP/7.3 200 OK\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n"}) {
    CAF_MESSAGE(bytes);
    auto a = answer_to(bytes, post(""));
    CAF_CHECK_EQUAL(a.kind, result_kind::no_answer);
    CAF_CHECK(!a.error.empty());
  }
}

CAF_TEST(a connection that is reset after the request is no answer) {
  raw_server server([](connection& c) {
    c.read_request();
    c.reset();
  });
  auto engine = start_engine();
  auto a = call(*engine, post(server.url()));
  CAF_CHECK_EQUAL(a.kind, result_kind::no_answer);
  CAF_CHECK(!a.timed_out);
}

CAF_TEST(a server that says nothing is no answer when the deadline passes) {
  raw_server server([](connection& c) { c.read_request(), c.wait_closed(); });
  auto engine = start_engine();
  auto r = post(server.url());
  r.timeout = milliseconds{150};
  auto a = call(*engine, std::move(r));
  CAF_CHECK_EQUAL(a.kind, result_kind::no_answer);
  CAF_CHECK(a.timed_out);
  CAF_CHECK(a.elapsed >= milliseconds{150});
}

CAF_TEST(headers that never end are no answer when the deadline passes) {
  raw_server server([](connection& c) {
    c.read_request();
    c.send("HTTP/1.1 200 OK\r\nX-Slow: ");
    c.wait_closed();
  });
  auto engine = start_engine();
  auto r = post(server.url());
  r.timeout = milliseconds{150};
  auto a = call(*engine, std::move(r));
  CAF_CHECK_EQUAL(a.kind, result_kind::no_answer);
  CAF_CHECK(a.timed_out);
  CAF_CHECK_EQUAL(a.status, 200);
}

CAF_TEST(a head larger than its bound is refused) {
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 5000; ++i) many += "X-Header-" + std::to_string(i) + ": value\r\n";
  std::string one = "HTTP/1.1 200 OK\r\nX-One: " + std::string(90'000, 'x') + "\r\n\r\n";
  std::string interim;
  for (int i = 0; i < 4000; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  for (const auto& bytes : {many, one, interim}) {
    auto a = answer_to(bytes, post(""));
    CAF_CHECK_EQUAL(a.kind, result_kind::no_answer);
    CAF_CHECK_EQUAL(a.error, "response too large");
  }
}

CAF_TEST(a body larger than its bound is refused whether announced or not ) {
  const std::string big(5001, 'x');
  for (const auto& bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5001\r\n\r\n" + big, "HTTP/1.1 200 OK\r\n\r\n" + big,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1389\r\n" + big + "\r\n0\r\n\r\n"}) {
    auto r = post("");
    r.max_response_bytes = 5000;
    auto a = answer_to(bytes, std::move(r));
    CAF_CHECK_EQUAL(a.kind, result_kind::no_answer);
    CAF_CHECK_EQUAL(a.status, 200);
    CAF_CHECK_EQUAL(a.error, "response too large");
    CAF_CHECK_EQUAL(a.body, "");
  }
  auto fits = post("");
  fits.max_response_bytes = 5001;
  CAF_CHECK_EQUAL(answer_to("HTTP/1.1 200 OK\r\n\r\n" + big, std::move(fits)).kind, result_kind::answered);
}

CAF_TEST(an answer before the body was read is an answer) {
  raw_server server([](connection& c) {
    c.read_head();
    c.answer(413, "too big", "Connection: close\r\n");
    c.wait_closed();
  });
  auto engine = start_engine();
  auto a = call(*engine, post(server.url(), std::string(32 << 20, 'x')));
  CAF_CHECK_EQUAL(a.kind, result_kind::answered);
  CAF_CHECK_EQUAL(a.status, 413);
  CAF_CHECK_EQUAL(a.body, "too big");
}
