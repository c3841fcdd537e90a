#pragma once

#include "actors/users/role.hpp"
#include "actors/users/user_messages.hpp"
#include "system/core/clock.hpp"
#include "system/core/ids.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <string>

/// What a WORKSPACE may be asked, beside what interface.hpp has for the other groups. Included by
/// interface.hpp only. Messages with a user in them come through `as_member` with the same user, except where
/// they say otherwise.
namespace troupe::users {

struct workspace_view {
  uuid id;
  std::string name;
  std::string time_zone;
  std::int64_t max_lateness_s = 0;
  role own_role = role::viewer; // of the one who asked
  std::int64_t created_at = 0;  // microseconds since 1970
  std::int64_t version = 1;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, workspace_view& x) {
    return f(x.id, x.name, x.time_zone, x.max_lateness_s, x.own_role, x.created_at, x.version);
  }
};

/// Answer of register_user. Holds secrets.
struct registered {
  users::session session;
  workspace_view workspace;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, registered& x) {
    return f(x.session, x.workspace);
  }
};

struct member_view {
  uuid user;
  role has = role::viewer;
  std::int64_t joined_at = 0;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, member_view& x) {
    return f(x.user, x.has, x.joined_at);
  }
};

struct membership {
  workspace_view workspace;
  std::int64_t joined_at = 0;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, membership& x) {
    return f(x.workspace, x.joined_at);
  }
};

/// Makes this WORKSPACE with its owner (no membership check). Repeating it with the same owner and key
/// changes nothing. Answers workspace_view. conflict: the owner has as many workspaces as one may have, or
/// the id is taken; idempotency_mismatch.
struct create_workspace {
  uuid owner;
  std::string name;
  std::string time_zone;
  std::int64_t max_lateness_s = 21'600;
  bool promised = false; // INTERNAL: by the USER, which has it in writing: no limit applies
  std::string key;       // Idempotency-Key; empty: none
  std::string body_hash;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, create_workspace& x) {
    return f(x.owner, x.name, x.time_zone, x.max_lateness_s, x.promised, x.key, x.body_hash);
  }
};

/// Answers workspace_view.
struct get_workspace {
  uuid user;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, get_workspace& x) {
    return f(x.user);
  }
};

/// Changes what is set. Answers workspace_view, or precondition_failed.
struct update_workspace {
  uuid user;
  std::int64_t version = 0;        // 0: any
  std::string name;                // empty: as it is
  std::string time_zone;           // empty: as it is
  std::int64_t max_lateness_s = 0; // 0: as it is
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, update_workspace& x) {
    return f(x.user, x.version, x.name, x.time_zone, x.max_lateness_s);
  }
};

/// Answers done: whoever asks through as_member is one.
struct check_member {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, check_member&) {
    return f();
  }
};

/// Answers member_view. forbidden: only an owner makes or unmakes owners; conflict: the last owner;
/// not_found.
struct set_role {
  uuid by;
  uuid user;
  role to = role::viewer;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, set_role& x) {
    return f(x.by, x.user, x.to);
  }
};

/// Answers done. forbidden: others are removed by an admin, owners by an owner; conflict: the last owner;
/// not_found.
struct remove_member {
  uuid by;
  uuid user;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, remove_member& x) {
    return f(x.by, x.user);
  }
};

/// Answers created_invite; the same invite for the same id. conflict: as many invites are open as may be;
/// idempotency_mismatch.
struct create_invite {
  uuid id;
  uuid by;
  role as = role::viewer; // not owner
  std::string email;      // normalised; empty: anyone
  std::string key;        // Idempotency-Key; empty: none
  std::string body_hash;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, create_invite& x) {
    return f(x.id, x.by, x.as, x.email, x.key, x.body_hash);
  }
};
struct created_invite {
  uuid id;
  role as = role::viewer;
  std::string email; // empty: anyone
  std::string token; // secret
  std::int64_t expires_at = 0;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, created_invite& x) {
    return f(x.id, x.as, x.email, x.token, x.expires_at);
  }
};

/// Answers done, or not_found: no such open invite.
struct revoke_invite {
  uuid id;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, revoke_invite& x) {
    return f(x.id);
  }
};

/// Becomes a member (no membership check). Answers membership. not_found: unknown, revoked, expired or used;
/// forbidden: meant for another address; already_exists: a member already; conflict: as many members as may
/// be.
struct accept_invite {
  uuid invite;
  std::string token;
  uuid user;
  std::string email; // of the user, normalised
  std::string key;   // Idempotency-Key; empty: none
  std::string body_hash;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, accept_invite& x) {
    return f(x.invite, x.token, x.user, x.email, x.key, x.body_hash);
  }
};

} // namespace troupe::users
