#define CAF_SUITE email

#include "actors/users/types.hpp"
#include "system/core/secrets.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using users::normalise_email;

CAF_TEST(an address is compared in lower case) {
  CAF_CHECK(normalise_email("Ada@Example.ORG") == "ada@example.org");
  CAF_CHECK(normalise_email("a@b") == "a@b");
  CAF_CHECK(normalise_email("first.last+tag@mail.example.org") == "first.last+tag@mail.example.org");
  CAF_CHECK(normalise_email("o'brien@x--y.example") == "o'brien@x--y.example");
}

CAF_TEST(what is no address is refused) {
  for (auto text : {"",      "@",     "a@",     "@b",    "ab",        "a b@c",         "a@b c",
                    ".a@b",  "a.@b",  "a..b@c", "a@.b",  "a@b.",      "a@b..c",        "a@-b",
                    "a@b-",  "a@b_c", "a@@b",   "a@b@c", "\"a b\"@c", "a@[127.0.0.1]", "\xC3\xA4@b",
                    "a\n@b", "a@b\n", "<a@b>",  "a,b@c"})
    CAF_CHECK_EQUAL(normalise_email(text).value_or("refused"), "refused");
  CAF_CHECK(!normalise_email(std::string_view("a\0b@c", 5)));
}

CAF_TEST(the lengths of an address are bounded) {
  CAF_CHECK(normalise_email(std::string(64, 'a') + "@b").has_value());
  CAF_CHECK(!normalise_email(std::string(65, 'a') + "@b").has_value());
  CAF_CHECK(!normalise_email("a@" + std::string(64, 'b')).has_value());
  std::string domain = std::string(63, 'b') + "." + std::string(63, 'b') + "." + std::string(63, 'b');
  CAF_CHECK(normalise_email(std::string(62, 'a') + "@" + domain).has_value());  // 254
  CAF_CHECK(!normalise_email(std::string(63, 'a') + "@" + domain).has_value()); // 255
}

CAF_TEST(a refresh token proves for ever that we made it for this sign-in) {
  secrets::init();
  auto key = secrets::random_bytes(32), other_key = secrets::random_bytes(32);
  users::token_address to{new_uuid(system_now()), new_uuid(system_now())};
  auto token = users::make_refresh_token(to, key);
  auto address = users::address_of(token);
  CAF_REQUIRE(address.has_value());
  CAF_CHECK(address->first == to.first);
  CAF_CHECK(address->second == to.second);
  CAF_CHECK(users::is_our_refresh_token(token, to, key));
  CAF_CHECK(!users::is_our_refresh_token(token, to, other_key));
  CAF_CHECK(!users::is_our_refresh_token(token, {to.first, to.first}, key));
  CAF_CHECK(token != users::make_refresh_token(to, key));
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (users::is_our_refresh_token(changed, to, key)) CAF_ERROR("taken with another character at " << i);
  }
}

CAF_TEST(what is no bearer token has no address) {
  secrets::init();
  CAF_CHECK(!users::address_of("").has_value());
  CAF_CHECK(!users::address_of("abc").has_value());
  CAF_CHECK(!users::address_of(secrets::random_token(63)).has_value());
  CAF_CHECK(!users::address_of(secrets::random_token(65)).has_value());
  CAF_CHECK(!users::address_of(secrets::random_token(64) + "=").has_value());
  CAF_CHECK(!users::address_of(std::string(4'096, 'A')).has_value());
  CAF_CHECK(users::address_of(secrets::random_token(64)).has_value());
}

CAF_TEST(an invite has one token and another key makes another one) {
  secrets::init();
  auto key = secrets::random_bytes(32), other_key = secrets::random_bytes(32);
  users::token_address to{new_uuid(system_now()), new_uuid(system_now())};
  CAF_CHECK_EQUAL(users::make_invite_token(to, key), users::make_invite_token(to, key));
  CAF_CHECK(users::make_invite_token(to, key) != users::make_invite_token(to, other_key));
}
