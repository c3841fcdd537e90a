#define CAF_SUITE platforms_sandbox
#include "net/platforms/adapters.hpp"
#include "scripted_io.hpp"

using namespace troupe;
using namespace troupe::platforms;
using namespace troupe::platforms::testing;

namespace {

struct fixture {
  scripted_io port;
  std::unique_ptr<adapter> aut = make_sandbox("http://127.0.0.1:9/");
  account_identity who{"acct_1", "ada", "ada", "http://127.0.0.1:9"};
  credentials keys{R"({"token":"sandbox-ada","behaviour":"ok","refreshed":false})", {}};

  publication prepared(publication p) {
    auto handle = run(aut->prepare(port, who, keys, p));
    CAF_REQUIRE(handle.has_value());
    p.remote_handle = *handle;
    port.seen.clear();
    return p;
  }
  outcome<receipt> publish(publication p, std::shared_ptr<outbound::send_gate> gate = open_gate()) {
    return run(aut->publish(port, who, keys, std::move(p), std::move(gate)));
  }
  publish_error published_as(outbound::response r) {
    port.script = {std::move(r)};
    auto out = publish(prepared(a_post("hello")));
    return out ? publish_error::validation : out.error().kind;
  }
};

constexpr const char* account_json = R"({"id":"acct_1","handle":"ada","max_text":500})";

} // namespace

CAF_TEST_FIXTURE_SCOPE(sandbox_tests, fixture)

CAF_TEST(connecting asks for the account with the token of the handle) {
  port.script = {answer(200, R"({"id":"acct_1","handle":"ada","max_text":280})")};
  auto got = run(aut->connect(port, object(R"({"handle":"ada","behaviour":"slow"})")));
  CAF_REQUIRE(got.has_value());
  CAF_CHECK_EQUAL(got->who.remote_id, "acct_1");
  CAF_CHECK_EQUAL(got->who.handle, "ada");
  CAF_CHECK_EQUAL(got->who.server, "http://127.0.0.1:9");
  CAF_CHECK_EQUAL(got->limits.max_text, 280u);
  CAF_CHECK(object(got->keys.secret).at("behaviour") == "slow");
  CAF_REQUIRE_EQUAL(port.seen.size(), 1u);
  CAF_CHECK_EQUAL(port.seen[0].url, "http://127.0.0.1:9/v1/account");
  CAF_CHECK_EQUAL(header_of(port.seen[0], "Authorization"), "Bearer sandbox-ada");
  CAF_CHECK(port.seen[0].allow_private);
}

CAF_TEST(wrong connect fields are refused before any call) {
  for (const char* fields : {"{}", R"({"handle":""})", R"({"handle":5})", R"({"handle":"a b"})",
                             R"({"handle":"ada","behaviour":"weird"})", R"({"handle":"a\r\nb"})"}) {
    auto got = run(aut->connect(port, object(fields)));
    CAF_REQUIRE(!got);
    CAF_CHECK(got.error().kind == publish_error::validation);
  }
  CAF_CHECK(port.seen.empty());
}

CAF_TEST(connecting fails with its own class for every kind of answer) {
  const auto as = [&](outbound::response r) {
    port.script = {std::move(r)};
    auto got = run(aut->connect(port, object(R"({"handle":"ada"})")));
    CAF_REQUIRE(!got);
    return got.error().kind;
  };
  CAF_CHECK(as(answer(401)) == publish_error::reconnect_required);
  CAF_CHECK(as(answer(503)) == publish_error::provider_unavailable);
  CAF_CHECK(as(answer(200, "<html>")) == publish_error::provider_unavailable);
  CAF_CHECK(as(answer(200, R"({"id":[],"handle":"ada"})")) == publish_error::provider_unavailable);
  CAF_CHECK(as(failed(outbound::result_kind::not_sent, "refused")) == publish_error::not_sent);
}

CAF_TEST(a post goes out with its key and the same bytes at every attempt) {
  const auto p = prepared(a_post("hello"));
  port.script = {
      answer(201, R"({"id":"p1","url":"http://127.0.0.1:9/p/p1"})"),
      answer(200, R"({"id":"p1","url":"http://127.0.0.1:9/p/p1"})", {{"idempotent-replay", "true"}})};
  const auto first = publish(p), again = publish(p);
  CAF_REQUIRE(first.has_value());
  CAF_REQUIRE(again.has_value());
  CAF_CHECK_EQUAL(first->remote_id, "p1");
  CAF_CHECK_EQUAL(first->permalink, "http://127.0.0.1:9/p/p1");
  CAF_CHECK_EQUAL(again->remote_id, "p1");
  CAF_REQUIRE_EQUAL(port.seen.size(), 2u);
  CAF_CHECK_EQUAL(port.seen[0].body, port.seen[1].body);
  CAF_CHECK_EQUAL(header_of(port.seen[0], "Idempotency-Key"), "key-1");
  CAF_CHECK_EQUAL(header_of(port.seen[0], "Sandbox-Behaviour"), "");
  CAF_CHECK(object(port.seen[0].body).at("text") == "hello");
  CAF_CHECK(object(port.seen[0].body).at("scheduled_for") == "2027-01-15T08:00:00Z");
}

CAF_TEST(a refusal of the content says why in the words of the network) {
  port.script = {answer(422, R"({"error":"this text is not liked here"})"), answer(422, "<html>")};
  const auto p = prepared(a_post("hello"));
  const auto told = publish(p), silent = publish(p);
  CAF_REQUIRE(!told);
  CAF_REQUIRE(!silent);
  CAF_CHECK(told.error().kind == publish_error::validation);
  CAF_CHECK_EQUAL(told.error().detail, "The sandbox refused the content: this text is not liked here");
  CAF_CHECK_EQUAL(silent.error().detail, "The sandbox refused the content (HTTP 422)");
}

CAF_TEST(images are uploaded ahead and once) {
  auto p = a_post("with pictures");
  p.images = {a_picture("one"), a_picture("two")};
  port.script = {answer(201, R"({"id":"m1"})"), answer(503)};
  auto half = run(aut->prepare(port, who, keys, p));
  CAF_REQUIRE(!half);
  CAF_CHECK(half.error().kind == publish_error::provider_unavailable);
  CAF_REQUIRE(half.error().progress.has_value());
  p.remote_handle = *half.error().progress;
  port.script = {answer(201, R"({"id":"m2"})")};
  p = prepared(p);
  port.script = {answer(201, R"({"id":"p1","url":"u"})")};
  CAF_REQUIRE(publish(p).has_value());
  CAF_CHECK_EQUAL(boost::json::serialize(object(port.seen[0].body).at("media_ids")), R"(["m1","m2"])");
  port.seen.clear();
  CAF_CHECK(run(aut->prepare(port, who, keys, p)).has_value());
  CAF_CHECK(port.seen.empty());
}

CAF_TEST(images are not sent with content that they were not prepared for) {
  auto p = a_post("hello");
  p.images = {a_picture()};
  port.script = {answer(201, R"({"id":"m1"})")};
  p = prepared(p);
  auto edited = p;
  edited.text = "changed";
  const auto out = publish(edited);
  CAF_REQUIRE(!out);
  CAF_CHECK(out.error().kind == publish_error::not_sent);
  CAF_CHECK(port.seen.empty());
  // Text alone needs no preparation, and an image that was taken out does not come back with an old handle.
  edited.images.clear();
  port.script = {answer(201, R"({"id":"p1","url":"u"})")};
  CAF_CHECK(publish(edited).has_value());
  CAF_CHECK(object(port.seen[0].body).at("media_ids").as_array().empty());
}

CAF_TEST(every answer to the final call has its class) {
  using outbound::result_kind;
  CAF_CHECK(published_as(answer(500)) == publish_error::unknown_outcome);
  CAF_CHECK(published_as(answer(502)) == publish_error::unknown_outcome);
  CAF_CHECK(published_as(failed(result_kind::no_answer, "cut")) == publish_error::unknown_outcome);
  CAF_CHECK(published_as(answer(200, "<html><body>hi</body></html>")) == publish_error::unknown_outcome);
  CAF_CHECK(published_as(answer(201, "")) == publish_error::unknown_outcome);
  CAF_CHECK(published_as(answer(201, R"({"id":null})")) == publish_error::unknown_outcome);
  CAF_CHECK(published_as(answer(201, "[[[[")) == publish_error::unknown_outcome);
  CAF_CHECK(published_as(answer(429, "{}", {{"retry-after", "2"}})) == publish_error::rate_limited);
  CAF_CHECK(published_as(answer(401)) == publish_error::auth_expired);
  CAF_CHECK(published_as(answer(409)) == publish_error::duplicate);
  CAF_CHECK(published_as(answer(422)) == publish_error::validation);
  CAF_CHECK(published_as(failed(result_kind::not_sent, "connect")) == publish_error::not_sent);
}

CAF_TEST(a revoked gate keeps everything unsent) {
  const auto p = prepared(a_post("hello"));
  auto gate = open_gate();
  CAF_CHECK(gate->revoke());
  const auto out = publish(p, gate);
  CAF_REQUIRE(!out);
  CAF_CHECK(out.error().kind == publish_error::revoked);
}

CAF_TEST(a token that is refused again after its refresh means connecting anew) {
  const auto p = prepared(a_post("hello"));
  keys.secret = R"({"token":"sandbox-ada","behaviour":"expired-token","refreshed":false})";
  port.script = {answer(401)};
  CAF_CHECK(publish(p).error().kind == publish_error::auth_expired);
  CAF_CHECK_EQUAL(header_of(port.seen[0], "Sandbox-Behaviour"), "expired-token");
  port.script = {answer(200, account_json)};
  auto fresh = run(aut->refresh(port, who, keys));
  CAF_REQUIRE(fresh.has_value());
  keys = *fresh;
  port.seen.clear();
  port.script = {answer(201, R"({"id":"p1","url":"u"})"), answer(401)};
  CAF_CHECK(publish(p).has_value());
  CAF_CHECK_EQUAL(header_of(port.seen[0], "Sandbox-Behaviour"), "");
  CAF_CHECK(publish(p).error().kind == publish_error::reconnect_required);
}

CAF_TEST(reading back tells published from absent from unreadable) {
  const auto p = prepared(a_post("hello"));
  port.script = {answer(200, R"({"posts":[{"id":"p1","url":"u"}]})"), answer(200, R"({"posts":[]})"),
                 answer(200, R"({"posts":{}})"), answer(502)};
  auto found = run(aut->find(port, who, keys, p));
  CAF_REQUIRE(found.has_value());
  CAF_CHECK(found->what == presence::published);
  CAF_CHECK_EQUAL(found->found.remote_id, "p1");
  CAF_CHECK_EQUAL(port.seen[0].url, "http://127.0.0.1:9/v1/posts?key=key-1");
  auto none = run(aut->find(port, who, keys, p));
  CAF_CHECK(none && none->what == presence::absent);
  CAF_CHECK(run(aut->find(port, who, keys, p)).error().kind == publish_error::provider_unavailable);
  CAF_CHECK(run(aut->find(port, who, keys, p)).error().kind == publish_error::provider_unavailable);
}

CAF_TEST(content beyond the limits is named with limit and count) {
  const auto limits = aut->describe().default_limits;
  CAF_CHECK(aut->validate(limits, a_post("fine")).empty());
  const auto long_text = aut->validate(limits, a_post(std::string(501, 'x')));
  CAF_REQUIRE_EQUAL(long_text.size(), 1u);
  CAF_CHECK_EQUAL(long_text[0].code, "too-long");
  CAF_CHECK_EQUAL(long_text[0].detail, "501 graphemes, allowed are 500");
  CAF_CHECK(aut->validate(limits, a_post("  \n")).at(0).code == "empty");
  CAF_CHECK(aut->validate(limits, a_post("\xff")).at(0).code == "bad-encoding");
  auto p = a_post("");
  p.images = {a_picture(), a_picture(), a_picture(), a_picture(), a_picture()};
  p.images[1].content_type = "image/tiff";
  p.images[2].bytes = 8'000'001;
  p.images[3].alt = std::string(1501, 'a');
  const auto issues = aut->validate(limits, p);
  CAF_REQUIRE_EQUAL(issues.size(), 4u);
  CAF_CHECK_EQUAL(issues[0].code, "too-many");
  CAF_CHECK_EQUAL(issues[1].field + " " + issues[1].code, "images/1 type-not-allowed");
  CAF_CHECK_EQUAL(issues[2].field + " " + issues[2].code, "images/2 too-large");
  CAF_CHECK_EQUAL(issues[3].field + " " + issues[3].code, "images/3 alt-too-long");
  auto odd = a_post("x");
  odd.options = object(R"({"behaviour":"weird"})");
  CAF_CHECK(aut->validate(limits, odd).at(0).code == "not-allowed");
}

CAF_TEST(the registry offers the sandbox only with an address) {
  CAF_CHECK(registry("http://127.0.0.1:9").find("sandbox") != nullptr);
  CAF_CHECK(registry("").find("sandbox") == nullptr);
  CAF_CHECK(registry("http://127.0.0.1:9").find("nowhere") == nullptr);
}

CAF_TEST_FIXTURE_SCOPE_END()
