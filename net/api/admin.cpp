#include "net/api/admin.hpp"

#include "actors/content/dispatcher.hpp"
#include "net/api/admin_tree.hpp"
#include "net/api/content_input.hpp"
#include "system/cluster/listing.hpp"
#include "system/core/log.hpp"
#include "system/core/secrets.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace troupe::api {

namespace {

namespace json = boost::json;
using level = actor_path::level;

/// All entities of a SHARD: where one is searched, or all of a kind are wanted.
constexpr std::uint32_t every_entity = 1'000'000;
/// As many as are sorted to find the busiest ones.
constexpr std::uint32_t most_sorted = 10'000;

tree_view view_of(const admin_context& admin) {
  auto& owner = *admin.api->rt->owner;
  return {owner.node_name(),
          std::chrono::duration<double>(std::chrono::steady_clock::now() - admin.started).count(),
          [&owner](shard_id s) { return owner.epoch_of(s); }};
}

std::optional<actor_path> parse_path(const admin_context& admin, std::string_view text) {
  auto& rt = *admin.api->rt;
  return parse_actor_path(text, rt.owner->node_name(), rt.route->shards());
}

// -- the tree --------------------------------------------------------------------------------

void get_tree(const admin_context& admin, const call_ptr& c) {
  query_input q(*c);
  auto text = q.text("path", 512).value_or(std::string{});
  auto depth = static_cast<int>(q.number("depth", 0, 4).value_or(2));
  auto limit = static_cast<std::size_t>(q.number("limit", 1, 1'000).value_or(256));
  if (!q.finish()) return;
  auto root = parse_path(admin, text);
  if (!root) return c->fail({ec::not_found});
  // Entities are only asked for where the tree reaches them.
  auto reaches = static_cast<int>(root->at) + depth >= static_cast<int>(level::entity);
  auto wanted = root->at == level::entity ? every_entity : reaches ? most_sorted : 0;
  gather(c, *root, wanted,
         [&admin, root = *root, depth, limit](const call_ptr& c2, std::vector<listed_shard> all) {
           auto tree = actor_tree(view_of(admin), root, depth, limit, all);
           tree.empty() ? c2->fail({ec::not_found}) : c2->answer(200, tree);
         });
}

// -- one actor -------------------------------------------------------------------------------

void answer_detail(const call_ptr& c, json::object node, std::int64_t messages, json::object details) {
  node.erase("children");
  node["messages"] = messages;
  node["details"] = std::move(details);
  c->answer(200, node);
}

json::object parse_details(const std::string& text) {
  boost::system::error_code problem;
  auto v = json::parse(text, problem);
  return !problem && v.is_object() ? std::move(v.get_object()) : json::object{};
}

/// An entity tells about itself; one that is not running has nothing to tell.
void answer_entity(const call_ptr& c, json::object node, const listed_entity& e) {
  if (e.state != "active") return answer_detail(c, std::move(node), e.messages, {});
  c->ask<json_text>(e.who, describe{},
                    [node = std::move(node), messages = e.messages](const call_ptr& c2, json_text& t) {
                      answer_detail(c2, node, messages, parse_details(t.text));
                    });
}

json::object node_details(const admin_context& admin) {
  auto& owner = *admin.api->rt->owner;
  return {{"incarnation", owner.incarnation()},
          {"may_dispatch", owner.may_dispatch()},
          {"database_time", format_utc(owner.now())},
          {"error_bound_us", owner.error_bound().count()},
          {"shards", admin.api->rt->route->shards()}};
}

void get_actor(const admin_context& admin, const call_ptr& c) {
  auto root = parse_path(admin, c->request.param("path"));
  if (!root || c->request.param("path").empty()) return c->fail({ec::not_found});
  gather(c, *root, every_entity, [&admin, root = *root](const call_ptr& c2, std::vector<listed_shard> all) {
    auto node = actor_tree(view_of(admin), root, 0, 1, all);
    if (node.empty()) return c2->fail({ec::not_found});
    if (root.at == level::entity) {
      for (auto& e : all.front().listed)
        if (e.who.kind == root.kind && e.who.id == root.id) return answer_entity(c2, std::move(node), e);
      return c2->fail({ec::not_found});
    }
    std::int64_t messages = 0, activations = 0, entities = 0;
    for (auto& s : all) {
      activations += s.activations;
      entities += s.entities;
      for (auto& e : s.listed) messages += e.messages;
    }
    json::object details{{"entities", entities}, {"activations", activations}};
    if (root.at == level::node)
      for (auto& d : node_details(admin)) details.insert(d);
    if (root.at != level::shard || root.of != group::content || root.shard >= admin.dispatchers.size())
      return answer_detail(c2, std::move(node), messages, std::move(details));
    auto answer = [c2, node, messages, details](json::object dispatcher) mutable {
      details["dispatcher"] = std::move(dispatcher);
      answer_detail(c2, std::move(node), messages, std::move(details));
    };
    c2->self->request(admin.dispatchers[root.shard], std::chrono::seconds{3}, dispatcher_status{})
        .then([answer](const json_text& t) mutable { answer(parse_details(t.text)); },
              [c2](const caf::error& e) { c2->fail(to_failure(e)); });
  });
}

// -- quarantine ------------------------------------------------------------------------------

void list_quarantine(const admin_context& admin, const call_ptr& c) {
  auto page = c->page("quarantine", 1);
  if (!page) return;
  gather(c, {}, every_entity, [&admin, page = *page](const call_ptr& c2, std::vector<listed_shard> all) {
    auto view = view_of(admin);
    std::map<std::string, json::object> found; // in the order of their paths
    for (auto& s : all)
      for (auto& e : s.listed)
        if (e.state == "quarantined") found.emplace(entity_path(view, s.id, e), entity_node(view, s.id, e));
    json::array items;
    std::string next, last;
    auto from = page.after.empty() ? found.begin() : found.upper_bound(page.after[0]);
    for (; from != found.end() && items.size() < page.limit; ++from) {
      last = from->first;
      items.push_back(std::move(from->second));
    }
    if (from != found.end()) next = c2->cursor("quarantine", {last});
    answer_page(c2, std::move(items), next);
  });
}

void lift(const admin_context& admin, const call_ptr& c) {
  auto body = json_body(*c);
  if (!body) return;
  bridge::field_reader r(*body);
  auto text = r.string("path", {1, 512});
  if (!finish(*c, r)) return;
  auto root = parse_path(admin, text);
  if (!root || root->at != level::entity) return c->fail({ec::not_found});
  gather(c, *root, every_entity, [&admin, root = *root](const call_ptr& c2, std::vector<listed_shard> all) {
    for (auto& s : all)
      for (auto& e : s.listed) {
        if (e.who.kind != root.kind || e.who.id != root.id) continue;
        // From here on it is started anew by its next message.
        auto after = e;
        after.state = "starting";
        after.crashes = after.mailbox = 0;
        after.last_error.clear();
        after.age_s = 0;
        auto node = entity_node(view_of(admin), s.id, after);
        auto shard = c2->ctx.rt->route->find_local(root.of, s.id);
        if (!shard) return c2->fail({ec::unavailable});
        c2->self->request(shard, std::chrono::seconds{3}, lift_quarantine{e.who})
            .then([c2, node](const json_text&) { c2->answer(200, node); },
                  [c2](const caf::error& why) { c2->fail(to_failure(why)); });
        return;
      }
    c2->fail({ec::not_found});
  });
}

// -- cluster ---------------------------------------------------------------------------------

void list_nodes(const admin_context& admin, const call_ptr& c) {
  c->read({cluster_store::list_nodes()}, [&admin](const call_ptr& c2, const db_reply& r) {
    auto& owner = *admin.api->rt->owner;
    json::array items;
    for (auto& n : cluster_store::read_nodes(r.rows()))
      items.push_back({{"name", n.name},
                       {"incarnation", n.incarnation},
                       {"state", n.state},
                       {"http_address", n.http_address},
                       {"version", n.version},
                       {"started_at", format_utc(n.started_at)},
                       {"lease_until", format_utc(n.lease_until)},
                       {"shards", n.shards},
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
              auto status = parse_details(t.text);
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

void drain(const admin_context& admin, const call_ptr& c) {
  if (!admin.drain) return c->fail({ec::unavailable});
  auto state = admin.drain();
  c->answer(202, json::object{{"state", "draining"},
                              {"in_flight", state.in_flight},
                              {"deadline", format_utc(state.deadline)}});
}

} // namespace

const std::vector<admin_operation>& admin_operations() {
  using bridge::verb;
  static const std::vector<admin_operation> all{
      {verb::get, "/actors", reads("getActorTree", {"path", "depth", "limit"}), get_tree},
      {verb::get, "/actors/{path}", reads("getActor"), get_actor},
      {verb::get, "/quarantine", lists("listQuarantine"), list_quarantine},
      {verb::post, "/quarantine/lift", takes_json("liftQuarantine"), lift},
      {verb::get, "/nodes", reads("listNodes"), list_nodes},
      {verb::get, "/shards", reads("listShards"), list_shards},
      {verb::post, "/drain", acts("drainNode"), drain},
  };
  return all;
}

void add_admin_routes(bridge::router& routes, admin_context& admin) {
  for (auto& each : admin_operations()) {
    auto op = each.op;
    op.who = access::unmetered;
    op.idempotent = false;
    add(routes, *admin.api, each.method, "/admin/v1" + each.path, std::move(op),
        [&admin, then = each.work](const call_ptr& c) {
          auto given = bearer_token(c->request);
          // Hashes of equal length: not even the length of the token shows in the time.
          bool good = !admin.token.empty() && !given.empty() &&
                      secrets::equal_constant_time(secrets::sha256(given), secrets::sha256(admin.token));
          if (!good) return c->fail({ec::unauthenticated});
          then(admin, c);
        });
  }
}

} // namespace troupe::api
