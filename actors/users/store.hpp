#pragma once

#include "actors/users/role.hpp"
#include "actors/users/user_messages.hpp"
#include "system/core/clock.hpp"
#include "system/core/ids.hpp"
#include "system/storage/database.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

/// The SQL of the users group. Change statements go through the JOURNAL: $1 shard, $2 epoch, $3 node, then
/// one array per column; each answers (ordinality, ...) for the changes that were applied. Their columns are
/// the arguments of the function of the same name, in that order.
namespace troupe::users::store {

// -- values --------------------------------------------------------------------

std::string text(const uuid& id);
std::string micros(timestamp t);
uuid to_uuid(std::string_view text);
role to_role(std::string_view text);
inline storage::param optional_text(const std::string& s) {
  return s.empty() ? storage::param{} : storage::param{s};
}
/// NULL when there is no key.
storage::param hash_param(const std::string& key, const std::string& body_hash);

// -- USER ------------------------------------------------------------------------

struct sign_in_row {
  std::string token_hash;
  timestamp expires_at;
  timestamp created_at;
  timestamp last_used_at; // begun, or renewed last
  client from;
};
struct promise_row {
  uuid workspace;
  std::string name;
  std::string time_zone;
};
struct user_rows {
  bool exists = false;
  std::string email;
  std::string display_name;
  std::string password_hash;
  std::int32_t generation = 0;
  std::int64_t version = 0;
  std::int64_t created_at = 0;
  bool operates = false;
  std::map<uuid, sign_in_row> sign_ins; // live ones, oldest first (their ids rise with time)
  std::vector<promise_row> promises;    // of workspaces, not kept yet
};
std::vector<storage::step> load_user(const uuid& user, std::uint32_t shard);
user_rows read_user(const std::vector<storage::rows>& steps);

/// id, email, display_name, password_hash, workspace, workspace name, time zone, scope, key?, body_hash?,
/// sign-in, token_hash, expires_us, of the sign-in: address, user agent, in a cookie?, begun_us
/// -> ord, created_us, operates. The very first user of an instance becomes its operator.
extern const storage::statement register_user;
/// user, generation, sign-in, token_hash, expires_us, evicted sign-in?, address, user agent, in a cookie?,
/// begun_us -> ord. Only while the generation is this.
extern const storage::statement add_sign_in;
/// sign-in, old token_hash, new token_hash, expires_us, address, user agent, used_us -> ord
extern const storage::statement rotate_sign_in;
/// sign-in -> ord
extern const storage::statement revoke_sign_in;
/// user, generation, new password_hash?, new sign-in?, token_hash?, expires_us?, address?, user agent?,
/// in a cookie?, begun_us? -> ord. Raises the generation and revokes every sign-in but the new one.
extern const storage::statement revoke_everything;
/// user, version, display_name -> ord, version
extern const storage::statement update_user;
/// user, old password_hash, new password_hash -> ord
extern const storage::statement rehash_password;
/// workspace -> ord
extern const storage::statement keep_promise;

// -- WORKSPACE -------------------------------------------------------------------

struct member_row {
  role has = role::viewer;
  std::int64_t joined_at = 0;
};
struct invite_row {
  role as = role::viewer;
  std::string email; // empty: anyone
  std::string token_hash;
  uuid by;
  timestamp created_at;
  timestamp expires_at;
};
struct workspace_rows {
  bool exists = false;
  std::string name;
  std::string time_zone;
  std::int64_t max_lateness_s = 0;
  std::int64_t version = 0;
  std::int64_t created_at = 0;
  std::unordered_map<uuid, member_row> members;
  std::unordered_map<uuid, invite_row> invites; // open ones
};
std::vector<storage::step> load_workspace(const uuid& workspace);
workspace_rows read_workspace(const std::vector<storage::rows>& steps);

/// id, owner, name, time zone, max_lateness_s, most workspaces of the owner?, key?, body_hash? -> ord,
/// created_us
extern const storage::statement create_workspace;
/// id, version, name, time zone, max_lateness_s -> ord, version
extern const storage::statement update_workspace;
/// workspace, user, old role, new role -> ord
extern const storage::statement set_role;
/// workspace, user, role -> ord
extern const storage::statement remove_member;
/// id, workspace, role, email?, token_hash, created_by, created_us, expires_us, key?, body_hash? -> ord
extern const storage::statement create_invite;
/// id, workspace -> ord
extern const storage::statement revoke_invite;
/// id, workspace, user, role, key?, body_hash? -> ord, joined_us
extern const storage::statement accept_invite;

// -- Idempotency keys ------------------------------------------------------------

/// What stands behind a key: step, and the hash it was used with (nullopt: not used).
storage::step find_key(const uuid& scope, const std::string& key);
std::optional<std::string> read_key(const storage::rows& rows);
/// The scope of requests without a user.
uuid anonymous_scope();

} // namespace troupe::users::store
