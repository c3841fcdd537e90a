#pragma once

#include "system/core/clock.hpp"
#include "system/core/ids.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// What a USER may be asked. Included by interface.hpp only.
namespace troupe::users {

struct user_view {
  uuid id;
  std::string email;
  std::string display_name;
  std::int64_t created_at = 0; // microseconds since 1970
  std::int64_t version = 1;
  bool operates =
      false; // an operator of the instance, as far as the USER knows: the shell may have changed it
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, user_view& x) {
    return f(x.id, x.email, x.display_name, x.created_at, x.version, x.operates);
  }
};

/// Answer of everything that begins or renews a session. Holds secrets: never log it, never keep it.
struct session {
  std::string access_token;
  std::int64_t expires_in_s = 0;
  std::string refresh_token;
  user_view user;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, session& x) {
    return f(x.access_token, x.expires_in_s, x.refresh_token, x.user);
  }
};

/// From where a session begins or is renewed; a person sees it in the list of their sessions.
struct client {
  std::string address;
  std::string user_agent;    // printable ASCII
  bool keeps_cookie = false; // a browser that keeps the refresh token as a cookie
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, client& x) {
    return f(x.address, x.user_agent, x.keeps_cookie);
  }
};

/// Makes this USER and promises it a workspace. Answers registered. already_exists: the address is taken;
/// idempotency_mismatch; conflict: the same key is being worked on.
struct register_user {
  std::string email; // normalised
  std::string password;
  std::string display_name;
  uuid workspace_id;
  std::string workspace_name;
  std::string time_zone;
  std::string key; // Idempotency-Key; empty: none
  std::string body_hash;
  client from = {};
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, register_user& x) {
    return f(x.email, x.password, x.display_name, x.workspace_id, x.workspace_name, x.time_zone, x.key,
             x.body_hash, x.from);
  }
};

/// Signs in. Answers session, or wrong_credentials: in the same time for a wrong password and a user who does
/// not exist.
struct login {
  std::string password;
  client from = {};
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, login& x) {
    return f(x.password, x.from);
  }
};

/// Exchanges a refresh token. Answers session, or unauthenticated; a token that was exchanged before revokes
/// the whole family. Of a session kept in a cookie the token exchanged last is good for `refresh_grace` more
/// and gets the same new one again: tabs share a cookie and may send it at the same moment.
struct refresh {
  uuid sign_in;
  std::string token;
  client from = {};
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, refresh& x) {
    return f(x.sign_in, x.token, x.from);
  }
};

/// Ends the session of a refresh token, a current or an old one. Answers done, also when there is nothing to
/// end.
struct logout {
  uuid sign_in;
  std::string token;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, logout& x) {
    return f(x.sign_in, x.token);
  }
};

/// Ends every session. Answers done.
struct logout_everywhere {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, logout_everywhere&) {
    return f();
  }
};

/// Ends every session and begins a new one. Answers session; wrong_credentials: the current password is
/// wrong.
struct change_password {
  std::string current_password;
  std::string new_password;
  client from = {};
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, change_password& x) {
    return f(x.current_password, x.new_password, x.from);
  }
};

/// Answers session_list: those that are open, newest first.
struct get_sessions {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, get_sessions&) {
    return f();
  }
};
struct session_view {
  uuid id;
  std::int64_t created_at = 0;   // microseconds since 1970
  std::int64_t last_used_at = 0; // when its tokens were renewed last
  client from;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, session_view& x) {
    return f(x.id, x.created_at, x.last_used_at, x.from);
  }
};
struct session_list {
  std::vector<session_view> items;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, session_list& x) {
    return f(x.items);
  }
};

/// Ends one session of this user. Answers done, or not_found.
struct end_session {
  uuid sign_in;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, end_session& x) {
    return f(x.sign_in);
  }
};

/// Answers user_view, or not_found.
struct get_user {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, get_user&) {
    return f();
  }
};

/// Answers user_view as it is then, or precondition_failed.
struct update_user {
  std::string display_name;
  std::int64_t version = 0; // 0: any
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, update_user& x) {
    return f(x.display_name, x.version);
  }
};

/// INTERNAL: takes up promises of workspaces that were not kept yet. Answers done once it is on its way.
struct resume_intents {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, resume_intents&) {
    return f();
  }
};

} // namespace troupe::users
