#define CAF_SUITE platforms_errors
#include "net/platforms/handle.hpp"
#include "net/platforms/wire.hpp"
#include "scripted_io.hpp"

#include <set>

using namespace troupe;
using namespace troupe::platforms;
using namespace troupe::platforms::testing;
using wire::stage;

namespace {

const timestamp now{seconds{1'800'000'000}}; // Fri, 15 Jan 2027 08:00:00 GMT

std::int64_t wait_of(std::vector<std::pair<std::string, std::string>> headers, int status = 429) {
  const auto w = retry_after(answer(status, "", std::move(headers)), now);
  return w ? w->count() : -1;
}

publish_error kind(const outbound::response& r, stage s) { return wire::failure_of(r, s, now, "It").kind; }
constexpr auto before = stage::before;
constexpr auto final_call = stage::final;

} // namespace

CAF_TEST(every error class has a name of its own) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(publish_error::revoked); ++i)
    names.insert(to_string(static_cast<publish_error>(i)));
  CAF_CHECK_EQUAL(names.size(), static_cast<std::size_t>(publish_error::revoked) + 1);
  CAF_CHECK_EQUAL(to_string(publish_error::rate_limited), "rate_limited");
}

CAF_TEST(Retry After is understood in every dialect) {
  CAF_CHECK_EQUAL(wait_of({{"retry-after", "120"}}), 120'000);
  CAF_CHECK_EQUAL(wait_of({{"retry-after", " 1.5 "}}), 1'500);
  CAF_CHECK_EQUAL(wait_of({{"retry-after", "Fri, 15 Jan 2027 08:01:00 GMT"}}), 60'000);
  CAF_CHECK_EQUAL(wait_of({{"retry-after", "Friday, 15-Jan-27 08:01:00 GMT"}}), 60'000);
  CAF_CHECK_EQUAL(wait_of({{"retry-after", "Fri Jan 15 08:01:00 2027"}}), 60'000);
  CAF_CHECK_EQUAL(wait_of({{"x-ratelimit-reset", "2027-01-15T08:05:00.000000Z"}}), 300'000);
  CAF_CHECK_EQUAL(wait_of({{"x-ratelimit-reset", "1800000030"}}), 30'000);
  CAF_CHECK_EQUAL(wait_of({{"ratelimit-reset", "1800000007"}}), 7'000);
  CAF_CHECK_EQUAL(wait_of({{"ratelimit-reset", "9"}}), 9'000);
  CAF_CHECK_EQUAL(wait_of({{"x-rate-limit-reset", "1800000001"}}), 1'000);
  CAF_CHECK_EQUAL(wait_of({{"ratelimit-reset", "9"}, {"retry-after", "3"}}), 3'000);
}

CAF_TEST(a wait is never negative and never longer than a day) {
  CAF_CHECK_EQUAL(wait_of({{"retry-after", "99999999"}}), 86'400'000);
  CAF_CHECK_EQUAL(wait_of({{"retry-after", "99999999999999999"}}), 86'400'000);
  CAF_CHECK_EQUAL(wait_of({{"ratelimit-reset", "99999999999999999"}}), 86'400'000);
  CAF_CHECK_EQUAL(wait_of({{"ratelimit-reset", "1700000000"}}), 0);
  CAF_CHECK_EQUAL(wait_of({{"retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"}}), 0);
  CAF_CHECK_EQUAL(wait_of({{"retry-after", "Fri, 15 Jan 9999 08:01:00 GMT"}}), 86'400'000);
}

CAF_TEST(a wait that cannot be read is none) {
  for (const char* bad : {"", "soon", "-5", "1e9", "nan", "inf", "0x10", "12 seconds", "15 Jan 2027"})
    CAF_CHECK_EQUAL(wait_of({{"retry-after", bad}}), -1);
  CAF_CHECK_EQUAL(wait_of({}), -1);
  // Budget is left, and this is no refusal: the reset time says nothing.
  CAF_CHECK_EQUAL(wait_of({{"ratelimit-reset", "60"}, {"ratelimit-remaining", "12"}}, 503), -1);
  CAF_CHECK_EQUAL(wait_of({{"ratelimit-reset", "60"}, {"ratelimit-remaining", "0"}}, 503), 60'000);
}

CAF_TEST(rate windows are read from every family of headers and from nothing else) {
  const auto window = [](std::vector<std::pair<std::string, std::string>> headers) {
    return rate_of(answer(200, "", std::move(headers)), now);
  };
  const auto mastodon = window({{"x-ratelimit-limit", "300"},
                                {"x-ratelimit-remaining", "299"},
                                {"x-ratelimit-reset", "2027-01-15T08:00:10Z"}});
  CAF_REQUIRE(mastodon.has_value());
  CAF_CHECK_EQUAL(mastodon->remaining, 299);
  CAF_CHECK_EQUAL(mastodon->resets_in.count(), 10'000);
  const auto draft = window({{"ratelimit-limit", "100, 100;w=60"}, {"ratelimit-remaining", "3"}});
  CAF_REQUIRE(draft.has_value());
  CAF_CHECK_EQUAL(draft->limit, 100);
  CAF_CHECK(!window({{"ratelimit-limit", "100"}}));
  CAF_CHECK(!window({{"ratelimit-limit", "many"}, {"ratelimit-remaining", "few"}}));
  CAF_CHECK(!window({}));
}

CAF_TEST(before the final call everything may be tried again) {
  using outbound::result_kind;
  CAF_CHECK(kind(failed(result_kind::not_sent, "dns"), before) == publish_error::not_sent);
  CAF_CHECK(kind(failed(result_kind::overloaded, ""), before) == publish_error::not_sent);
  CAF_CHECK(kind(failed(result_kind::no_answer, "cut"), before) == publish_error::provider_unavailable);
  CAF_CHECK(kind(answer(500), before) == publish_error::provider_unavailable);
  CAF_CHECK(kind(answer(503), before) == publish_error::provider_unavailable);
  CAF_CHECK(kind(answer(302), before) == publish_error::provider_unavailable);
}

CAF_TEST(after the final call only a complete answer that means no is a no) {
  using outbound::result_kind;
  CAF_CHECK(kind(failed(result_kind::no_answer, "cut"), final_call) == publish_error::unknown_outcome);
  CAF_CHECK(kind(failed(result_kind::no_answer, "", true), final_call) == publish_error::unknown_outcome);
  for (const int status : {302, 303, 304, 408, 499, 500, 502, 503, 504, 520, 599, 100, 0})
    CAF_CHECK(kind(answer(status), final_call) == publish_error::unknown_outcome);
  CAF_CHECK(kind(failed(result_kind::not_sent, "connect"), final_call) == publish_error::not_sent);
  CAF_CHECK(kind(failed(result_kind::overloaded, ""), final_call) == publish_error::not_sent);
  CAF_CHECK(kind(failed(result_kind::revoked, ""), final_call) == publish_error::revoked);
  CAF_CHECK(kind(answer(400), final_call) == publish_error::validation);
  CAF_CHECK(kind(answer(413), final_call) == publish_error::validation);
  CAF_CHECK(kind(answer(422), final_call) == publish_error::validation);
  CAF_CHECK(kind(answer(401), final_call) == publish_error::auth_expired);
  CAF_CHECK(kind(answer(403), final_call) == publish_error::permission);
  CAF_CHECK(kind(answer(404), final_call) == publish_error::target_not_found);
  CAF_CHECK(kind(answer(409), final_call) == publish_error::duplicate);
  CAF_CHECK(kind(answer(301), final_call) == publish_error::target_not_found);
  const auto limited = wire::failure_of(answer(429, "", {{"retry-after", "5"}}), final_call, now, "It");
  CAF_CHECK(limited.kind == publish_error::rate_limited);
  CAF_CHECK_EQUAL(limited.retry_after.value_or(milliseconds{0}).count(), 5'000);
}

CAF_TEST(foreign words are made fit to be shown) {
  CAF_CHECK_EQUAL(wire::quote("  a\r\n\tb \x01 c  "), "a b c");
  CAF_CHECK_EQUAL(wire::quote(std::string(500, 'x')), std::string(200, 'x') + "...");
  CAF_CHECK(is_utf8(wire::quote("a\xff\xfe"
                                "b")));
  CAF_CHECK_EQUAL(wire::quote(""), "");
}

CAF_TEST(answers that are no JSON or too deep are refused without harm) {
  CAF_CHECK(!wire::parse(""));
  CAF_CHECK(!wire::parse("<html>"));
  CAF_CHECK(!wire::parse("{\"a\":1"));
  CAF_CHECK(!wire::parse(std::string(1000, '[')));
  CAF_CHECK(!wire::parse(std::string(40, '[') + std::string(40, ']')));
  CAF_CHECK(!wire::parse("{\"a\":\"\xff\"}"));
  CAF_CHECK(!wire::parse_object("[1]"));
  CAF_CHECK(!wire::parse_array("{}"));
  CAF_CHECK(wire::parse_object("\xEF\xBB\xBF{\"a\":1}").has_value());
  const auto o = object(R"({"s":1,"n":"x","o":[],"a":{},"b":"true","big":18446744073709551615,"f":1.5})");
  CAF_CHECK_EQUAL(wire::text_at(o, "s"), "");
  CAF_CHECK(!wire::number_at(o, "n"));
  CAF_CHECK(!wire::number_at(o, "big"));
  CAF_CHECK(!wire::number_at(o, "f"));
  CAF_CHECK(!wire::object_at(o, "o"));
  CAF_CHECK(!wire::array_at(o, "a"));
  CAF_CHECK(!wire::true_at(o, "b"));
  CAF_CHECK_EQUAL(wire::id_at(o, "s"), "1");
  CAF_CHECK_EQUAL(wire::id_at(object("{\"id\":\"" + std::string(600, 'x') + "\"}"), "id"), "");
}

CAF_TEST(server addresses are put into one form) {
  const auto good = [](std::string_view typed) {
    const auto a = wire::server_address(typed);
    return a ? *a : "refused: " + a.error().detail;
  };
  CAF_CHECK_EQUAL(good("mastodon.example"), "https://mastodon.example");
  CAF_CHECK_EQUAL(good(" HTTPS://Mastodon.Example/ "), "https://mastodon.example");
  CAF_CHECK_EQUAL(good("https://mastodon.example:443//"), "https://mastodon.example");
  CAF_CHECK_EQUAL(good("https://mastodon.example:8443/blog/"), "https://mastodon.example:8443/blog");
  CAF_CHECK_EQUAL(good("https://b\u00fccher.example"), "https://xn--bcher-kva.example");
  CAF_CHECK_EQUAL(good("http://127.0.0.1:3000/"), "http://127.0.0.1:3000");
  CAF_CHECK_EQUAL(good("http://[::1]:3000"), "http://[::1]:3000");
  CAF_CHECK_EQUAL(good("http://localhost"), "http://localhost");
  CAF_CHECK_EQUAL(good("http://nas.lan/wp"), "http://nas.lan/wp");
  CAF_CHECK_EQUAL(good("https://example.com/a/../b"), "https://example.com/b");
}

CAF_TEST(server addresses that are none or dangerous are refused) {
  for (const std::string typed : {"",
                                  "   ",
                                  "ftp://example.com",
                                  "file:///etc/passwd",
                                  "javascript://x",
                                  "https://",
                                  "https:///x",
                                  "https://user:pw@example.com",
                                  "https://user@example.com",
                                  "https://example.com/?q=1",
                                  "https://example.com/#a",
                                  "http://example.com",
                                  "http://8.8.8.8",
                                  "https://exa mple.com",
                                  "https://example.com:0",
                                  "https://example.com:99999",
                                  "https://example.com\r\nX: y",
                                  "https://exa\xffmple.com",
                                  "https://[::1",
                                  "https://a..b",
                                  "https://-a.example"}) {
    const auto a = wire::server_address(typed);
    CAF_MESSAGE(typed);
    CAF_CHECK(!a);
    if (!a) CAF_CHECK(a.error().kind == publish_error::validation);
  }
  CAF_CHECK(!wire::server_address(std::string(3000, 'a')));
}

CAF_TEST(loopback is told from other addresses) {
  for (const char* yes :
       {"http://127.0.0.1:80", "http://localhost:2583", "http://pds.localhost", "http://[::1]:1"})
    CAF_CHECK(wire::is_loopback(yes));
  for (const char* no :
       {"https://bsky.social", "https://localhost.example.com", "http://10.0.0.1", "http://[fe80::1]"})
    CAF_CHECK(!wire::is_loopback(no));
  CAF_CHECK_EQUAL(wire::origin("https://a.example:81/x/y"), "https://a.example:81");
}

CAF_TEST(a header value cannot bring a second header) {
  CAF_CHECK_EQUAL(wire::header("Idempotency-Key", "a\r\nX-Evil: 1"), "Idempotency-Key: aX-Evil: 1");
}

CAF_TEST(form fields are percent encoded) {
  CAF_CHECK_EQUAL(wire::query({{"a b", "\u00fc&="}, {"c", "~x"}}), "a%20b=%C3%BC%26%3D&c=~x");
}

CAF_TEST(a fingerprint changes with everything that becomes public and with nothing else) {
  auto p = a_post("hello");
  p.options = object(R"({"b":1,"a":{"y":[1,2],"x":"s"}})");
  p.images = {a_picture()};
  const auto print = wire::fingerprint(p);
  auto same = p;
  same.options = object(R"({"a":{"x":"s","y":[1,2]},"b":1})");
  same.remote_handle = object(R"({"for":"x"})");
  same.images[0].path = "elsewhere/3f/3fa9.png";
  CAF_CHECK_EQUAL(wire::fingerprint(same), print);
  const auto differs = [&](auto change) {
    auto other = p;
    change(other);
    return wire::fingerprint(other) != print;
  };
  CAF_CHECK(differs([](publication& o) { o.text += "!"; }));
  CAF_CHECK(differs([](publication& o) { o.title = "t"; }));
  CAF_CHECK(differs([](publication& o) { o.language = "de"; }));
  CAF_CHECK(differs([](publication& o) { o.scheduled_for += seconds{1}; }));
  CAF_CHECK(differs([](publication& o) { o.idempotency_key = "key-2"; }));
  CAF_CHECK(differs([](publication& o) { o.options["b"] = 2; }));
  CAF_CHECK(differs([](publication& o) { o.images[0].alt = "other"; }));
  CAF_CHECK(differs([](publication& o) { o.images.clear(); }));
  auto twice = p;
  twice.images = {a_picture(), a_picture()};
  const auto keys = handle::image_keys(twice);
  CAF_CHECK_NOT_EQUAL(keys[0], keys[1]);
}

CAF_TEST(limits survive the way through JSON) {
  account_limits l;
  l.max_text = 11'000;
  l.text_unit = count_unit::mastodon;
  l.max_text_bytes = 7;
  l.url_weight = 23;
  l.max_images = 4;
  l.max_image_bytes = 16'777'216;
  l.max_image_pixels = 33'177'600;
  l.max_alt_text = 1500;
  l.image_types = {"image/png", "image/jpeg"};
  l.needs_title = true;
  l.text_or_media = false;
  CAF_CHECK(to_json(limits_from_json(to_json(l))) == to_json(l));
  const auto odd = limits_from_json(
      object(R"({"max_text":-1,"text_unit":"furlongs","image_types":[1],"needs_title":"yes"})"));
  CAF_CHECK_EQUAL(odd.max_text, 0u);
  CAF_CHECK(odd.text_unit == count_unit::graphemes);
  CAF_CHECK(odd.image_types.empty());
  CAF_CHECK(!odd.needs_title);
}
