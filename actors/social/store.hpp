#pragma once

#include "actors/social/types.hpp"
#include "system/storage/database.hpp"

/// The social group's SQL beside its row mapping.
namespace troupe::social_store {

/// One account with its newest token grant. $1 account, $2 workspace.
extern const storage::statement load;
account_row read(const storage::rows& rows, std::size_t row);

// Changes for the JOURNAL (arrays from $4 on).
extern const storage::statement insert;     // insert_params; no row: this identity is connected already
extern const storage::statement set_state;  // set_state_params
extern const storage::statement set_keys;   // set_keys_params: fresh credentials, identity and limits
extern const storage::statement refreshing; // id, version, until_ms: intent before a refresh
storage::params insert_params(const uuid& workspace, const account_row& a);
storage::params set_state_params(const account_row& a, std::string_view state, std::string_view reason,
                                 std::string_view limits);
storage::params set_keys_params(const account_row& a);

/// Evidence, never fenced. $1 account, $2 sealed, $3 expires_at in microseconds or NULL.
extern const storage::statement grant;

/// OAuth flow: $1 state hash, $2 workspace, $3 user, $4 platform, $5 sealed, $6 return URL, $7 account, $8
/// life in s, $9 browser hash.
extern const storage::statement begin_flow;
/// One connect between "send the browser away" and "it comes back".
struct oauth_flow {
  uuid workspace, user, account;
  std::string platform, sealed, return_url, browser_hash; // sealed and browser_hash: raw bytes
};
/// Looks at a flow, or takes it, which works once: by its state hash ($1), while it lives. No row: unknown,
/// taken, or over.
extern const storage::statement find_flow;
extern const storage::statement take_flow;
std::optional<oauth_flow> read_flow(const storage::rows& rows);

/// All accounts of a workspace after a cursor: $1 workspace, $2 created_at in us, $3 id, $4 limit.
extern const storage::statement list;

} // namespace troupe::social_store
