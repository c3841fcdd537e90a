#define CAF_SUITE platforms_bluesky_record
#include "net/platforms/bluesky_record.hpp"

#include "scripted_io.hpp"
#include "system/core/secrets.hpp"

#include <regex>
#include <set>

using namespace troupe;
using namespace troupe::platforms;
using namespace troupe::platforms::testing;
using namespace troupe::platforms::bluesky;

namespace {

struct seen {
  std::string text, value;
  bool operator==(const seen&) const = default;
};
std::vector<seen> facets(std::string_view s, richtext::feature kind) {
  std::vector<seen> out;
  for (const auto& f : richtext::detect(s))
    if (f.kind == kind) out.push_back({std::string(s.substr(f.range.begin, f.range.size())), f.value});
  return out;
}
using list = std::vector<seen>;
constexpr auto link = richtext::feature::link;
constexpr auto mention = richtext::feature::mention;
constexpr auto tag = richtext::feature::tag;

std::string jwt(const char* payload) { return "e30." + secrets::base64url(payload) + ".sig"; }

} // namespace

CAF_TEST(a record key is a valid TID and the same at every attempt) {
  const std::regex tid("^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$");
  const timestamp due{seconds{1'800'000'000}};
  const auto key = record_key(due, "key-1");
  CAF_CHECK(std::regex_match(key, tid));
  CAF_CHECK_EQUAL(key, record_key(due, "key-1"));
  CAF_CHECK_NOT_EQUAL(key, record_key(due, "key-2"));
  CAF_CHECK_NOT_EQUAL(key, record_key(due + seconds{1}, "key-1"));
  CAF_CHECK(std::regex_match(record_key(timestamp{}, ""), tid));
  CAF_CHECK(std::regex_match(record_key(timestamp{seconds{-5}}, "x"), tid));
  CAF_CHECK(std::regex_match(record_key(timestamp{microseconds{INT64_MAX}}, "x"), tid));
}

CAF_TEST(record keys sort by their scheduled second) {
  for (int i = 0; i < 50; ++i)
    CAF_CHECK_LESS(record_key(timestamp{seconds{1'800'000'000 + i}}, "a" + std::to_string(i)),
                   record_key(timestamp{seconds{1'800'000'001 + i}}, "b" + std::to_string(i)));
}

CAF_TEST(a thousand posts of one minute get a thousand keys) {
  std::set<std::string> keys;
  for (int i = 0; i < 1000; ++i)
    keys.insert(record_key(timestamp{seconds{1'800'000'000}}, std::to_string(i)));
  CAF_CHECK_EQUAL(keys.size(), 1000u);
}

CAF_TEST(links are marked by bytes and completed) {
  CAF_CHECK((facets("gr\u00fc\u00dfe https://example.com/a.", link) ==
             list{{"https://example.com/a", "https://example.com/a"}}));
  const auto f = richtext::detect("gr\u00fc\u00dfe https://example.com/a.");
  CAF_REQUIRE_EQUAL(f.size(), 1u);
  CAF_CHECK_EQUAL(f[0].range.begin, 8u); // two letters of two bytes before it
  CAF_CHECK_EQUAL(f[0].range.end, 29u);
  CAF_CHECK((facets("see example.com", link) == list{{"example.com", "https://example.com"}}));
  CAF_CHECK(facets("nothing here.", link).empty());
}

CAF_TEST(mentions are handles with a dot after a space or bracket) {
  CAF_CHECK((facets("hi @Alice.test!", mention) == list{{"@Alice.test", "alice.test"}}));
  CAF_CHECK((facets("(@a.example.com) @b.example.com.", mention) ==
             list{{"@a.example.com", "a.example.com"}, {"@b.example.com", "b.example.com"}}));
  CAF_CHECK(facets("@alice x@a.test @-a.test @a..test @a.1 @", mention).empty());
  CAF_CHECK(facets("hi @alice.example.com", link).empty());
}

CAF_TEST(hashtags start with a letter and end before punctuation) {
  CAF_CHECK((facets("#one #t\u00fcr, #a1_b-", tag) ==
             list{{"#one", "one"}, {"#t\u00fcr", "t\u00fcr"}, {"#a1_b", "a1_b"}}));
  CAF_CHECK((facets("\uFF03\u6F22\u5B57", tag) == list{{"\uFF03\u6F22\u5B57", "\u6F22\u5B57"}}));
  CAF_CHECK((facets("#\u0939\u093F\u0928\u094D\u0926\u0940", tag).size() == 1));
  CAF_CHECK(facets("#1 # a#b #- C#", tag).empty());
  CAF_CHECK_EQUAL(facets("#" + std::string(64, 'a'), tag).size(), 1u);
  CAF_CHECK(facets("#" + std::string(65, 'a'), tag).empty());
  CAF_CHECK(facets("https://example.com/#top", tag).empty());
}

CAF_TEST(odd bytes never break the detector) {
  for (const std::string odd : {"@", "#", "\xff@a.b \xc3", "https://", "@a.b@c.d#e", "(((((((((", "\uFF03"})
    for (const auto& f : richtext::detect(odd))
      CAF_CHECK(f.range.begin < f.range.end && f.range.end <= odd.size());
}

CAF_TEST(the record holds everything and only what is there) {
  auto p = a_post("hi @alice.test #tag https://example.com");
  p.language = "de";
  p.options = object(R"({"labels":["nudity"]})");
  const auto blob = object(R"({"$type":"blob","ref":{"$link":"bafy"},"mimeType":"image/png","size":3})");
  const auto r =
      make_record(p, {{blob, "alt text", 640, 480}, {blob, "", 0, 0}}, {{"alice.test", "did:plc:abc"}});
  CAF_CHECK(r.at("$type") == "app.bsky.feed.post");
  CAF_CHECK(r.at("createdAt") == "2027-01-15T08:00:00Z");
  CAF_CHECK(r.at("langs") == boost::json::parse(R"(["de"])"));
  CAF_CHECK_EQUAL(r.at("facets").as_array().size(), 3u);
  CAF_CHECK(r.at("facets").at(0) == boost::json::parse(R"({"index":{"byteStart":3,"byteEnd":14},
              "features":[{"$type":"app.bsky.richtext.facet#mention","did":"did:plc:abc"}]})"));
  const auto& images = r.at("embed").at("images").as_array();
  CAF_CHECK(images.at(0).at("aspectRatio") == boost::json::parse(R"({"width":640,"height":480})"));
  CAF_CHECK(!images.at(1).as_object().contains("aspectRatio"));
  CAF_CHECK(r.at("labels").at("values").at(0).at("val") == "nudity");
  const auto bare = make_record(a_post("hi @nobody.test"), {}, {});
  for (const char* field : {"facets", "embed", "langs", "labels"}) CAF_CHECK(!bare.contains(field));
}

CAF_TEST(the end of a token is read without trusting it) {
  CAF_CHECK(token_end(jwt(R"({"exp":1800000000})")) == timestamp{seconds{1'800'000'000}});
  for (const auto& bad :
       {std::string("x"), std::string("a.b.c"), std::string(), jwt("{}"), jwt(R"({"exp":"1"})"),
        jwt(R"({"exp":-1})"), jwt(R"({"exp":99999999999999})"), jwt("[")})
    CAF_CHECK(!token_end(bad));
}

CAF_TEST(identifiers are told apart) {
  CAF_CHECK(is_did("did:plc:abc"));
  CAF_CHECK(is_did("did:web:example.com"));
  for (const char* no : {"did:", "did:plc:", "plc:abc", "did:plc:a b", "did:plc:a/../b", "alice.test"})
    CAF_CHECK(!is_did(no));
  CAF_CHECK(is_app_password("abcd-ef12-ijkl-mnop"));
  for (const char* no :
       {"", "hunter22-long", "abcd-efgh-ijkl-mno", "ABCD-efgh-ijkl-mnop", "abcd_efgh_ijkl_mnop"})
    CAF_CHECK(!is_app_password(no));
  CAF_CHECK(permalink({"did:plc:a", "alice.test", "", ""}, "k") ==
            "https://bsky.app/profile/alice.test/post/k");
  CAF_CHECK(permalink({"did:plc:a", "handle.invalid", "", ""}, "k") ==
            "https://bsky.app/profile/did:plc:a/post/k");
}

CAF_TEST(the personal data server is read from the document or from nowhere) {
  const auto pds = [](const char* service) { return pds_of(object(service)); };
  CAF_CHECK_EQUAL(pds(R"({"service":[{"id":"#other","type":"X","serviceEndpoint":"https://x.example"},
    {"id":"did:plc:a#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://PDS.example/"}]})"),
                  "https://pds.example");
  for (
      const char* none :
      {"{}", R"({"service":{}})", R"({"service":[1,null,{}]})",
       R"({"service":[{"id":"#atproto_pds","type":"X","serviceEndpoint":"https://a.example"}]})",
       R"({"service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":5}]})",
       R"({"service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"file:///x"}]})"})
    CAF_CHECK_EQUAL(pds(none), "");
  CAF_CHECK(claims_handle(object(R"({"alsoKnownAs":[1,"at://Alice.Test"]})"), "alice.test"));
  CAF_CHECK(!claims_handle(object(R"({"alsoKnownAs":"at://alice.test"})"), "alice.test"));
}
