#include "net/api/admin.hpp"

#include "actors/content/dispatcher.hpp"
#include "net/api/admin_peers.hpp"
#include "net/api/admin_tree.hpp"
#include "net/api/content_input.hpp"
#include "system/core/log.hpp"
#include "system/core/secrets.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace troupe::api {

namespace {

namespace json = boost::json;
using level = actor_path::level;

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
  if (pass_to_peer(admin, c, "getActorTree", text)) return;
  auto root = parse_path(admin, text);
  if (!root) return c->fail({ec::not_found});
  gather_tree(admin, c, *root, depth, limit,
              [](const call_ptr& c2, json::object tree, const std::string& problem) {
                if (!problem.empty()) return c2->fail({ec::unavailable, problem});
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
  if (pass_to_peer(admin, c, "getActor", c->request.param("path"))) return;
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
  if (pass_to_peer(admin, c, "liftQuarantine", text)) return;
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
  static const auto all = [] {
    std::vector<admin_operation> out{
        {verb::get, "/actors", reads("getActorTree", {"path", "depth", "limit"}), get_tree, true},
        {verb::get, "/actors/{path}", reads("getActor"), get_actor, true},
        {verb::get, "/quarantine", lists("listQuarantine"), list_quarantine},
        {verb::post, "/quarantine/lift", takes_json("liftQuarantine"), lift, true},
        {verb::post, "/drain", acts("drainNode"), drain},
    };
    auto more = cluster_operations();
    std::move(more.begin(), more.end(), std::back_inserter(out));
    return out;
  }();
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
