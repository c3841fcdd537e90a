#define CAF_SUITE api_sandbox
#include <caf/test/unit_test.hpp>

#include "suite.hpp"

#include "net/api/sandbox_page.hpp"
#include "tests/net/files/pictures.hpp"

#include <fmt/format.h>

using namespace troupe;
using namespace troupe::test;
namespace json = boost::json;

namespace {

headers as(const std::string& handle, headers more = {}) {
  more.emplace_back("Authorization", "Bearer sandbox-" + handle);
  return more;
}

answer publish(const std::string& handle, const std::string& key, const std::string& text,
               const std::string& behaviour = "") {
  headers fields{{"Content-Type", "application/json"}, {"Idempotency-Key", key}};
  if (!behaviour.empty()) fields.emplace_back("Sandbox-Behaviour", behaviour);
  return node().open("POST", "/sandbox/v1/posts", as(handle, fields),
                     json::serialize(json::object{{"text", text}, {"media_ids", json::array{}}}));
}

std::size_t found(const std::string& handle, const std::string& key) {
  return expect(node().open("GET", "/sandbox/v1/posts?key=" + key, as(handle)), 200)
      .json()
      .at("posts")
      .as_array()
      .size();
}

std::int64_t requests(const std::string& handle, const std::string& key) {
  return node()
      .sql("SELECT requests FROM sandbox_key WHERE handle = $1 AND key = $2", {handle, key})
      .get_int(0, 0);
}

} // namespace

CAF_TEST(a token of the network opens its account) {
  auto account = expect(node().open("GET", "/sandbox/v1/account", as("ada")), 200).json();
  CAF_CHECK_EQUAL(text_at(account, "handle"), "ada");
  CAF_CHECK_EQUAL(account.at("max_text").as_int64(), 500);
  for (auto* token : {"Bearer ada", "Bearer sandbox-", "Bearer sandbox-a/b", "Basic sandbox-ada", ""})
    CAF_CHECK_EQUAL(node().open("GET", "/sandbox/v1/account", {{"Authorization", token}}).status, 401);
}

CAF_TEST(the same key and body is the same post and other words under the key are refused) {
  auto first = publish("keys", "k1", "hello");
  CAF_CHECK_EQUAL(expect(first, 201).header("idempotent-replay"), "");
  auto again = publish("keys", "k1", "hello");
  CAF_CHECK_EQUAL(expect(again, 200).header("idempotent-replay"), "true");
  CAF_CHECK_EQUAL(text_at(again.json(), "id"), text_at(first.json(), "id"));
  CAF_CHECK_EQUAL(publish("keys", "k1", "other").status, 409);
  CAF_CHECK_EQUAL(publish("others", "k1", "other").status, 201);
  CAF_CHECK_EQUAL(found("keys", "k1"), 1u);
  CAF_CHECK_EQUAL(found("keys", "k2"), 0u);
  CAF_CHECK_EQUAL(requests("keys", "k1"), 3);
}

CAF_TEST(requests that the network cannot take are refused) {
  CAF_CHECK_EQUAL(publish("bad", "", "x").status, 422);
  CAF_CHECK_EQUAL(publish("bad", "k", std::string(501, 'a')).status, 422);
  CAF_CHECK_EQUAL(publish("bad", "k", "x", "unheard-of").status, 400);
  headers fields{{"Content-Type", "application/json"}, {"Idempotency-Key", "k"}};
  for (auto* body : {"{", "[]", "{}", R"({"text":1})", R"({"text":"x","media_ids":1})"})
    CAF_CHECK_EQUAL(node().open("POST", "/sandbox/v1/posts", as("bad", fields), body).status, 422);
  CAF_CHECK_EQUAL(node().open("GET", "/sandbox/v1/posts", as("bad")).status, 422);
  CAF_CHECK_EQUAL(found("bad", "k"), 0u);
}

CAF_TEST(each behaviour fails in its own way) {
  CAF_CHECK_EQUAL(publish("moody", "b1", "x", "error-500").status, 500);
  CAF_CHECK_EQUAL(found("moody", "b1"), 0u);
  CAF_CHECK_EQUAL(publish("moody", "b2", "x", "applied-then-502").status, 502);
  CAF_CHECK_EQUAL(found("moody", "b2"), 1u);
  CAF_CHECK_EQUAL(publish("moody", "b3", "x", "applied-then-cut").status, 502);
  CAF_CHECK_EQUAL(found("moody", "b3"), 1u);
  auto limited = publish("moody", "b4", "x", "rate-limited");
  CAF_CHECK_EQUAL(limited.status, 429);
  CAF_CHECK_EQUAL(limited.header("retry-after"), "5");
  CAF_CHECK_EQUAL(publish("moody", "b5", "x", "rate-limited-once").status, 429);
  CAF_CHECK_EQUAL(publish("moody", "b5", "x", "rate-limited-once").status, 201);
  CAF_CHECK_EQUAL(publish("moody", "b6", "x", "expired-token").status, 401);
  CAF_CHECK_EQUAL(publish("moody", "b7", "x", "reconnect").status, 401);
  CAF_CHECK_EQUAL(publish("moody", "b8", "x", "reject").status, 422);
  CAF_CHECK_EQUAL(publish("moody", "b9", "x", "duplicate").status, 409);
  auto html = publish("moody", "b10", "x", "html");
  CAF_CHECK(html.status == 200 && html.header("content-type").starts_with("text/html"));
  CAF_CHECK(publish("moody", "b11", "x", "empty").body.empty());
  CAF_CHECK(publish("moody", "b12", "x", "gigantic").body.size() > 2'000'000);
  CAF_CHECK(publish("moody", "b13", "x", "garbage").body.size() < 20);
  for (auto* key : {"b6", "b7", "b8", "b9", "b10", "b11", "b12", "b13"})
    CAF_CHECK_EQUAL(found("moody", key), 0u);
  CAF_CHECK_EQUAL(publish("moody", "b14", "x", "no-keys").status, 201);
  CAF_CHECK_EQUAL(publish("moody", "b14", "x", "no-keys").status, 201);
  CAF_CHECK_EQUAL(found("moody", "b14"), 2u);
  CAF_CHECK_EQUAL(publish("moody", "b15", "x", "ok").status, 201);
}

CAF_TEST(a slow answer comes and one that hangs is ended by the listener) {
  CAF_CHECK_EQUAL(publish("late", "s1", "x", "slow").status, 201);
  CAF_CHECK_EQUAL(found("late", "s1"), 1u);
  CAF_CHECK_EQUAL(publish("late", "s2", "x", "hang").status, 503);
  CAF_CHECK_EQUAL(found("late", "s2"), 0u);
}

CAF_TEST(the network takes images) {
  auto image = picture(files::image_type::png, 10, 10);
  auto upload = [&](const char* type, std::string bytes) {
    return node().open("POST", "/sandbox/v1/media", as("pics", {{"Content-Type", type}}), std::move(bytes));
  };
  CAF_CHECK(!text_at(expect(upload("image/png", image), 201).json(), "id").empty());
  CAF_CHECK_EQUAL(upload("text/plain", image).status, 415);
}

CAF_TEST(what was published is shown to people without its power over them) {
  publish("page", "p1", "<script>alert('x')</script> & \"more\"");
  auto page = expect(node().open("GET", "/sandbox/page"), 200);
  CAF_CHECK_EQUAL(page.header("content-type"), "text/html; charset=utf-8");
  CAF_CHECK(page.body.find("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;") !=
            std::string::npos);
  CAF_CHECK(page.body.find("<script") == std::string::npos);
  CAF_CHECK(page.header("content-security-policy").starts_with("default-src 'none'"));
  CAF_CHECK(expect(node().open("GET", "/sandbox/nobody"), 200).body.find("Nothing has been published") !=
            std::string::npos);
  CAF_CHECK_EQUAL(node().open("GET", "/sandbox/no%3Cbody").status, 404);
}

CAF_TEST(deliveries live through what the network does to them) {
  for (std::string behaviour : {"applied-then-502", "rate-limited-once", "no-keys"}) {
    auto id = node().make_post("with " + behaviour, node().connect(behaviour, behaviour));
    expect(node().post("~/posts/" + id + "/publish-now"), 200);
    node().wait_state(id, "published");
    CAF_CHECK_EQUAL(
        node().sql("SELECT count(*) FROM sandbox_post WHERE handle = $1", {behaviour}).get_int(0, 0), 1);
  }
  auto id = node().make_post("unloved", node().connect("unloved", "reject"));
  expect(node().post("~/posts/" + id + "/publish-now"), 200);
  node().wait_state(id, "failed");
}
