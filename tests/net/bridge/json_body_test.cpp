#define CAF_SUITE bridge_json_body
#include <caf/test/unit_test.hpp>

#include "net/bridge/json_body.hpp"

#include <boost/json/serialize.hpp>

using namespace troupe;
using namespace troupe::bridge;
using namespace std::string_view_literals;

namespace {

/// What is wrong with a body; empty when nothing is.
std::string refusal_of(std::string_view body, json_limits limits = {}) {
  auto parsed = parse_json_object(body, limits);
  if (parsed) return {};
  return std::string(slug(parsed.error().code)) + ": " + parsed.error().detail;
}

void refused(std::string_view body, std::string_view word) {
  auto got = refusal_of(body);
  CAF_MESSAGE(got);
  CAF_CHECK(got.rfind("bad-request: ", 0) == 0);
  CAF_CHECK(got.find(word) != std::string::npos);
}

std::string nested(std::size_t depth) {
  std::string out = "{\"a\":";
  for (std::size_t i = 1; i < depth; ++i) out += '[';
  for (std::size_t i = 1; i < depth; ++i) out += ']';
  return out + "}";
}

} // namespace

CAF_TEST(an object is parsed as it is written) {
  auto text = R"({"a":1,"b":[true,null,-2.5,"x\"y"],"c":{"d":{}},"e":18446744073709551615})";
  auto parsed = parse_json_object(text);
  CAF_REQUIRE(parsed.has_value());
  CAF_CHECK_EQUAL(boost::json::serialize(*parsed),
                  R"({"a":1,"b":[true,null,-2.5E0,"x\"y"],"c":{"d":{}},"e":18446744073709551615})");
  CAF_CHECK(parse_json_object(" \r\n\t{ } \n").has_value());
  auto escaped = parse_json_object(R"({"k\u00e4y":"\ud83d\ude00"})");
  CAF_REQUIRE(escaped.has_value());
  CAF_CHECK_EQUAL(std::string(escaped->at("k\xC3\xA4y").as_string()), "\xF0\x9F\x98\x80");
}

CAF_TEST(what is no JSON object is refused with the place) {
  refused("", "empty");
  refused("   ", "ends too early");
  refused("[1]", "not an object");
  refused("\"x\"", "not an object");
  refused("{", "ends too early");
  refused("{\"a\":1", "ends too early, at line 1, column 7 (byte 6)");
  refused("{} {}", "more follows after the object, at line 1, column 4 (byte 3)");
  refused("{'a':1}", "not JSON, at line 1, column 2 (byte 1)");
  refused("{\"a\":1,}", "not JSON, at line 1, column 8 (byte 7)");
  refused("{\n \"a\": 1,\n \"b\": nope\n}", "not JSON, at line 3, column 8");
  refused("{\"a\":01}", "not JSON");
  refused("{\"a\":1}//", "more follows");
  refused("{\"a\":\"\x01\"}", "not JSON");
  refused("{\"a\":1e999999999999}", "too large");
  refused("{\"a\":-1e400}", "too large");
  refused("\xEF\xBB\xBF{}", "not JSON");
  refused(std::string(1000, ' ') + "{\"a\":nope}", "at line 1, column 1007 (byte 1006)");
}

CAF_TEST(text that is not UTF - 8 is refused) {
  for (auto bytes :
       {"\xff"sv, "\xc3("sv, "\xc0\x80"sv, "\xed\xa0\x80"sv, "\xf5\x80\x80\x80"sv, "\xe2\x82"sv, "\x80"sv}) {
    refused("{\"a\":\"" + std::string(bytes) + "\"}", "not UTF-8");
    refused("{\"" + std::string(bytes) + "\":1}", "not UTF-8");
  }
  refused(R"({"a":"\ud800\u0041"})", "half a surrogate pair");
  refused(R"({"a":"\udc00x"})", "half a surrogate pair");
  refused(R"({"a":"\u12g4"})", "no hexadecimal digit");
}

CAF_TEST(nesting has a bound) {
  CAF_CHECK_EQUAL(refusal_of(nested(32)), "");
  refused(nested(33), "nested too deeply");
  refused(nested(100'000), "nested too deeply");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  refused(objects, "nested too deeply");
}

CAF_TEST(a name that appears twice in one object is refused) {
  refused(R"({"a":1,"b":2,"a":3})", "a name appears twice");
  refused(R"({"a":1,"\u0061":2})", "a name appears twice");
  refused(R"({"x":[{"y":{"a":1,"a":1}}]})",
          "a name appears twice in the object that ends here, at line 1, column 24");
  CAF_CHECK_EQUAL(refusal_of(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})"), "");
}

CAF_TEST(many names are compared in reasonable time) {
  std::string body = "{";
  for (int i = 0; i < 10'000; ++i) body += "\"k" + std::to_string(i) + "\":0,";
  CAF_CHECK_EQUAL(refusal_of(body + "\"last\":0}"), "");
  refused(body + "\"k0\":0}", "a name appears twice");
}

CAF_TEST(the size has a bound) {
  json_limits limits;
  limits.bytes = 10;
  CAF_CHECK_EQUAL(refusal_of("{\"a\":1234}", limits), "");
  CAF_CHECK_EQUAL(refusal_of("{\"a\":12345}", limits), "payload-too-large: A JSON body may have 10 bytes.");
}
