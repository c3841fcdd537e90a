#define CAF_SUITE api_posts
#include <caf/test/unit_test.hpp>

#include "contract.hpp"
#include "suite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <set>

using namespace troupe;
using namespace troupe::test;
namespace json = boost::json;

namespace {

json::object draft(const std::string& text = "Fresh bread") { return {{"text", text}}; }

json::object to_account(const std::string& account, json::object more = {}) {
  more["account_id"] = account;
  return more;
}

} // namespace

CAF_TEST(a draft is created read back and found in the list as the same thing) {
  auto account = node().connect("draft");
  json::object body{
      {"text", "Rye bread"},
      {"title", "Bread"},
      {"language", "de-AT"},
      {"targets", {to_account(account, {{"text", "Only here"}, {"options", {{"behaviour", "ok"}}}})}}};
  auto made = expect(node().post("~/posts", body), 201);
  auto post = made.json();
  auto id = text_at(post, "id");
  CAF_CHECK_EQUAL(contract::differences(post, "Post"), "");
  CAF_CHECK_EQUAL(made.header("location"),
                  fmt::format("/v1/workspaces/{}/posts/{}", to_string(node().workspace), id));
  CAF_CHECK_EQUAL(made.header("etag"), "\"v1\"");
  CAF_CHECK(!made.header("ratelimit-limit").empty());
  CAF_CHECK_EQUAL(text_at(post, "state"), "draft");
  CAF_CHECK_EQUAL(text_at(post, "author_id"), to_string(node().editor));

  auto read = expect(node().get("~/posts/" + id), 200);
  CAF_CHECK(read.json() == post);
  CAF_CHECK_EQUAL(read.header("etag"), "\"v1\"");
  auto list = expect(node().get("~/posts?account_id=" + account), 200).json();
  CAF_REQUIRE_EQUAL(list.at("items").as_array().size(), 1u);
  CAF_CHECK(list.at("items").at(0) == post);
  CAF_CHECK_EQUAL(contract::differences(list, "PostPage"), "");
}

CAF_TEST(strangers see nothing and viewers change nothing) {
  auto id = node().make_post("secret", "");
  for (auto* verb : {"GET", "DELETE"}) {
    CAF_CHECK_EQUAL(node().call(node().stranger, verb, "~/posts/" + id).status, 404);
    CAF_CHECK_EQUAL(node().call(node().stranger, verb, "~/posts/" + to_string(new_uuid(system_now()))).status,
                    404);
  }
  CAF_CHECK_EQUAL(node().call(node().stranger, "GET", "~/posts").status, 404);
  CAF_CHECK_EQUAL(node().call(node().stranger, "POST", "~/posts", draft()).status, 404);
  CAF_CHECK_EQUAL(node().call(node().viewer, "POST", "~/posts", draft()).status, 403);
  CAF_CHECK_EQUAL(node().call(node().viewer, "DELETE", "~/posts/" + id).status, 403);
  CAF_CHECK_EQUAL(node().call(node().viewer, "PATCH", "~/posts/" + id, draft()).status, 403);
  CAF_CHECK_EQUAL(
      node().open("GET", fmt::format("/v1/workspaces/{}/posts", to_string(node().workspace))).status, 401);
  // A post of this workspace under another one's address.
  auto elsewhere = fmt::format("/v1/workspaces/{}/posts/{}", to_string(node().other_workspace), id);
  CAF_CHECK_EQUAL(node().call(node().stranger, "GET", elsewhere).status, 404);
  CAF_CHECK_EQUAL(node().get("~/posts/not-an-id").status, 404);
}

CAF_TEST(every wrong field of a post is named at once) {
  json::object body{{"text", 7},
                    {"title", ""},
                    {"language", "x"},
                    {"colour", "red"},
                    {"media", {{{"media_id", "no"}, {"alt", 1}}}},
                    {"targets", {{{"account_id", "no"}}, json::object{}}},
                    {"schedule", {{"at", "tomorrow"}}}};
  CAF_CHECK_EQUAL(refused(node().post("~/posts", body)),
                  "/text wrong-type; /title too-short; /language bad-format; /media/0/media_id bad-uuid; "
                  "/media/0/alt wrong-type; /targets/0/account_id bad-uuid; /targets/1/account_id required; "
                  "/schedule/at bad-format; /colour unknown-field");
}

CAF_TEST(bodies that are no post are refused) {
  auto send_raw = [&](std::string text, const char* type = "application/json") {
    return node().open(
        "POST", fmt::format("/v1/workspaces/{}/posts", to_string(node().workspace)),
        {{"Authorization", "Bearer " + node().token_of(node().editor)}, {"Content-Type", type}},
        std::move(text));
  };
  CAF_CHECK_EQUAL(send_raw("{").problem(), "bad-request");
  CAF_CHECK_EQUAL(send_raw("[]").problem(), "bad-request");
  CAF_CHECK_EQUAL(send_raw(R"({"text":"a","text":"b"})").problem(), "bad-request");
  CAF_CHECK_EQUAL(send_raw("{\"text\":\"\xff\"}").problem(), "bad-request");
  CAF_CHECK_EQUAL(send_raw(R"({"text":"a"})", "text/plain").problem(), "unsupported-media-type");
  CAF_CHECK_EQUAL(send_raw(std::string(40, '[')).problem(), "bad-request");
  CAF_CHECK_EQUAL(send_raw(fmt::format(R"({{"text":"{}"}})", std::string(1'100'000, 'a'))).problem(),
                  "payload-too-large");
  CAF_CHECK_EQUAL(refused(send_raw(fmt::format(R"({{"text":"{}"}})", std::string(100'001, 'a')))),
                  "/text too-long");
  expect(send_raw(fmt::format(R"({{"text":"{}"}})", std::string(100'000, 'a'))), 201);
}

CAF_TEST(targets are checked for form and then by their accounts) {
  auto account = node().connect("targets");
  auto with = [&](json::array targets) {
    auto body = draft();
    body["targets"] = std::move(targets);
    return node().post("~/posts", body);
  };
  CAF_CHECK_EQUAL(refused(with({to_account(account), to_account(account)})),
                  "/targets/1/account_id duplicate");
  CAF_CHECK_EQUAL(refused(with({to_account(to_string(new_uuid(system_now())))})),
                  "/targets/0/account_id not-found");
  CAF_CHECK_EQUAL(
      refused(with({to_account(account, {{"options", {{"Bad Name", 1}, {"deep", {{"er", 1}}}}}})})),
      "/targets/0/options/Bad Name not-allowed; /targets/0/options/deep not-allowed");
  CAF_CHECK_EQUAL(refused(with({to_account(account, {{"options", nullptr}})})),
                  "/targets/0/options wrong-type");
  CAF_CHECK_EQUAL(refused(with(json::array(51, to_account(account)))), "/targets too-many");
  auto media = to_account(account, {{"media", {{{"media_id", to_string(new_uuid(system_now()))}}}}});
  CAF_CHECK_EQUAL(refused(with({media})), "/targets/0/media not-found");
}

CAF_TEST(a repeat with the same key and body is the same post and another body is refused) {
  auto body = draft("once");
  headers key{{"Idempotency-Key", "posts-repeat-1"}};
  auto first = expect(node().post("~/posts", body, key), 201),
       second = expect(node().post("~/posts", body, key), 201);
  CAF_CHECK(first.json() == second.json());
  CAF_CHECK_EQUAL(second.header("location"), first.header("location"));
  CAF_CHECK_EQUAL(node().post("~/posts", draft("twice"), key).problem(), "idempotency-mismatch");
  CAF_CHECK_EQUAL(refused(node().post("~/posts", body, {{"Idempotency-Key", "sp ace"}})),
                  "Idempotency-Key bad-format");
}

CAF_TEST(a post is edited at the version that was read and not at another) {
  auto id = node().make_post("first", "");
  auto edit = [&](json::object body, const char* version) {
    return node().call(node().editor, "PATCH", "~/posts/" + id, body, {{"If-Match", version}});
  };
  auto edited = expect(edit({{"text", "second"}}, "\"v1\""), 200);
  CAF_CHECK_EQUAL(text_at(edited.json(), "text"), "second");
  CAF_CHECK_EQUAL(edited.header("etag"), "\"v2\"");
  CAF_CHECK_EQUAL(edit({{"text", "third"}}, "\"v1\"").problem(), "precondition-failed");
  CAF_CHECK_EQUAL(expect(edit({{"text", "third"}}, "*"), 200).header("etag"), "\"v3\"");
  CAF_CHECK_EQUAL(refused(edit({{"text", "x"}}, "3")), "If-Match bad-format");
  CAF_CHECK_EQUAL(refused(edit({}, "*")), " empty");
  CAF_CHECK_EQUAL(refused(edit({{"text", nullptr}}, "*")), "/text required");
  CAF_CHECK_EQUAL(refused(edit({{"schedule", nullptr}}, "*")), "/schedule unknown-field");
  auto titled = expect(edit({{"title", "T"}, {"language", "en"}}, "*"), 200).json();
  CAF_CHECK_EQUAL(text_at(titled, "title"), "T");
  auto bare = expect(edit({{"title", nullptr}, {"language", nullptr}}, "*"), 200).json();
  CAF_CHECK_EQUAL(text_at(bare, "title"), "");
  CAF_CHECK_EQUAL(text_at(bare, "text"), "third");
}

CAF_TEST(of two edits of one version at the same moment one wins and the other is told) {
  auto id = node().make_post("first", "");
  for (int round = 1; round <= 5; ++round) {
    auto version = fmt::format("\"v{}\"", round);
    auto edit = [&](const char* text) {
      return node().call(node().editor, "PATCH", "~/posts/" + id, {{"text", text}}, {{"If-Match", version}});
    };
    auto other = std::async(std::launch::async, [&] { return edit("mine"); });
    auto a = edit("yours"), b = other.get();
    CAF_CHECK_EQUAL(std::min(a.status, b.status), 200);
    CAF_CHECK_EQUAL(std::max(a.status, b.status), 412);
    auto& winner = a.status == 200 ? a : b;
    CAF_CHECK_EQUAL(text_at(expect(node().get("~/posts/" + id), 200).json(), "text"),
                    text_at(winner.json(), "text"));
  }
}

CAF_TEST(requests with one key at the same moment make one post) {
  headers key{{"Idempotency-Key", "posts-at-once"}};
  std::vector<std::future<answer>> all;
  for (int i = 0; i < 6; ++i)
    all.push_back(
        std::async(std::launch::async, [&] { return node().post("~/posts", draft("at once"), key); }));
  std::set<std::string> ids;
  for (auto& one : all) {
    auto a = one.get();
    ids.insert(text_at(expect(a, 201).json(), "id"));
  }
  CAF_CHECK_EQUAL(ids.size(), 1u);
  CAF_CHECK_EQUAL(node().sql("SELECT count(*) FROM post WHERE text = 'at once'").get_int(0, 0), 1);
}

CAF_TEST(a post is scheduled and moved and taken back and cancelled) {
  auto id = node().make_post("plan", node().connect("plan"));
  auto path = "~/posts/" + id;
  auto scheduled = expect(node().post(path + "/schedule", in(std::chrono::hours{2})), 200).json();
  CAF_CHECK_EQUAL(text_at(scheduled, "state"), "scheduled");
  CAF_CHECK_EQUAL(contract::differences(scheduled, "Post"), "");
  auto local = expect(node().post(path + "/schedule", {{"local", "2031-07-01T09:30"}}), 200).json();
  CAF_CHECK_EQUAL(text_at(local, "scheduled_at"), "2031-07-01T07:30:00Z");
  CAF_CHECK_EQUAL(text_at(local.at("schedule_local"), "zone"), "Europe/Berlin");
  CAF_CHECK_EQUAL(text_at(expect(node().post(path + "/unschedule"), 200).json(), "state"), "draft");
  CAF_CHECK_EQUAL(node().post(path + "/cancel", {}, {{"If-Match", "\"v1\""}}).problem(),
                  "precondition-failed");
  CAF_CHECK_EQUAL(text_at(expect(node().post(path + "/cancel"), 200).json(), "state"), "cancelled");
  auto removed = node().call(node().editor, "DELETE", path);
  CAF_CHECK_EQUAL(expect(removed, 204).body, "");
  CAF_CHECK_EQUAL(node().get(path).status, 404);
  CAF_CHECK_EQUAL(node().call(node().editor, "DELETE", path).status, 404);
}

CAF_TEST(times that cannot be are refused under the name they were given) {
  auto account = node().connect("times");
  auto id = node().make_post("when", account);
  auto schedule = [&](json::value s) { return node().post("~/posts/" + id + "/schedule", s); };
  CAF_CHECK_EQUAL(refused(schedule(in(-std::chrono::hours{1}))), "/at in-the-past");
  CAF_CHECK_EQUAL(refused(schedule(in(std::chrono::hours{24 * 366 * 6}))), "/at too-far");
  CAF_CHECK_EQUAL(refused(schedule({{"at", "2031-01-01T00:00:00+01:00"}})), "/at bad-format");
  CAF_CHECK_EQUAL(refused(schedule({{"local", "2020-01-01T00:00"}})), "/local in-the-past");
  CAF_CHECK_EQUAL(refused(schedule({{"local", "2031-01-01"}})), "/local bad-format");
  CAF_CHECK_EQUAL(refused(schedule({{"local", "2031-01-01T00:00"}, {"zone", "Mars/Base"}})),
                  "/zone not-allowed");
  CAF_CHECK_EQUAL(refused(schedule({{"local", "2031-01-01T00:00"}, {"if_ambiguous", "maybe"}})),
                  "/if_ambiguous unknown-value");
  CAF_CHECK_EQUAL(refused(schedule({{"at", "2031-01-01T00:00:00Z"}, {"local", "2031-01-01T00:00"}})),
                  "/local unknown-field");
  CAF_CHECK_EQUAL(refused(schedule(json::object{})), "/local required");
  auto gap = schedule({{"local", "2030-03-31T02:30"}, {"zone", "Europe/Berlin"}});
  CAF_CHECK_EQUAL(gap.problem(), "nonexistent-time");
  CAF_CHECK_EQUAL(gap.errors(), "/local nonexistent-time");
  auto detail = text_at(gap.json(), "detail");
  CAF_CHECK(detail.find("01:59:59") != std::string::npos && detail.find("03:00:00") != std::string::npos);
  json::object twice{{"local", "2030-10-27T02:30"}, {"zone", "Europe/Berlin"}};
  CAF_CHECK_EQUAL(schedule(twice).problem(), "ambiguous-time");
  twice["if_ambiguous"] = "earlier";
  CAF_CHECK_EQUAL(text_at(expect(schedule(twice), 200).json(), "scheduled_at"), "2030-10-27T00:30:00Z");
  twice["if_ambiguous"] = "later";
  CAF_CHECK_EQUAL(text_at(expect(schedule(twice), 200).json(), "scheduled_at"), "2030-10-27T01:30:00Z");
  // In a create, the same things are one level down.
  auto body = draft();
  body["targets"] = json::array{to_account(account)};
  body["schedule"] = {{"local", "2030-03-31T02:30"}};
  CAF_CHECK_EQUAL(node().post("~/posts", body).errors(), "/schedule/local nonexistent-time");
}

CAF_TEST(limits of the network stop a schedule and are told by validate) {
  auto account = node().connect("limits");
  auto id = node().make_post(std::string(501, 'a'), account);
  auto issues = expect(node().call(node().viewer, "POST", "~/posts/" + id + "/validate"), 200).json();
  CAF_CHECK_EQUAL(contract::differences(issues, "Validation"), "");
  CAF_CHECK_EQUAL(issues.at("valid").as_bool(), false);
  auto& issue = issues.at("issues").at(0);
  CAF_CHECK_EQUAL(text_at(issue, "code"), "too-long");
  CAF_CHECK_EQUAL(text_at(issue, "account_id"), account);
  CAF_CHECK_EQUAL(text_at(issue, "field"), "text");
  CAF_CHECK_EQUAL(issue.at("limit").as_int64(), 500);
  CAF_CHECK_EQUAL(issue.at("count").as_int64(), 501);
  CAF_CHECK_EQUAL(refused(node().post("~/posts/" + id + "/schedule", in(std::chrono::hours{1}))),
                  "/deliveries/0/text too-long");
  CAF_CHECK_EQUAL(
      node().post("~/posts/" + node().make_post("alone", "") + "/schedule", in(std::chrono::hours{1})).status,
      422);
  auto fine =
      expect(node().call(node().viewer, "POST", "~/posts/" + node().make_post("ok", account) + "/validate"),
             200)
          .json();
  CAF_CHECK(fine == json::value({{"valid", true}, {"issues", json::array{}}}));
}

CAF_TEST(a post that is published now appears on the sandbox network with its image) {
  auto account = node().connect("shop");
  auto id = node().make_post("Out <now> & here", account);
  expect(node().post("~/posts/" + id + "/publish-now"), 200);
  auto done = node().wait_state(id, "published");
  auto& delivery = done.at("deliveries").at(0);
  CAF_CHECK_EQUAL(contract::differences(delivery, "Delivery"), "");
  auto link = text_at(delivery, "permalink");
  CAF_CHECK(link.starts_with(node().config().http.public_url + "/sandbox/shop#"));
  auto page = expect(node().open("GET", "/sandbox/shop"), 200);
  CAF_CHECK(page.body.find("Out &lt;now&gt; &amp; here") != std::string::npos);
  CAF_CHECK_EQUAL(node().call(node().editor, "PATCH", "~/posts/" + id, {{"text", "late"}}).problem(),
                  "conflict");
  CAF_CHECK_EQUAL(node().call(node().editor, "DELETE", "~/posts/" + id).problem(), "conflict");
}
