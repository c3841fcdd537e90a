#include "actors/users/store.hpp"

#include "actors/users/store_macros.hpp"

// A new session, from the rows of an input.
#define SIGN_IN_COLUMNS                                                                                      \
  "id, user_id, shard_id, token_hash, expires_at, address, user_agent, in_cookie, created_at, last_used_at"
#define SIGN_IN_VALUES(i)                                                                                    \
  "own.shard, " i ".token_hash, instant(" i ".expires_us), " i ".address, " i ".user_agent, " i              \
  ".in_cookie, instant(" i ".begun_us), instant(" i ".begun_us)"

namespace troupe::users::store {

std::string text(const uuid& id) { return troupe::to_string(id); }
std::string micros(timestamp t) { return std::to_string(to_micros(t)); }
uuid to_uuid(std::string_view t) { return parse_uuid(t).value_or(uuid{}); }

role to_role(std::string_view t) {
  role out = role::viewer;
  parse_role(t, out);
  return out;
}

storage::param hash_param(const std::string& key, const std::string& body_hash) {
  if (key.empty()) return std::nullopt;
  return storage::bytea(body_hash);
}

// -- USER ------------------------------------------------------------------------

namespace {

const storage::statement load_user_sql{
    "users_load_user", "SELECT email, display_name, password_hash, token_generation, version, " MICROS(
                           "created_at") ", EXISTS (SELECT FROM instance_operator o WHERE o.user_id = "
                                         "app_user.id) FROM app_user WHERE "
                                         "id = $1"};
const storage::statement load_sign_ins_sql{
    "users_load_sign_ins",
    "SELECT id, token_hash, micros(expires_at), micros(created_at), micros(last_used_at), address, "
    "user_agent, "
    "in_cookie FROM sign_in WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()"};
const storage::statement load_promises_sql{
    "users_load_promises", "SELECT workspace_id, name, time_zone FROM workspace_intent "
                           "WHERE shard_id = $2 AND user_id = $1 AND NOT done ORDER BY workspace_id"};

} // namespace

std::vector<storage::step> load_user(const uuid& user, std::uint32_t shard) {
  auto id = text(user);
  return {
      {&load_user_sql, {id}}, {&load_sign_ins_sql, {id}}, {&load_promises_sql, {id, std::to_string(shard)}}};
}

user_rows read_user(const std::vector<storage::rows>& steps) {
  user_rows out;
  if (auto& r = steps[0]; !r.empty()) {
    out.exists = true;
    out.email = r.get(0, 0);
    out.display_name = r.get(0, 1);
    out.password_hash = r.get(0, 2);
    out.generation = static_cast<std::int32_t>(r.get_int(0, 3));
    out.version = r.get_int(0, 4);
    out.created_at = r.get_int(0, 5);
    out.operates = r.get_bool(0, 6);
  }
  auto& s = steps[1];
  for (std::size_t i = 0; i < s.size(); ++i)
    out.sign_ins[to_uuid(s.get(i, 0))] = {
        storage::from_bytea(s.get(i, 1)),
        from_micros(s.get_int(i, 2)),
        from_micros(s.get_int(i, 3)),
        from_micros(s.get_int(i, 4)),
        {std::string(s.get(i, 5)), std::string(s.get(i, 6)), s.get(i, 7) == "t"}};
  for (std::size_t i = 0; i < steps[2].size(); ++i)
    out.promises.push_back(
        {to_uuid(steps[2].get(i, 0)), std::string(steps[2].get(i, 1)), std::string(steps[2].get(i, 2))});
  return out;
}

const storage::statement register_user{
    "users_register",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[], "
        "$9::text[], "
        "$10::text[], $11::uuid[], $12::text[], $13::bytea[], $14::uuid[], $15::bytea[], $16::bigint[], "
        "$17::text[], $18::text[], $19::bool[], $20::bigint[]) WITH ORDINALITY "
        "AS u(id, email, display_name, password_hash, workspace_id, workspace_name, time_zone, scope, key, "
        "body_hash, "
        "sign_in, token_hash, expires_us, address, user_agent, in_cookie, begun_us, ord)), " //
    CLAIM("scope", "id", "NOT EXISTS (SELECT 1 FROM app_user a WHERE lower(a.email) = lower(i.email))")
    // In the order of the unique index, so that two shards' batches cannot wait for each other in a circle.
    "added AS (INSERT INTO app_user (id, shard_id, email, display_name, password_hash) "
    "SELECT i.id, own.shard, i.email, i.display_name, i.password_hash FROM own, input i WHERE " HAS_CLAIM(
        "i.scope") //
    " ORDER BY lower(i.email) ON CONFLICT DO NOTHING RETURNING id, created_at), "
    "signed AS (INSERT INTO sign_in (" SIGN_IN_COLUMNS ") SELECT i.sign_in, i.id, " SIGN_IN_VALUES("i") //
    " FROM own, input i JOIN added USING (id)), "
    "promised AS (INSERT INTO workspace_intent (workspace_id, user_id, shard_id, name, time_zone) "
    "SELECT i.workspace_id, i.id, own.shard, i.workspace_name, i.time_zone FROM own, input i JOIN added "
    "USING (id)), "
    "first AS (INSERT INTO first_user (user_id) SELECT id FROM added WHERE NOT EXISTS (SELECT FROM "
    "first_user) "
    "LIMIT 1 ON CONFLICT DO NOTHING RETURNING user_id), "
    "granted AS (INSERT INTO instance_operator (user_id) SELECT user_id FROM first RETURNING user_id) "
    "SELECT i.ord, " MICROS("a.created_at") ", EXISTS (SELECT FROM granted g WHERE g.user_id = i.id)::int "
                                            "FROM input i JOIN added a ON a.id = i.id ORDER BY i.ord"};

const storage::statement add_sign_in{
    "users_add_sign_in",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::int[], $6::uuid[], $7::bytea[], $8::bigint[], "
        "$9::uuid[], "
        "$10::text[], $11::text[], $12::bool[], $13::bigint[]) WITH ORDINALITY "
        "AS u(user_id, generation, id, token_hash, expires_us, evicted, address, user_agent, in_cookie, "
        "begun_us, "
        "ord)), "
        "good AS (SELECT i.* FROM input i JOIN app_user a ON a.id = i.user_id AND a.token_generation = "
        "i.generation), "
        "ended AS (UPDATE sign_in s SET revoked_at = now() FROM good WHERE s.id = good.evicted AND "
        "s.revoked_at IS NULL), "
        "added AS (INSERT INTO sign_in (" SIGN_IN_COLUMNS ") SELECT g.id, g.user_id, " SIGN_IN_VALUES("g") //
    " FROM own, good g ON CONFLICT DO NOTHING RETURNING id) "
    "SELECT i.ord FROM input i JOIN added USING (id) ORDER BY i.ord"};

const storage::statement rotate_sign_in{
    "users_rotate_sign_in", OWN
    "input AS (SELECT u.* FROM unnest($4::uuid[], $5::bytea[], $6::bytea[], $7::bigint[], $8::text[], "
    "$9::text[], "
    "$10::bigint[]) WITH ORDINALITY AS u(id, old_hash, new_hash, expires_us, address, user_agent, used_us, "
    "ord)), "
    "changed AS (UPDATE sign_in s SET token_hash = i.new_hash, expires_at = instant(i.expires_us), "
    "address = i.address, user_agent = i.user_agent, last_used_at = instant(i.used_us)"
    " FROM input i WHERE s.id = i.id AND s.token_hash = i.old_hash AND s.revoked_at IS NULL RETURNING s.id) "
    "SELECT i.ord FROM input i JOIN changed USING (id), own ORDER BY i.ord"};

const storage::statement revoke_sign_in{
    "users_revoke_sign_in",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[]) WITH ORDINALITY AS u(id, ord)), "
        "changed AS (UPDATE sign_in s SET revoked_at = now() FROM input i WHERE s.id = i.id AND s.revoked_at "
        "IS NULL "
        "RETURNING s.id) "
        "SELECT i.ord FROM input i JOIN changed USING (id), own ORDER BY i.ord"};

const storage::statement revoke_everything{
    "users_revoke_everything",
    OWN
    "input AS (SELECT u.* FROM unnest($4::uuid[], $5::int[], $6::text[], $7::uuid[], $8::bytea[], "
    "$9::bigint[], "
    "$10::text[], $11::text[], $12::bool[], $13::bigint[]) WITH ORDINALITY "
    "AS u(id, generation, password_hash, sign_in, token_hash, expires_us, address, user_agent, in_cookie, "
    "begun_us, ord)), "
    "changed AS (UPDATE app_user a SET token_generation = a.token_generation + 1, "
    "password_hash = coalesce(i.password_hash, a.password_hash) FROM input i "
    "WHERE a.id = i.id AND a.token_generation = i.generation RETURNING a.id), "
    "ended AS (UPDATE sign_in s SET revoked_at = now() FROM changed c WHERE s.user_id = c.id AND "
    "s.revoked_at IS NULL), "
    "added AS (INSERT INTO sign_in (" SIGN_IN_COLUMNS ") SELECT i.sign_in, i.id, " SIGN_IN_VALUES("i") //
    " FROM own, input i JOIN changed USING (id) WHERE i.sign_in IS NOT NULL) "
    "SELECT i.ord FROM input i JOIN changed USING (id) ORDER BY i.ord"};

const storage::statement update_user{
    "users_update_user", OWN
    "input AS (SELECT u.* FROM unnest($4::uuid[], $5::int[], $6::text[]) WITH ORDINALITY "
    "AS u(id, version, display_name, ord)), "
    "changed AS (UPDATE app_user a SET display_name = i.display_name, version = a.version + 1 FROM input i "
    "WHERE a.id = i.id AND a.version = i.version RETURNING a.id, a.version) "
    "SELECT i.ord, c.version FROM input i JOIN changed c ON c.id = i.id, own ORDER BY i.ord"};

const storage::statement rehash_password{
    "users_rehash_password",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::text[], $6::text[]) WITH ORDINALITY "
        "AS u(id, old_hash, new_hash, ord)), "
        "changed AS (UPDATE app_user a SET password_hash = i.new_hash FROM input i "
        "WHERE a.id = i.id AND a.password_hash = i.old_hash RETURNING a.id) "
        "SELECT i.ord FROM input i JOIN changed USING (id), own ORDER BY i.ord"};

const storage::statement keep_promise{
    "users_keep_promise",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[]) WITH ORDINALITY AS u(id, ord)), "
        "changed AS (UPDATE workspace_intent w SET done = true FROM input i WHERE w.workspace_id = i.id AND "
        "NOT w.done "
        "RETURNING w.workspace_id) "
        "SELECT i.ord FROM input i JOIN changed c ON c.workspace_id = i.id, own ORDER BY i.ord"};

// -- Idempotency keys ------------------------------------------------------------

namespace {

const storage::statement find_key_sql{"users_find_key",
                                      "SELECT body_hash FROM idempotency WHERE scope = $1 AND key = $2"};

} // namespace

storage::step find_key(const uuid& scope, const std::string& key) {
  return {&find_key_sql, {text(scope), key}};
}

std::optional<std::string> read_key(const storage::rows& rows) {
  if (rows.empty()) return std::nullopt;
  return storage::from_bytea(rows.get(0, 0));
}

uuid anonymous_scope() { return derived_uuid("idempotent requests without a user"); }

} // namespace troupe::users::store
