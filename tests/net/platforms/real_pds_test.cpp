#define CAF_SUITE platforms_real_pds
#include "engine_io.hpp"
#include "net/platforms/adapters.hpp"
#include "net/platforms/bluesky_record.hpp"
#include "pictures.hpp"
#include "scripted_io.hpp"
#include "system/core/secrets.hpp"
#include "tests/servers/cutting_proxy.hpp"
#include "tests/servers/process.hpp"

#include <fmt/format.h>
#include <sodium.h>

using namespace troupe;
using namespace troupe::platforms;
using namespace troupe::platforms::testing;
using troupe::testing::cutting_proxy;
using troupe::testing::server_process;

namespace {

std::unique_ptr<server_process> start_pds() {
  return std::make_unique<server_process>(TROUPE_SERVERS "/pds/start",
                                          std::vector<std::string>{"PDS_RATE_LIMITS=1"});
}

// One server for all tests of this program; every test makes its own account.
server_process& pds() {
  static const auto server = start_pds();
  return *server;
}

std::string fresh_name() {
  static int count = 0;
  return fmt::format("user{}.test", ++count);
}

struct person {
  std::string handle, did, app_password, access;
};

struct fixture {
  engine_io port;
  std::unique_ptr<adapter> aut = make_bluesky();
  troupe::testing::temporary_folder folder;

  boost::json::object post(std::string_view server, std::string_view method, const boost::json::value& body,
                           const std::string& access = {}) {
    outbound::request r;
    r.method = outbound::verb::post;
    r.url = fmt::format("{}/xrpc/{}", server, method);
    r.headers = {"Content-Type: application/json"};
    if (!access.empty()) r.headers.push_back("Authorization: Bearer " + access);
    r.body = boost::json::serialize(body);
    const auto answer = port.fetch(std::move(r));
    if (!answer.ok()) CAF_FAIL(method << " answered " << answer.status << " " << answer.body << answer.error);
    return answer.body.empty() ? boost::json::object{} : object(answer.body);
  }

  outbound::response get(std::string url) {
    outbound::request r;
    r.url = std::move(url);
    return port.fetch(std::move(r));
  }

  person make_person(std::string_view server) {
    person who{fresh_name(), {}, {}, {}};
    const auto made =
        post(server, "com.atproto.server.createAccount",
             {{"handle", who.handle}, {"email", who.handle + "@example.com"}, {"password", "hunter22-long"}});
    who.did = boost::json::value_to<std::string>(made.at("did"));
    who.access = boost::json::value_to<std::string>(made.at("accessJwt"));
    const auto app = post(server, "com.atproto.server.createAppPassword", {{"name", "test"}}, who.access);
    who.app_password = boost::json::value_to<std::string>(app.at("password"));
    return who;
  }

  outcome<connection> try_connect(std::string_view server, std::string_view identifier,
                                  std::string_view password) {
    return port.run(
        aut->connect(port, {{"server", server}, {"identifier", identifier}, {"app_password", password}}));
  }
  connection connect(const person& who) {
    auto got = try_connect(pds().text("url"), who.handle, who.app_password);
    if (!got) CAF_FAIL("connect: " << got.error().detail);
    return *got;
  }

  publication prepared(const connection& c, publication p) {
    auto handle = port.run(aut->prepare(port, c.who, c.keys, p));
    if (!handle) CAF_FAIL("prepare: " << handle.error().detail);
    p.remote_handle = *handle;
    return p;
  }
  outcome<receipt> publish(const connection& c, const publication& p) {
    return port.run(aut->publish(port, c.who, c.keys, p, watched_gate().get()));
  }
  publish_error refused(outcome<receipt> r) {
    CAF_REQUIRE(!r);
    CAF_MESSAGE(r.error().detail);
    return r.error().kind;
  }

  image picture(const char* name) {
    image i;
    i.path = (folder.path() / name).string();
    write_picture(i.path, 120, 80, 6);
    i.content_type = "image/jpeg";
    i.alt = "A beach";
    i.width = 120;
    i.height = 80;
    i.bytes = std::filesystem::file_size(i.path);
    return i;
  }

  boost::json::array records(const person& who, const std::string& server = pds().text("url")) {
    const auto answer = get(fmt::format(
        "{}/xrpc/com.atproto.repo.listRecords?repo={}&collection=app.bsky.feed.post", server, who.did));
    return object(answer.body).at("records").as_array();
  }
};

// An access token that ended ten seconds ago, signed with the server's own key.
std::string ended_token(const std::string& did) {
  const auto now = to_micros(system_now()) / 1'000'000;
  const auto head = secrets::base64url(R"({"typ":"at+jwt","alg":"HS256"})");
  const auto body =
      secrets::base64url(boost::json::serialize(boost::json::object{{"scope", "com.atproto.access"},
                                                                    {"aud", pds().text("audience")},
                                                                    {"sub", did},
                                                                    {"iat", now - 7200},
                                                                    {"exp", now - 10}}));
  const auto text = head + "." + body, key = pds().text("jwt_secret");
  crypto_auth_hmacsha256_state state;
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
  return text + "." + secrets::base64url(mac);
}

int port_of(const std::string& url) { return std::stoi(url.substr(url.rfind(':') + 1)); }

} // namespace

CAF_TEST_FIXTURE_SCOPE(real_pds_tests, fixture)

CAF_TEST(an account connects and a wrong password does not ) {
  const auto who = make_person(pds().text("url"));
  const auto c = connect(who);
  CAF_CHECK_EQUAL(c.who.remote_id, who.did);
  CAF_CHECK_EQUAL(c.who.handle, who.handle);
  CAF_CHECK_EQUAL(c.who.server, pds().text("url"));
  CAF_REQUIRE(c.keys.expires_at.has_value());
  CAF_CHECK(*c.keys.expires_at > system_now());
  CAF_CHECK(port.run(aut->check(port, c.who, c.keys)).has_value());
  const auto wrong = try_connect(pds().text("url"), who.handle, "aaaa-bbbb-cccc-dddd");
  CAF_REQUIRE(!wrong);
  CAF_CHECK(wrong.error().kind == publish_error::reconnect_required);
  const auto nowhere = try_connect("http://127.0.0.1:9", who.handle, who.app_password);
  CAF_REQUIRE(!nowhere);
  CAF_CHECK(nowhere.error().kind == publish_error::not_sent);
}

CAF_TEST(a post with everything is one record however often it is sent) {
  const auto who = make_person(pds().text("url")), friend_of = make_person(pds().text("url"));
  const auto c = connect(who);
  auto p =
      a_post(fmt::format("gr\u00fc\u00dfe @{} and @ghost.test #tag https://example.com/a", friend_of.handle));
  p.language = "de";
  p.images = {picture("beach.jpg")};
  p = prepared(c, p);
  const auto first = publish(c, p), again = publish(c, p);
  CAF_REQUIRE(first.has_value());
  CAF_REQUIRE(again.has_value());
  CAF_CHECK_EQUAL(first->remote_id, again->remote_id);

  const auto all = records(who);
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK(all[0].at("uri") == boost::json::value(first->remote_id));
  const auto& value = all[0].at("value");
  CAF_CHECK(value.at("text") == boost::json::value(p.text));
  const auto& facets = value.at("facets").as_array();
  CAF_REQUIRE_EQUAL(facets.size(), 3u); // nobody is called @ghost.test
  CAF_CHECK(facets[0].at("features").at(0).at("did") == boost::json::value(friend_of.did));
  const auto& picture = value.at("embed").at("images").at(0);
  CAF_CHECK(picture.at("alt") == "A beach");
  CAF_CHECK(picture.at("aspectRatio").at("width").as_int64() == 80); // turned upright
  const auto blob =
      get(fmt::format("{}/xrpc/com.atproto.sync.getBlob?did={}&cid={}", pds().text("url"), who.did,
                      std::string(picture.at("image").at("ref").at("$link").as_string())));
  CAF_REQUIRE_EQUAL(blob.status, 200);
  CAF_CHECK_EQUAL(blob.body.substr(0, 2), "\xFF\xD8");
  CAF_CHECK(blob.body.find("SecretCamera") == std::string::npos);

  const auto found = port.run(aut->find(port, c.who, c.keys, p));
  CAF_REQUIRE(found.has_value());
  CAF_CHECK(found->what == presence::published);
  CAF_CHECK_EQUAL(found->found.remote_id, first->remote_id);
}

CAF_TEST(what was never sent is provably absent) {
  const auto c = connect(make_person(pds().text("url")));
  const auto found = port.run(aut->find(port, c.who, c.keys, prepared(c, a_post("not yet"))));
  CAF_REQUIRE(found.has_value());
  CAF_CHECK(found->what == presence::absent);
}

CAF_TEST(another record under the same key is never overwritten) {
  const auto who = make_person(pds().text("url"));
  const auto c = connect(who);
  const auto p = prepared(c, a_post("the first"));
  CAF_REQUIRE(publish(c, p).has_value());
  auto other = a_post("the second"); // same due time, same key: the same place
  other = prepared(c, other);
  CAF_REQUIRE(other.remote_handle.at("rkey") == p.remote_handle.at("rkey"));
  CAF_CHECK(refused(publish(c, other)) == publish_error::duplicate);
  CAF_CHECK(port.run(aut->find(port, c.who, c.keys, other))->what == presence::cannot_tell);
  CAF_CHECK(records(who).at(0).at("value").at("text") == "the first");
}

CAF_TEST(an ended token is noticed and refreshed and the same delivery goes out) {
  const auto who = make_person(pds().text("url"));
  auto c = connect(who);
  const auto p = prepared(c, a_post("after the refresh"));
  auto keys = object(c.keys.secret);
  keys["access"] = ended_token(who.did);
  c.keys.secret = boost::json::serialize(keys);
  CAF_CHECK(refused(publish(c, p)) == publish_error::auth_expired);
  CAF_CHECK(port.run(aut->check(port, c.who, c.keys)).error().kind == publish_error::auth_expired);
  CAF_CHECK(records(who).empty());
  const auto fresh = port.run(aut->refresh(port, c.who, c.keys));
  CAF_REQUIRE(fresh.has_value());
  CAF_REQUIRE(fresh->expires_at.has_value());
  c.keys = *fresh;
  CAF_CHECK(publish(c, p).has_value());
  CAF_CHECK_EQUAL(records(who).size(), 1u);
}

CAF_TEST(two refreshes at once leave credentials that work) {
  const auto who = make_person(pds().text("url"));
  auto c = connect(who);
  std::vector<outcome<credentials>> got;
  auto one = aut->refresh(port, c.who, c.keys), two = aut->refresh(port, c.who, c.keys);
  const auto keep = [&](std::optional<outcome<credentials>> v, std::exception_ptr) {
    got.push_back(std::move(*v));
  };
  one.start(keep);
  two.start(keep);
  port.until([&] { return got.size() == 2; }, "both refreshes");
  for (const auto& keys : got) {
    CAF_REQUIRE(keys.has_value());
    CAF_CHECK(port.run(aut->check(port, c.who, *keys)).has_value());
  }
}

CAF_TEST(a used up refresh token falls back on the app password and then on a person) {
  const auto who = make_person(pds().text("url"));
  const auto c = connect(who);
  auto keys = object(c.keys.secret);
  outbound::request end;
  end.method = outbound::verb::post;
  end.url = pds().text("url") + "/xrpc/com.atproto.server.deleteSession";
  end.headers = {"Authorization: Bearer " + std::string(keys.at("refresh").as_string())};
  CAF_REQUIRE_EQUAL(port.fetch(std::move(end)).status, 200);
  const auto fresh = port.run(aut->refresh(port, c.who, c.keys));
  CAF_REQUIRE(fresh.has_value());
  CAF_CHECK(port.run(aut->check(port, c.who, *fresh)).has_value());
  keys.erase("app_password");
  const auto none = port.run(aut->refresh(port, c.who, {boost::json::serialize(keys), {}}));
  CAF_REQUIRE(!none);
  CAF_CHECK(none.error().kind == publish_error::reconnect_required);
}

CAF_TEST(an answer that is lost leaves doubt that reading back resolves) {
  const auto who = make_person(pds().text("url"));
  auto c = connect(who);
  const auto p = prepared(c, a_post("lost and found"));
  cutting_proxy proxy(port_of(pds().text("url")));
  c.who.server = proxy.url();
  proxy.lose_answer_to("POST /xrpc/com.atproto.repo.putRecord");
  CAF_CHECK(refused(publish(c, p)) == publish_error::unknown_outcome);
  CAF_CHECK_EQUAL(proxy.lost(), 1);
  const auto found = port.run(aut->find(port, c.who, c.keys, p));
  CAF_REQUIRE(found.has_value());
  CAF_CHECK(found->what == presence::published);
  const auto again = publish(c, p);
  CAF_REQUIRE(again.has_value());
  CAF_CHECK_EQUAL(again->remote_id, found->found.remote_id);
  CAF_CHECK_EQUAL(records(who).size(), 1u);
}

CAF_TEST(text that is too long is named by us and refused by the server) {
  const auto who = make_person(pds().text("url"));
  const auto c = connect(who);
  const auto limits = aut->describe().default_limits;
  for (const auto& text : {std::string(301, 'x'), [] {
                             std::string family;
                             for (int i = 0; i < 130; ++i)
                               family += "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466";
                             return family;
                           }()}) {
    CAF_CHECK(!aut->validate(limits, a_post(text)).empty());
    CAF_CHECK(refused(publish(c, prepared(c, a_post(text)))) == publish_error::validation);
  }
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466";
  CAF_CHECK(aut->validate(limits, a_post(hundred)).empty());
  CAF_CHECK(publish(c, prepared(c, a_post(hundred))).has_value());
  CAF_CHECK_EQUAL(records(who).size(), 1u);
}

CAF_TEST(a server that is killed in the middle leaves doubt and one record in the end) {
  const auto own = start_pds();
  const auto who = make_person(own->text("url"));
  auto c = try_connect(own->text("url"), who.handle, who.app_password);
  CAF_REQUIRE(c.has_value());
  auto p = a_post("in the middle");
  p.images = {picture("middle.jpg")};
  p = prepared(*c, p);
  const auto server = own->server_pid();
  ::kill(server, SIGSTOP); // takes the connection, answers nothing
  watched_gate gate;
  auto sending = aut->publish(port, c->who, c->keys, p, gate.get());
  std::optional<outcome<receipt>> got;
  sending.start([&](std::optional<outcome<receipt>> v, std::exception_ptr) { got = std::move(v); });
  gate.wait_for_release();
  ::kill(server, SIGKILL); // comes back on the same port with what it knew
  port.until([&] { return got.has_value(); }, "the end of the call");
  CAF_CHECK(refused(*got) == publish_error::unknown_outcome);

  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  auto found = port.run(aut->find(port, c->who, c->keys, p));
  while (!found && std::chrono::steady_clock::now() < deadline) {
    CAF_REQUIRE(found.error().kind == publish_error::not_sent ||
                found.error().kind == publish_error::provider_unavailable);
    found = port.run(aut->find(port, c->who, c->keys, p));
  }
  if (!found) CAF_FAIL("the server did not come back: " << found.error().detail);
  CAF_CHECK(found->what != presence::cannot_tell);
  CAF_CHECK(publish(*c, p).has_value());
  const auto all = records(who, own->text("url"));
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK(all[0].at("value").at("embed").at("images").at(0).at("alt") == "A beach");
}

CAF_TEST(a server that is gone was not reached) {
  const auto who = make_person(pds().text("url"));
  auto c = connect(who);
  const auto p = prepared(c, a_post("nobody there"));
  c.who.server = "http://127.0.0.1:9";
  watched_gate unused;
  CAF_CHECK(refused(port.run(aut->publish(port, c.who, c.keys, p, unused.get()))) == publish_error::not_sent);
  CAF_CHECK(unused.get()->now() == outbound::send_gate::state::armed);
}

CAF_TEST(too many logins are refused with a time to come back) {
  const auto who = make_person(pds().text("url"));
  std::optional<publish_failure> limited;
  for (int i = 0; i < 40 && !limited; ++i) {
    auto got = try_connect(pds().text("url"), who.handle, "aaaa-bbbb-cccc-dddd");
    if (!got && got.error().kind == publish_error::rate_limited) limited = got.error();
  }
  CAF_REQUIRE(limited.has_value());
  CAF_REQUIRE(limited->retry_after.has_value());
  CAF_CHECK(*limited->retry_after > milliseconds{0});
  CAF_CHECK(*limited->retry_after <= std::chrono::minutes(5));
  CAF_CHECK(port.last_rate.has_value());
}

CAF_TEST_FIXTURE_SCOPE_END()
