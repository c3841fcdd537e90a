#pragma once

#include "actors/users/role.hpp"
#include "actors/users/user_messages.hpp"
#include "actors/users/workspace_messages.hpp"
#include "system/actor/messages.hpp"

#include <caf/all.hpp>

#include <string>

/// What the users group may be asked. This file: what the other groups and the edge need of a WORKSPACE.
namespace troupe {

/// WORKSPACE: checks that `user` is a member with at least `least`, then passes `payload` on to `to` (an
/// entity of this workspace, or the WORKSPACE itself), which answers the sender. Not a member: not_found.
/// Member with too little a role: forbidden.
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
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::user_view))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::session))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::register_user))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::login))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::refresh))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::logout))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::logout_everywhere))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::change_password))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::get_user))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::update_user))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::resume_intents))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::workspace_view))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::member_view))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::membership))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::create_workspace))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::get_workspace))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::update_workspace))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::check_member))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::set_role))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::remove_member))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::create_invite))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::created_invite))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::revoke_invite))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::accept_invite))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::registered))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::client))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::get_sessions))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::session_view))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::session_list))
CAF_ADD_TYPE_ID(troupe_users, (troupe::users::end_session))
CAF_END_TYPE_ID_BLOCK(troupe_users)
