#define CAF_SUITE api_summary
#include <caf/test/unit_test.hpp>

#include "api_node.hpp"
#include "contract.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

boost::json::object summary(api_node& node) {
  auto v = expect(node.get("~/summary"), 200).json();
  if (auto wrong = contract::differences(v, "Summary"); !wrong.empty())
    CAF_FAIL("not a Summary: " << wrong << boost::json::serialize(v));
  return v.as_object();
}

std::int64_t number(const boost::json::value& v, const char* name) {
  return v.at(name).to_number<std::int64_t>();
}

} // namespace

CAF_TEST(an empty workspace has a summary of nothing) {
  api_node node;
  auto s = summary(node);
  CAF_CHECK_EQUAL(number(s.at("deliveries"), "published"), 0);
  CAF_CHECK(s.at("lateness_7d").at("p50_ms").is_null());
  CAF_CHECK(s.at("next").as_array().empty());
  CAF_CHECK(s.at("accounts").as_array().empty());
}

CAF_TEST(a summary tells what is next and what went out and what needs a person) {
  api_node node;
  auto good = node.connect("ada"), bad = node.connect("bob", "reject"), gone = node.connect("eve");
  auto out = node.make_post("out", good);
  expect(node.post("~/posts/" + out + "/publish-now"), 200);
  node.wait_state(out, "published");
  auto refused = node.make_post("refused", bad);
  expect(node.post("~/posts/" + refused + "/publish-now"), 200);
  node.wait_state(refused, "failed");
  auto later = node.make_post("later", good, {{"local", "2031-05-02T09:30"}, {"zone", "Europe/Berlin"}});
  auto sooner = node.make_post("sooner", good, {{"local", "2031-05-01T09:30"}, {"zone", "Europe/Berlin"}});
  node.make_post("draft", good);
  auto deleted = node.make_post("deleted", good);
  expect(node.call(node.editor, "DELETE", "~/posts/" + deleted), 204);
  node.sql("UPDATE account SET state = 'reconnect_required', state_reason = 'expired' WHERE id = $1", {gone});
  auto s = summary(node);
  auto& counts = s.at("deliveries");
  CAF_CHECK_EQUAL(number(counts, "published"), 1);
  CAF_CHECK_EQUAL(number(counts, "failed"), 1);
  CAF_CHECK_EQUAL(number(counts, "scheduled"), 2);
  CAF_CHECK_EQUAL(number(counts, "draft"), 1);
  CAF_CHECK_EQUAL(number(counts, "cancelled"), 0);
  auto& next = s.at("next").as_array();
  CAF_REQUIRE_EQUAL(next.size(), 2u);
  CAF_CHECK_EQUAL(text_at(next[0], "post_id"), sooner);
  CAF_CHECK_EQUAL(text_at(next[1], "post_id"), later);
  auto& attention = s.at("attention");
  CAF_CHECK_EQUAL(number(attention, "deliveries_total"), 1);
  CAF_CHECK_EQUAL(text_at(attention.at("deliveries").at(0), "post_id"), refused);
  CAF_CHECK_EQUAL(text_at(attention.at("accounts").at(0), "account_id"), gone);
  auto& sent = s.at("published_24h");
  CAF_CHECK_EQUAL(number(sent, "count"), 1);
  CAF_CHECK_EQUAL(text_at(sent.at("items").at(0), "post_id"), out);
  auto& late = s.at("lateness_7d");
  CAF_CHECK_EQUAL(number(late, "count"), 1);
  CAF_CHECK_EQUAL(number(late, "p50_ms"), number(late, "max_ms"));
  CAF_CHECK_EQUAL(s.at("accounts").as_array().size(), 3u);
  for (auto& a : s.at("accounts").as_array())
    if (text_at(a, "account_id") == good) {
      CAF_CHECK_EQUAL(number(a, "scheduled"), 2);
      CAF_CHECK_EQUAL(number(a, "published_24h"), 1);
      CAF_CHECK(!a.at("last_published_at").is_null());
    }
  CAF_CHECK_EQUAL(node.call(node.stranger, "GET", "~/summary").status, 404);
}

CAF_TEST(operators see the actors and nobody else does) {
  api_node node;
  auto make_user = [&](const uuid& id, const char* email) {
    node.sql(
        "INSERT INTO app_user (id, shard_id, email, display_name, password_hash) VALUES ($1, 0, $2, 'A', '')",
        {to_string(id), email});
  };
  make_user(node.owner, "owner@example.org");
  node.connect("ada");
  const char* paths[] = {"/v1/operations/actors", "/v1/operations/quarantine", "/v1/operations/nodes",
                         "/v1/operations/shards", "/v1/operations/actors/content"};
  for (auto* path : paths) CAF_CHECK_EQUAL(node.call(node.owner, "GET", path).status, 404);
  node.sql("INSERT INTO instance_operator (user_id) VALUES ($1)", {to_string(node.owner)});
  auto tree = expect(node.call(node.owner, "GET", "/v1/operations/actors?depth=1"), 200).json();
  auto admin_tree = expect(node.ask_admin("GET", "/admin/v1/actors?depth=1"), 200).json();
  CAF_CHECK_EQUAL(text_at(tree, "path"), text_at(admin_tree, "path"));
  for (auto* schema : {"ActorNode"}) CAF_CHECK_EQUAL(contract::differences(tree, schema), "");
  for (auto* path : {paths[1], paths[2], paths[3]}) expect(node.call(node.owner, "GET", path), 200);
  expect(node.call(node.owner, "POST", "/v1/operations/quarantine/lift", {{"path", "a/users/0/user:x"}}),
         404);
  expect(node.call(node.owner, "POST", "/v1/operations/quarantine/lift", {{"colour", "red"}}), 422);
  CAF_CHECK_EQUAL(node.call(node.owner, "POST", "/v1/operations/drain").status, 404);
  CAF_CHECK_EQUAL(node.call(node.admin, "GET", paths[0]).status, 404);
  CAF_CHECK_EQUAL(node.open("GET", paths[0]).status, 401);
  node.sql("DELETE FROM instance_operator");
  CAF_CHECK_EQUAL(node.call(node.owner, "GET", paths[0]).status, 404);
}
