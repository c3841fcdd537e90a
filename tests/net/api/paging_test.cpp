#define CAF_SUITE paging

#include "net/api/paging.hpp"
#include "system/core/secrets.hpp"

#include <caf/test/unit_test.hpp>

#include <limits>

using namespace troupe;
using namespace troupe::api;

CAF_TEST(a cursor gives its values back to its own list) {
  secrets::init();
  cursor_codec codec(secrets::random_bytes(32));
  auto cursor = codec.encode("posts|a", {"1800000000000000", "", "an id"});
  auto back = codec.decode(cursor, "posts|a", 3);
  CAF_REQUIRE(back.has_value());
  CAF_CHECK((*back == std::vector<std::string>{"1800000000000000", "", "an id"}));
  CAF_CHECK(!codec.decode(cursor, "posts|b", 3));
  CAF_CHECK(!codec.decode(cursor, "posts|a", 2));
  CAF_CHECK(!cursor_codec(secrets::random_bytes(32)).decode(cursor, "posts|a", 3));
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    auto changed = cursor;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (codec.decode(changed, "posts|a", 3)) CAF_ERROR("taken with another character at " << i);
  }
}

CAF_TEST(what is no cursor is none) {
  secrets::init();
  cursor_codec codec(secrets::random_bytes(32));
  for (std::string text : {"", "A", "====", "AAAAAAAAAAAAAAAA", "\xFF\xFF"})
    CAF_CHECK(!codec.decode(text, "list", 0));
  CAF_CHECK(!codec.decode(std::string(10'000, 'A'), "list", 1));
}

CAF_TEST(the name of a list cannot be shifted into its values) {
  secrets::init();
  cursor_codec codec(secrets::random_bytes(32));
  auto cursor = codec.encode("a", {"b"});
  CAF_CHECK(!codec.decode(cursor, "a|", 1));
  CAF_CHECK(!codec.decode(cursor, "", 1));
}

CAF_TEST(If - Match names a version or any) {
  CAF_CHECK(parse_if_match("") == 0);
  CAF_CHECK(parse_if_match("*") == 0);
  CAF_CHECK(parse_if_match("\"v7\"") == 7);
  CAF_CHECK(parse_if_match(version_etag(7)) == 7);
  for (auto* text :
       {"7", "\"7\"", "v7", "\"v7", "W/\"v7\"", "\"v\"", "\"v7x\"", "\"v-7\"", "\"v+7\"", "\"v 7\"", "**"})
    CAF_CHECK(!parse_if_match(text));
  // Of the right form, and never the current one.
  CAF_CHECK(parse_if_match("\"v0\"") == std::numeric_limits<std::int64_t>::max());
  CAF_CHECK(parse_if_match("\"v99999999999999999999\"") == std::numeric_limits<std::int64_t>::max());
}
