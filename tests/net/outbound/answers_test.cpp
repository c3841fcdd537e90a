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
