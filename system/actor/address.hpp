#pragma once

#include "system/core/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// The kinds of virtual actors. The number goes over the wire: append, never renumber.
enum class entity_kind : std::uint8_t { user = 1, workspace = 2, account = 3, post = 4 };
std::string_view to_string(entity_kind k) noexcept;

/// The domain groups, each with its own SHARD actors.
enum class group : std::uint8_t { users = 0, social = 1, content = 2 };
inline constexpr std::size_t group_count = 3;
std::string_view to_string(group g) noexcept;
group group_of(entity_kind k) noexcept;

using shard_id = std::uint32_t;

/// Where a virtual actor lives: always addressable, in memory when needed. `home` decides the shard: users by
/// their own id, everything else by workspace id, so that a publish crosses no node.
struct entity_ref {
  entity_kind kind = entity_kind::user;
  uuid home;
  uuid id;

  auto operator<=>(const entity_ref&) const = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, entity_ref& x) {
    return f(x.kind, x.home, x.id);
  }
};

inline entity_ref user_ref(uuid id) { return {entity_kind::user, id, id}; }
inline entity_ref workspace_ref(uuid id) { return {entity_kind::workspace, id, id}; }
inline entity_ref account_ref(uuid workspace, uuid id) { return {entity_kind::account, workspace, id}; }
inline entity_ref post_ref(uuid workspace, uuid id) { return {entity_kind::post, workspace, id}; }

inline shard_id shard_of(const uuid& home, std::uint32_t shards) noexcept { return slot_of(home) % shards; }

} // namespace troupe

template <>
struct std::hash<troupe::entity_ref> {
  std::size_t operator()(const troupe::entity_ref& r) const noexcept {
    return std::hash<troupe::uuid>{}(r.id) ^ static_cast<std::size_t>(r.kind) << 56;
  }
};
