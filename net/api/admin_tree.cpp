#include "net/api/admin_tree.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace troupe::api {

namespace {

namespace json = boost::json;
using level = actor_path::level;

/// Of all nodes in one answer; children beyond are counted and left out.
constexpr std::size_t most_nodes = 20'000;
/// As many entities of a SHARD as are sorted to find the busiest ones.
constexpr std::uint32_t most_sorted = 10'000;

std::optional<group> parse_group(std::string_view text) {
  for (auto g : {group::users, group::social, group::content})
    if (to_string(g) == text) return g;
  return std::nullopt;
}

std::optional<entity_kind> parse_kind(std::string_view text) {
  using enum entity_kind;
  for (auto k : {user, workspace, account, entity_kind::post})
    if (troupe::to_string(k) == text) return k;
  return std::nullopt;
}

std::int64_t number_at(const json::object& o, std::string_view name) {
  auto* v = o.if_contains(name);
  if (!v) return 0;
  if (v->is_int64()) return v->get_int64();
  return v->is_uint64() ? static_cast<std::int64_t>(v->get_uint64()) : 0;
}

std::string text_at(const json::object& o, std::string_view name) {
  auto* v = o.if_contains(name);
  return v && v->is_string() ? std::string(v->get_string()) : std::string{};
}

std::string_view level_name(level l) {
  switch (l) {
  case level::node: return "node";
  case level::group: return "group";
  case level::shard: return "shard";
  case level::entity: return "entity";
  }
  return "node";
}

json::object make_node(std::string path, level at, std::string name, double age_s) {
  return {{"path", std::move(path)}, {"level", level_name(at)},  {"name", std::move(name)},
          {"state", "active"},       {"mailbox_depth", 0},       {"restarts", 0},
          {"last_error", nullptr},   {"age_s", age_s},           {"epoch", nullptr},
          {"children_count", 0},     {"children", json::array{}}};
}

struct totals {
  std::int64_t mailbox = 0, crashes = 0;
};

class builder {
 public:
  builder(const tree_view& view, std::size_t limit) : view_(view), limit_(limit) {}

  json::object node(int depth, const std::vector<listed_shard>& all) {
    auto out = make_node(view_.node, level::node, view_.node, view_.age_s);
    json::array children;
    for (auto g : {group::users, group::social, group::content}) {
      std::vector<const listed_shard*> mine;
      for (auto& s : all)
        if (s.of == g) mine.push_back(&s);
      if (depth > 0 && children.size() < limit_) children.push_back(group_node(g, depth - 1, mine));
    }
    fill(out, sum(all), static_cast<std::int64_t>(group_count), std::move(children));
    return out;
  }

  json::object group_node(group g, int depth, const std::vector<const listed_shard*>& mine) {
    actor_path p{level::group, g, 0, {}, {}};
    auto out = make_node(to_string(p, view_.node), level::group, std::string(to_string(g)), view_.age_s);
    json::array children;
    totals t;
    for (auto* s : mine) {
      t.mailbox += s->mailbox;
      t.crashes += s->crashes;
      if (depth > 0 && s->entities > 0 && room(children)) children.push_back(shard_node(*s, depth - 1));
    }
    fill(out, t, static_cast<std::int64_t>(mine.size()), std::move(children));
    return out;
  }

  json::object shard_node(const listed_shard& s, int depth) {
    actor_path p{level::shard, s.of, s.id, {}, {}};
    auto out = make_node(to_string(p, view_.node), level::shard, std::to_string(s.id), view_.age_s);
    if (auto epoch = view_.epoch(s.id)) out["epoch"] = *epoch;
    if (!s.last_error.empty()) out["last_error"] = s.last_error;
    json::array children;
    if (depth > 0) {
      std::vector<const listed_entity*> busiest;
      for (auto& e : s.listed) busiest.push_back(&e);
      std::sort(busiest.begin(), busiest.end(), [](auto* a, auto* b) {
        return std::tie(b->mailbox, b->messages, a->who.id) < std::tie(a->mailbox, a->messages, b->who.id);
      });
      for (auto* e : busiest) {
        if (!room(children)) break;
        children.push_back(entity_node(view_, s.id, *e));
      }
    }
    fill(out, {s.mailbox, s.crashes}, s.entities, std::move(children));
    return out;
  }

 private:
  static totals sum(const std::vector<listed_shard>& all) {
    totals t;
    for (auto& s : all) t.mailbox += s.mailbox, t.crashes += s.crashes;
    return t;
  }
  bool room(const json::array& children) { return children.size() < limit_ && ++made_ <= most_nodes; }
  static void fill(json::object& out, const totals& t, std::int64_t count, json::array children) {
    out["mailbox_depth"] = t.mailbox;
    out["restarts"] = t.crashes;
    out["children_count"] = count;
    out["children"] = std::move(children);
  }

  const tree_view& view_;
  std::size_t limit_;
  std::size_t made_ = 0;
};

} // namespace

std::optional<actor_path> parse_actor_path(std::string_view text, std::string_view node,
                                           std::uint32_t shards) {
  actor_path out;
  if (text.empty()) return out;
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from <= text.size();) {
    auto slash = std::min(text.find('/', from), text.size());
    parts.push_back(text.substr(from, slash - from));
    from = slash + 1;
  }
  if (parts.size() > 4 || parts[0] != node) return std::nullopt;
  if (parts.size() > 1) {
    auto g = parse_group(parts[1]);
    if (!g) return std::nullopt;
    out.at = level::group;
    out.of = *g;
  }
  if (parts.size() > 2) {
    auto* last = parts[2].data() + parts[2].size();
    auto [end, problem] = std::from_chars(parts[2].data(), last, out.shard);
    if (problem != std::errc{} || end != last || out.shard >= shards) return std::nullopt;
    out.at = level::shard;
  }
  if (parts.size() > 3) {
    auto colon = parts[3].find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto kind = parse_kind(parts[3].substr(0, colon));
    auto id = parse_uuid(parts[3].substr(colon + 1));
    if (!kind || !id || group_of(*kind) != out.of) return std::nullopt;
    out.at = level::entity;
    out.kind = *kind;
    out.id = *id;
  }
  return out;
}

std::string to_string(const actor_path& p, std::string_view node) {
  switch (p.at) {
  case level::node: return std::string(node);
  case level::group: return fmt::format("{}/{}", node, to_string(p.of));
  case level::shard: return fmt::format("{}/{}/{}", node, to_string(p.of), p.shard);
  case level::entity:
    return fmt::format("{}/{}/{}/{}:{}", node, to_string(p.of), p.shard, troupe::to_string(p.kind),
                       troupe::to_string(p.id));
  }
  return std::string(node);
}

std::optional<listed_shard> read_listing(group of, shard_id id, std::string_view text) {
  boost::system::error_code problem;
  auto v = json::parse({text.data(), text.size()}, problem);
  auto* o = problem ? nullptr : v.if_object();
  auto* listed = o ? o->if_contains("listed") : nullptr;
  if (!listed || !listed->is_array()) return std::nullopt;
  listed_shard out;
  out.of = of;
  out.id = id;
  out.entities = number_at(*o, "entities");
  out.mailbox = number_at(*o, "mailbox");
  out.activations = number_at(*o, "activations");
  out.crashes = number_at(*o, "crashes") + number_at(*o, "restarts");
  out.last_error = text_at(*o, "last_error");
  for (auto& item : listed->get_array()) {
    auto* e = item.if_object();
    if (!e) continue;
    auto kind = parse_kind(text_at(*e, "kind"));
    auto home = parse_uuid(text_at(*e, "home")), who = parse_uuid(text_at(*e, "id"));
    if (!kind || !home || !who) continue;
    out.listed.push_back({{*kind, *home, *who},
                          text_at(*e, "state"),
                          text_at(*e, "last_error"),
                          number_at(*e, "mailbox"),
                          number_at(*e, "messages"),
                          number_at(*e, "crashes"),
                          static_cast<double>(number_at(*e, "age_ms")) / 1'000});
  }
  return out;
}

void gather(const call_ptr& c, const actor_path& root, std::uint32_t limit,
            std::function<void(const call_ptr&, std::vector<listed_shard>)> then) {
  try_gather(c, root, limit,
             [then = std::move(then)](const call_ptr& c2, expected<std::vector<listed_shard>> all) {
               all ? then(c2, std::move(*all)) : c2->fail(all.error());
             });
}

void try_gather(const call_ptr& c, const actor_path& root, std::uint32_t limit,
                std::function<void(const call_ptr&, expected<std::vector<listed_shard>>)> then) {
  struct gathering {
    std::vector<std::optional<listed_shard>> answers;
    std::size_t open = 0;
    std::function<void(const call_ptr&, expected<std::vector<listed_shard>>)> then;
  };
  auto all = std::make_shared<gathering>();
  all->then = std::move(then);
  auto settle = [all](const call_ptr& c2) {
    if (--all->open > 0) return;
    std::vector<listed_shard> out;
    for (auto& a : all->answers) {
      if (!a) return c2->guard([&] { all->then(c2, failure{ec::unavailable, "a shard did not answer"}); });
      out.push_back(std::move(*a));
    }
    c2->guard([&] { all->then(c2, std::move(out)); });
  };
  auto& route = *c->ctx.rt->route;
  all->open = 1; // this function itself
  auto patience =
      std::chrono::duration_cast<milliseconds>(c->request.deadline - std::chrono::steady_clock::now());
  for (auto g : {group::users, group::social, group::content}) {
    if (root.at != level::node && root.of != g) continue;
    for (shard_id s = 0; s < route.shards(); ++s) {
      if ((root.at == level::shard || root.at == level::entity) && root.shard != s) continue;
      auto shard = route.find_local(g, s);
      if (!shard) continue;
      auto at = all->answers.size();
      all->answers.emplace_back();
      ++all->open;
      c->self->request(shard, std::max(patience - milliseconds{200}, milliseconds{1}), list_entities{limit})
          .then(
              [c, all, at, g, s, settle](const json_text& answer) {
                all->answers[at] = read_listing(g, s, answer.text);
                settle(c);
              },
              [c, settle](const caf::error&) { settle(c); });
    }
  }
  settle(c);
}

json::object entity_node(const tree_view& view, shard_id shard, const listed_entity& e) {
  auto out =
      make_node(entity_path(view, shard, e), level::entity,
                fmt::format("{}:{}", troupe::to_string(e.who.kind), troupe::to_string(e.who.id)), e.age_s);
  out["state"] = e.state;
  out["mailbox_depth"] = e.mailbox;
  out["restarts"] = e.crashes;
  if (!e.last_error.empty()) out["last_error"] = e.last_error;
  if (auto epoch = view.epoch(shard)) out["epoch"] = *epoch;
  return out;
}

std::string entity_path(const tree_view& view, shard_id shard, const listed_entity& e) {
  return to_string(actor_path{level::entity, group_of(e.who.kind), shard, e.who.kind, e.who.id}, view.node);
}

json::object actor_tree(const tree_view& view, const actor_path& root, int depth, std::size_t limit,
                        const std::vector<listed_shard>& all) {
  builder build(view, limit);
  switch (root.at) {
  case level::node: return build.node(depth, all);
  case level::group: {
    std::vector<const listed_shard*> mine;
    for (auto& s : all) mine.push_back(&s);
    return build.group_node(root.of, depth, mine);
  }
  case level::shard:
    if (!all.empty()) return build.shard_node(all.front(), depth);
    break;
  case level::entity:
    for (auto& s : all)
      for (auto& e : s.listed)
        if (e.who.kind == root.kind && e.who.id == root.id) return entity_node(view, s.id, e);
    break;
  }
  return {};
}

tree_view view_of(const admin_context& admin) {
  auto& owner = *admin.api->rt->owner;
  return {owner.node_name(),
          std::chrono::duration<double>(std::chrono::steady_clock::now() - admin.started).count(),
          [&owner](shard_id s) { return owner.epoch_of(s); }};
}

void gather_tree(const admin_context& admin, const call_ptr& c, const actor_path& root, int depth,
                 std::size_t limit,
                 std::function<void(const call_ptr&, json::object, const std::string&)> then) {
  // Entities are only asked for where the tree reaches them.
  auto reaches = static_cast<int>(root.at) + depth >= static_cast<int>(level::entity);
  auto wanted = root.at == level::entity ? every_entity : reaches ? most_sorted : 0;
  try_gather(c, root, wanted,
             [&admin, root, depth, limit, then = std::move(then)](const call_ptr& c2,
                                                                  expected<std::vector<listed_shard>> all) {
               if (!all) return then(c2, {}, all.error().detail);
               then(c2, actor_tree(view_of(admin), root, depth, limit, *all), {});
             });
}

} // namespace troupe::api
