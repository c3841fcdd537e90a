#include "net/bridge/router.hpp"

#include "net/bridge/target.hpp"

#include <stdexcept>

namespace troupe::bridge {

namespace {

constexpr std::size_t max_segments = 32; // a deeper path matches no route
constexpr std::array all_verbs = {verb::get, verb::post, verb::put, verb::patch, verb::del};

std::size_t index_of(verb v) noexcept { return static_cast<std::size_t>(v); }

struct node {
  std::map<std::string, std::unique_ptr<node>, std::less<>> statics;
  std::unique_ptr<node> parameter;
  std::array<std::unique_ptr<router::match>, all_verbs.size()> leaves;
};

/// The segments of one path, decoded. Most segments are plain and stay views of the request's own text.
struct segment_list {
  std::array<std::string_view, max_segments> items;
  std::size_t count = 0;
  std::array<std::string, 4> decoded; // more escaped segments than this: no route of ours
  std::size_t decoded_count = 0;

  bool add(std::string_view text) {
    if (count == max_segments) return false;
    if (text.find('%') != std::string_view::npos) {
      if (decoded_count == decoded.size() || !percent_decode(text, false, decoded[decoded_count]))
        return false;
      text = decoded[decoded_count++];
    }
    items[count++] = text;
    return true;
  }

  bool split(std::string_view path) {
    if (path.empty() || path.front() != '/') return false;
    path.remove_prefix(1);
    if (path.empty()) return true;
    for (;;) {
      auto slash = path.find('/');
      if (!add(path.substr(0, slash))) return false;
      if (slash == std::string_view::npos) return true;
      path.remove_prefix(slash + 1);
    }
  }
};

/// Walks every branch that fits, static ones first, until one has the verb; collects the verbs seen on the
/// way.
struct search {
  const segment_list& segments;
  verb wanted;
  bool any_verb; // only collect
  std::array<std::string_view, max_segments> values;
  unsigned seen = 0;

  const router::match* walk(const node& at, std::size_t depth, std::size_t params) {
    if (depth == segments.count) {
      for (auto v : all_verbs)
        if (at.leaves[index_of(v)]) seen |= 1u << index_of(v);
      return any_verb ? nullptr : at.leaves[index_of(wanted)].get();
    }
    auto text = segments.items[depth];
    if (auto it = at.statics.find(text); it != at.statics.end())
      if (auto found = walk(*it->second, depth + 1, params)) return found;
    if (!at.parameter || text.empty()) return nullptr;
    values[params] = text;
    return walk(*at.parameter, depth + 1, params + 1);
  }
};

std::string allow_text(unsigned seen) {
  if (seen == 0) return {};
  std::string out;
  for (auto v : all_verbs) {
    if (!(seen & 1u << index_of(v))) continue;
    out += to_string(v);
    out += v == verb::get ? ", HEAD, " : ", ";
  }
  return out + "OPTIONS";
}

} // namespace

struct router::impl {
  node root;
  std::unique_ptr<match> rest;
  std::function<bool(std::string_view)> claims;

  bool claimed(std::string_view path) const { return rest && claims(path); }
  std::vector<const match*> in_order;
};

router::router() : impl_(std::make_unique<impl>()) {}
router::~router() = default;
router::router(router&&) noexcept = default;

void router::add(verb v, std::string_view path_template, route_options options, handler h) {
  auto refuse = [&](const char* why) {
    throw std::invalid_argument("route " + std::string(to_string(v)) + " " + std::string(path_template) +
                                ": " + why);
  };
  if (!h) refuse("there is no handler");
  segment_list segments;
  if (path_template.find('%') != std::string_view::npos || !segments.split(path_template))
    refuse("the template must start with / and hold at most 32 plain segments");
  auto leaf = std::make_unique<match>();
  auto* at = &impl_->root;
  for (std::size_t i = 0; i < segments.count; ++i) {
    auto text = segments.items[i];
    if (text.empty()) refuse("a segment is empty");
    if (text.front() == '{' && text.back() == '}' && text.size() > 2) {
      leaf->param_names.emplace_back(text.substr(1, text.size() - 2));
      if (!at->parameter) at->parameter = std::make_unique<node>();
      at = at->parameter.get();
      continue;
    }
    if (text.find_first_of("{}") != std::string_view::npos) refuse("a parameter must fill its segment");
    auto& child = at->statics[std::string(text)];
    if (!child) child = std::make_unique<node>();
    at = child.get();
  }
  auto& place = at->leaves[index_of(v)];
  if (place) refuse("another route has this verb and this path");
  leaf->method = v;
  leaf->path_template = path_template;
  leaf->options = std::move(options);
  leaf->serve = std::move(h);
  place = std::move(leaf);
  impl_->in_order.push_back(place.get());
}

void router::otherwise(std::function<bool(std::string_view)> claims, route_options options, handler h) {
  if (!h || !claims || impl_->rest) throw std::invalid_argument("the rest of the paths has one handler");
  impl_->rest = std::make_unique<match>();
  impl_->rest->method = verb::get;
  impl_->rest->options = std::move(options);
  impl_->rest->serve = std::move(h);
  impl_->claims = std::move(claims);
}

std::vector<router::entry> router::entries() const {
  std::vector<entry> out;
  for (auto* route : impl_->in_order) out.push_back({route->method, route->path_template, route->options});
  return out;
}

const router::match* router::find(verb v, std::string_view path, header_list& params,
                                  std::string& allow) const {
  segment_list segments;
  bool routable = segments.split(path);
  search looking{segments, v, false, {}, 0};
  auto* found = routable ? looking.walk(impl_->root, 0, 0) : nullptr;
  if (!found) {
    allow = allow_text(looking.seen);
    if (!allow.empty() || !impl_->claimed(path)) return nullptr;
    if (v == verb::get) return impl_->rest.get();
    allow = allow_text(1u << index_of(verb::get));
    return nullptr;
  }
  for (std::size_t i = 0; i < found->param_names.size(); ++i)
    params.emplace_back(found->param_names[i], looking.values[i]);
  return found;
}

std::string router::allow(std::string_view path) const {
  segment_list segments;
  search looking{segments, verb::get, true, {}, 0};
  if (segments.split(path)) looking.walk(impl_->root, 0, 0);
  if (looking.seen == 0 && impl_->claimed(path)) looking.seen = 1u << index_of(verb::get);
  return allow_text(looking.seen);
}

} // namespace troupe::bridge
