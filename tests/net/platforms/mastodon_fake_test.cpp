#define CAF_SUITE platforms_mastodon_fake
#include "engine_io.hpp"
#include "net/platforms/adapters.hpp"
#include "pictures.hpp"
#include "scripted_io.hpp"
#include "tests/servers/cutting_proxy.hpp"
#include "tests/servers/process.hpp"

#include <boost/url.hpp>
#include <fmt/format.h>

using namespace troupe;
using namespace troupe::platforms;
using namespace troupe::platforms::testing;
using troupe::testing::cutting_proxy;
using troupe::testing::server_process;

namespace {

int port_of(const std::string& url) { return std::stoi(url.substr(url.rfind(':') + 1)); }

// Of the address that an answer redirects to.
std::string parameter_of(const outbound::response& r, std::string_view name) {
  const std::string target(r.header("location"));
  const boost::urls::url_view address(target);
  const auto found = address.params().find(name);
  if (found == address.params().end()) CAF_FAIL("no " << name << " in " << target);
  return (*found).value;
}

// A server for each test: its clock, its limits and its budgets are bent.
struct fixture {
  server_process server{TROUPE_SERVERS "/mastodon/start"};
  engine_io port;
  std::unique_ptr<adapter> aut = make_mastodon();
  troupe::testing::temporary_folder folder;

  boost::json::value test_call(std::string_view path, const char* body = nullptr) {
    outbound::request r;
    r.url = server.text("url") + "/_test/" + std::string(path);
    if (body) {
      r.method = outbound::verb::post;
      r.headers = {"Content-Type: application/json"};
      r.body = body;
    }
    const auto answer = port.fetch(std::move(r));
    CAF_REQUIRE_EQUAL(answer.status, 200);
    return boost::json::parse(answer.body);
  }
  connection connect() {
    auto got = port.run(
        aut->connect(port, {{"server", server.text("url")}, {"access_token", server.text("access_token")}}));
    if (!got) CAF_FAIL("connect: " << got.error().detail);
    return *got;
  }
  image picture(const char* name, int width, int height) {
    image i;
    i.path = (folder.path() / name).string();
    i.file_name = name;
    write_picture(i.path, width, height);
    i.content_type = "image/png";
    i.alt = "Noise";
    i.bytes = std::filesystem::file_size(i.path);
    return i;
  }
  publication post_of(std::string text) {
    auto p = a_post(std::move(text));
    p.scheduled_for = system_now();
    return p;
  }
  // Prepares as the ACCOUNT does: progress is kept, and asked for again while the server works on the images.
  publication prepared(const connection& c, publication p) {
    for (int round = 0; round < 10; ++round) {
      auto handle = port.run(aut->prepare(port, c.who, c.keys, p));
      if (handle) {
        p.remote_handle = *handle;
        return p;
      }
      if (handle.error().kind != publish_error::media_processing)
        CAF_FAIL("prepare: " << handle.error().detail);
      p.remote_handle = handle.error().progress.value();
    }
    CAF_FAIL("the images were never ready");
    return p;
  }
  outcome<receipt> publish(const connection& c, const publication& p) {
    return port.run(aut->publish(port, c.who, c.keys, p, watched_gate().get()));
  }
  std::size_t statuses(const connection& c) {
    outbound::request r;
    r.url = fmt::format("{}/api/v1/accounts/{}/statuses?limit=40", server.text("url"), c.who.remote_id);
    r.headers = {"Authorization: Bearer " + server.text("access_token")};
    return boost::json::parse(port.fetch(std::move(r)).body).as_array().size();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(mastodon_fake_tests, fixture)

CAF_TEST(limits are the servers own and are read anew) {
  const auto c = connect();
  CAF_CHECK_EQUAL(c.limits.max_text, 500u);
  CAF_CHECK_EQUAL(c.who.handle, "@ada@fake.example");
  test_call("limits", R"({"max_characters":5000})");
  const auto read_anew = port.run(aut->check(port, c.who, c.keys));
  CAF_REQUIRE(read_anew.has_value());
  CAF_CHECK_EQUAL(read_anew->max_text, 5000u);
  CAF_REQUIRE(port.last_rate.has_value());
  CAF_CHECK_EQUAL(port.last_rate->limit, 300);
  test_call("knobs", R"({"limited":true})"); // told to its own people only
  CAF_CHECK(port.run(aut->check(port, c.who, c.keys)).has_value());
}

CAF_TEST(a person signs in through the browser with PKCE and the code works once) {
  const std::string back = "http://127.0.0.1:9/callback";
  const auto begun = port.run(aut->begin_oauth(port, {{"server", server.text("url")}}, back, "the-state"));
  CAF_REQUIRE(begun.has_value());
  CAF_CHECK(begun->authorize_url.find("code_challenge_method=S256") != std::string::npos);
  outbound::request browser;
  browser.url = begun->authorize_url + "&_test_sign_in=1";
  const auto redirect = port.fetch(std::move(browser));
  CAF_REQUIRE_EQUAL(redirect.status, 302);
  CAF_CHECK_EQUAL(parameter_of(redirect, "state"), "the-state");
  const auto code = parameter_of(redirect, "code");

  auto other = object(begun->private_state);
  other["verifier"] = "somebody-elses-verifier-somebody-elses-verifier";
  const auto done = port.run(aut->finish_oauth(port, begun->private_state, code, back));
  CAF_REQUIRE(done.has_value());
  CAF_CHECK_EQUAL(done->who.handle, "@ada@fake.example");
  CAF_CHECK(publish(*done, post_of("signed in")).has_value());
  const auto again = port.run(aut->finish_oauth(port, begun->private_state, code, back));
  CAF_CHECK(!again && again.error().kind == publish_error::reconnect_required);
  // A code that somebody else caught is worth nothing without the verifier.
  outbound::request second;
  second.url = begun->authorize_url + "&_test_sign_in=1";
  const auto caught = parameter_of(port.fetch(std::move(second)), "code");
  const auto thief = port.run(aut->finish_oauth(port, boost::json::serialize(other), caught, back));
  CAF_CHECK(!thief && thief.error().kind == publish_error::reconnect_required);
}

CAF_TEST(a repeat within the hour is the same status and after it another one) {
  const auto c = connect();
  const auto p = post_of("once");
  const auto first = publish(c, p);
  CAF_REQUIRE(first.has_value());
  CAF_CHECK(first->permalink.find("/@ada/" + first->remote_id) != std::string::npos);
  test_call("advance", R"({"ms":3540000})");
  const auto again = publish(c, p);
  CAF_REQUIRE(again.has_value());
  CAF_CHECK_EQUAL(again->remote_id, first->remote_id);
  CAF_CHECK_EQUAL(statuses(c), 1u);
  test_call("advance", R"({"ms":120000})");
  const auto late = publish(c, p);
  CAF_REQUIRE(late.has_value());
  CAF_CHECK_NOT_EQUAL(late->remote_id, first->remote_id); // why the description has a key_window
  CAF_CHECK_EQUAL(aut->describe().key_window.count(), 3600);
}

CAF_TEST(images that take their time are uploaded once and attached) {
  const auto c = connect();
  auto p = post_of("with pictures");
  p.images = {picture("small.png", 20, 20), picture("large.png", 400, 300)};
  CAF_REQUIRE(p.images[1].bytes > 50'000);
  const auto early = port.run(aut->prepare(port, c.who, c.keys, p));
  CAF_REQUIRE(!early);
  CAF_CHECK(early.error().kind == publish_error::media_processing);
  p.remote_handle = early.error().progress.value();
  p = prepared(c, p);
  const auto out = publish(c, p);
  CAF_REQUIRE(out.has_value());
  std::size_t uploads = 0;
  const auto requests = test_call("requests");
  for (const auto& r : requests.as_array()) uploads += r.at("path") == "/api/v2/media";
  CAF_CHECK_EQUAL(uploads, 2u);
  const auto found = port.run(aut->find(port, c.who, c.keys, p));
  CAF_CHECK(found && found->what == presence::published && found->found.remote_id == out->remote_id);
}

CAF_TEST(a handle that claims too much is corrected by the server) {
  const auto c = connect();
  test_call("knobs", R"({"slowFrom":1,"questionsUntilReady":1000})");
  auto p = post_of("too early");
  p.images = {picture("slow.png", 20, 20)};
  auto half = port.run(aut->prepare(port, c.who, c.keys, p));
  CAF_REQUIRE(!half);
  p.remote_handle = half.error().progress.value();
  p.remote_handle["media"].as_array()[0].as_object()["ready"] = true;
  p = prepared(c, p);
  const auto out = publish(c, p);
  CAF_REQUIRE(!out);
  CAF_CHECK(out.error().kind == publish_error::media_processing);
  CAF_CHECK_EQUAL(statuses(c), 0u);
}

CAF_TEST(an answer that is lost leaves doubt that the own timeline resolves) {
  const auto c = connect();
  cutting_proxy proxy(port_of(server.text("url")));
  auto through = c;
  through.who.server = proxy.url();
  const auto p = post_of(
      "lost & found\n\n@bob@other.example https://example.com/a/rather/long/path?that=is&shortened=1");
  proxy.lose_answer_to("POST /api/v1/statuses");
  const auto lost = publish(through, p);
  CAF_REQUIRE(!lost);
  CAF_CHECK(lost.error().kind == publish_error::unknown_outcome);
  CAF_CHECK_EQUAL(proxy.lost(), 1);
  const auto found = port.run(aut->find(port, c.who, c.keys, p));
  CAF_REQUIRE(found.has_value());
  CAF_CHECK(found->what == presence::published);
  const auto again = publish(c, p);
  CAF_REQUIRE(again.has_value());
  CAF_CHECK_EQUAL(again->remote_id, found->found.remote_id);
  CAF_CHECK_EQUAL(statuses(c), 1u);
  CAF_CHECK(port.run(aut->find(port, c.who, c.keys, post_of("never sent")))->what == presence::cannot_tell);
}

CAF_TEST(a server that is killed in the middle leaves doubt) {
  const auto c = connect();
  const auto p = post_of("in the middle");
  ::kill(server.pid(), SIGSTOP);
  watched_gate gate;
  auto sending = aut->publish(port, c.who, c.keys, p, gate.get());
  std::optional<outcome<receipt>> got;
  sending.start([&](std::optional<outcome<receipt>> v, std::exception_ptr) { got = std::move(v); });
  gate.wait_for_release();
  server.kill_now();
  port.until([&] { return got.has_value(); }, "the end of the call");
  CAF_REQUIRE(!*got);
  CAF_CHECK(got->error().kind == publish_error::unknown_outcome);
}

CAF_TEST(text is counted as the server counts it) {
  const auto c = connect();
  const auto agrees = [&](const std::string& text, bool fits) {
    CAF_CHECK_EQUAL(aut->validate(c.limits, post_of(text)).empty(), fits);
    auto p = post_of(text);
    p.idempotency_key = text.substr(0, 20) + std::to_string(text.size());
    const auto out = publish(c, p);
    CAF_CHECK_EQUAL(out.has_value(), fits);
    if (!out) CAF_CHECK(out.error().kind == publish_error::validation);
  };
  agrees(std::string(500, 'a'), true);
  agrees(std::string(501, 'a'), false);
  const std::string link = "https://example.com/" + std::string(300, 'p');
  agrees(std::string(476, 'b') + " " + link, true);
  agrees(std::string(477, 'b') + " " + link, false);
  agrees(std::string(495, 'c') + " @bob@other.example", true);
  agrees(std::string(496, 'c') + " @bob@other.example", false);
  std::string families;
  for (int i = 0; i < 500; ++i) families += "\U0001F468\u200D\U0001F469\u200D\U0001F467";
  agrees(families, true);
  agrees(families + "x", false);
}

CAF_TEST(a spent budget says when to come back) {
  const auto c = connect();
  std::optional<publish_failure> limited;
  for (int i = 0; i < 40 && !limited; ++i) {
    auto p = post_of("many");
    p.images = {picture(fmt::format("n{}.png", i).c_str(), 8, 8)};
    auto out = port.run(aut->prepare(port, c.who, c.keys, p));
    if (!out) limited = out.error();
  }
  CAF_REQUIRE(limited.has_value());
  CAF_CHECK(limited->kind == publish_error::rate_limited);
  CAF_REQUIRE(limited->retry_after.has_value());
  CAF_CHECK(*limited->retry_after > std::chrono::minutes(25));
  CAF_CHECK(*limited->retry_after <= std::chrono::minutes(30));
}

CAF_TEST(a token that was taken back asks for a person) {
  auto c = connect();
  c.keys.secret = R"({"access_token":"nonsense"})";
  const auto out = publish(c, post_of("x"));
  CAF_CHECK(!out && out.error().kind == publish_error::reconnect_required);
}

CAF_TEST(our requests are those of a third party client) {
  const auto c = connect();
  auto p = post_of("compared with a client that nobody here wrote");
  p.language = "en";
  p.options = object(R"({"visibility":"unlisted"})");
  p.images = {picture("compared.png", 20, 20)};
  p = prepared(c, p);
  CAF_REQUIRE(publish(c, p).has_value());
  CAF_REQUIRE(port.run(aut->find(port, c.who, c.keys, p)).has_value());
  const auto ours = boost::json::serialize(test_call("requests"));
  const auto [status, printed] = troupe::testing::run_to_end(
      {TROUPE_SERVERS "/mastodon/compare", server.text("url"), server.text("access_token"), p.images[0].path},
      ours);
  if (status != 0) CAF_FAIL("the requests differ: " << printed);
  CAF_MESSAGE(printed);
}

CAF_TEST_FIXTURE_SCOPE_END()
