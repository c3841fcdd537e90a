#include "actors/content/dispatcher.hpp"
#include "net/api/admin_peers.hpp"
#include "net/api/admin_tree.hpp"
#include "net/api/content_input.hpp"
#include "system/cluster/listing.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>

/// The cluster as a whole, from any of its nodes. What is in the tables is read from them; what only a node
/// knows of itself is asked of it. The command line says and orders the same (system/node/cluster_commands).
namespace troupe::api {

namespace {

namespace json = boost::json;

/// For a node that hangs; the others are shown at once after it.
constexpr auto node_patience = milliseconds{2'000};

json::object parse_object(const std::string& text) {
  boost::system::error_code problem;
  auto v = json::parse(text, problem);
  return !problem && v.is_object() ? std::move(v.get_object()) : json::object{};
}

void list_nodes(const admin_context& admin, const call_ptr& c) {
  c->read({cluster_store::list_nodes()}, [&admin](const call_ptr& c2, const db_reply& r) {
    auto& owner = *admin.api->rt->owner;
    json::array items;
    for (auto& n : cluster_store::read_nodes(r.rows()))
      items.push_back({{"name", n.name},
                       {"incarnation", n.incarnation},
                       {"state", n.state},
                       {"http_address", n.http_address},
                       {"cluster_address", n.cluster_address},
                       {"version", n.version},
                       {"started_at", format_utc(n.started_at)},
                       {"lease_until", format_utc(n.lease_until)},
                       {"lease_ms", n.lease_ms},
                       {"shards", n.shards},
                       {"epoch", n.epoch},
                       {"lag_ms", n.lag_ms},
                       {"self", n.name == owner.node_name() && n.incarnation == owner.incarnation()}});
    c2->answer(200, json::object{{"items", std::move(items)}});
  });
}

json::object shard_view(const cluster_store::shard_row& s) {
  auto or_null = [](const auto& o) -> json::value {
    if (!o) return nullptr;
    return json::value_from(*o);
  };
  return {{"shard_id", s.id},
          {"owner_node", or_null(s.owner_node)},
          {"owner_incarnation", or_null(s.owner_incarnation)},
          {"epoch", s.epoch},
          {"adoptions", s.adoptions},
          {"changed_at", format_utc(s.changed_at)},
          {"entities", nullptr},
          {"due", nullptr}};
}

/// How many deliveries each DISPATCHER holds: `then(c, by shard)`; nullopt where one did not answer.
void count_due(const admin_context& admin, const call_ptr& c,
               std::function<void(const call_ptr&, std::vector<std::optional<std::int64_t>>)> then) {
  struct gathering {
    std::vector<std::optional<std::int64_t>> due;
    std::size_t open = 1; // this function itself
    std::function<void(const call_ptr&, std::vector<std::optional<std::int64_t>>)> then;
  };
  auto all = std::make_shared<gathering>();
  all->due.resize(admin.dispatchers.size());
  all->then = std::move(then);
  auto settle = [all, c] {
    if (--all->open == 0) c->guard([&] { all->then(c, std::move(all->due)); });
  };
  for (std::size_t i = 0; i < admin.dispatchers.size(); ++i) {
    ++all->open;
    c->self->request(admin.dispatchers[i], std::chrono::seconds{3}, dispatcher_status{})
        .then(
            [all, i, settle](const json_text& t) {
              auto status = parse_object(t.text);
              if (auto* rows = status.if_contains("rows"); rows && rows->is_number())
                all->due[i] = rows->to_number<std::int64_t>();
              settle();
            },
            [settle](const caf::error&) { settle(); });
  }
  settle();
}

void list_shards(const admin_context& admin, const call_ptr& c) {
  c->read({cluster_store::list_shards()}, [&admin](const call_ptr& c1, const db_reply& r) {
    auto rows = cluster_store::read_shards(r.rows());
    gather(c1, {}, 0, [&admin, rows = std::move(rows)](const call_ptr& c2, std::vector<listed_shard> listed) {
      count_due(admin, c2,
                [&admin, rows, listed](const call_ptr& c3, std::vector<std::optional<std::int64_t>> due) {
                  auto& owner = *admin.api->rt->owner;
                  std::map<shard_id, std::int64_t> entities;
                  for (auto& s : listed) entities[s.id] += s.entities;
                  json::array items;
                  for (auto& row : rows) {
                    auto view = shard_view(row);
                    if (owner.epoch_of(row.id)) {
                      view["entities"] = entities[row.id];
                      if (row.id < due.size() && due[row.id]) view["due"] = *due[row.id];
                    }
                    items.push_back(std::move(view));
                  }
                  c3->answer(200, json::object{{"items", std::move(items)}});
                });
    });
  });
}

std::optional<std::int64_t> shard_number(const call_ptr& c) {
  auto text = c->request.param("shard_id");
  std::int64_t id = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (bad == std::errc{} && end == text.data() + text.size() && id >= 0) return id;
  c->fail({ec::not_found});
  return std::nullopt;
}

void get_shard(const admin_context&, const call_ptr& c) {
  auto id = shard_number(c);
  if (!id) return;
  c->read({cluster_store::get_shard(*id), cluster_store::shard_history(*id)},
          [](const call_ptr& c2, const db_reply& r) {
            auto found = cluster_store::read_shards(r.rows(0));
            if (found.empty()) return c2->fail({ec::not_found});
            auto& s = found.front();
            json::array changes;
            for (auto& h : cluster_store::read_history(r.rows(1)))
              changes.push_back({{"at", format_utc(h.at)},
                                 {"what", h.what},
                                 {"node", h.node},
                                 {"incarnation", h.incarnation},
                                 {"epoch", h.epoch},
                                 {"reason", h.reason}});
            auto view = shard_view(s);
            view.erase("entities");
            view.erase("due");
            view["history"] = std::move(changes);
            c2->answer(200, view);
          });
}

// -- orders ----------------------------------------------------------------------------------

void drain_node(const admin_context&, const call_ptr& c) {
  std::string name(c->request.param("name"));
  c->read({cluster_store::begin_drain(name)}, [name](const call_ptr& c2, const db_reply& r) {
    auto at = cluster_store::read_drain(r.rows(), name);
    if (!at) return c2->fail(at.error());
    c2->answer(202, json::object{
                        {"name", name}, {"incarnation", at->incarnation}, {"shards_left", at->shards_left}});
  });
}

void rebalance(const admin_context&, const call_ptr& c) {
  c->read({cluster_store::end_drains(), cluster_store::list_nodes(), cluster_store::list_shards()},
          [](const call_ptr& c2, const db_reply& r) {
            auto left = cluster_store::count_misplaced(cluster_store::read_nodes(r.rows(1)),
                                                       cluster_store::read_shards(r.rows(2)));
            c2->answer(202, json::object{{"shards_left", left}});
          });
}

// -- the trees of all nodes ------------------------------------------------------------------

/// What one node said, or why it said nothing.
json::object tree_of(const cluster::node_id& n, bool self, json::object tree, const std::string& problem) {
  json::object out{{"name", n.name},     {"incarnation", n.incarnation},
                   {"self", self},       {"answered", problem.empty()},
                   {"problem", nullptr}, {"tree", nullptr}};
  if (problem.empty())
    out["tree"] = std::move(tree);
  else
    out["problem"] = problem;
  return out;
}

std::string problem_of(const failure& f) {
  // A LINK that has no connection refuses at once.
  if (f.code == ec::fence_lost) return "there is no connection to it";
  if (f.code == ec::timed_out) return fmt::format("it did not answer within {} ms", node_patience.count());
  return f.detail.empty() ? std::string(sentence(f.code)) : f.detail;
}

/// Of an answer that is no tree.
std::string problem_of(const cluster::node_answer& a) {
  auto said = parse_object(a.body);
  auto* detail = said.if_contains("detail");
  return fmt::format("it answered {}{}{}", a.status, detail ? ": " : "",
                     detail && detail->is_string() ? std::string_view(detail->get_string()) : "");
}

void get_cluster_tree(const admin_context& admin, const call_ptr& c) {
  query_input q(*c);
  auto depth = q.number("depth", 0, 4).value_or(1);
  auto limit = q.number("limit", 1, 1'000).value_or(256);
  if (!q.finish()) return;
  struct gathering {
    std::map<cluster::node_id, json::object> nodes;
    std::size_t open = 1; // this function itself
  };
  auto all = std::make_shared<gathering>();
  auto settle = [all](const call_ptr& c2) {
    if (--all->open > 0) return;
    json::array items;
    for (auto& [n, o] : all->nodes) items.push_back(std::move(o));
    c2->answer(200, json::object{{"items", std::move(items)}});
  };
  cluster::node_question question;
  question.operation = "getActorTree";
  question.query = {{"depth", std::to_string(depth)}, {"limit", std::to_string(limit)}};
  auto peers = admin.peers ? admin.peers() : std::vector<std::pair<cluster::node_id, caf::actor>>{};
  for (auto& [who, link] : peers) {
    ++all->open;
    ask_peer(c, link, question, node_patience,
             [all, settle, who = who](const call_ptr& c2, expected<cluster::node_answer> a) {
               auto problem = !a ? problem_of(a.error()) : a->status != 200 ? problem_of(*a) : std::string{};
               auto tree = problem.empty() ? parse_object(a->body) : json::object{};
               all->nodes.insert_or_assign(who, tree_of(who, false, std::move(tree), problem));
               settle(c2);
             });
  }
  auto& owner = *admin.api->rt->owner;
  cluster::node_id me{std::string(owner.node_name()), owner.incarnation()};
  ++all->open;
  auto done = [all, settle, me](const call_ptr& c2, json::object tree, const std::string& problem) {
    all->nodes.insert_or_assign(me, tree_of(me, true, std::move(tree), problem));
    settle(c2);
  };
  gather_tree(admin, c, {}, static_cast<int>(depth), static_cast<std::size_t>(limit), done);
  settle(c);
}

} // namespace

std::vector<admin_operation> cluster_operations() {
  using bridge::verb;
  return {
      {verb::get, "/nodes", reads("listNodes"), list_nodes},
      {verb::post, "/nodes/{name}/drain", acts("drainClusterNode"), drain_node},
      {verb::post, "/rebalance", acts("rebalanceCluster"), rebalance},
      {verb::get, "/shards", reads("listShards"), list_shards},
      {verb::get, "/shards/{shard_id}", reads("getShard"), get_shard},
      {verb::get, "/cluster/actors", reads("getClusterTree", {"depth", "limit"}), get_cluster_tree},
  };
}

} // namespace troupe::api
