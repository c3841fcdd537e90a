#include "actors/social/store.hpp"

#include "actors/social/interface.hpp"

namespace troupe::social_store {

#define ACCOUNT_COLUMNS                                                                                      \
  "a.id, a.workspace_id, a.platform, a.remote_id, a.handle, a.display_name, a.server, a.state, "             \
  "a.state_reason, "                                                                                         \
  "a.sealed, micros(a.token_expires_at), "                                                                   \
  "micros(a.refreshing_until), a.limits::text, "                                                             \
  "micros(a.last_checked_at), a.version, "                                                                   \
  "micros(a.created_at)"

const storage::statement load{
    "account_load",
    "SELECT " ACCOUNT_COLUMNS ", g.sealed, micros(g.token_expires_at) FROM account a "
    "LEFT JOIN LATERAL (SELECT sealed, token_expires_at FROM token_grant WHERE account_id = a.id AND "
    "sealed <> a.sealed AND refreshed_at > coalesce(a.last_checked_at, a.created_at) "
    "ORDER BY refreshed_at DESC LIMIT 1) g ON true WHERE a.id = $1 AND a.workspace_id = $2"};

const storage::statement list{
    "account_list", "SELECT " ACCOUNT_COLUMNS
                    ", NULL, NULL FROM account a WHERE a.workspace_id = $1 AND a.state <> 'disconnected' AND "
                    "(a.created_at, a.id) > (instant($2::bigint), $3::uuid) "
                    "ORDER BY a.created_at, a.id LIMIT $4::int"};

namespace {

std::optional<timestamp> time_at(const storage::rows& r, std::size_t row, std::size_t column) {
  if (r.is_null(row, column)) return std::nullopt;
  return from_micros(r.get_int(row, column));
}

storage::param micros(const std::optional<timestamp>& t) {
  if (!t) return std::nullopt;
  return std::to_string(to_micros(*t));
}

} // namespace

account_row read(const storage::rows& r, std::size_t i) {
  account_row a;
  a.id = parse_uuid(r.get(i, 0)).value_or(uuid{});
  a.workspace = parse_uuid(r.get(i, 1)).value_or(uuid{});
  a.platform = r.get(i, 2);
  a.who = {std::string(r.get(i, 3)), std::string(r.get(i, 4)), std::string(r.get(i, 5)),
           std::string(r.get(i, 6))};
  a.state = r.get(i, 7);
  a.state_reason = r.get(i, 8);
  a.sealed = storage::from_bytea(r.get(i, 9));
  a.token_expires_at = time_at(r, i, 10);
  a.refreshing_until = time_at(r, i, 11);
  boost::system::error_code ignored;
  if (auto v = boost::json::parse(r.get(i, 12), ignored); v.is_object())
    a.limits = platforms::limits_from_json(v.get_object());
  a.last_checked_at = time_at(r, i, 13);
  a.version = r.get_int(i, 14);
  a.created_at = from_micros(r.get_int(i, 15));
  if (!r.is_null(i, 16)) {
    a.newest_grant = storage::from_bytea(r.get(i, 16));
    a.grant_expires_at = time_at(r, i, 17);
  }
  return a;
}

const storage::statement insert{
    "account_insert", "WITH u AS (SELECT * FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], "
                      "$8::text[], $9::text[], $10::text[], "
                      "$11::bytea[], $12::bigint[], $13::text[], $14::bigint[]) WITH ORDINALITY AS t(id, "
                      "workspace_id, platform, remote_id, "
                      "handle, display_name, server, sealed, expires_us, limits, created_us, ord)), "
                      "made AS (INSERT INTO account (id, workspace_id, shard_id, platform, remote_id, "
                      "handle, display_name, server, state, "
                      "sealed, token_expires_at, limits, last_checked_at, created_at) SELECT id, "
                      "workspace_id, $1, platform, remote_id, handle, "
                      "display_name, server, 'active', sealed, timestamptz 'epoch' + expires_us * interval "
                      "'1 us', limits::jsonb, "
                      "clock_timestamp(), timestamptz 'epoch' + created_us * interval '1 us' FROM u ON "
                      "CONFLICT DO NOTHING RETURNING id), "
                      "emitted AS (INSERT INTO event (shard_id, workspace_id, kind, subject, payload) SELECT "
                      "$1, u.workspace_id, "
                      "'account.connected', u.id, jsonb_build_object('platform', u.platform, 'handle', "
                      "u.handle) FROM u JOIN made USING (id)), "
                      "fenced AS (SELECT $2::bigint, $3::text) "
                      "SELECT u.ord FROM u JOIN made USING (id) ORDER BY u.ord"};

storage::params insert_params(const uuid& workspace, const account_row& a) {
  return {to_string(a.id),
          to_string(workspace),
          a.platform,
          a.who.remote_id,
          a.who.handle,
          a.who.display_name,
          a.who.server,
          storage::bytea(a.sealed),
          micros(a.token_expires_at),
          boost::json::serialize(platforms::to_json(a.limits)),
          std::to_string(to_micros(a.created_at))};
}

const storage::statement set_state{
    "account_set_state",
    "WITH u AS (SELECT * FROM unnest($4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[]) WITH "
    "ORDINALITY "
    "AS t(id, version, state, reason, limits, ord)), "
    "changed AS (UPDATE account a SET state = u.state, state_reason = u.reason, version = a.version + 1, "
    "limits = coalesce(u.limits::jsonb, a.limits), "
    "last_checked_at = CASE WHEN u.limits IS NULL THEN a.last_checked_at ELSE clock_timestamp() END "
    "FROM u WHERE a.id = u.id AND a.version = u.version RETURNING u.ord, a.id, a.workspace_id, a.state, "
    "a.state_reason, "
    "a.version, micros(a.last_checked_at) AS checked), "
    "emitted AS (INSERT INTO event (shard_id, workspace_id, kind, subject, payload) SELECT $1, workspace_id, "
    "'account.' || state, id, jsonb_build_object('reason', state_reason) FROM changed), "
    "fenced AS (SELECT $2::bigint, $3::text) "
    "SELECT ord, version, checked FROM changed ORDER BY ord"};

storage::params set_state_params(const account_row& a, std::string_view state, std::string_view reason,
                                 std::string_view limits) {
  return {to_string(a.id), std::to_string(a.version), std::string(state), std::string(reason),
          limits.empty() ? storage::param{} : storage::param{std::string(limits)}};
}

const storage::statement set_keys{
    "account_set_keys",
    "WITH u AS (SELECT * FROM unnest($4::uuid[], $5::int[], $6::bytea[], $7::bigint[], $8::text[], "
    "$9::text[], $10::text[], $11::text[]) "
    "WITH ORDINALITY AS t(id, version, sealed, expires_us, handle, display_name, limits, server, ord)), "
    "changed AS (UPDATE account a SET sealed = u.sealed, token_expires_at = timestamptz 'epoch' + "
    "u.expires_us * interval "
    "'1 us', handle = u.handle, display_name = u.display_name, server = u.server, limits = u.limits::jsonb, "
    "refreshing_until = "
    "NULL, "
    "state = CASE WHEN a.state IN ('reconnect_required', 'restricted') THEN 'active' ELSE a.state END, "
    "state_reason = CASE WHEN a.state IN ('reconnect_required', 'restricted') THEN '' ELSE a.state_reason "
    "END, "
    "last_checked_at = clock_timestamp(), version = a.version + 1 "
    "FROM u WHERE a.id = u.id AND a.version = u.version RETURNING u.ord, a.version, a.state, "
    "micros(a.last_checked_at) AS checked), "
    "fenced AS (SELECT $1::int, $2::bigint, $3::text) "
    "SELECT ord, version, state, checked FROM changed ORDER BY ord"};

storage::params set_keys_params(const account_row& a) {
  return {to_string(a.id),
          std::to_string(a.version),
          storage::bytea(a.sealed),
          micros(a.token_expires_at),
          a.who.handle,
          a.who.display_name,
          boost::json::serialize(platforms::to_json(a.limits)),
          a.who.server};
}

const storage::statement refreshing{
    "account_refreshing", "WITH u AS (SELECT * FROM unnest($4::uuid[], $5::int[], $6::bigint[]) WITH "
                          "ORDINALITY AS t(id, version, life_ms, ord)), "
                          "changed AS (UPDATE account a SET refreshing_until = clock_timestamp() + u.life_ms "
                          "* interval '1 ms', version = a.version + 1 "
                          "FROM u WHERE a.id = u.id AND a.version = u.version RETURNING u.ord, a.version), "
                          "fenced AS (SELECT $1::int, $2::bigint, $3::text) "
                          "SELECT ord, version FROM changed ORDER BY ord"};

const storage::statement grant{
    "account_grant", "INSERT INTO token_grant (account_id, sealed, token_expires_at) VALUES ($1, $2, "
                     "instant($3::bigint))"};

const storage::statement begin_flow{
    "oauth_begin",
    "INSERT INTO oauth_flow (state_hash, workspace_id, user_id, platform, sealed, return_url, account_id, "
    "expires_at, browser_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + $8::int * interval '1 "
    "s', $9)"};

#define FLOW_COLUMNS "workspace_id, user_id, account_id, platform, sealed, return_url, browser_hash"

const storage::statement find_flow{
    "oauth_find",
    "SELECT " FLOW_COLUMNS " FROM oauth_flow WHERE state_hash = $1 AND expires_at > clock_timestamp()"};

const storage::statement take_flow{
    "oauth_take", "DELETE FROM oauth_flow WHERE state_hash = $1 AND expires_at > clock_timestamp() "
                  "RETURNING " FLOW_COLUMNS};

std::optional<oauth_flow> read_flow(const storage::rows& r) {
  if (r.empty()) return std::nullopt;
  oauth_flow f;
  f.workspace = parse_uuid(r.get(0, 0)).value_or(uuid{});
  f.user = parse_uuid(r.get(0, 1)).value_or(uuid{});
  f.account = parse_uuid(r.get(0, 2)).value_or(uuid{});
  f.platform = r.get(0, 3);
  f.sealed = storage::from_bytea(r.get(0, 4));
  f.return_url = r.get(0, 5);
  f.browser_hash = storage::from_bytea(r.get(0, 6));
  return f;
}

} // namespace troupe::social_store

namespace troupe {

const storage::statement held_accounts{
    "account_held", "SELECT id, state FROM account WHERE shard_id = $1 AND state <> 'active'"};

} // namespace troupe
