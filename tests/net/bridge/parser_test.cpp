#define CAF_SUITE bridge_parsers
#include <caf/test/unit_test.hpp>

#include "net/bridge/admission.hpp"
#include "net/bridge/body_decoder.hpp"
#include "net/bridge/target.hpp"

using namespace troupe;
using namespace troupe::bridge;

namespace {

constexpr std::string_view with_chunks =
    "POST /a?x=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX-Long: some value\r\n\r\n"
    "5\r\nhello\r\n6;e=\"x\"\r\n world\r\n0\r\nX-T: 1\r\n\r\nREST";

/// Feeds the bytes in two parts and describes what came out.
std::string read_in_two(std::string_view bytes, std::size_t cut) {
  head_reader reader(1000);
  std::string pending(bytes.substr(0, cut));
  std::size_t used = 0;
  auto outcome = reader.feed(pending, used);
  pending.erase(0, used);
  pending += bytes.substr(cut);
  if (outcome == head_reader::state::need_more) {
    outcome = reader.feed(pending, used);
    pending.erase(0, used);
  }
  if (outcome != head_reader::state::done) return "failed: " + reader.error().detail;
  body_decoder decoder(reader.head(), 100);
  std::string body;
  for (;;) {
    std::string_view piece;
    auto state = decoder.feed(pending, used, piece);
    body += piece;
    pending.erase(0, used);
    if (state == body_decoder::state::done) break;
    if (state != body_decoder::state::need_more || (used == 0 && piece.empty())) return "bad body";
  }
  return reader.head().method + " " + reader.head().req.path + " " + body + " " + pending;
}

body_decoder::state decode(body_decoder& decoder, std::string_view bytes) {
  auto state = body_decoder::state::need_more;
  while (state == body_decoder::state::need_more && !bytes.empty()) {
    std::size_t used = 0;
    std::string_view piece;
    state = decoder.feed(bytes, used, piece);
    bytes.remove_prefix(used);
  }
  return state;
}

} // namespace

CAF_TEST(a request is the same wherever it is cut in two) {
  for (std::size_t cut = 0; cut <= with_chunks.size() - 4; ++cut)
    CAF_CHECK_EQUAL(read_in_two(with_chunks, cut), "POST /a hello world REST");
}

CAF_TEST(the header limit holds for many small fields that come slowly) {
  head_reader reader(1000);
  std::size_t used = 0;
  CAF_CHECK(reader.feed("GET / HTTP/1.1\r\n", used) == head_reader::state::need_more);
  auto state = head_reader::state::need_more;
  std::size_t given = 16;
  while (state == head_reader::state::need_more && given < 5000) {
    state = reader.feed("X: 12345\r\nY", used);
    given += used;
  }
  CAF_CHECK(state == head_reader::state::failed);
  CAF_CHECK_EQUAL(reader.error().status, 431);
  CAF_CHECK(given < 1100);
}

CAF_TEST(a reader can be used again after a request and after an error) {
  head_reader reader(1000);
  std::size_t used = 0;
  CAF_CHECK(reader.feed("nonsense\r\n\r\n", used) == head_reader::state::failed);
  reader.reset();
  for (int i = 0; i < 3; ++i) {
    CAF_CHECK(!reader.started());
    CAF_CHECK(reader.feed("GET /x HTTP/1.1\r\nHost: a\r\n\r\n", used) == head_reader::state::done);
    CAF_CHECK_EQUAL(reader.head().req.path, "/x");
    CAF_CHECK_EQUAL(reader.head().req.headers.size(), 1u);
    reader.reset();
  }
}

CAF_TEST(the limit of a body holds to the byte) {
  message_head head;
  head.content_length = 10;
  body_decoder exact(head, 10), small(head, 9);
  CAF_CHECK(decode(exact, "0123456789") == body_decoder::state::done);
  CAF_CHECK(decode(small, "0") == body_decoder::state::too_large);
  head.chunked = true;
  body_decoder chunks(head, 10), over(head, 9), wrap(head, 10);
  CAF_CHECK(decode(chunks, "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n") == body_decoder::state::done);
  CAF_CHECK(decode(over, "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n") == body_decoder::state::too_large);
  CAF_CHECK(decode(wrap, "5\r\n01234\r\nfffffffffffffff\r\n") == body_decoder::state::too_large);
}

CAF_TEST(percent - decoding takes UTF - 8 without control characters) {
  std::string out;
  CAF_CHECK(percent_decode("a%20b%C3%A4", false, out));
  CAF_CHECK_EQUAL(out, "a b\xC3\xA4");
  for (auto bad : {"%", "%1", "%g0", "%0g", "%00", "%1f", "%7F", "%80", "%C3", "%ED%A0%80", "%C0%AF"})
    CAF_CHECK(!percent_decode(bad, false, out));
}

CAF_TEST(request ids are short and plain) {
  CAF_CHECK(is_request_id("018f3a52-0000-7000-8000-000000000001"));
  CAF_CHECK(is_request_id("a"));
  CAF_CHECK(!is_request_id(""));
  CAF_CHECK(!is_request_id("a\"b"));
  CAF_CHECK(!is_request_id("a b"));
  CAF_CHECK(!is_request_id(std::string(129, 'a')));
}
