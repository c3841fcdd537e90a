#define CAF_SUITE admin_tree
#include <caf/test/unit_test.hpp>

#include "contract.hpp"
#include "net/api/admin_tree.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

using namespace troupe;
using namespace troupe::api;
namespace json = boost::json;

namespace {

const uuid some = *parse_uuid("0192f0c1-7a10-7c3e-9b52-3f0a4c1d2e01");
const uuid other = *parse_uuid("0192f0c1-7a10-7c3e-9b52-3f0a4c1d2e02");

tree_view view() {
  return {"a", 12.5, [](shard_id s) { return std::optional<std::int64_t>{s + 5}; }};
}

listed_entity entity(const uuid& id, std::int64_t mailbox, std::int64_t messages = 0) {
  return {post_ref(some, id), "active", "", mailbox, messages, 2, 1.5};
}

std::vector<listed_shard> two_shards() {
  listed_shard empty{group::content, 0, 0, 1, 0, 0, {}};
  listed_shard busy{group::content, 3, 2, 4, 9, 4, {entity(some, 1, 5), entity(other, 7)}};
  return {empty, busy};
}

} // namespace

CAF_TEST(paths are read as they are written) {
  for (std::string text :
       {"a", "a/content", "a/content/17", "a/social/3/account:0192f0c1-7a10-7c3e-9b52-3f0a4c1d2e01"}) {
    auto p = parse_actor_path(text, "a", 256);
    CAF_REQUIRE(p);
    CAF_CHECK_EQUAL(to_string(*p, "a"), text);
  }
  CAF_CHECK(parse_actor_path("", "a", 256)->at == actor_path::level::node);
  for (std::string text :
       {"b", "a/", "a/music", "a/content/256", "a/content/-1", "a/content/1x", "a/content/1/post",
        "a/content/1/post:1", "a/content/1/account:0192f0c1-7a10-7c3e-9b52-3f0a4c1d2e01",
        "a/content/1/post:0192f0c1-7a10-7c3e-9b52-3f0a4c1d2e01/x"})
    CAF_CHECK(!parse_actor_path(text, "a", 256));
}

CAF_TEST(a tree adds up what is below and lists the busiest first) {
  auto tree = actor_tree(view(), {actor_path::level::group, group::content, 0, {}, {}}, 2, 10, two_shards());
  CAF_CHECK_EQUAL(test::contract::differences(tree, "ActorNode"), "");
  CAF_CHECK_EQUAL(tree.at("children_count").as_int64(), 2);
  CAF_CHECK_EQUAL(tree.at("mailbox_depth").as_int64(), 5);
  CAF_CHECK_EQUAL(tree.at("restarts").as_int64(), 4);
  auto& shards = tree.at("children").as_array();
  CAF_REQUIRE_EQUAL(shards.size(), 1u); // the empty one is only counted
  CAF_CHECK_EQUAL(shards[0].at("path").as_string(), "a/content/3");
  CAF_CHECK_EQUAL(shards[0].at("epoch").as_int64(), 8);
  auto& entities = shards[0].at("children").as_array();
  CAF_REQUIRE_EQUAL(entities.size(), 2u);
  CAF_CHECK_EQUAL(entities[0].at("name").as_string(), "post:" + to_string(other));
  CAF_CHECK_EQUAL(entities[0].at("mailbox_depth").as_int64(), 7);
}

CAF_TEST(depth and limit cut the tree) {
  actor_path root{actor_path::level::shard, group::content, 3, {}, {}};
  auto all = two_shards();
  std::vector<listed_shard> one{all[1]};
  CAF_CHECK(actor_tree(view(), root, 0, 10, one).at("children").as_array().empty());
  auto cut = actor_tree(view(), root, 1, 1, one);
  CAF_CHECK_EQUAL(cut.at("children").as_array().size(), 1u);
  CAF_CHECK_EQUAL(cut.at("children_count").as_int64(), 2);
  auto node = actor_tree(view(), {}, 4, 10, all);
  CAF_CHECK_EQUAL(test::contract::differences(node, "ActorNode"), "");
  CAF_CHECK_EQUAL(node.at("children").as_array().size(), 3u);
  CAF_CHECK(actor_tree(view(), root, 1, 1, {}).empty());
}

CAF_TEST(an answer that is no listing is not taken for one) {
  CAF_CHECK(!read_listing(group::users, 0, "nonsense"));
  CAF_CHECK(!read_listing(group::users, 0, "{}"));
  CAF_CHECK(!read_listing(group::users, 0, R"({"listed":7})"));
  auto odd = read_listing(group::users, 1, R"({"entities":3,"mailbox":1,"listed":[{"kind":"user"},7,
    {"kind":"user","id":"0192f0c1-7a10-7c3e-9b52-3f0a4c1d2e01","home":"0192f0c1-7a10-7c3e-9b52-3f0a4c1d2e01","state":"backoff",
     "crashes":2,"last_error":"broke"}]})");
  CAF_REQUIRE(odd);
  CAF_CHECK_EQUAL(odd->entities, 3);
  CAF_REQUIRE_EQUAL(odd->listed.size(), 1u);
  CAF_CHECK_EQUAL(odd->listed[0].last_error, "broke");
}
