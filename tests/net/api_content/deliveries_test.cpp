#define CAF_SUITE api_deliveries
#include <caf/test/unit_test.hpp>

#include "contract.hpp"
#include "suite.hpp"

#include <fmt/format.h>

using namespace troupe;
using namespace troupe::test;
namespace json = boost::json;

namespace {

std::string delivery_of(const std::string& post) {
  return text_at(expect(node().get("~/posts/" + post), 200).json().at("deliveries").at(0), "id");
}

/// A delivery of a fresh post to this account, put into a state by hand before its POST has read it.
std::string delivery_in(const std::string& account, const char* state, const char* late = "0 s",
                        const char* error = "unknown_outcome") {
  auto post = to_string(new_uuid(system_now())), id = to_string(new_uuid(system_now()));
  auto workspace = to_string(node().workspace);
  auto shard = std::to_string(shard_of(node().workspace, 8));
  node().sql("INSERT INTO post (id, workspace_id, shard_id, author_id, text, created_at, updated_at) VALUES "
             "($1, $2, $3, $4, 'by hand', now(), now())",
             {post, workspace, shard, to_string(node().editor)});
  node().sql(
      "INSERT INTO delivery (id, post_id, workspace_id, shard_id, account_id, platform, state, is_open, "
      "due_at, idempotency_key, error_kind, error_detail) "
      "VALUES ($1, $2, $3, $4, $5, 'sandbox', $6, false, now() - $7::interval, $1::uuid::text, $8, 'lost')",
      {id, post, workspace, shard, account, state, late, error});
  return id;
}

std::string post_of(const std::string& delivery) {
  return text_at(expect(node().get("~/deliveries/" + delivery), 200).json(), "post_id");
}

/// How often the sandbox network has it.
std::int64_t posts_on_network(const std::string& handle) {
  return node().sql("SELECT count(*) FROM sandbox_post WHERE handle = $1", {handle}).get_int(0, 0);
}

std::int64_t ledger_rows(const std::string& delivery) {
  return node().sql("SELECT count(*) FROM ledger WHERE delivery_id = $1", {delivery}).get_int(0, 0);
}

std::string state_of(const answer& a) { return text_at(expect(a, 200).json(), "state"); }

} // namespace

CAF_TEST(a delivery is read and listed as its post shows it) {
  auto account = node().connect("reader");
  auto post = node().make_post("hello", account, in(std::chrono::hours{3}));
  auto id = delivery_of(post);
  auto shown = expect(node().get("~/posts/" + post), 200).json().at("deliveries").at(0);
  auto read = expect(node().get("~/deliveries/" + id), 200).json();
  CAF_CHECK(read == shown);
  CAF_CHECK_EQUAL(contract::differences(read, "Delivery"), "");
  auto list = expect(node().get("~/deliveries?account_id=" + account), 200).json();
  CAF_CHECK_EQUAL(contract::differences(list, "DeliveryPage"), "");
  CAF_REQUIRE_EQUAL(list.at("items").as_array().size(), 1u);
  CAF_CHECK(list.at("items").at(0) == shown);
}

CAF_TEST(strangers and unknown ids get the same answer) {
  auto id = delivery_of(node().make_post("mine", node().connect("wall"), in(std::chrono::hours{3})));
  auto nobody = to_string(new_uuid(system_now()));
  for (std::string path : {"", "/ledger"}) {
    CAF_CHECK_EQUAL(node().call(node().stranger, "GET", "~/deliveries/" + id + path).status, 404);
    CAF_CHECK_EQUAL(node().get("~/deliveries/" + nobody + path).status, 404);
    auto elsewhere =
        fmt::format("/v1/workspaces/{}/deliveries/{}{}", to_string(node().other_workspace), id, path);
    CAF_CHECK_EQUAL(node().call(node().stranger, "GET", elsewhere).status, 404);
  }
  for (std::string action : {"/retry", "/cancel"}) {
    CAF_CHECK_EQUAL(node().call(node().stranger, "POST", "~/deliveries/" + id + action).status, 404);
    CAF_CHECK_EQUAL(node().call(node().viewer, "POST", "~/deliveries/" + id + action).status, 403);
    CAF_CHECK_EQUAL(node().post("~/deliveries/" + nobody + action).status, 404);
  }
  CAF_CHECK_EQUAL(node().call(node().stranger, "GET", "~/deliveries").status, 404);
}

CAF_TEST(deliveries come by due time with the undated ones last) {
  api_node alone;
  auto account = alone.connect("order");
  for (int hours : {3, 1, 2}) alone.make_post(std::to_string(hours), account, in(std::chrono::hours{hours}));
  for (int i = 0; i < 3; ++i) alone.make_post("draft", account);
  auto deleted = alone.make_post("gone", account);
  expect(alone.call(alone.editor, "DELETE", "~/posts/" + deleted), 204);
  auto walk = [&](const std::string& query) {
    std::string seen, cursor;
    std::set<std::string> ids;
    for (int page = 0; page < 10; ++page) {
      auto found =
          expect(alone.get("~/deliveries?limit=2" + query + (cursor.empty() ? "" : "&cursor=" + cursor)), 200)
              .json();
      for (auto& d : found.at("items").as_array()) {
        seen += text_at(d, "due_at").empty() ? '-' : text_at(d, "text").empty() ? '?' : text_at(d, "text")[0];
        ids.insert(text_at(d, "id"));
      }
      if (found.at("next_cursor").is_null()) return fmt::format("{} {}", seen, ids.size());
      cursor = text_at(found, "next_cursor");
    }
    return std::string("no end");
  };
  CAF_CHECK_EQUAL(walk(""), "123--- 6");
  CAF_CHECK_EQUAL(walk("&state=draft"), "--- 3");
  CAF_CHECK_EQUAL(walk("&state=scheduled"), "123 3");
  auto at = [](int minutes) {
    return format_utc(std::chrono::floor<seconds>(system_now()) + std::chrono::minutes{minutes});
  };
  CAF_CHECK_EQUAL(walk("&from=" + at(90)), "23 2");
  CAF_CHECK_EQUAL(walk("&to=" + at(90)), "1 1");
  CAF_CHECK_EQUAL(walk("&from=" + at(90) + "&to=" + at(150)), "2 1");
  CAF_CHECK_EQUAL(expect(alone.get("~/deliveries?state=partly_published"), 422).errors(),
                  "state not-allowed");
}

CAF_TEST(the ledger tells what happened page by page) {
  auto post = node().make_post("story", node().connect("story"));
  expect(node().post("~/posts/" + post + "/publish-now"), 200);
  node().wait_state(post, "published");
  auto path = "~/deliveries/" + delivery_of(post) + "/ledger";
  auto all = expect(node().get(path), 200).json();
  CAF_CHECK_EQUAL(contract::differences(all, "LedgerPage"), "");
  auto& rows = all.at("items").as_array();
  CAF_REQUIRE(rows.size() >= 3);
  CAF_CHECK_EQUAL(text_at(rows.back(), "to_state"), "published");
  json::array walked;
  std::string cursor;
  do {
    auto page =
        expect(node().get(path + "?limit=1" + (cursor.empty() ? "" : "&cursor=" + cursor)), 200).json();
    for (auto& row : page.at("items").as_array()) walked.push_back(row);
    cursor = text_at(page, "next_cursor");
  } while (!cursor.empty() && walked.size() <= rows.size());
  CAF_CHECK(walked == rows);
}

CAF_TEST(a person resolves what needs a review) {
  auto account = node().connect("judge");
  auto resolve = [&](const std::string& id, json::value body) {
    return node().post("~/deliveries/" + id + "/resolve", std::move(body));
  };
  auto seen = delivery_in(account, "needs_review");
  auto done =
      expect(resolve(seen, {{"as", "published"}, {"permalink", "https://example.org/1"}}), 200).json();
  CAF_CHECK_EQUAL(contract::differences(done, "Delivery"), "");
  CAF_CHECK_EQUAL(text_at(done, "state"), "published");
  CAF_CHECK_EQUAL(text_at(done, "permalink"), "https://example.org/1");
  CAF_CHECK_EQUAL(resolve(seen, {{"as", "published"}}).problem(), "conflict");
  CAF_CHECK_EQUAL(posts_on_network("judge"), 0);

  auto lost = delivery_in(account, "needs_review");
  CAF_CHECK_EQUAL(state_of(resolve(lost, {{"as", "not_published"}})), "scheduled");
  auto sent = node().wait_state(post_of(lost), "published");
  CAF_CHECK(sent.at("deliveries").at(0).at("error").is_null());
  CAF_CHECK_EQUAL(posts_on_network("judge"), 1);

  auto given_up = delivery_in(account, "needs_review");
  CAF_CHECK_EQUAL(state_of(node().post("~/deliveries/" + given_up + "/cancel")), "cancelled");
}

CAF_TEST(what was too late goes out when a person says so) {
  auto account = node().connect("too-late");
  // A node that was down for three days comes back to it: nobody wants yesterday's news unasked.
  auto late = delivery_in(account, "needs_review", "3 days", "too_late");
  CAF_CHECK_EQUAL(state_of(node().post("~/deliveries/" + late + "/resolve", {{"as", "not_published"}})),
                  "scheduled");
  node().wait_state(post_of(late), "published");
  auto failed = delivery_in(account, "failed", "3 days", "permission");
  CAF_CHECK_EQUAL(state_of(node().post("~/deliveries/" + failed + "/retry")), "scheduled");
  node().wait_state(post_of(failed), "published");
  CAF_CHECK_EQUAL(posts_on_network("too-late"), 2);
}

CAF_TEST(a resolution that makes no sense is refused) {
  auto id = delivery_in(node().connect("sense"), "needs_review");
  auto errors = [&](json::value body) {
    return expect(node().post("~/deliveries/" + id + "/resolve", std::move(body)), 422).errors();
  };
  CAF_CHECK_EQUAL(errors({{"as", "maybe"}}), "/as unknown-value");
  CAF_CHECK_EQUAL(errors(json::object{}), "/as required");
  CAF_CHECK_EQUAL(errors({{"as", "published"}, {"permalink", "javascript:alert(1)"}}),
                  "/permalink bad-format");
  CAF_CHECK_EQUAL(errors({{"as", "not_published"}, {"permalink", "https://example.org/"}}),
                  "/permalink not-allowed");
}

CAF_TEST(a failed delivery is sent again and one that waits is cancelled) {
  auto account = node().connect("again");
  auto failed = delivery_in(account, "failed");
  CAF_CHECK_EQUAL(state_of(node().post("~/deliveries/" + failed + "/retry")), "scheduled");
  node().wait_state(post_of(failed), "published");
  CAF_CHECK_EQUAL(posts_on_network("again"), 1);
  CAF_CHECK_EQUAL(node().post("~/deliveries/" + failed + "/retry").problem(), "conflict");
  CAF_CHECK_EQUAL(node().post("~/deliveries/" + failed + "/cancel").problem(), "conflict");
  auto waiting = delivery_of(node().make_post("later", account, in(std::chrono::hours{2})));
  CAF_CHECK_EQUAL(node().post("~/deliveries/" + waiting + "/retry").problem(), "conflict");
  CAF_CHECK_EQUAL(state_of(node().post("~/deliveries/" + waiting + "/cancel")), "cancelled");
  CAF_CHECK_EQUAL(state_of(node().post("~/deliveries/" + waiting + "/cancel")), "cancelled");
}

CAF_TEST(a decision under a key has one effect and one answer) {
  auto account = node().connect("decided");
  auto id = delivery_in(account, "needs_review");
  auto decide = [&](json::value body, const char* key) {
    return node().post("~/deliveries/" + id + "/resolve", std::move(body), {{"Idempotency-Key", key}});
  };
  auto first = decide({{"as", "published"}}, "decide-1");
  CAF_CHECK_EQUAL(state_of(first), "published");
  auto rows = ledger_rows(id);
  auto again = decide({{"as", "published"}}, "decide-1");
  CAF_CHECK(expect(again, 200).json() == first.json());
  CAF_CHECK_EQUAL(ledger_rows(id), rows);
  CAF_CHECK_EQUAL(decide({{"as", "not_published"}}, "decide-1").problem(), "idempotency-mismatch");
  CAF_CHECK_EQUAL(decide({{"as", "published"}}, "decide-2").problem(), "conflict");

  auto failed = delivery_in(account, "failed");
  auto retry = [&] {
    return node().post("~/deliveries/" + failed + "/retry", {}, {{"Idempotency-Key", "retry-1"}});
  };
  expect(retry(), 200);
  node().wait_state(post_of(failed), "published");
  CAF_CHECK_EQUAL(state_of(retry()), "published");
  CAF_CHECK_EQUAL(posts_on_network("decided"), 1);
}

CAF_TEST(deliveries wait for an account that needs connecting and go on when it is) {
  auto account = node().connect("locked-out", "reconnect");
  auto post = node().make_post("patience", account);
  expect(node().post("~/posts/" + post + "/publish-now"), 200);
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  json::value seen;
  do {
    if (std::chrono::steady_clock::now() > until) CAF_FAIL("still in service: " << json::serialize(seen));
    seen = expect(node().get("~/accounts/" + account), 200).json();
  } while (text_at(seen, "state") != "reconnect_required");
  node().wait_state(post, "scheduled");
  CAF_CHECK_EQUAL(posts_on_network("locked-out"), 0);
  json::object fields{{"handle", "locked-out"}, {"behaviour", "ok"}};
  auto mended =
      node().call(node().admin, "POST", "~/accounts/" + account + "/reconnect", {{"fields", fields}});
  CAF_CHECK_EQUAL(state_of(mended), "active");
  node().wait_state(post, "published");
  CAF_CHECK_EQUAL(posts_on_network("locked-out"), 1);
}

CAF_TEST(a delivery shows what goes to its account and which of it is its own) {
  auto account = node().connect("own"), other = node().connect("common");
  json::object own{{"account_id", account}, {"text", "Only here"}, {"title", "Mine"}};
  json::object body{{"text", "For all"}, {"title", "Ours"}, {"targets", {own, {{"account_id", other}}}}};
  auto post = expect(node().post("~/posts", body), 201).json();
  CAF_CHECK_EQUAL(contract::differences(post, "Post"), "");
  auto& mine = post.at("deliveries").at(0);
  auto& common = post.at("deliveries").at(1);
  CAF_CHECK_EQUAL(text_at(mine, "text"), "Only here");
  CAF_CHECK_EQUAL(text_at(mine, "title"), "Mine");
  CAF_CHECK(mine.at("overrides") == json::array({"text", "title"}));
  CAF_CHECK_EQUAL(text_at(common, "text"), "For all");
  CAF_CHECK_EQUAL(text_at(common, "title"), "Ours");
  CAF_CHECK(common.at("overrides").as_array().empty());
}
