#define CAF_SUITE platforms_mastodon
#include "net/platforms/adapters.hpp"
#include "net/platforms/mastodon_api.hpp"
#include "net/platforms/mastodon_oauth.hpp"
#include "scripted_io.hpp"

#include <fmt/format.h>

using namespace troupe;
using namespace troupe::platforms;
using namespace troupe::platforms::testing;

namespace {

constexpr const char* account_json =
    R"({"id":"42","username":"ada","acct":"ada","display_name":"Ada L","url":"u"})";
constexpr const char* instance_json = R"({"domain":"example.social","version":"4.3.0","configuration":{
  "statuses":{"max_characters":11000,"max_media_attachments":6,"characters_reserved_per_url":30},
  "media_attachments":{"supported_mime_types":["image/png","video/mp4",7],"image_size_limit":1000,"image_matrix_limit":2000,"description_limit":99}}})";

std::string error_json(std::string_view text) { return fmt::format(R"({{"error":"{}"}})", text); }
std::string status_json(std::string_view id, std::string_view html,
                        std::string_view at = "2027-01-15T08:00:01.000Z", std::string_view media = "[]") {
  return fmt::format(R"({{"id":"{}","created_at":"{}","url":"https://example.social/@ada/{}","content":"{}",
    "spoiler_text":"","media_attachments":{}}})",
                     id, at, id, html, media);
}

struct fixture {
  scripted_io port;
  std::unique_ptr<adapter> aut = make_mastodon();
  account_identity who{"42", "@ada@example.social", "Ada L", "https://example.social"};
  credentials keys{R"({"access_token":"t1"})", {}};

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
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(mastodon_tests, fixture)

CAF_TEST(connecting with a token reads who it is and the limits of the place) {
  port.script = {answer(200, account_json), answer(200, instance_json)};
  const auto got =
      run(aut->connect(port, object(R"({"server":"https://example.social/web","access_token":" t1 "})")));
  CAF_REQUIRE(got.has_value());
  CAF_CHECK_EQUAL(port.seen[0].url, "https://example.social/api/v1/accounts/verify_credentials");
  CAF_CHECK_EQUAL(header_of(port.seen[0], "Authorization"), "Bearer t1");
  CAF_CHECK_EQUAL(header_of(port.seen[1], "Authorization"), "Bearer t1"); // some tell nothing to strangers
  CAF_CHECK_EQUAL(got->who.handle, "@ada@example.social");
  CAF_CHECK_EQUAL(got->limits.max_text, 11'000u);
  CAF_CHECK_EQUAL(got->limits.max_images, 6u);
  CAF_CHECK_EQUAL(got->limits.url_weight, 30u);
  CAF_CHECK_EQUAL(got->limits.max_image_pixels, 2000u);
  CAF_CHECK_EQUAL(got->limits.max_alt_text, 99u);
  CAF_CHECK(got->limits.image_types == std::vector<std::string>{"image/png"});
}

CAF_TEST(an old server is described by version one and an absurd one by the defaults) {
  port.script = {answer(200, account_json), answer(404),
                 answer(200, R"({"uri":"old.example","version":"2.7.2","max_toot_chars":5000})")};
  auto got = run(aut->connect(port, object(R"({"server":"old.example","access_token":"t"})")));
  CAF_REQUIRE(got.has_value());
  CAF_CHECK_EQUAL(got->limits.max_text, 5000u);
  CAF_CHECK_EQUAL(got->who.handle, "@ada@old.example");
  port.script = {answer(200, account_json),
                 answer(200, R"({"version":"4","configuration":{"statuses":{"max_characters":-1,
    "max_media_attachments":"many"},"media_attachments":[]}})")};
  got = run(aut->connect(port, object(R"({"server":"odd.example","access_token":"t"})")));
  CAF_REQUIRE(got.has_value());
  CAF_CHECK(to_json(got->limits) == to_json(mastodon::default_limits()));
}

CAF_TEST(refused connects have their class) {
  const auto kind = [&](std::deque<outbound::response> script,
                        const char* fields = R"({"server":"example.social","access_token":"t"})") {
    port.script = std::move(script);
    auto got = run(aut->connect(port, object(fields)));
    CAF_REQUIRE(!got);
    return got.error().kind;
  };
  CAF_CHECK(kind({}, "{}") == publish_error::validation);
  CAF_CHECK(kind({}, R"({"server":"example.social"})") == publish_error::validation);
  CAF_CHECK(kind({}, R"({"server":"http://example.social","access_token":"t"})") ==
            publish_error::validation);
  CAF_CHECK(kind({answer(401, error_json("The access token is invalid"))}) ==
            publish_error::reconnect_required);
  CAF_CHECK(kind({answer(403, error_json("Your login is currently disabled"))}) ==
            publish_error::account_restricted);
  CAF_CHECK(kind({answer(404, "<html>")}) == publish_error::validation);
  CAF_CHECK(kind({answer(200, "<html>")}) == publish_error::provider_unavailable);
  CAF_CHECK(kind({answer(200, account_json), answer(503)}) == publish_error::provider_unavailable);
  CAF_CHECK(kind({answer(200, account_json), answer(200, "[]"), answer(200, "<html>")}) ==
            publish_error::provider_unavailable);
}

CAF_TEST(the browser sign in uses PKCE where the server offers it) {
  CAF_CHECK_EQUAL(
      mastodon::challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), // RFC 7636, appendix B
      "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  const auto app = answer(200, R"({"client_id":"cid","client_secret":"sec"})");
  port.script = {answer(200, R"({"authorization_endpoint":"https://example.social/oauth/authorize",
    "token_endpoint":"https://example.social/oauth/token2","code_challenge_methods_supported":["S256"]})"),
                 app};
  const auto begun =
      run(aut->begin_oauth(port, object(R"({"server":"example.social"})"), "https://us.example/cb", "st"));
  CAF_REQUIRE(begun.has_value());
  CAF_CHECK_EQUAL(port.seen[1].url, "https://example.social/api/v1/apps");
  CAF_CHECK(port.seen[1].body.find("redirect_uris=https%3A%2F%2Fus.example%2Fcb") != std::string::npos);
  const auto state = object(begun->private_state);
  const std::string verifier(state.at("verifier").as_string());
  CAF_CHECK(verifier.size() >= 43);
  CAF_CHECK(begun->authorize_url.find("code_challenge=" + mastodon::challenge_of(verifier)) !=
            std::string::npos);
  CAF_CHECK(begun->authorize_url.find("state=st") != std::string::npos);
  CAF_CHECK(begun->authorize_url.find(verifier) == std::string::npos);

  port.seen.clear();
  port.script = {answer(200, R"({"access_token":"t9","token_type":"Bearer","scope":"read write"})"),
                 answer(200, account_json), answer(200, instance_json)};
  const auto done = run(aut->finish_oauth(port, begun->private_state, "code1", "https://us.example/cb"));
  CAF_REQUIRE(done.has_value());
  CAF_CHECK_EQUAL(port.seen[0].url, "https://example.social/oauth/token2");
  CAF_CHECK(port.seen[0].body.find("code_verifier=" + verifier) != std::string::npos);
  CAF_CHECK(object(done->keys.secret).at("access_token") == "t9");
}

CAF_TEST(without metadata the usual addresses serve and foreign ones are never used) {
  const auto app = answer(200, R"({"client_id":"cid","client_secret":"sec"})");
  port.script = {answer(404), app};
  auto begun =
      run(aut->begin_oauth(port, object(R"({"server":"example.social"})"), "https://us.example/cb", "st"));
  CAF_REQUIRE(begun.has_value());
  CAF_CHECK(begun->authorize_url.find("https://example.social/oauth/authorize?response_type=code") == 0);
  CAF_CHECK(begun->authorize_url.find("code_challenge") == std::string::npos);
  port.script = {
      answer(
          200,
          R"({"authorization_endpoint":"https://evil.example/a","token_endpoint":"https://example.social.evil.example/t"})"),
      app};
  begun =
      run(aut->begin_oauth(port, object(R"({"server":"example.social"})"), "https://us.example/cb", "st"));
  CAF_REQUIRE(begun.has_value());
  CAF_CHECK(begun->authorize_url.find("evil") == std::string::npos);
  CAF_CHECK(begun->private_state.find("evil") == std::string::npos);
}

CAF_TEST(a sign in that fails has its class) {
  const char* state =
      R"({"server":"https://example.social","client_id":"c","client_secret":"s","token_endpoint":"https://example.social/oauth/token"})";
  const auto kind = [&](std::deque<outbound::response> script, const char* with, const char* the_code = "x") {
    port.script = std::move(script);
    return run(aut->finish_oauth(port, with, the_code, "https://us.example/cb")).error().kind;
  };
  CAF_CHECK(kind({}, "nonsense") == publish_error::validation);
  CAF_CHECK(kind({}, state, "") == publish_error::validation);
  CAF_CHECK(kind({answer(400, error_json("invalid_grant"))}, state) == publish_error::reconnect_required);
  CAF_CHECK(kind({answer(401, error_json("invalid_client"))}, state) == publish_error::reconnect_required);
  CAF_CHECK(kind({answer(200, R"({"access_token":"t","scope":"read"})")}, state) ==
            publish_error::permission);
  CAF_CHECK(kind({answer(200, "{}")}, state) == publish_error::provider_unavailable);
  port.script = {failed(outbound::result_kind::not_sent, "dns")};
  CAF_CHECK(run(aut->begin_oauth(port, object(R"({"server":"example.social"})"), "r", "s")).error().kind ==
            publish_error::not_sent);
  port.script = {answer(404), answer(404)};
  CAF_CHECK(run(aut->begin_oauth(port, object(R"({"server":"example.social"})"), "r", "s")).error().kind ==
            publish_error::validation);
}

CAF_TEST(images that are still worked on are asked for again and not uploaded twice) {
  auto p = a_post("with pictures");
  p.images = {a_picture("one"), a_picture("")};
  port.script = {answer(200, R"({"id":"m1","url":"u"})"), answer(202, R"({"id":"m2","url":null})")};
  auto out = run(aut->prepare(port, who, keys, p));
  CAF_REQUIRE(!out);
  CAF_CHECK(out.error().kind == publish_error::media_processing);
  CAF_CHECK(out.error().retry_after.has_value());
  CAF_REQUIRE_EQUAL(port.seen[0].form.size(), 2u);
  CAF_CHECK_EQUAL(port.seen[0].form[0].file, "media/3f/3fa9.png");
  CAF_CHECK_EQUAL(port.seen[0].form[1].value, "one");
  CAF_CHECK_EQUAL(port.seen[1].form.size(), 1u);

  p.remote_handle = *out.error().progress;
  port.seen.clear();
  port.script = {answer(206, R"({"id":"m2","url":null})")};
  out = run(aut->prepare(port, who, keys, p));
  CAF_CHECK(!out && out.error().kind == publish_error::media_processing);
  p.remote_handle = *out.error().progress;
  port.script = {answer(200, R"({"id":"m2","url":"u"})")};
  out = run(aut->prepare(port, who, keys, p));
  CAF_REQUIRE(out.has_value());
  for (const auto& r : port.seen) CAF_CHECK_EQUAL(r.url, "https://example.social/api/v1/media/m2");

  p.remote_handle = *out;
  port.seen.clear();
  port.script = {answer(200, status_json("7", "x"))};
  CAF_REQUIRE(publish(p).has_value());
  CAF_CHECK_EQUAL(boost::json::serialize(object(port.seen[0].body).at("media_ids")), R"(["m1","m2"])");
}

CAF_TEST(an image that vanished is uploaded anew and one that failed is refused) {
  auto p = a_post("x");
  p.images = {a_picture("one")};
  const auto pending = [&] {
    port.script = {answer(202, R"({"id":"m1"})")};
    p.remote_handle = *run(aut->prepare(port, who, keys, p)).error().progress;
  };
  pending();
  port.script = {answer(404)};
  auto out = run(aut->prepare(port, who, keys, p));
  CAF_REQUIRE(!out);
  CAF_CHECK(out.error().kind == publish_error::media_processing);
  CAF_CHECK(out.error().progress->at("media").as_array().empty());
  p.remote_handle = {};
  pending();
  port.script = {answer(422, error_json("Error processing thumbnail"))};
  out = run(aut->prepare(port, who, keys, p));
  CAF_CHECK(!out && out.error().kind == publish_error::validation);
  p.remote_handle = {};
  port.script = {answer(429, error_json("Too many requests"),
                        {{"x-ratelimit-reset", "2027-01-15T08:10:00.000Z"}, {"x-ratelimit-remaining", "0"}})};
  out = run(aut->prepare(port, who, keys, p));
  CAF_REQUIRE(!out);
  CAF_CHECK(out.error().kind == publish_error::rate_limited);
  CAF_CHECK_EQUAL(out.error().retry_after.value_or(milliseconds{0}).count(), 600'000);
}

CAF_TEST(a status goes out with its key and the options of the post) {
  auto p = a_post("hello");
  p.language = "de-AT";
  p.options =
      object(R"({"visibility":"unlisted","spoiler_text":"cw","sensitive":true,"in_reply_to_id":"9"})");
  p = prepared(p);
  port.script = {answer(200, status_json("7", "x")), answer(200, status_json("7", "x"))};
  const auto first = publish(p), again = publish(p);
  CAF_REQUIRE(first.has_value());
  CAF_CHECK_EQUAL(first->remote_id, "7");
  CAF_CHECK_EQUAL(first->permalink, "https://example.social/@ada/7");
  CAF_CHECK_EQUAL(port.seen[0].body, port.seen[1].body);
  CAF_CHECK_EQUAL(header_of(port.seen[0], "Idempotency-Key"), "key-1");
  CAF_CHECK(object(port.seen[0].body) ==
            object(R"({"status":"hello","visibility":"unlisted","spoiler_text":"cw",
    "sensitive":true,"in_reply_to_id":"9","language":"de"})"));
}

CAF_TEST(every refusal of the final call has its class) {
  const auto kind = [&](outbound::response r) { return refused(std::move(r)).kind; };
  CAF_CHECK(kind(answer(401, error_json("The access token was revoked"))) ==
            publish_error::reconnect_required);
  CAF_CHECK(kind(answer(403, error_json("This action is outside the authorized scopes"))) ==
            publish_error::permission);
  CAF_CHECK(kind(answer(403, error_json("Your account is suspended"))) == publish_error::account_restricted);
  CAF_CHECK(kind(answer(404, error_json("Record not found"))) == publish_error::target_not_found);
  CAF_CHECK(kind(answer(422, error_json("Validation failed: Text limit exceeded"))) ==
            publish_error::validation);
  CAF_CHECK(kind(answer(
                422, error_json(
                         "Cannot attach files that have not finished processing. Try again in a moment!"))) ==
            publish_error::media_processing);
  CAF_CHECK(kind(answer(422, error_json("Media 5 not found or already attached to another post"))) ==
            publish_error::duplicate);
  CAF_CHECK(kind(answer(429)) == publish_error::rate_limited);
  CAF_CHECK(kind(answer(503, error_json("Remote data could not be fetched"))) ==
            publish_error::unknown_outcome);
  CAF_CHECK(kind(answer(200, "<html>")) == publish_error::unknown_outcome);
  CAF_CHECK(kind(answer(200, R"({"id":"7"})")) == publish_error::unknown_outcome);
  CAF_CHECK(kind(failed(outbound::result_kind::no_answer, "cut")) == publish_error::unknown_outcome);
  CAF_CHECK(!refused(answer(200, "[]")).detail.empty());
}

CAF_TEST(the own timeline shows what was sent or proves nothing) {
  auto p = prepared(a_post("hi @bob@other.example https://example.com/a?b=1&c=2"));
  const auto look = [&](std::string list) {
    port.script = {answer(200, std::move(list))};
    return run(aut->find(port, who, keys, p));
  };
  const std::string html =
      R"(<p>hi <span class=\"h-card\"><a href=\"x\">@<span>bob</span></a></span> <a href=\"x\"><span class=\"invisible\">https://</span><span>example.com/a?b=1&amp;c=2</span></a></p>)";
  auto found = look("[" + status_json("8", "<p>other</p>") + "," + status_json("7", html) + "]");
  CAF_REQUIRE(found.has_value());
  CAF_CHECK(found->what == presence::published);
  CAF_CHECK_EQUAL(found->found.remote_id, "7");
  CAF_CHECK_EQUAL(port.seen[0].url,
                  "https://example.social/api/v1/accounts/42/statuses?limit=40&exclude_reblogs=true");
  CAF_CHECK(look("[" + status_json("7", html, "2027-01-15T07:00:00.000Z") + "]")->what ==
            presence::cannot_tell);
  CAF_CHECK(look("[" + status_json("7", html, "2027-01-15T08:00:01.000Z", "[{}]") + "]")->what ==
            presence::cannot_tell);
  CAF_CHECK(look("[]")->what == presence::cannot_tell);
  CAF_CHECK(look("[1,null,{},[]]")->what == presence::cannot_tell);
  CAF_CHECK(!look("{}"));
  port.script = {answer(503)};
  CAF_CHECK(run(aut->find(port, who, keys, p)).error().kind == publish_error::provider_unavailable);
}

CAF_TEST(HTML is read as a person reads it) {
  CAF_CHECK_EQUAL(mastodon::to_text("<p>a<br />b</p><p>&lt;c&gt; &#39;&#x1F600;&amp;amp;</p>"),
                  "a\nb\n<c> '\U0001F600&amp;\n");
  CAF_CHECK_EQUAL(mastodon::to_text("a & b &bogus; &#xD800; <unclosed"), "a & b &bogus; \uFFFD ");
  CAF_CHECK(mastodon::shows("<p>one</p><p>two &amp; three</p>", "one\n\ntwo & three"));
  CAF_CHECK(!mastodon::shows("<p>one</p>", "one!"));
}

CAF_TEST(checking reads the limits anew and notices another account) {
  port.script = {answer(200, account_json), answer(200, instance_json),
                 answer(200, R"({"id":"43","username":"bob"})"), answer(200, instance_json)};
  const auto limits = run(aut->check(port, who, keys));
  CAF_CHECK(limits && limits->max_text == 11'000);
  CAF_CHECK(run(aut->check(port, who, keys)).error().kind == publish_error::reconnect_required);
  CAF_CHECK(run(aut->refresh(port, who, keys)).error().kind == publish_error::reconnect_required);
}

CAF_TEST(limits count the warning and options are known or refused) {
  auto limits = mastodon::default_limits();
  auto p = a_post(std::string(490, 'x'));
  CAF_CHECK(aut->validate(limits, p).empty());
  p.options = object(R"({"spoiler_text":"twelve chars"})");
  const auto issues = aut->validate(limits, p);
  CAF_REQUIRE_EQUAL(issues.size(), 1u);
  CAF_CHECK_EQUAL(issues[0].detail, "502 characters (links count as 23), allowed are 500");
  CAF_CHECK(aut->validate(limits, a_post("https://example.com/" + std::string(900, 'x'))).empty());
  for (const char* o : {R"({"visibility":"everyone"})", R"({"sensitive":"yes"})", R"({"spoiler_text":1})",
                        R"({"in_reply_to_id":9})", R"({"poll":{}})"})
    CAF_CHECK_EQUAL(mastodon::check_options(object(o)).size(), 1u);
}

CAF_TEST(discarding deletes uploads and does not mind servers that cannot) {
  auto p = a_post("x");
  p.remote_handle = object(R"({"media":[{"id":"m1"},{"id":"m2"},{}]})");
  port.script = {answer(200), answer(404)};
  CAF_CHECK(run(aut->discard(port, who, keys, p)).value());
  CAF_CHECK_EQUAL(port.seen.size(), 2u);
  CAF_CHECK(port.seen[0].method == outbound::verb::del);
}

CAF_TEST_FIXTURE_SCOPE_END()
