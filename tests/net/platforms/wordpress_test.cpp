#define CAF_SUITE platforms_wordpress
#include "net/platforms/adapters.hpp"
#include "net/platforms/wordpress_html.hpp"
#include "scripted_io.hpp"

using namespace troupe;
using namespace troupe::platforms;
using namespace troupe::platforms::testing;

namespace {

using headers = std::vector<std::pair<std::string, std::string>>;

const headers links = {
    {"link",
     R"(<https://blog.example/feed>; rel="alternate", <https://blog.example/wp-json/>; rel="https://api.w.org/")"}};
constexpr const char* me = R"({"id":3,"name":"Ada L","slug":"ada","capabilities":{"publish_posts":true}})";
constexpr const char* fields =
    R"({"server":"blog.example","username":"ada","app_password":" abcd EFGH 1234 "})";

std::string code(std::string_view name) {
  return "{\"code\":\"" + std::string(name) + "\",\"message\":\"said so\"}";
}
std::string post_json(int id, std::string_view status) {
  return "{\"id\":" + std::to_string(id) + ",\"status\":\"" + std::string(status) +
         "\",\"link\":\"https://blog.example/hello/\"}";
}

struct fixture {
  scripted_io port;
  std::unique_ptr<adapter> aut = make_wordpress();
  account_identity who{"3", "ada@blog.example", "Ada L", "https://blog.example/wp-json"};
  credentials keys{R"({"username":"ada","app_password":"pw"})", {}};

  outcome<connection> connect(std::deque<outbound::response> script, const char* with = fields) {
    port.seen.clear();
    port.script = std::move(script);
    return run(aut->connect(port, object(with)));
  }
  publication prepared(publication p) {
    port.script = {answer(200, "[]"), answer(201, post_json(7, "draft"))};
    auto handle = run(aut->prepare(port, who, keys, p));
    CAF_REQUIRE(handle.has_value());
    p.remote_handle = *handle;
    port.seen.clear();
    return p;
  }
  outcome<receipt> publish_with(outbound::response r) {
    auto p = prepared(a_post("hello"));
    port.script = {std::move(r)};
    return run(aut->publish(port, who, keys, std::move(p), open_gate()));
  }
  publish_error refused(outbound::response r) {
    auto out = publish_with(std::move(r));
    CAF_REQUIRE(!out);
    return out.error().kind;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(wordpress_tests, fixture)

CAF_TEST(connecting finds the API through the link header and knows the user) {
  const auto got = connect({answer(200, "<html>", links), answer(200, me)});
  CAF_REQUIRE(got.has_value());
  CAF_CHECK_EQUAL(port.seen[0].url, "https://blog.example/");
  CAF_CHECK_EQUAL(
      port.seen[1].url,
      "https://blog.example/wp-json/wp/v2/users/me?context=edit&_fields=id,name,slug,capabilities");
  CAF_CHECK_EQUAL(header_of(port.seen[1], "Authorization"), "Basic YWRhOmFiY2QgRUZHSCAxMjM0");
  CAF_CHECK_EQUAL(header_of(port.seen[0], "Authorization"), ""); // not before we know where
  CAF_CHECK_EQUAL(got->who.server, "https://blog.example/wp-json");
  CAF_CHECK_EQUAL(got->who.handle, "ada@blog.example");
  CAF_CHECK(!got->keys.expires_at);
}

CAF_TEST(a site without pretty links is spoken to by query) {
  const auto got = connect(
      {answer(200, "",
              {{"link", R"(<https://blog.example/index.php?rest_route=/>; rel="https://api.w.org/")"}}),
       answer(200, me)});
  CAF_REQUIRE(got.has_value());
  CAF_CHECK_EQUAL(got->who.server, "https://blog.example/index.php?rest_route=");
  CAF_CHECK_EQUAL(port.seen[1].url, "https://blog.example/index.php?rest_route=/wp/v2/users/"
                                    "me&context=edit&_fields=id,name,slug,capabilities");
}

CAF_TEST(without a link header the two usual places are tried) {
  const auto index = answer(200, R"({"namespaces":["oembed/1.0","wp/v2"]})");
  auto got = connect({answer(200, "<html>"), index, answer(200, me)});
  CAF_CHECK(got && got->who.server == "https://blog.example/wp-json");
  got = connect({answer(200, "<html>"), answer(404), index, answer(200, me)});
  CAF_CHECK(got && got->who.server == "https://blog.example/?rest_route=");
  got = connect({answer(200, "<html>"), answer(200, "<html>"), answer(200, R"({"namespaces":"wp/v2"})")});
  CAF_REQUIRE(!got);
  CAF_CHECK(got.error().kind == publish_error::validation);
}

CAF_TEST(redirects are followed a few times and never from https to http) {
  const auto to = [](const char* where) { return answer(301, "", {{"location", where}}); };
  auto got = connect(
      {to("https://www.blog.example/"),
       answer(200, "", {{"link", R"(<https://www.blog.example/wp-json/>; rel="https://api.w.org/")"}}),
       answer(200, me)});
  CAF_CHECK(got && got->who.server == "https://www.blog.example/wp-json");
  got = connect({to("http://10.0.0.1/"), answer(404), answer(404)});
  CAF_CHECK(!got);
  for (const auto& r : port.seen) CAF_CHECK(r.url.find("http://") != 0);
  got = connect({answer(200, "", {{"link", R"(<http://10.0.0.1/wp-json/>; rel="https://api.w.org/")"}})});
  CAF_CHECK(!got && got.error().kind == publish_error::validation);
  got = connect({to("/a"), to("/b"), to("/c"), to("/d"), answer(404), answer(404)});
  CAF_CHECK(!got);
}

CAF_TEST(refused connects have their class) {
  const auto kind = [&](outbound::response r) {
    return connect({answer(200, "", links), std::move(r)}).error().kind;
  };
  CAF_CHECK(kind(answer(401, code("incorrect_password"))) == publish_error::reconnect_required);
  CAF_CHECK(kind(answer(401, code("rest_not_logged_in"))) == publish_error::reconnect_required);
  CAF_CHECK(kind(answer(403, "<html>blocked</html>")) == publish_error::permission);
  CAF_CHECK(kind(answer(200, R"({"id":3,"capabilities":{"read":true}})")) == publish_error::permission);
  CAF_CHECK(kind(answer(200, "<html>")) == publish_error::provider_unavailable);
  CAF_CHECK(kind(answer(200, R"({"id":"3"})")) == publish_error::provider_unavailable);
  CAF_CHECK(kind(answer(503)) == publish_error::provider_unavailable);
  CAF_CHECK(connect({failed(outbound::result_kind::not_sent, "dns")}).error().kind ==
            publish_error::not_sent);
  for (const char* bad : {"{}", R"({"server":"blog.example"})",
                          R"({"server":"blog.example","username":"a:b","app_password":"x"})",
                          R"({"server":"blog.example","username":"a","app_password":""})",
                          R"({"server":"http://blog.example","username":"a","app_password":"x"})"})
    CAF_CHECK(connect({}, bad).error().kind == publish_error::validation);
}

CAF_TEST(preparing uploads and describes the image and makes one draft) {
  auto p = a_post("First line\nmore");
  p.images = {a_picture("A \"red\" square")};
  port.script = {answer(200, "[]"), answer(201, R"({"id":5,"source_url":"https://blog.example/a.png"})"),
                 answer(200, R"({"id":5})"), answer(200, "[]"), answer(201, post_json(7, "draft"))};
  const auto handle = run(aut->prepare(port, who, keys, p));
  CAF_REQUIRE(handle.has_value());
  CAF_CHECK(handle->at("draft").as_int64() == 7);
  CAF_REQUIRE_EQUAL(port.seen.size(), 5u);
  const auto disposition = header_of(port.seen[1], "Content-Disposition");
  CAF_CHECK(disposition.find("attachment; filename=\"square-") == 0);
  CAF_CHECK(disposition.find(".png\"") != std::string::npos);
  CAF_CHECK_EQUAL(port.seen[1].body_file, "media/3f/3fa9.png");
  CAF_CHECK(object(port.seen[2].body).at("alt_text") == "A \"red\" square");
  const auto draft = object(port.seen[4].body);
  CAF_CHECK(draft.at("status") == "draft");
  CAF_CHECK(draft.at("title") == "First line");
  CAF_CHECK(draft.at("slug") == boost::json::value(wordpress::draft_slug(p)));
  CAF_CHECK_EQUAL(std::string(draft.at("content").as_string()),
                  "<p>First line<br />\nmore</p>\n<figure class=\"wp-block-image\"><img class=\"wp-image-5\" "
                  "src=\"https://blog.example/a.png\" alt=\"A &quot;red&quot; square\" /></figure>\n");
}

CAF_TEST(what a lost answer left behind is found again by its slug) {
  auto p = a_post("hello");
  p.images = {a_picture("")};
  port.script = {answer(200, R"([{"id":5,"source_url":"https://blog.example/a.png"}])"),
                 answer(200, "[" + post_json(8, "draft") + "," + post_json(9, "draft") + "]"),
                 answer(200, post_json(8, "draft"))};
  const auto handle = run(aut->prepare(port, who, keys, p));
  CAF_REQUIRE(handle.has_value());
  CAF_CHECK(handle->at("draft").as_int64() == 8);
  // The found draft may hold an older text: it is written anew.
  CAF_CHECK(port.seen[2].url.find("/wp/v2/posts/8") != std::string::npos);
  CAF_CHECK(port.seen[2].method == outbound::verb::post);
}

CAF_TEST(a draft that is public already is left as it is) {
  port.script = {answer(200, "[" + post_json(8, "draft") + "," + post_json(9, "publish") + "]")};
  const auto handle = run(aut->prepare(port, who, keys, a_post("hello")));
  CAF_REQUIRE(handle.has_value());
  CAF_CHECK(handle->at("draft").as_int64() == 9);
  CAF_CHECK_EQUAL(port.seen.size(), 1u);
}

CAF_TEST(an edited post goes into the same draft and a deleted draft is made anew) {
  auto p = prepared(a_post("hello"));
  CAF_CHECK(run(aut->prepare(port, who, keys, p)).has_value());
  CAF_CHECK(port.seen.empty());
  p.text = "edited";
  port.script = {answer(200, post_json(7, "draft")), answer(200, post_json(7, "draft"))};
  auto again = run(aut->prepare(port, who, keys, p));
  CAF_CHECK(again && again->at("draft").as_int64() == 7);
  port.script = {answer(404, code("rest_post_invalid_id")), answer(201, post_json(11, "draft"))};
  again = run(aut->prepare(port, who, keys, p));
  CAF_CHECK(again && again->at("draft").as_int64() == 11);
}

CAF_TEST(failures while preparing keep what is done) {
  auto p = a_post("hello");
  p.images = {a_picture("")};
  const auto fails = [&](std::deque<outbound::response> script) {
    port.script = std::move(script);
    auto out = run(aut->prepare(port, who, keys, p));
    CAF_REQUIRE(!out);
    return out.error();
  };
  const auto uploaded = answer(201, R"({"id":5,"source_url":"https://blog.example/a.png"})");
  CAF_CHECK(fails({answer(200, "[]"), answer(500, code("rest_upload_sideload_error"))}).kind ==
            publish_error::validation);
  CAF_CHECK(fails({answer(200, "[]"), answer(500, "<html>fatal</html>")}).kind ==
            publish_error::provider_unavailable);
  CAF_CHECK(fails({answer(200, "[]"), answer(413, "<html>")}).kind == publish_error::validation);
  CAF_CHECK(fails({answer(200, "[]"), answer(201, R"({"id":5,"source_url":"javascript:x"})")}).kind ==
            publish_error::provider_unavailable);
  CAF_CHECK(fails({answer(200, "{}")}).kind == publish_error::provider_unavailable);
  // How WordPress says that it knows nobody by these credentials, or that this user may not see drafts.
  const auto hidden = [](int status) {
    return R"({"code":"rest_invalid_param","message":"Invalid parameter(s): status","data":{"status":400,"details":)"
           R"({"status":{"code":"rest_forbidden_status","data":{"status":)" +
           std::to_string(status) + "}}}}}";
  };
  CAF_CHECK(fails({answer(200, "[]"), uploaded, answer(400, hidden(401))}).kind ==
            publish_error::reconnect_required);
  CAF_CHECK(fails({answer(200, "[]"), uploaded, answer(400, hidden(403))}).kind == publish_error::permission);
  CAF_CHECK(fails({answer(200, "[]"), uploaded, answer(400, code("rest_invalid_param"))}).kind ==
            publish_error::validation);
  const auto late = fails(
      {answer(200, "[]"), uploaded, answer(200, "[]"), failed(outbound::result_kind::no_answer, "cut")});
  CAF_CHECK(late.kind == publish_error::provider_unavailable);
  CAF_REQUIRE(late.progress.has_value());
  CAF_CHECK_EQUAL(late.progress->at("media").as_array().size(), 1u);
}

CAF_TEST(the final call sets one post public and may be repeated) {
  auto out = publish_with(answer(200, post_json(7, "publish")));
  CAF_REQUIRE(out.has_value());
  CAF_CHECK_EQUAL(out->remote_id, "7");
  CAF_CHECK_EQUAL(out->permalink, "https://blog.example/hello/");
  CAF_CHECK(object(port.seen[0].body).at("status") == "publish");
  CAF_CHECK(object(port.seen[0].body).at("slug") == "");
  CAF_CHECK(port.seen[0].gate != nullptr);
}

CAF_TEST(every refusal of the final call has its class) {
  CAF_CHECK(refused(answer(401, code("rest_cannot_create"))) == publish_error::reconnect_required);
  CAF_CHECK(refused(answer(403, code("rest_cannot_publish"))) == publish_error::permission);
  CAF_CHECK(refused(answer(404, code("rest_post_invalid_id"))) == publish_error::target_not_found);
  CAF_CHECK(refused(answer(400, code("rest_invalid_param"))) == publish_error::validation);
  CAF_CHECK(refused(answer(500, code("rest_upload_sideload_error"))) == publish_error::unknown_outcome);
  CAF_CHECK(refused(answer(500, "<html>")) == publish_error::unknown_outcome);
  CAF_CHECK(refused(answer(200, "<html>")) == publish_error::unknown_outcome);
  CAF_CHECK(refused(answer(200, post_json(8, "publish"))) == publish_error::unknown_outcome);
  CAF_CHECK(refused(answer(200, post_json(7, "future"))) == publish_error::unknown_outcome);
  CAF_CHECK(refused(answer(200, post_json(7, "pending"))) == publish_error::permission);
  CAF_CHECK(refused(failed(outbound::result_kind::no_answer, "", true)) == publish_error::unknown_outcome);
}

CAF_TEST(reading back takes a draft as proof of absence) {
  const auto p = prepared(a_post("hello"));
  const auto found = [&](outbound::response r) {
    port.script = {std::move(r)};
    return run(aut->find(port, who, keys, p));
  };
  const auto there = found(answer(200, post_json(7, "publish")));
  CAF_CHECK(there && there->what == presence::published && there->found.remote_id == "7");
  CAF_CHECK(found(answer(200, post_json(7, "draft")))->what == presence::absent);
  CAF_CHECK(found(answer(200, post_json(7, "trash")))->what == presence::cannot_tell);
  CAF_CHECK(found(answer(200, post_json(7, "future")))->what == presence::cannot_tell);
  CAF_CHECK(found(answer(404, code("rest_post_invalid_id")))->what == presence::cannot_tell);
  CAF_CHECK(!found(answer(502)));
  CAF_CHECK(!found(answer(200, "<html>")));
  CAF_CHECK(run(aut->find(port, who, keys, a_post("never prepared")))->what == presence::absent);
}

CAF_TEST(discarding deletes the draft and its media but nothing public) {
  auto p = prepared(a_post("hello"));
  p.remote_handle["media"] = boost::json::parse(R"([{"of":"x","id":5},{"of":"y"}])");
  port.script = {answer(200, post_json(7, "draft")), answer(200), answer(200)};
  CAF_CHECK(run(aut->discard(port, who, keys, p)).value());
  CAF_REQUIRE_EQUAL(port.seen.size(), 3u);
  CAF_CHECK(port.seen[1].method == outbound::verb::del);
  CAF_CHECK_EQUAL(port.seen[1].url, "https://blog.example/wp-json/wp/v2/posts/7?force=true");
  CAF_CHECK_EQUAL(port.seen[2].url, "https://blog.example/wp-json/wp/v2/media/5?force=true");
  port.seen.clear();
  port.script = {answer(200, post_json(7, "publish"))};
  CAF_CHECK(!run(aut->discard(port, who, keys, p)).value());
  CAF_CHECK_EQUAL(port.seen.size(), 1u);
}

CAF_TEST(text becomes escaped paragraphs with links) {
  using wordpress::to_html;
  CAF_CHECK_EQUAL(to_html("a <b> & 'c'\r\n\r\n\r\nsecond", {}),
                  "<p>a &lt;b&gt; &amp; &#039;c&#039;</p>\n<p>second</p>\n");
  CAF_CHECK_EQUAL(to_html("see https://a.com/?x=1&y=2.", {}),
                  "<p>see <a href=\"https://a.com/?x=1&amp;y=2\">https://a.com/?x=1&amp;y=2</a>.</p>\n");
  CAF_CHECK_EQUAL(to_html("https://a.com/v", {}), "<p>https://a.com/v</p>\n"); // for WordPress to embed
  CAF_CHECK_EQUAL(to_html("", {}), "");
}

CAF_TEST(a description keeps what WordPress would cut out) {
  CAF_CHECK_EQUAL(wordpress::kept_alt_text("A <red> \"square\""), "A &lt;red> \"square\"");
  CAF_CHECK_EQUAL(wordpress::kept_alt_text("100% of %41 & 5 %4"), "100% of &#037;41 & 5 %4");
  CAF_CHECK_EQUAL(wordpress::kept_alt_text("&lt; &#39; &; & ;"), "&amp;lt; &amp;#39; &; & ;");
}

CAF_TEST(the title is the first line when none is given) {
  auto p = a_post("\n  Hello <world>  \nmore");
  CAF_CHECK_EQUAL(wordpress::title_of(p), "Hello &lt;world&gt;");
  p.title = " Mine ";
  CAF_CHECK_EQUAL(wordpress::title_of(p), "Mine");
  CAF_CHECK_EQUAL(wordpress::title_of(a_post(std::string(200, 'x'))), std::string(119, 'x') + "\u2026");
  const auto limits = aut->describe().default_limits;
  auto untitled = a_post("");
  untitled.images = {a_picture()};
  const auto issues = aut->validate(limits, untitled);
  CAF_REQUIRE_EQUAL(issues.size(), 1u);
  CAF_CHECK_EQUAL(issues[0].field, "title");
}

CAF_TEST(options are known or refused) {
  const auto wrong = [](const char* o) { return wordpress::check_options(object(o)).size(); };
  CAF_CHECK_EQUAL(
      wrong(
          R"({"slug":"my-post","excerpt":"e","categories":[1,2],"tags":[],"comment_status":"open","sticky":false})"),
      0u);
  for (const char* o : {R"({"slug":"My Post"})", R"({"slug":5})", R"({"categories":[0]})",
                        R"({"categories":["x"]})", R"({"tags":3})", R"({"comment_status":"maybe"})",
                        R"({"sticky":1})", R"({"excerpt":[]})", R"({"author":1})"})
    CAF_CHECK_EQUAL(wrong(o), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
