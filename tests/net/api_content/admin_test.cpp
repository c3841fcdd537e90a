#define CAF_SUITE api_admin
#include <caf/test/unit_test.hpp>

#include "contract.hpp"
#include "suite.hpp"

#include <fmt/format.h>

using namespace troupe;
using namespace troupe::test;
namespace json = boost::json;

namespace {

std::string escaped(std::string path) {
  std::string out;
  for (char c : path) out += c == '/' ? "%2F" : std::string(1, c);
  return out;
}

std::string path_of_post(const std::string& id) {
  return fmt::format("a/content/{}/post:{}", shard_of(node().workspace, 8), id);
}

} // namespace

CAF_TEST(the listener is closed to everyone without its token) {
  auto port_of = [&](headers fields) {
    return node().open("GET", "/admin/v1/nodes", std::move(fields)).status;
  };
  CAF_CHECK_EQUAL(port_of({}), 404); // not on the main listener at all
  for (auto& path : {"/admin/v1/actors", "/admin/v1/nodes", "/admin/v1/shards", "/admin/v1/quarantine"}) {
    auto good = node().ask_admin("GET", path);
    CAF_CHECK_EQUAL(expect(good, 200).header("ratelimit-limit"), "");
  }
  CAF_CHECK_EQUAL(node().ask_admin_as("", "GET", "/admin/v1/nodes").status, 401);
  CAF_CHECK_EQUAL(node().ask_admin_as("Bearer wrong", "GET", "/admin/v1/nodes").status, 401);
  CAF_CHECK_EQUAL(
      node().ask_admin_as("Bearer " + node().token_of(node().owner), "GET", "/admin/v1/nodes").status, 401);
  CAF_CHECK_EQUAL(node().ask_admin_as("Bearer wrong", "POST", "/admin/v1/drain").status, 401);
}

CAF_TEST(the tree shows the actors that work and one of them in depth) {
  auto id = node().make_post("watched", "");
  auto tree = expect(node().ask_admin("GET", "/admin/v1/actors?depth=3"), 200).json();
  CAF_CHECK_EQUAL(contract::differences(tree, "ActorNode"), "");
  CAF_CHECK_EQUAL(text_at(tree, "name"), "a");
  CAF_CHECK(json::serialize(tree).find(path_of_post(id)) != std::string::npos);
  auto shallow = expect(node().ask_admin("GET", "/admin/v1/actors?path=a%2Fcontent&depth=1"), 200).json();
  CAF_CHECK_EQUAL(shallow.at("children_count").as_int64(), 8);
  for (auto& shard : shallow.at("children").as_array()) CAF_CHECK(shard.at("children").as_array().empty());

  auto detail = expect(node().ask_admin("GET", "/admin/v1/actors/" + escaped(path_of_post(id))), 200).json();
  CAF_CHECK_EQUAL(contract::differences(detail, "ActorDetail"), "");
  CAF_CHECK_EQUAL(text_at(detail, "state"), "active");
  CAF_CHECK(detail.at("messages").as_int64() > 0);
  CAF_CHECK(!detail.at("details").as_object().empty());
  for (auto& path :
       std::vector<std::string>{"a", "a/social", fmt::format("a/content/{}", shard_of(node().workspace, 8))})
    CAF_CHECK_EQUAL(
        contract::differences(
            expect(node().ask_admin("GET", "/admin/v1/actors/" + escaped(path)), 200).json(), "ActorDetail"),
        "");
}

CAF_TEST(what is not there is not made by looking) {
  auto nobody = path_of_post(to_string(new_uuid(system_now())));
  CAF_CHECK_EQUAL(node().ask_admin("GET", "/admin/v1/actors/" + escaped(nobody)).status, 404);
  CAF_CHECK_EQUAL(node().ask_admin("GET", "/admin/v1/actors/" + escaped(nobody)).status, 404);
  for (std::string path : {"b", "a/nothing", "a/content/8", "a/content/0/post:x"}) {
    CAF_CHECK_EQUAL(node().ask_admin("GET", "/admin/v1/actors/" + escaped(path)).status, 404);
    CAF_CHECK_EQUAL(node().ask_admin("GET", "/admin/v1/actors?path=" + escaped(path)).status, 404);
  }
  CAF_CHECK_EQUAL(expect(node().ask_admin("GET", "/admin/v1/actors?depth=5&limit=0"), 422).errors(),
                  "depth too-large; limit too-small");
}

CAF_TEST(nodes and shards are told) {
  auto nodes = expect(node().ask_admin("GET", "/admin/v1/nodes"), 200).json();
  CAF_CHECK_EQUAL(contract::differences(nodes, "NodeList"), "");
  CAF_REQUIRE_EQUAL(nodes.at("items").as_array().size(), 1u);
  CAF_CHECK(nodes.at("items").at(0).at("self").as_bool());
  CAF_CHECK_EQUAL(nodes.at("items").at(0).at("shards").as_int64(), 8);

  auto shard = expect(node().ask_admin("GET", "/admin/v1/shards/3"), 200).json();
  CAF_CHECK_EQUAL(contract::differences(shard, "ShardDetail"), "");
  CAF_CHECK_EQUAL(text_at(shard, "owner_node"), "a");
  CAF_CHECK_EQUAL(text_at(shard.at("history").at(0), "what"), "taken");
  for (auto* path : {"8", "-1", "x", "99999999999999999999"})
    CAF_CHECK_EQUAL(node().ask_admin("GET", std::string("/admin/v1/shards/") + path).status, 404);

  auto account = node().connect("due");
  node().make_post("soon", account, {{"at", format_utc(system_now() + std::chrono::minutes{5})}});
  auto shards = expect(node().ask_admin("GET", "/admin/v1/shards"), 200).json();
  CAF_CHECK_EQUAL(contract::differences(shards, "ShardList"), "");
  CAF_REQUIRE_EQUAL(shards.at("items").as_array().size(), 8u);
  auto& mine = shards.at("items").at(shard_of(node().workspace, 8));
  CAF_CHECK(mine.at("entities").as_int64() > 0);
  CAF_CHECK(mine.at("due").as_int64() > 0);
}

CAF_TEST(a node without others cannot be drained and shows its own tree as that of the cluster) {
  auto alone = node().ask_admin("POST", "/admin/v1/nodes/a/drain");
  CAF_CHECK_EQUAL(alone.status, 409);
  CAF_CHECK_EQUAL(alone.problem(), "conflict");
  CAF_CHECK_EQUAL(node().ask_admin("POST", "/admin/v1/nodes/b/drain").status, 404);
  auto moved = expect(node().ask_admin("POST", "/admin/v1/rebalance"), 202).json();
  CAF_CHECK_EQUAL(contract::differences(moved, "ClusterRebalance"), "");
  CAF_CHECK_EQUAL(moved.at("shards_left").as_int64(), 0);
  auto trees = expect(node().ask_admin("GET", "/admin/v1/cluster/actors"), 200).json();
  CAF_CHECK_EQUAL(contract::differences(trees, "ClusterTree"), "");
  CAF_REQUIRE_EQUAL(trees.at("items").as_array().size(), 1u);
  CAF_CHECK(trees.at("items").at(0).at("answered").as_bool());
  CAF_CHECK(trees.at("items").at(0).at("self").as_bool());
}

CAF_TEST(a quarantined entity is listed and lifted) {
  // An entity whose row cannot be read dies at every activation: five times and it is put aside.
  api_node sick{[](config::settings& c) {
    c.actors.restart_limit = 1;
    c.actors.entity_idle_ms = 1'000;
  }};
  auto id = to_string(new_uuid(system_now()));
  sick.sql("ALTER TABLE post RENAME TO post_away");
  auto read = sick.get("~/posts/" + id);
  CAF_CHECK(read.status == 503);
  auto path = fmt::format("a/content/{}/post:{}", shard_of(sick.workspace, 8), id);
  json::value list;
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  do {
    list = expect(sick.ask_admin("GET", "/admin/v1/quarantine"), 200).json();
    if (std::chrono::steady_clock::now() > until) CAF_FAIL("nothing was put into quarantine");
  } while (list.at("items").as_array().empty());
  CAF_CHECK_EQUAL(contract::differences(list, "QuarantinePage"), "");
  CAF_CHECK_EQUAL(text_at(list.at("items").at(0), "path"), path);
  CAF_CHECK_EQUAL(text_at(list.at("items").at(0), "state"), "quarantined");
  CAF_CHECK_EQUAL(sick.get("~/posts/" + id).problem(), "quarantined");

  sick.sql("ALTER TABLE post_away RENAME TO post");
  auto lift = [&](std::string body) {
    return sick.ask_admin("POST", "/admin/v1/quarantine/lift", std::move(body));
  };
  CAF_CHECK_EQUAL(lift(R"({"path":"a/content/0"})").status, 404);
  CAF_CHECK_EQUAL(expect(lift(R"({"way":"x"})"), 422).errors(), "/path required; /way unknown-field");
  auto lifted = expect(lift(json::serialize(json::object{{"path", path}})), 200).json();
  CAF_CHECK_EQUAL(contract::differences(lifted, "ActorNode"), "");
  CAF_CHECK_EQUAL(lift(json::serialize(json::object{{"path", path}})).status, 404);
  CAF_CHECK_EQUAL(sick.get("~/posts/" + id).problem(), "not-found");
  CAF_CHECK(expect(sick.ask_admin("GET", "/admin/v1/quarantine"), 200).json().at("items").as_array().empty());
}

CAF_TEST(draining is begun by its own operation) {
  auto drain = expect(node().ask_admin("POST", "/admin/v1/drain"), 202).json();
  CAF_CHECK_EQUAL(contract::differences(drain, "Drain"), "");
  CAF_CHECK_EQUAL(drain.at("in_flight").as_int64(), 3);
}

CAF_TEST(an entity that keeps crashing is put aside and its work goes on once it is lifted) {
  api_node sick{[](config::settings& c) {
    c.actors.restart_limit = 3;
    c.actors.restart_backoff_min_ms = 10;
    c.actors.restart_backoff_max_ms = 20;
    c.actors.entity_idle_ms = 1'000;
  }};
  auto number = shard_of(sick.workspace, 8);
  auto shard = fmt::format("a/content/{}", number);
  auto id = sick.make_post("in time", sick.connect("sick"),
                           {{"at", format_utc(system_now() + std::chrono::hours{1})}});
  // How the tree shows the post; nothing when it is not in memory.
  auto shown = [&]() -> json::object {
    auto path = "/admin/v1/actors?depth=1&path=" + escaped(shard);
    auto tree = expect(sick.ask_admin("GET", path), 200).json();
    for (auto& child : tree.at("children").as_array())
      if (text_at(child, "name") == "post:" + id) return child.as_object();
    return {};
  };
  auto wait_until = [&](const char* what, const std::function<bool()>& holds) {
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!holds())
      if (std::chrono::steady_clock::now() > until)
        CAF_FAIL("waited in vain until " << what << ", the tree shows " << json::serialize(shown()));
  };
  wait_until("it has left memory", [&] { return shown().empty(); });

  // From now on it dies of every activation for a reader.
  sick.sql("ALTER TABLE post RENAME TO post_away");
  wait_until("it is quarantined", [&] { return sick.get("~/posts/" + id).problem() == "quarantined"; });
  auto aside = shown();
  CAF_CHECK_EQUAL(text_at(aside, "state"), "quarantined");
  CAF_CHECK_EQUAL(aside.at("restarts").to_number<int>(), 3);
  CAF_CHECK(text_at(aside, "last_error").find("could not be loaded") != std::string::npos);
  CAF_CHECK_EQUAL(contract::differences(aside, "ActorNode"), "");
  sick.sql("ALTER TABLE post_away RENAME TO post");
  CAF_CHECK_EQUAL(sick.get("~/posts/" + id).problem(), "quarantined"); // not by itself

  // Its delivery comes due meanwhile, and stays.
  sick.sql("UPDATE delivery SET due_at = now() WHERE post_id = $1", {id});
  auto dispatcher = sick.core().dispatchers().at(number);
  auto desk = [&] {
    caf::scoped_actor self{sick.system()};
    std::string text;
    self->request(dispatcher, std::chrono::seconds{20}, dispatcher_status{})
        .receive([&](const json_text& t) { text = t.text; },
                 [](const caf::error& e) { CAF_FAIL("the dispatcher: " << caf::to_string(e)); });
    return text;
  };
  auto handed_out = [&] { return json::parse(desk()).at("handed_out").to_number<std::int64_t>(); };
  caf::anon_send(dispatcher, reload_post{parse_uuid(id).value_or(uuid{})});
  wait_until("it was handed its delivery", [&] { return handed_out() > 0; });
  auto state = [&] {
    auto row = sick.sql("SELECT state FROM delivery WHERE post_id = $1", {id});
    return std::string(row.get(0, 0));
  };
  CAF_CHECK_EQUAL(state(), "scheduled");

  auto body = json::serialize(json::object{{"path", shard + "/post:" + id}});
  expect(sick.ask_admin("POST", "/admin/v1/quarantine/lift", body), 200);
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (state() != "published")
    if (std::chrono::steady_clock::now() > until)
      CAF_FAIL("not published: " << state() << ", desk " << desk() << ", post " << json::serialize(shown()));
  CAF_CHECK_EQUAL(sick.sql("SELECT count(*) FROM sandbox_post WHERE handle = 'sick'").get_int(0, 0), 1);
}
