#define CAF_SUITE api_post_lists
#include <caf/test/unit_test.hpp>

#include "contract.hpp"
#include "suite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

using namespace troupe;
using namespace troupe::test;
namespace json = boost::json;

namespace {

std::vector<std::string> texts(const json::value& page) {
  std::vector<std::string> out;
  for (auto& p : page.at("items").as_array()) out.push_back(text_at(p, "text"));
  return out;
}

std::string joined(const std::vector<std::string>& v) { return fmt::format("{}", fmt::join(v, ",")); }

} // namespace

CAF_TEST(lists go page by page in every order without losing or repeating a post) {
  api_node alone;
  for (int i = 0; i < 7; ++i) {
    auto id = alone.make_post(std::to_string(i), "");
    if (i % 2 == 0)
      alone.sql("UPDATE post SET scheduled_at = now() + make_interval(hours => $2::int) WHERE id = $1",
                {id, std::to_string(9 - i)});
  }
  auto walk = [&](const std::string& query) {
    std::vector<std::string> seen;
    std::string cursor;
    for (int page = 0; page < 10; ++page) {
      auto path = "~/posts?limit=2" + query + (cursor.empty() ? "" : "&cursor=" + cursor);
      auto found = expect(alone.get(path), 200).json();
      for (auto& t : texts(found)) seen.push_back(t);
      if (found.at("next_cursor").is_null()) return joined(seen);
      cursor = text_at(found, "next_cursor");
    }
    return std::string("no end");
  };
  CAF_CHECK_EQUAL(walk(""), "6,5,4,3,2,1,0");
  CAF_CHECK_EQUAL(walk("&order=created_asc"), "0,1,2,3,4,5,6");
  CAF_CHECK_EQUAL(walk("&order=scheduled_asc"), "6,4,2,0");
  CAF_CHECK_EQUAL(walk("&order=scheduled_desc"), "0,2,4,6");
  auto hours = [](int h) {
    return format_utc(std::chrono::floor<seconds>(system_now()) + std::chrono::hours{h});
  };
  CAF_CHECK_EQUAL(walk("&order=scheduled_asc&from=" + hours(4) + "&to=" + hours(8)), "4,2");
  CAF_CHECK_EQUAL(walk("&from=" + hours(0)), "6,4,2,0");
  CAF_CHECK_EQUAL(walk("&to=" + hours(0)), "");
}

CAF_TEST(a cursor of another list is refused and so is every other bad query) {
  for (int i = 0; i < 2; ++i) node().make_post("page", "");
  auto cursor = text_at(expect(node().get("~/posts?limit=1"), 200).json(), "next_cursor");
  expect(node().get("~/posts?limit=1&cursor=" + cursor), 200);
  CAF_CHECK_EQUAL(refused(node().get("~/posts?order=created_asc&cursor=" + cursor)), "cursor bad-format");
  CAF_CHECK_EQUAL(refused(node().get("~/deliveries?cursor=" + cursor)), "cursor bad-format");
  CAF_CHECK_EQUAL(refused(node().get("~/posts?cursor=abc")), "cursor bad-format");
  CAF_CHECK_EQUAL(refused(node().get("~/posts?limit=0")), "limit too-small");
  CAF_CHECK_EQUAL(refused(node().get("~/posts?limit=201")), "limit too-large");
  CAF_CHECK_EQUAL(refused(node().get("~/posts?state=flying&account_id=1&from=now&order=up")),
                  "state not-allowed; account_id bad-format; from bad-format; order not-allowed");
  CAF_CHECK_EQUAL(refused(node().get("~/posts?state=draft&state=draft")), "state duplicate");
}

CAF_TEST(a list shows each change at once however often it was read before) {
  auto account = node().connect("fresh");
  auto id = node().make_post("one", account);
  auto listed = [&](const std::string& query) {
    json::value page;
    for (int i = 0; i < 3; ++i) page = expect(node().get("~/" + query), 200).json();
    return json::serialize(page);
  };
  auto posts = [&] { return listed("posts?limit=1&account_id=" + account); };
  auto holds = [](const std::string& page, std::string_view what) { return page.find(what) != page.npos; };
  CAF_CHECK(holds(posts(), R"("text":"one")"));
  CAF_CHECK(!holds(listed("deliveries?state=scheduled&account_id=" + account), id));
  for (std::string text : {"two", "three", "four"}) {
    expect(node().call(node().editor, "PATCH", "~/posts/" + id, json::object{{"text", text}},
                       {{"If-Match", "*"}}),
           200);
    CAF_CHECK(holds(posts(), "\"text\":\"" + text + "\""));
  }
  expect(node().post("~/posts/" + id + "/schedule", in(std::chrono::hours{3})), 200);
  CAF_CHECK(holds(posts(), R"("state":"scheduled")"));
  CAF_CHECK(holds(listed("deliveries?state=scheduled&account_id=" + account), id));
  auto next = node().make_post("five", account);
  CAF_CHECK(holds(posts(), next));
  CAF_CHECK(!holds(listed("accounts?state=paused"), account));
  expect(node().call(node().admin, "POST", "~/accounts/" + account + "/pause", nullptr), 200);
  CAF_CHECK(holds(listed("accounts?state=paused"), account));
  // Who may not see it is told so, whatever is kept for others.
  CAF_CHECK_EQUAL(node().call(node().stranger, "GET", "~/posts?limit=1&account_id=" + account).status, 404);
}

CAF_TEST(the state filter agrees with the state that the post shows) {
  auto account = node().connect("states");
  auto other = node().connect("states2");
  // Every mixture of two delivery states, written as rows, so that the list is compared with the view over
  // all of them.
  const char* states[] = {"draft",  "awaiting_approval", "scheduled",    "sending",  "published",
                          "failed", "in_doubt",          "needs_review", "cancelled"};
  auto workspace = to_string(node().workspace);
  for (auto* a : states)
    for (auto* b : states) {
      auto id = to_string(new_uuid(system_now()));
      node().sql("INSERT INTO post (id, workspace_id, shard_id, author_id, text, created_at, updated_at) "
                 "VALUES ($1, $2, 0, $3, 'mixed', now(), now())",
                 {id, workspace, to_string(node().editor)});
      for (auto& [state, target] : {std::pair{a, account}, std::pair{b, other}})
        node().sql("INSERT INTO delivery (id, post_id, workspace_id, shard_id, account_id, platform, state, "
                   "is_open, idempotency_key) "
                   "VALUES ($1, $2, $3, 0, $4, 'sandbox', $5, false, $1::uuid::text)",
                   {to_string(new_uuid(system_now())), id, workspace, target, state});
    }
  std::size_t seen = 0;
  for (auto* wanted : {"draft", "awaiting_approval", "scheduled", "sending", "published", "partly_published",
                       "failed", "cancelled", "needs_review", "in_doubt"}) {
    auto page =
        expect(node().get(fmt::format("~/posts?limit=200&state={}&account_id={}", wanted, account)), 200)
            .json();
    for (auto& p : page.at("items").as_array()) CAF_CHECK_EQUAL(text_at(p, "state"), wanted);
    seen += page.at("items").as_array().size();
  }
  CAF_CHECK_EQUAL(seen, 81u);
  auto two = expect(node().get(fmt::format("~/posts?limit=200&state=published&state=cancelled&account_id={}",
                                           account)),
                    200)
                 .json();
  CAF_CHECK_EQUAL(two.at("items").as_array().size(), 4u);
}
