#define CAF_SUITE api_posts_bulk
#include <caf/test/unit_test.hpp>

#include "contract.hpp"
#include "suite.hpp"

#include <fmt/format.h>

#include <set>

using namespace troupe;
using namespace troupe::test;
namespace json = boost::json;

namespace {

json::object post(const std::string& text, const std::string& account = "", json::object more = {}) {
  more["text"] = text;
  if (!account.empty()) more["targets"] = {json::object{{"account_id", account}}};
  return more;
}

json::object all_of(json::array posts) { return {{"posts", std::move(posts)}}; }

json::value tomorrow() { return {{"at", format_utc(system_now() + std::chrono::hours{24})}}; }

/// The answer, which keeps to the contract.
json::value created(const answer& a) {
  auto out = expect(a, 200).json();
  CAF_CHECK_EQUAL(contract::differences(out, "CreatedPosts"), "");
  return out;
}

std::int64_t stored(const std::string& text) {
  return node().sql("SELECT count(*) FROM post WHERE starts_with(text, $1)", {text}).get_int(0, 0);
}

} // namespace

CAF_TEST(each of many posts is made or says why not ) {
  auto account = node().connect("bulk");
  auto answer = created(node().post(
      "~/posts/bulk",
      all_of({post("bulk 0", account, {{"schedule", tomorrow()}}),
              post("bulk 1", to_string(new_uuid(system_now()))),
              post("bulk 2", account, {{"schedule", {{"at", "2020-01-01T00:00:00Z"}}}}), post("bulk 3")})));
  CAF_CHECK_EQUAL(answer.at("created").as_int64(), 2);
  CAF_CHECK_EQUAL(answer.at("failed").as_int64(), 2);
  auto& items = answer.at("items").as_array();
  CAF_REQUIRE_EQUAL(items.size(), 4u);
  CAF_CHECK_EQUAL(text_at(items[0].at("post"), "state"), "scheduled");
  CAF_CHECK(items[0].at("problem").is_null());
  CAF_CHECK(items[1].at("post").is_null());
  auto pointer = [&](std::size_t i) { return text_at(items[i].at("problem").at("errors").at(0), "pointer"); };
  CAF_CHECK_EQUAL(pointer(1), "/posts/1/targets/0/account_id");
  CAF_CHECK_EQUAL(pointer(2), "/posts/2/schedule/at");
  CAF_CHECK_EQUAL(text_at(items[3].at("post"), "state"), "draft");
  CAF_CHECK(expect(node().get("~/posts/" + text_at(items[0].at("post"), "id")), 200).json() ==
            items[0].at("post"));
  CAF_CHECK_EQUAL(stored("bulk "), 2);
}

CAF_TEST(a body of the wrong form makes no post at all) {
  auto refused = [](json::object body) {
    return expect(node().post("~/posts/bulk", std::move(body)), 422).errors();
  };
  CAF_CHECK_EQUAL(refused(all_of({post("wrong 0"), json::object{{"text", 1}, {"colour", "red"}}})),
                  "/posts/1/text wrong-type; /posts/1/colour unknown-field");
  CAF_CHECK_EQUAL(refused(all_of({})), "/posts too-few");
  CAF_CHECK_EQUAL(refused(all_of(json::array(501, post("wrong")))), "/posts too-many");
  CAF_CHECK_EQUAL(refused({}), "/posts required");
  CAF_CHECK_EQUAL(refused(all_of({7})), "/posts/0 wrong-type");
  CAF_CHECK_EQUAL(stored("wrong"), 0);
}

CAF_TEST(a repeat under the same key makes no post twice and another body makes none) {
  auto body = all_of(json::array(300, post("again")));
  headers key{{"Idempotency-Key", "bulk-again"}};
  auto first = created(node().post("~/posts/bulk", body, key)),
       second = created(node().post("~/posts/bulk", body, key));
  CAF_CHECK_EQUAL(first.at("created").as_int64(), 300);
  CAF_CHECK(first == second);
  std::set<std::string> ids;
  for (auto& item : first.at("items").as_array()) ids.insert(text_at(item.at("post"), "id"));
  CAF_CHECK_EQUAL(ids.size(), 300u);
  CAF_CHECK_EQUAL(stored("again"), 300);
  auto other = node().post("~/posts/bulk", all_of(json::array(301, post("other"))), key);
  CAF_CHECK_EQUAL(other.problem(), "idempotency-mismatch");
  CAF_CHECK_EQUAL(stored("other"), 0);
}

CAF_TEST(only those who may write posts make many) {
  auto body = all_of({post("not mine")});
  CAF_CHECK_EQUAL(node().call(node().stranger, "POST", "~/posts/bulk", body).status, 404);
  CAF_CHECK_EQUAL(node().call(node().viewer, "POST", "~/posts/bulk", body).status, 403);
  CAF_CHECK_EQUAL(stored("not mine"), 0);
}
