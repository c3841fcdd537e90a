#define CAF_SUITE sink_http_reader
#include <caf/test/unit_test.hpp>

#include "tests/sink/http_reader.hpp"

using namespace troupe::sink;
using result = http_reader::result;

namespace {

const std::string post =
    "POST /x/v1/posts HTTP/1.1\r\nHost: a\r\nauthorization: Bearer t\r\nIdempotency-Key:  k1 \r\n"
    "Content-Length: 5\r\n\r\nhello";

} // namespace

CAF_TEST(a request is whole however its bytes are split) {
  for (std::size_t at = 1; at < post.size(); ++at) {
    http_reader reader;
    request r;
    reader.append(post.substr(0, at));
    CAF_CHECK(reader.next(r) == result::more);
    reader.append(post.substr(at));
    CAF_REQUIRE(reader.next(r) == result::request);
    CAF_CHECK(r.key == "k1" && r.body == "hello" && r.authorization == "Bearer t" && r.method == "POST");
    CAF_CHECK(r.target == "/x/v1/posts" && r.keep_alive);
    CAF_CHECK(reader.next(r) == result::more);
  }
}

CAF_TEST(pipelined requests come out one by one) {
  http_reader reader;
  request r;
  reader.append(post + "\r\n" + post + "GET / HTTP/1.0\r\n\r\n" + post.substr(0, 10));
  for (int i = 0; i < 2; ++i) {
    CAF_REQUIRE(reader.next(r) == result::request);
    CAF_CHECK(r.body == "hello");
  }
  CAF_REQUIRE(reader.next(r) == result::request);
  CAF_CHECK(r.method == "GET" && !r.keep_alive && r.body.empty() && r.key.empty());
  CAF_CHECK(reader.next(r) == result::more);
}

CAF_TEST(a chunked body is joined) {
  http_reader reader;
  request r;
  reader.append(
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n");
  CAF_REQUIRE(reader.next(r) == result::request);
  CAF_CHECK(r.body == "abc0123456789");
  CAF_CHECK(reader.next(r) == result::more);
}

CAF_TEST(a client that waits for permission gets it once) {
  http_reader reader;
  request r;
  reader.append("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CAF_CHECK(reader.next(r) == result::more);
  CAF_CHECK(reader.wants_continue());
  CAF_CHECK(reader.next(r) == result::more);
  CAF_CHECK(!reader.wants_continue());
  reader.append("ok");
  CAF_CHECK(reader.next(r) == result::request);
}

CAF_TEST(nonsense is refused) {
  for (std::string text :
       {"nonsense\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    http_reader reader;
    request r;
    reader.append(text);
    CAF_CHECK(reader.next(r) == result::bad);
  }
  http_reader endless;
  request r;
  endless.append(std::string(http_reader::head_limit + 1, 'a'));
  CAF_CHECK(endless.next(r) == result::bad);
}
