#include "net/api/accounts_input.hpp"

#include "actors/social/lists.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace troupe::api {

namespace {

constexpr std::size_t max_fields = 16, max_field_text = 4'096;

bool is_field_name(std::string_view s) {
  return !s.empty() && s.size() <= 64 && s[0] >= 'a' && s[0] <= 'z' &&
         std::all_of(s.begin(), s.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

} // namespace

const platforms::description* read_platform(bridge::field_reader& r, const platforms::registry& networks) {
  auto id = r.string("platform", {1, 32, true});
  if (id.empty()) return nullptr;
  auto* network = networks.find(id);
  if (!network) {
    r.fail("platform", "not-allowed",
           fmt::format("{} is none of the networks of GET /v1/platforms.", bridge::quoted(id)));
    return nullptr;
  }
  return &network->describe();
}

std::string read_connect_fields(bridge::field_reader& r, const platforms::description* network) {
  auto inner = r.object("fields");
  auto* value = r.any("fields");
  if (!value || !value->is_object()) return "{}";
  auto& object = value->get_object();
  if (object.size() > max_fields) r.fail("fields", "too-many", fmt::format("At most {} fit.", max_fields));
  boost::json::object out;
  auto known = [&](std::string_view name) {
    return !network || std::any_of(network->fields.begin(), network->fields.end(),
                                   [&](auto& f) { return f.name == name; });
  };
  for (auto& member : object) {
    std::string_view name(member.key().data(), member.key().size());
    if (!is_field_name(name) || !known(name)) continue; // left to be reported as unknown
    out[name] = inner.string(name, {0, max_field_text, true});
  }
  if (network)
    for (auto& f : network->fields) {
      auto* given = object.if_contains(f.name);
      if (f.required && (!given || (given->is_string() && given->get_string().empty())))
        inner.fail(f.name, "required", fmt::format("{} is needed.", f.label));
    }
  return boost::json::serialize(out);
}

namespace {

/// The key was kept before: for the same request?
void compare_key(const call_ptr& c, std::function<void(const call_ptr&)> then) {
  c->read({social_store::find_key(c->who.user, c->repeat.key)},
          [then = std::move(then)](const call_ptr& again, const db_reply& kept) {
            if (kept.rows().empty())
              return again->fail({ec::conflict, "this Idempotency-Key is in use just now"});
            if (storage::from_bytea(kept.rows().get(0, 0)) != again->repeat.body_hash)
              return again->fail({ec::idempotency_mismatch});
            then(again);
          });
}

} // namespace

void keep_key(const call_ptr& c, const uuid& workspace, const uuid& subject,
              std::function<void(const call_ptr&)> then) {
  if (c->repeat.key.empty()) return then(c);
  c->write(workspace, social_store::keep_key,
           social_store::keep_key_params(c->who.user, c->repeat.key, c->repeat.body_hash, subject),
           [then = std::move(then)](const call_ptr& kept, ec code) {
             code == ec::none ? then(kept) : compare_key(kept, then);
           });
}

} // namespace troupe::api
