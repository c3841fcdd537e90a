#include "actors/social/lists.hpp"

namespace troupe::social_store {

namespace {

// clang-format off
// The columns that `read` takes, in their order.
const storage::statement filtered{
  "account_filtered",
  "SELECT a.id, a.workspace_id, a.platform, a.remote_id, a.handle, a.display_name, a.server, a.state, a.state_reason, "
  "a.sealed, micros(a.token_expires_at), "
  "micros(a.refreshing_until), a.limits::text, "
  "micros(a.last_checked_at), a.version, "
  "micros(a.created_at), NULL, NULL FROM account a WHERE a.workspace_id = $1 "
  "AND ($2::text[] IS NULL OR a.state = ANY ($2::text[])) AND ($3::text IS NULL OR a.platform = $3::text) "
  "AND (a.created_at, a.id) > (instant($4::bigint), $5::uuid) "
  "ORDER BY a.created_at, a.id LIMIT $6::int"};

const storage::statement counted{
  "account_counted", "SELECT count(*) FROM account WHERE workspace_id = $1 AND state <> 'disconnected'"};

const storage::statement key_of{"kept_key_of", "SELECT body_hash, subject FROM idempotency WHERE scope = $1 AND key = $2"};
// clang-format on

} // namespace

// clang-format off
const storage::statement keep_key{
  "keep_key",
  "WITH u AS (SELECT * FROM unnest($4::uuid[], $5::text[], $6::bytea[], $7::uuid[]) WITH ORDINALITY AS t(scope, key, "
  "body_hash, subject, ord)), "
  "made AS (INSERT INTO idempotency (scope, key, body_hash, subject) SELECT scope, key, body_hash, subject FROM u ON "
  "CONFLICT DO NOTHING RETURNING scope, key), "
  "fenced AS (SELECT $1::int, $2::bigint, $3::text) "
  "SELECT min(u.ord) FROM u JOIN made USING (scope, key) GROUP BY scope, key ORDER BY 1"};
// clang-format on

storage::step list_accounts(const account_filter& f) {
  storage::param states, platform;
  if (!f.states.empty()) {
    storage::array_builder all;
    for (auto& s : f.states) all.add(s);
    states = all.take();
  }
  if (!f.platform.empty()) platform = f.platform;
  return {&filtered,
          {to_string(f.workspace), std::move(states), std::move(platform), std::to_string(f.after_us),
           to_string(f.after_id), std::to_string(f.limit)}};
}

storage::step count_accounts(const uuid& workspace) { return {&counted, {to_string(workspace)}}; }

storage::params keep_key_params(const uuid& user, std::string_view key, std::string_view body_hash,
                                const uuid& subject) {
  return {to_string(user), std::string(key), storage::bytea(body_hash), to_string(subject)};
}

storage::step find_key(const uuid& user, std::string_view key) {
  return {&key_of, {to_string(user), std::string(key)}};
}

} // namespace troupe::social_store
