#define CAF_SUITE platforms_real_wordpress
#include "engine_io.hpp"
#include "net/platforms/adapters.hpp"
#include "net/platforms/wordpress_html.hpp"
#include "pictures.hpp"
#include "scripted_io.hpp"
#include "system/core/secrets.hpp"
#include "tests/servers/cutting_proxy.hpp"
#include "tests/servers/process.hpp"

#include <fmt/format.h>

using namespace troupe;
using namespace troupe::platforms;
using namespace troupe::platforms::testing;
using troupe::testing::cutting_proxy;
using troupe::testing::server_process;

namespace {

// One site for all tests of this program.
server_process& site() {
  static server_process server(TROUPE_SERVERS "/wordpress/start");
  return server;
}

int port_of(const std::string& url) { return std::stoi(url.substr(url.rfind(':') + 1)); }

struct fixture {
  engine_io port;
  std::unique_ptr<adapter> aut = make_wordpress();
  troupe::testing::temporary_folder folder;

  outcome<connection> try_connect(const std::string& server, const std::string& password) {
    return port.run(aut->connect(
        port, {{"server", server}, {"username", site().text("username")}, {"app_password", password}}));
  }
  connection connect() {
    auto got = try_connect(site().text("url"), site().text("app_password"));
    if (!got) CAF_FAIL("connect: " << got.error().detail);
    return *got;
  }

  outbound::response fetch(std::string path, bool as_author = true,
                           outbound::verb method = outbound::verb::get) {
    outbound::request r;
    r.method = method;
    r.url = site().text("url") + path;
    if (as_author)
      r.headers = {"Authorization: Basic " +
                   secrets::base64(site().text("username") + ":" + site().text("app_password"))};
    return port.fetch(std::move(r));
  }
  std::size_t count(const char* what, const std::string& query) {
    const auto answer = fetch(fmt::format("/wp-json/wp/v2/{}?{}", what, query));
    if (!answer.ok()) CAF_FAIL(what << " answered " << answer.status << answer.body);
    return boost::json::parse(answer.body).as_array().size();
  }

  // A post of its own for every test.
  publication post_of(std::string text) {
    auto p = a_post(text);
    p.delivery_id = new_uuid(system_now());
    p.idempotency_key = to_string(p.delivery_id);
    return p;
  }
  image picture(const char* name) {
    image i;
    i.path = (folder.path() / name).string();
    i.file_name = name;
    write_picture(i.path, 64, 48);
    i.content_type = "image/png";
    i.alt = "A <red> square, 50%de &amp; & more";
    i.bytes = std::filesystem::file_size(i.path);
    i.width = 64;
    i.height = 48;
    return i;
  }
  outcome<boost::json::object> prepare(const connection& c, const publication& p) {
    return port.run(aut->prepare(port, c.who, c.keys, p));
  }
  publication prepared(const connection& c, publication p) {
    auto handle = prepare(c, p);
    if (!handle) CAF_FAIL("prepare: " << handle.error().detail);
    p.remote_handle = *handle;
    return p;
  }
  outcome<receipt> publish(const connection& c, const publication& p) {
    return port.run(aut->publish(port, c.who, c.keys, p, watched_gate().get()));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(real_wordpress_tests, fixture)

CAF_TEST(an author connects through the link header and a wrong password does not ) {
  const auto c = connect();
  CAF_CHECK_EQUAL(c.who.server, site().text("url") + "/wp-json");
  CAF_CHECK_EQUAL(c.who.handle.substr(0, 16), "admin@127.0.0.1:");
  CAF_CHECK(port.run(aut->check(port, c.who, c.keys)).has_value());
  const auto wrong = try_connect(site().text("url"), "aaaa bbbb cccc dddd");
  CAF_REQUIRE(!wrong);
  CAF_CHECK(wrong.error().kind == publish_error::reconnect_required);
  const auto no_site = try_connect("http://127.0.0.1:9", "x");
  CAF_CHECK(!no_site && no_site.error().kind == publish_error::not_sent);
}

CAF_TEST(a post with an image is one page however often it is sent) {
  const auto c = connect();
  auto p = post_of("Gr\u00fc\u00dfe <b>aus</b> K\u00f6ln\n\nsee https://example.com/?a=1&b=2 now");
  p.images = {picture("red square.png")};
  p = prepared(c, p);
  CAF_CHECK_EQUAL(count("posts", "status=draft&search=K%C3%B6ln"), 1u);
  CAF_CHECK(port.run(aut->find(port, c.who, c.keys, p))->what == presence::absent);
  const auto first = publish(c, p), again = publish(c, p);
  CAF_REQUIRE(first.has_value());
  CAF_REQUIRE(again.has_value());
  CAF_CHECK_EQUAL(first->remote_id, again->remote_id);
  CAF_CHECK_EQUAL(first->permalink, again->permalink);
  CAF_CHECK(first->permalink.find("troupe") == std::string::npos); // the address comes from the title
  CAF_CHECK_EQUAL(count("posts", "search=K%C3%B6ln"), 1u);

  const auto page = fetch("/wp-json/wp/v2/posts/" + first->remote_id, false); // as anybody sees it
  CAF_REQUIRE_EQUAL(page.status, 200);
  const auto shown = object(page.body);
  const std::string html(shown.at("content").at("rendered").as_string());
  CAF_CHECK(html.find("&lt;b&gt;aus&lt;/b&gt;") != std::string::npos);
  CAF_CHECK(html.find("alt=\"A &lt;red&gt; square, 50%de &amp;amp; &amp; more\"") != std::string::npos);
  const auto media =
      fetch(fmt::format("/wp-json/wp/v2/media/{}", p.remote_handle.at("media").at(0).at("id").as_int64()));
  // What looks like a tag is cut out of a bare description. The site's own page of the image shows it whole.
  CAF_CHECK(object(media.body).at("alt_text") == "A &lt;red> square, 50&#037;de &amp;amp; & more");
  const std::string shown_alone(object(media.body).at("description").at("rendered").as_string());
  CAF_MESSAGE(shown_alone);
  CAF_CHECK(shown_alone.find("alt=\"A &lt;red&gt; square, 50&#037;de &amp;amp; &amp; more\"") !=
            std::string::npos);
  const auto found = port.run(aut->find(port, c.who, c.keys, p));
  CAF_CHECK(found && found->what == presence::published && found->found.remote_id == first->remote_id);
}

CAF_TEST(the authors own slug is kept) {
  const auto c = connect();
  auto p = post_of("Own address");
  p.options = object(R"({"slug":"my-own-address","comment_status":"closed"})");
  const auto out = publish(c, prepared(c, p));
  CAF_REQUIRE(out.has_value());
  CAF_CHECK(out->permalink.find("/my-own-address/") != std::string::npos);
}

CAF_TEST(answers that are lost while preparing leave one image and one draft) {
  auto c = connect();
  cutting_proxy proxy(port_of(site().text("url")));
  c.who.server = proxy.url() + "/wp-json";
  auto p = post_of("Prepared in pieces");
  p.images = {picture("pieces.png")};
  proxy.lose_answer_to("POST /wp-json/wp/v2/media?");
  auto half = prepare(c, p);
  CAF_REQUIRE(!half);
  CAF_CHECK(half.error().kind == publish_error::provider_unavailable);
  p.remote_handle = half.error().progress.value_or(boost::json::object{});
  proxy.lose_answer_to("POST /wp-json/wp/v2/posts?");
  half = prepare(c, p);
  CAF_REQUIRE(!half);
  CAF_REQUIRE(half.error().progress.has_value());
  p.remote_handle = *half.error().progress;
  p = prepared(c, p);
  CAF_CHECK_EQUAL(proxy.lost(), 2);
  CAF_CHECK_EQUAL(count("media", "search=pieces"), 1u);
  CAF_CHECK_EQUAL(count("posts", "status=any&search=pieces"), 1u);
}

CAF_TEST(an answer that is lost at the end leaves doubt that reading back resolves) {
  auto c = connect();
  const auto p = prepared(c, post_of("Lost and found"));
  cutting_proxy proxy(port_of(site().text("url")));
  auto through = c;
  through.who.server = proxy.url() + "/wp-json";
  proxy.lose_answer_to("POST /wp-json/wp/v2/posts/");
  const auto lost = publish(through, p);
  CAF_REQUIRE(!lost);
  CAF_CHECK(lost.error().kind == publish_error::unknown_outcome);
  CAF_CHECK_EQUAL(proxy.lost(), 1);
  // PHP goes on after the connection is gone: published at once or a moment later, and a repeat is safe
  // either way.
  const auto again = publish(c, p);
  CAF_REQUIRE(again.has_value());
  const auto found = port.run(aut->find(port, c.who, c.keys, p));
  CAF_CHECK(found && found->what == presence::published && found->found.remote_id == again->remote_id);
  CAF_CHECK_EQUAL(count("posts", "search=Lost"), 1u);
}

CAF_TEST(a web server that is killed in the middle leaves doubt and one page in the end) {
  const auto c = connect();
  const auto p = prepared(c, post_of("Killed halfway"));
  const auto web = site().server_pid();
  ::kill(web, SIGSTOP);
  watched_gate gate;
  auto sending = aut->publish(port, c.who, c.keys, p, gate.get());
  std::optional<outcome<receipt>> got;
  sending.start([&](std::optional<outcome<receipt>> v, std::exception_ptr) { got = std::move(v); });
  gate.wait_for_release();
  ::kill(web, SIGKILL); // comes back on the same port
  port.until([&] { return got.has_value(); }, "the end of the call");
  CAF_REQUIRE(!*got);
  CAF_CHECK(got->error().kind == publish_error::unknown_outcome);

  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  auto found = port.run(aut->find(port, c.who, c.keys, p));
  while (!found && std::chrono::steady_clock::now() < deadline)
    found = port.run(aut->find(port, c.who, c.keys, p));
  if (!found) CAF_FAIL("the web server did not come back: " << found.error().detail);
  CAF_CHECK(found->what != presence::cannot_tell);
  CAF_CHECK(publish(c, p).has_value());
  CAF_CHECK_EQUAL(count("posts", "search=halfway"), 1u);
}

CAF_TEST(a file that the site does not take is refused for good although it says 500) {
  const auto c = connect();
  auto p = post_of("With a drawing");
  p.images = {picture("drawing.png")};
  p.images[0].content_type = "image/svg+xml";
  CAF_CHECK_EQUAL(aut->validate(aut->describe().default_limits, p).size(), 1u);
  const auto out = prepare(c, p);
  CAF_REQUIRE(!out);
  CAF_MESSAGE(out.error().detail);
  CAF_CHECK(out.error().kind == publish_error::validation);
  CAF_CHECK_EQUAL(out.error().http_status, 500);
}

CAF_TEST(an edited post goes into the same draft) {
  const auto c = connect();
  auto p = prepared(c, post_of("Before edit"));
  p.text = "After edit";
  CAF_CHECK(publish(c, p).error().kind == publish_error::not_sent);
  const auto draft = p.remote_handle.at("draft").as_int64();
  p = prepared(c, p);
  CAF_CHECK_EQUAL(p.remote_handle.at("draft").as_int64(), draft);
  const auto out = publish(c, p);
  CAF_REQUIRE(out.has_value());
  CAF_CHECK(object(fetch("/wp-json/wp/v2/posts/" + out->remote_id, false).body).at("title").at("rendered") ==
            "After edit");
}

CAF_TEST(a discarded delivery leaves nothing and a published one stays) {
  const auto c = connect();
  auto p = post_of("Never mind");
  p.images = {picture("never.png")};
  p = prepared(c, p);
  CAF_CHECK(port.run(aut->discard(port, c.who, c.keys, p)).value());
  CAF_CHECK_EQUAL(count("posts", "status=any&search=Never"), 0u);
  CAF_CHECK_EQUAL(count("media", "search=never"), 0u);
  CAF_CHECK(port.run(aut->discard(port, c.who, c.keys, p)).value()); // again: nothing to do
  CAF_CHECK(publish(c, p).error().kind == publish_error::target_not_found);

  p = prepared(c, post_of("Here to stay"));
  CAF_REQUIRE(publish(c, p).has_value());
  CAF_CHECK(!port.run(aut->discard(port, c.who, c.keys, p)).value());
  CAF_CHECK_EQUAL(count("posts", "search=stay"), 1u);
}

CAF_TEST(credentials that were taken back ask for a person at every call) {
  auto c = connect();
  const auto p = prepared(c, post_of("Too late"));
  c.keys.secret = R"({"username":"admin","app_password":"gone gone gone gone"})";
  const auto fresh =
      prepare(c, post_of("Not even begun")); // what WordPress hides from strangers is no refusal
  CAF_REQUIRE(!fresh);
  CAF_CHECK(fresh.error().kind == publish_error::reconnect_required);
  CAF_CHECK(publish(c, p).error().kind == publish_error::reconnect_required);
  CAF_CHECK(port.run(aut->check(port, c.who, c.keys)).error().kind == publish_error::reconnect_required);
  CAF_CHECK(port.run(aut->find(port, c.who, c.keys, p)).error().kind == publish_error::reconnect_required);
  CAF_CHECK(port.run(aut->refresh(port, c.who, c.keys)).error().kind == publish_error::reconnect_required);
}

CAF_TEST_FIXTURE_SCOPE_END()
