#define CAF_SUITE platforms_bluesky
#include "net/platforms/adapters.hpp"
#include "net/platforms/bluesky_record.hpp"
#include "scripted_io.hpp"
#include "system/core/secrets.hpp"

#include <fmt/format.h>

using namespace troupe;
using namespace troupe::platforms;
using namespace troupe::platforms::testing;

namespace {

std::string token(int ends_at) {
  return "e30." + secrets::base64url(fmt::format(R"({{"exp":{}}})", ends_at)) + ".sig";
}

std::string session_json(std::string_view more = "") {
  return fmt::format(R"({{"accessJwt":"{}","refreshJwt":"r2","did":"did:plc:abc","handle":"alice.test"{}}})",
                     token(1'800'007'200), more);
}

constexpr const char* document = R"({"id":"did:plc:abc","alsoKnownAs":["at://alice.example.com"],"service":[
  {"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://pds.example"}]})";
constexpr const char* blob_json =
    R"({"blob":{"$type":"blob","ref":{"$link":"bafkabc"},"mimeType":"image/png","size":1234}})";

std::string error_json(std::string_view name, std::string_view message = "m") {
  return fmt::format(R"({{"error":"{}","message":"{}"}})", name, message);
}

struct fixture {
  scripted_io port;
  std::unique_ptr<adapter> aut = make_bluesky();
  account_identity who{"did:plc:abc", "alice.test", "alice.test", "https://pds.example"};
  credentials keys{R"({"access":"a1","refresh":"r1","app_password":"abcd-efgh-ijkl-mnop"})", {}};

  outcome<connection> connect(const char* fields) { return run(aut->connect(port, object(fields))); }
  publication prepared(publication p) {
    auto handle = run(aut->prepare(port, who, keys, p));
    CAF_REQUIRE(handle.has_value());
    p.remote_handle = *handle;
    port.seen.clear();
    return p;
  }
  outcome<receipt> publish(publication p) {
    return run(aut->publish(port, who, keys, std::move(p), open_gate()));
  }
  publish_failure refused(outbound::response r) {
    port.script = {std::move(r)};
    auto out = publish(prepared(a_post("hello")));
    CAF_REQUIRE(!out);
    return out.error();
  }
  std::string uri_of(const publication& p) {
    return bluesky::record_uri(who.remote_id, p.remote_handle.at("rkey").as_string());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(bluesky_tests, fixture)

CAF_TEST(connecting finds the server behind the handle and logs in there) {
  port.script = {answer(200, R"({"did":"did:plc:abc"})"), answer(200, document), answer(200, session_json())};
  const auto got = connect(R"({"identifier":"@alice.example.com","app_password":"abcd-efgh-ijkl-mnop"})");
  CAF_REQUIRE(got.has_value());
  CAF_CHECK_EQUAL(port.seen[0].url,
                  "https://bsky.social/xrpc/com.atproto.identity.resolveHandle?handle=alice.example.com");
  CAF_CHECK_EQUAL(port.seen[1].url, "https://plc.directory/did%3Aplc%3Aabc");
  CAF_CHECK_EQUAL(port.seen[2].url, "https://pds.example/xrpc/com.atproto.server.createSession");
  CAF_CHECK(object(port.seen[2].body).at("password") == "abcd-efgh-ijkl-mnop");
  CAF_CHECK_EQUAL(got->who.server, "https://pds.example");
  CAF_CHECK_EQUAL(got->who.remote_id, "did:plc:abc");
  CAF_CHECK_EQUAL(got->who.handle, "alice.test");
  CAF_CHECK(got->keys.expires_at == timestamp{seconds{1'800'007'200}});
  CAF_CHECK_EQUAL(got->limits.max_text, 300u);
  CAF_CHECK(object(got->keys.secret).at("app_password") == "abcd-efgh-ijkl-mnop");
}

CAF_TEST(the password goes nowhere that the account itself does not name) {
  const char* fields =
      R"({"server":"https://home.example","identifier":"alice.example.com","app_password":"pw"})";
  const auto logged_in_at = [&](std::deque<outbound::response> script) {
    script.push_back(answer(200, session_json()));
    port.script = std::move(script);
    port.seen.clear();
    CAF_REQUIRE(connect(fields).has_value());
    return port.seen.back().url.substr(0, port.seen.back().url.find("/xrpc"));
  };
  const auto did = answer(200, R"({"did":"did:plc:abc"})");
  CAF_CHECK_EQUAL(logged_in_at({answer(400, error_json("InvalidRequest"))}), "https://home.example");
  CAF_CHECK_EQUAL(logged_in_at({answer(200, R"({"did":"nonsense/../x"})")}), "https://home.example");
  CAF_CHECK_EQUAL(logged_in_at({did, answer(404)}), "https://home.example");
  CAF_CHECK_EQUAL(logged_in_at({did, answer(200, "<html>")}), "https://home.example");
  CAF_CHECK_EQUAL(logged_in_at({did, answer(200, R"({"id":"did:plc:other"})")}), "https://home.example");
  // The document does not claim the handle: whoever resolved it was lying.
  CAF_CHECK_EQUAL(
      logged_in_at({did, answer(200, R"({"id":"did:plc:abc","alsoKnownAs":["at://bob.test"],"service":[
    {"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://evil.example"}]})")}),
      "https://home.example");
  // Never from https down to http.
  CAF_CHECK_EQUAL(
      logged_in_at(
          {did, answer(200, R"({"id":"did:plc:abc","alsoKnownAs":["at://alice.example.com"],"service":[
    {"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"http://10.0.0.1"}]})")}),
      "https://home.example");
  CAF_CHECK_EQUAL(logged_in_at({did, answer(200, document)}), "https://pds.example");
}

CAF_TEST(a did web identifier is looked up at its own host) {
  port.script = {
      answer(200, R"({"id":"did:web:me.example","service":[
    {"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://pds.me.example"}]})"),
      answer(200, R"({"accessJwt":"a","refreshJwt":"r","did":"did:web:me.example","handle":"me.example"})")};
  const auto got = connect(R"({"identifier":"did:web:me.example","app_password":"pw"})");
  CAF_REQUIRE(got.has_value());
  CAF_CHECK_EQUAL(port.seen[0].url, "https://me.example/.well-known/did.json");
  CAF_CHECK_EQUAL(got->who.server, "https://pds.me.example");
}

CAF_TEST(a server on loopback is kept and an address as identifier needs no search) {
  port.script = {answer(200, session_json())};
  CAF_REQUIRE(
      connect(
          R"({"server":"http://127.0.0.1:2583","identifier":"alice.test","app_password":"hunter22-long"})")
          .has_value());
  CAF_CHECK_EQUAL(port.seen.size(), 1u);
  port.script = {answer(200, session_json(fmt::format(R"(,"didDoc":{})", document)))};
  const auto got = connect(R"({"identifier":"alice@example.com","app_password":"hunter22-long"})");
  CAF_REQUIRE(got.has_value());
  CAF_CHECK_EQUAL(got->who.server, "https://pds.example");       // told by the login itself
  CAF_CHECK(!object(got->keys.secret).contains("app_password")); // a main password is never kept
}

CAF_TEST(wrong fields and refused logins have their class) {
  const auto kind = [&](const char* fields, std::deque<outbound::response> script) {
    port.script = std::move(script);
    auto got = connect(fields);
    CAF_REQUIRE(!got);
    return got.error().kind;
  };
  const char* local = R"({"server":"http://localhost:1","identifier":"alice.test","app_password":"x"})";
  CAF_CHECK(kind("{}", {}) == publish_error::validation);
  CAF_CHECK(kind(R"({"identifier":"a.b"})", {}) == publish_error::validation);
  CAF_CHECK(kind(R"({"server":"http://example.com","identifier":"a.b","app_password":"x"})", {}) ==
            publish_error::validation);
  CAF_CHECK(kind(R"({"plc":"ftp://x","identifier":"a.b","app_password":"x"})", {}) ==
            publish_error::validation);
  CAF_CHECK(kind(local, {answer(401, error_json("AuthenticationRequired"))}) ==
            publish_error::reconnect_required);
  CAF_CHECK(kind(local, {answer(401, error_json("AuthFactorTokenRequired"))}) ==
            publish_error::reconnect_required);
  CAF_CHECK(kind(local, {answer(401, error_json("AccountTakedown"))}) == publish_error::account_restricted);
  CAF_CHECK(kind(local, {answer(200, session_json(R"(,"active":false,"status":"suspended")"))}) ==
            publish_error::account_restricted);
  CAF_CHECK(kind(local, {answer(429, error_json("RateLimitExceeded"))}) == publish_error::rate_limited);
  CAF_CHECK(kind(local, {answer(502)}) == publish_error::provider_unavailable);
  CAF_CHECK(kind(local, {answer(200, "<html>")}) == publish_error::provider_unavailable);
  CAF_CHECK(kind(local, {answer(200, R"({"accessJwt":1})")}) == publish_error::provider_unavailable);
  CAF_CHECK(kind(local, {failed(outbound::result_kind::not_sent, "refused")}) == publish_error::not_sent);
}

CAF_TEST(refreshing rotates both tokens and falls back on the app password) {
  port.script = {answer(200, session_json())};
  const auto fresh = run(aut->refresh(port, who, keys));
  CAF_REQUIRE(fresh.has_value());
  CAF_CHECK_EQUAL(header_of(port.seen[0], "Authorization"), "Bearer r1");
  CAF_CHECK(port.seen[0].method == outbound::verb::post);
  CAF_CHECK(port.seen[0].body.empty());
  CAF_CHECK(object(fresh->secret).at("refresh") == "r2");
  CAF_CHECK(fresh->expires_at == timestamp{seconds{1'800'007'200}});

  port.script = {answer(400, error_json("ExpiredToken", "Token has been revoked")),
                 answer(200, session_json())};
  port.seen.clear();
  CAF_REQUIRE(run(aut->refresh(port, who, keys)).has_value());
  CAF_CHECK(object(port.seen[1].body).at("identifier") == "did:plc:abc");

  port.script = {answer(400, error_json("ExpiredToken")), answer(401, error_json("AuthenticationRequired"))};
  CAF_CHECK(run(aut->refresh(port, who, keys)).error().kind == publish_error::reconnect_required);
  port.script = {answer(503)};
  CAF_CHECK(run(aut->refresh(port, who, keys)).error().kind == publish_error::provider_unavailable);
  keys.secret = R"({"access":"a1","refresh":"r1"})";
  port.script = {answer(400, error_json("ExpiredToken"))};
  CAF_CHECK(run(aut->refresh(port, who, keys)).error().kind == publish_error::reconnect_required);
  keys.secret = "not json at all";
  port.script = {answer(400, error_json("InvalidToken"))};
  CAF_CHECK(run(aut->refresh(port, who, keys)).error().kind == publish_error::reconnect_required);
}

CAF_TEST(checking asks for the session and tells an ended token apart) {
  port.script = {
      answer(200, R"({"did":"did:plc:abc","active":true})"), answer(400, error_json("ExpiredToken")),
      answer(200, R"({"did":"did:plc:abc","active":false})"), answer(200, R"({"did":"did:plc:zzz"})")};
  CAF_CHECK(run(aut->check(port, who, keys)).has_value());
  CAF_CHECK(run(aut->check(port, who, keys)).error().kind == publish_error::auth_expired);
  CAF_CHECK(run(aut->check(port, who, keys)).error().kind == publish_error::account_restricted);
  CAF_CHECK(run(aut->check(port, who, keys)).error().kind == publish_error::provider_unavailable);
}

CAF_TEST(preparing uploads images and resolves mentions and freezes the record) {
  auto p = a_post("hi @bob.test and @ghost.test https://example.com");
  p.images = {a_picture("one")};
  port.script = {answer(200, blob_json), answer(200, R"({"did":"did:plc:bob"})"),
                 answer(400, error_json("InvalidRequest"))};
  auto handle = run(aut->prepare(port, who, keys, p));
  CAF_REQUIRE(handle.has_value());
  CAF_REQUIRE_EQUAL(port.seen.size(), 3u);
  CAF_CHECK_EQUAL(port.seen[0].url, "https://pds.example/xrpc/com.atproto.repo.uploadBlob");
  CAF_CHECK_EQUAL(port.seen[0].body_file, "media/3f/3fa9.png");
  CAF_CHECK_EQUAL(header_of(port.seen[0], "Content-Type"), "image/png");
  const auto& record = handle->at("record");
  CAF_CHECK_EQUAL(record.at("facets").as_array().size(), 2u);
  CAF_CHECK(record.at("embed").at("images").at(0).at("alt") == "one");
  CAF_CHECK(record.at("createdAt") == "2027-01-15T08:00:00Z");

  p.remote_handle = *handle;
  port.seen.clear();
  CAF_CHECK(run(aut->prepare(port, who, keys, p)).value() == *handle);
  CAF_CHECK(port.seen.empty());
  // Edited text: the picture stays up, only the record is made anew.
  p.text = "other";
  const auto edited = run(aut->prepare(port, who, keys, p));
  CAF_REQUIRE(edited.has_value());
  CAF_CHECK(port.seen.empty());
  CAF_CHECK(edited->at("record").at("text") == "other");
  CAF_CHECK(edited->at("rkey") == handle->at("rkey"));
}

CAF_TEST(a half finished preparation keeps what is uploaded) {
  auto p = a_post("two");
  p.images = {a_picture("one"), a_picture("two")};
  port.script = {answer(200, blob_json), answer(413, error_json("PayloadTooLarge"))};
  const auto half = run(aut->prepare(port, who, keys, p));
  CAF_REQUIRE(!half);
  CAF_CHECK(half.error().kind == publish_error::validation);
  CAF_REQUIRE(half.error().progress.has_value());
  CAF_CHECK_EQUAL(half.error().progress->at("media").as_array().size(), 1u);
  for (auto bad :
       {answer(200, "{}"), answer(200, R"({"blob":{"ref":"x"}})"), answer(500), answer(200, "<p>")}) {
    port.script = {answer(200, blob_json), bad};
    CAF_CHECK(run(aut->prepare(port, who, keys, p)).error().kind == publish_error::provider_unavailable);
  }
  port.script = {answer(400, error_json("ExpiredToken"))};
  CAF_CHECK(run(aut->prepare(port, who, keys, p)).error().kind == publish_error::auth_expired);
}

CAF_TEST(publishing puts the frozen record and every attempt is the same bytes) {
  const auto p = prepared(a_post("hello"));
  const auto good = answer(200, fmt::format(R"({{"uri":"{}","cid":"bafy"}})", uri_of(p)));
  port.script = {good, good};
  const auto first = publish(p), again = publish(p);
  CAF_REQUIRE(first.has_value());
  CAF_CHECK_EQUAL(first->remote_id, uri_of(p));
  CAF_CHECK_EQUAL(again->remote_id, uri_of(p));
  CAF_CHECK_EQUAL(port.seen[0].url, "https://pds.example/xrpc/com.atproto.repo.putRecord");
  CAF_CHECK_EQUAL(port.seen[0].body, port.seen[1].body);
  CAF_CHECK(port.seen[0].gate != nullptr);
  const auto body = object(port.seen[0].body);
  CAF_CHECK(body.at("swapRecord").is_null());
  CAF_CHECK(body.at("record") == p.remote_handle.at("record"));
  CAF_CHECK(first->permalink.find("https://bsky.app/profile/alice.test/post/") == 0);
}

CAF_TEST(every refusal of the final call has its class) {
  const auto kind = [&](outbound::response r) { return refused(std::move(r)).kind; };
  CAF_CHECK(kind(answer(400, error_json("ExpiredToken"))) == publish_error::auth_expired);
  CAF_CHECK(kind(answer(400, error_json("InvalidToken"))) == publish_error::auth_expired);
  CAF_CHECK(kind(answer(401, error_json("AuthMissing"))) == publish_error::auth_expired);
  CAF_CHECK(kind(answer(400, error_json("InvalidSwap", "Record was at bafy"))) == publish_error::duplicate);
  CAF_CHECK(kind(answer(400, error_json("RepoTakendown"))) == publish_error::account_restricted);
  CAF_CHECK(kind(answer(500, error_json("InternalServerError"))) == publish_error::unknown_outcome);
  CAF_CHECK(kind(answer(200, R"({"uri":"at://did:plc:other/app.bsky.feed.post/x"})")) ==
            publish_error::unknown_outcome);
  CAF_CHECK(kind(answer(200, "<html>")) == publish_error::unknown_outcome);
  CAF_CHECK(kind(failed(outbound::result_kind::no_answer, "cut")) == publish_error::unknown_outcome);
  const auto wrong = refused(answer(400, error_json("InvalidRequest", "Invalid app.bsky.feed.post record")));
  CAF_CHECK(wrong.kind == publish_error::validation);
  CAF_CHECK_EQUAL(wrong.detail, "Bluesky refused the content: Invalid app.bsky.feed.post record");
  const auto limited = refused(answer(429, error_json("RateLimitExceeded"),
                                      {{"ratelimit-reset", "1800000060"}, {"ratelimit-remaining", "0"}}));
  CAF_CHECK(limited.kind == publish_error::rate_limited);
  CAF_CHECK_EQUAL(limited.retry_after.value_or(milliseconds{0}).count(), 60'000);
  const auto collected = refused(answer(400, error_json("BlobNotFound")));
  CAF_CHECK(collected.kind == publish_error::not_sent);
  CAF_CHECK(collected.progress && collected.progress->empty());
}

CAF_TEST(reading back compares the record and takes not found as proof) {
  const auto p = prepared(a_post("hello"));
  const auto found = [&](outbound::response r) {
    port.script = {std::move(r)};
    return run(aut->find(port, who, keys, p));
  };
  const auto same = found(answer(200, fmt::format(R"({{"uri":"{}","cid":"c","value":{}}})", uri_of(p),
                                                  boost::json::serialize(p.remote_handle.at("record")))));
  CAF_REQUIRE(same.has_value());
  CAF_CHECK(same->what == presence::published);
  CAF_CHECK_EQUAL(same->found.remote_id, uri_of(p));
  CAF_CHECK_EQUAL(header_of(port.seen.back(), "Authorization"), ""); // works with an ended token too
  CAF_CHECK(found(answer(200, R"({"value":{"text":"another"}})"))->what == presence::cannot_tell);
  CAF_CHECK(found(answer(400, error_json("RecordNotFound")))->what == presence::absent);
  CAF_CHECK(found(answer(400, error_json("InvalidRequest", "Could not locate record: at://x")))->what ==
            presence::absent);
  CAF_CHECK(!found(answer(404, "<html>")));
  CAF_CHECK(!found(answer(502)));
  CAF_CHECK(!found(answer(200, "{}")));
  CAF_CHECK(run(aut->find(port, who, keys, a_post("never prepared")))->what == presence::absent);
}

CAF_TEST(limits and options are checked by both units) {
  const auto limits = aut->describe().default_limits;
  const std::string family =
      "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"; // 25 bytes, one grapheme
  std::string hundred, many;
  for (int i = 0; i < 100; ++i) hundred += family;
  for (int i = 0; i < 130; ++i) many += family;
  CAF_CHECK(aut->validate(limits, a_post(hundred)).empty());
  const auto bytes = aut->validate(limits, a_post(many));
  CAF_REQUIRE_EQUAL(bytes.size(), 1u);
  CAF_CHECK_EQUAL(bytes[0].detail, "3250 bytes, allowed are 3000");
  CAF_CHECK_EQUAL(aut->validate(limits, a_post(std::string(301, 'x'))).size(), 1u);
  const auto option = [&](const char* o) {
    auto p = a_post("x");
    p.options = object(o);
    return aut->validate(limits, p).size();
  };
  CAF_CHECK_EQUAL(option(R"({"labels":["nudity","porn"]})"), 0u);
  CAF_CHECK_EQUAL(option(R"({"labels":["funny"]})"), 1u);
  CAF_CHECK_EQUAL(option(R"({"labels":"nudity"})"), 1u);
  CAF_CHECK_EQUAL(option(R"({"labels":[5]})"), 1u);
  CAF_CHECK_EQUAL(option(R"({"visibility":"public"})"), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
