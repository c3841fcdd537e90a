#pragma once

#include "system/actor/messages.hpp"

#include <caf/all.hpp>

#include <string>
#include <string_view>

/// What the users group may be asked.
namespace troupe {

/// What a member of a workspace may do; each role may do everything that the ones before it may.
enum class role : std::uint8_t { viewer = 1, editor = 2, admin = 3, owner = 4 };
std::string_view to_string(role r) noexcept;
bool parse_role(std::string_view text, role& out) noexcept;

/// WORKSPACE: checks that `user` is a member with at least `least`, then passes `payload` on to `to` (an entity of
/// this workspace, or the WORKSPACE itself), which answers the sender. Not a member: not_found. Member with too
/// little a role: forbidden.
struct as_member {
  uuid user;
  role least = role::viewer;
  entity_ref to;
  caf::message payload;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, as_member& x) {
    return f(x.user, x.least, x.to, x.payload);
  }
};

/// WORKSPACE: what its posts need to know. Answers workspace_rules. INTERNAL (no membership check).
struct get_rules {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, get_rules&) {
    return f();
  }
};
struct workspace_rules {
  std::string time_zone;
  std::int64_t max_lateness_s = 21'600;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, workspace_rules& x) {
    return f(x.time_zone, x.max_lateness_s);
  }
};

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_users, first_custom_type_id + 60)
CAF_ADD_TYPE_ID(troupe_users, (troupe::role))
CAF_ADD_TYPE_ID(troupe_users, (troupe::as_member))
CAF_ADD_TYPE_ID(troupe_users, (troupe::get_rules))
CAF_ADD_TYPE_ID(troupe_users, (troupe::workspace_rules))
CAF_END_TYPE_ID_BLOCK(troupe_users)
