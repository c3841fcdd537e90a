#include "actors/users/store.hpp"

// What every change statement begins with. `own` names all three of the JOURNAL's parameters: the server must
// know their types, used or not.
#define OWN "WITH own AS (SELECT $1::int AS shard, $2::bigint AS epoch, $3::text AS node), "
#define MICROS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"
#define INSTANT(us) "timestamptz 'epoch' + " us " * interval '1 microsecond'"
// The claim of an Idempotency-Key of the rows in `input`; a row without a key needs none.
#define CLAIM(scope, subject, condition)                                                                     \
  "claimed AS (INSERT INTO idempotency (scope, key, body_hash, subject) "                                    \
  "SELECT " scope ", key, body_hash, " subject " FROM input i WHERE key IS NOT NULL AND " condition          \
  " ORDER BY " scope ", key ON CONFLICT DO NOTHING RETURNING scope, key), "
#define HAS_CLAIM(scope)                                                                                     \
  "(i.key IS NULL OR EXISTS (SELECT 1 FROM claimed c WHERE c.scope = " scope " AND c.key = i.key))"
#define EMIT(source, workspace, kind, subject, payload)                                                      \
  "emitted AS (INSERT INTO event (shard_id, workspace_id, kind, subject, payload) SELECT "                   \
  "own.shard, " workspace ", '" kind "', " subject ", " payload " FROM own, " source ") "

namespace troupe::users::store {

std::string text(const uuid& id) { return troupe::to_string(id); }
std::string micros(timestamp t) { return std::to_string(to_micros(t)); }
uuid to_uuid(std::string_view t) { return parse_uuid(t).value_or(uuid{}); }

storage::param hash_param(const std::string& key, const std::string& body_hash) {
  if (key.empty()) return std::nullopt;
  return storage::bytea(body_hash);
}

// -- USER ------------------------------------------------------------------------

namespace {

const storage::statement load_user_sql{
    "users_load_user", "SELECT email, display_name, password_hash, token_generation, version, " MICROS(
                           "created_at") " FROM app_user WHERE id = $1"};
const storage::statement load_sign_ins_sql{
    "users_load_sign_ins",
    "SELECT id, token_hash, " MICROS(
        "expires_at") " FROM sign_in "
                      "WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()"};
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
  }
  for (std::size_t i = 0; i < steps[1].size(); ++i)
    out.sign_ins[to_uuid(steps[1].get(i, 0))] = {storage::from_bytea(steps[1].get(i, 1)),
                                                 from_micros(steps[1].get_int(i, 2))};
  for (std::size_t i = 0; i < steps[2].size(); ++i)
    out.promises.push_back(
        {to_uuid(steps[2].get(i, 0)), std::string(steps[2].get(i, 1)), std::string(steps[2].get(i, 2))});
  return out;
}

const storage::statement register_user{
    "users_register",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[], "
        "$9::text[], "
        "$10::text[], $11::uuid[], $12::text[], $13::bytea[], $14::uuid[], $15::bytea[], $16::bigint[]) WITH "
        "ORDINALITY "
        "AS u(id, email, display_name, password_hash, workspace_id, workspace_name, time_zone, scope, key, "
        "body_hash, "
        "sign_in, token_hash, expires_us, ord)), " //
    CLAIM("scope", "id", "NOT EXISTS (SELECT 1 FROM app_user a WHERE lower(a.email) = lower(i.email))")
    // In the order of the unique index, so that two shards' batches cannot wait for each other in a circle.
    "added AS (INSERT INTO app_user (id, shard_id, email, display_name, password_hash) "
    "SELECT i.id, own.shard, i.email, i.display_name, i.password_hash FROM own, input i WHERE " HAS_CLAIM(
        "i.scope") //
    " ORDER BY lower(i.email) ON CONFLICT DO NOTHING RETURNING id, created_at), "
    "signed AS (INSERT INTO sign_in (id, user_id, shard_id, token_hash, expires_at) "
    "SELECT i.sign_in, i.id, own.shard, i.token_hash, " INSTANT("i.expires_us") //
    " FROM own, input i JOIN added USING (id)), "
    "promised AS (INSERT INTO workspace_intent (workspace_id, user_id, shard_id, name, time_zone) "
    "SELECT i.workspace_id, i.id, own.shard, i.workspace_name, i.time_zone FROM own, input i JOIN added "
    "USING (id)) "
    "SELECT i.ord, " MICROS("a.created_at") " FROM input i JOIN added a ON a.id = i.id ORDER BY i.ord"};

const storage::statement add_sign_in{
    "users_add_sign_in",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::int[], $6::uuid[], $7::bytea[], $8::bigint[], "
        "$9::uuid[]) "
        "WITH ORDINALITY AS u(user_id, generation, id, token_hash, expires_us, evicted, ord)), "
        "good AS (SELECT i.* FROM input i JOIN app_user a ON a.id = i.user_id AND a.token_generation = "
        "i.generation), "
        "ended AS (UPDATE sign_in s SET revoked_at = now() FROM good WHERE s.id = good.evicted AND "
        "s.revoked_at IS NULL), "
        "added AS (INSERT INTO sign_in (id, user_id, shard_id, token_hash, expires_at) "
        "SELECT g.id, g.user_id, own.shard, g.token_hash, " INSTANT("g.expires_us") //
    " FROM own, good g ON CONFLICT DO NOTHING RETURNING id) "
    "SELECT i.ord FROM input i JOIN added USING (id) ORDER BY i.ord"};

const storage::statement rotate_sign_in{
    "users_rotate_sign_in",
    OWN
    "input AS (SELECT u.* FROM unnest($4::uuid[], $5::bytea[], $6::bytea[], $7::bigint[]) WITH ORDINALITY "
    "AS u(id, old_hash, new_hash, expires_us, ord)), "
    "changed AS (UPDATE sign_in s SET token_hash = i.new_hash, expires_at = " INSTANT("i.expires_us") //
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
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::int[], $6::text[], $7::uuid[], $8::bytea[], "
        "$9::bigint[]) "
        "WITH ORDINALITY AS u(id, generation, password_hash, sign_in, token_hash, expires_us, ord)), "
        "changed AS (UPDATE app_user a SET token_generation = a.token_generation + 1, "
        "password_hash = coalesce(i.password_hash, a.password_hash) FROM input i "
        "WHERE a.id = i.id AND a.token_generation = i.generation RETURNING a.id), "
        "ended AS (UPDATE sign_in s SET revoked_at = now() FROM changed c WHERE s.user_id = c.id AND "
        "s.revoked_at IS NULL), "
        "added AS (INSERT INTO sign_in (id, user_id, shard_id, token_hash, expires_at) "
        "SELECT i.sign_in, i.id, own.shard, i.token_hash, " INSTANT("i.expires_us") //
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

// -- WORKSPACE -------------------------------------------------------------------

namespace {

const storage::statement load_workspace_sql{
    "users_load_workspace",
    "SELECT name, time_zone, max_lateness_s, version, " MICROS("created_at") " FROM workspace WHERE id = $1"};
const storage::statement load_members_sql{
    "users_load_members",
    "SELECT user_id, role, " MICROS("joined_at") " FROM member WHERE workspace_id = $1"};
const storage::statement load_invites_sql{
    "users_load_invites", "SELECT id, role, email, token_hash, created_by, " MICROS("created_at") ", " MICROS(
                              "expires_at") " FROM invite "
                                            "WHERE workspace_id = $1 AND NOT revoked AND accepted_by IS NULL "
                                            "AND expires_at > now()"};

role to_role(std::string_view text) {
  role out = role::viewer;
  parse_role(text, out);
  return out;
}

} // namespace

std::vector<storage::step> load_workspace(const uuid& workspace) {
  auto id = text(workspace);
  return {{&load_workspace_sql, {id}}, {&load_members_sql, {id}}, {&load_invites_sql, {id}}};
}

workspace_rows read_workspace(const std::vector<storage::rows>& steps) {
  workspace_rows out;
  if (auto& r = steps[0]; !r.empty()) {
    out.exists = true;
    out.name = r.get(0, 0);
    out.time_zone = r.get(0, 1);
    out.max_lateness_s = r.get_int(0, 2);
    out.version = r.get_int(0, 3);
    out.created_at = r.get_int(0, 4);
  }
  auto& members = steps[1];
  for (std::size_t i = 0; i < members.size(); ++i)
    out.members[to_uuid(members.get(i, 0))] = {to_role(members.get(i, 1)), members.get_int(i, 2)};
  auto& invites = steps[2];
  for (std::size_t i = 0; i < invites.size(); ++i)
    out.invites[to_uuid(invites.get(i, 0))] = {to_role(invites.get(i, 1)),
                                               std::string(invites.get(i, 2)),
                                               storage::from_bytea(invites.get(i, 3)),
                                               to_uuid(invites.get(i, 4)),
                                               from_micros(invites.get_int(i, 5)),
                                               from_micros(invites.get_int(i, 6))};
  return out;
}

const storage::statement create_workspace{
    "users_create_workspace",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::int[], "
        "$9::int[], "
        "$10::text[], $11::bytea[]) WITH ORDINALITY "
        "AS u(id, owner, name, time_zone, max_lateness_s, most, key, body_hash, ord) "
        "WHERE u.most IS NULL OR (SELECT count(*) FROM member m WHERE m.user_id = u.owner) < u.most), " //
    CLAIM("owner", "id",
          "true") "added AS (INSERT INTO workspace (id, shard_id, name, time_zone, max_lateness_s) "
                  "SELECT i.id, own.shard, i.name, i.time_zone, i.max_lateness_s FROM own, input i "
                  "WHERE " HAS_CLAIM("i.owner") //
    " ON CONFLICT DO NOTHING RETURNING id, created_at), "
    "joined AS (INSERT INTO member (workspace_id, user_id, shard_id, role, joined_at) "
    "SELECT i.id, i.owner, own.shard, 'owner', a.created_at FROM own, input i JOIN added a ON a.id = "
    "i.id), " //
    EMIT("input i JOIN added USING (id)", "i.id", "workspace.created", "i.id",
         "jsonb_build_object('name', i.name, 'by', i.owner)") "SELECT i.ord, " MICROS("a.created_"
                                                                                      "at") " FROM"
                                                                                            " inpu"
                                                                                            "t i "
                                                                                            "JOIN "
                                                                                            "added"
                                                                                            " a "
                                                                                            "ON "
                                                                                            "a.id "
                                                                                            "= "
                                                                                            "i.id "
                                                                                            "ORDER"
                                                                                            " BY "
                                                                                            "i."
                                                                                            "ord"};

const storage::statement update_workspace{
    "users_update_workspace",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::int[], $6::text[], $7::text[], "
        "$8::int[]) WITH ORDINALITY "
        "AS u(id, version, name, time_zone, max_lateness_s, ord)), "
        "changed AS (UPDATE workspace w SET name = i.name, time_zone = i.time_zone, "
        "max_lateness_s = i.max_lateness_s, "
        "version = w.version + 1 FROM input i WHERE w.id = i.id AND w.version = i.version "
        "RETURNING w.id, w.version), " //
    EMIT("input i JOIN changed USING (id)", "i.id", "workspace.updated", "i.id",
         "jsonb_build_object('name', i.name, 'time_zone', i.time_zone, 'max_lateness_s', "
         "i.max_lateness_s)") "SELECT i.ord, c.version FROM input i JOIN changed c ON c.id "
                              "= i.id ORDER BY i.ord"};

const storage::statement set_role{
    "users_set_role",
    OWN
    "input AS (SELECT u.* FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[]) WITH ORDINALITY "
    "AS u(workspace_id, user_id, old_role, new_role, ord)), "
    "changed AS (UPDATE member m SET role = i.new_role FROM input i WHERE m.workspace_id = i.workspace_id "
    "AND m.user_id = i.user_id AND m.role = i.old_role RETURNING m.workspace_id, m.user_id), " //
    EMIT("input i JOIN changed USING (workspace_id, user_id)", "i.workspace_id", "member.role_changed",
         "i.user_id",
         "jsonb_build_object('from', i.old_role, 'to', i.new_role)") "SELECT i.ord FROM input i JOIN changed "
                                                                     "USING (workspace_id, user_id) ORDER BY "
                                                                     "i.ord"};

const storage::statement remove_member{
    "users_remove_member",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::uuid[], $6::text[]) WITH ORDINALITY "
        "AS u(workspace_id, user_id, role, ord)), "
        "gone AS (DELETE FROM member m USING input i WHERE m.workspace_id = i.workspace_id AND m.user_id = "
        "i.user_id "
        "AND m.role = i.role RETURNING m.workspace_id, m.user_id), " //
    EMIT("input i JOIN gone USING (workspace_id, user_id)", "i.workspace_id", "member.left", "i.user_id",
         "jsonb_build_object('role', i.role)") "SELECT i.ord FROM input i JOIN gone USING (workspace_id, "
                                               "user_id) ORDER BY i.ord"};

const storage::statement create_invite{
    "users_create_invite",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::bytea[], "
        "$9::uuid[], "
        "$10::bigint[], $11::bigint[], $12::text[], $13::bytea[]) WITH ORDINALITY "
        "AS u(id, workspace_id, role, email, token_hash, created_by, created_us, expires_us, key, body_hash, "
        "ord)), " //
    CLAIM("created_by", "id", "true") "added AS (INSERT INTO invite (id, workspace_id, shard_id, role, "
                                      "email, token_hash, created_by, created_at, "
                                      "expires_at) SELECT i.id, i.workspace_id, own.shard, i.role, i.email, "
                                      "i.token_hash, i.created_by, " //
    INSTANT("i.created_us") ", " INSTANT("i.expires_us") " FROM own, input i WHERE " HAS_CLAIM(
        "i.created_by") " ON CONFLICT DO NOTHING RETURNING id), " //
    EMIT("input i JOIN added USING (id)", "i.workspace_id", "invite.created", "i.id",
         "jsonb_build_object('role', i.role, 'by', i.created_by)") "SELECT i.ord FROM input i JOIN added "
                                                                   "USING (id) ORDER BY i.ord"};

const storage::statement revoke_invite{
    "users_revoke_invite",
    OWN
    "input AS (SELECT u.* FROM unnest($4::uuid[], $5::uuid[]) WITH ORDINALITY AS u(id, workspace_id, ord)), "
    "changed AS (UPDATE invite v SET revoked = true FROM input i WHERE v.id = i.id "
    "AND v.workspace_id = i.workspace_id AND NOT v.revoked AND v.accepted_by IS NULL RETURNING v.id), " //
    EMIT("input i JOIN changed USING (id)", "i.workspace_id", "invite.revoked", "i.id",
         "'{}'::jsonb") "SELECT i.ord FROM input i JOIN changed USING (id) ORDER BY i.ord"};

const storage::statement accept_invite{
    "users_accept_invite",
    OWN "input AS (SELECT u.* FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], "
        "$8::text[], $9::bytea[]) "
        "WITH ORDINALITY AS u(id, workspace_id, user_id, role, key, body_hash, ord)), " //
    CLAIM("user_id", "id",
          "EXISTS (SELECT 1 FROM invite v WHERE v.id = i.id AND NOT v.revoked AND "
          "v.accepted_by IS NULL)") "taken AS (UPDATE invite v SET accepted_by = i.user_id "
                                    "FROM input i WHERE v.id = i.id "
                                    "AND v.workspace_id = i.workspace_id AND NOT v.revoked AND "
                                    "v.accepted_by IS NULL AND " HAS_CLAIM("i.user_id") //
    " RETURNING v.id), "
    "joined AS (INSERT INTO member (workspace_id, user_id, shard_id, role) "
    "SELECT i.workspace_id, i.user_id, own.shard, i.role FROM own, input i JOIN taken USING "
    "(id) "
    "RETURNING workspace_id, user_id, joined_at), " //
    EMIT("input i JOIN joined USING (workspace_id, user_id)", "i.workspace_id", "member.joined", "i.user_id",
         "jsonb_build_object('role', i.role, 'invite', i.id)") "SELECT i.ord, " MICROS("j."
                                                                                       "joined_"
                                                                                       "at") " F"
                                                                                             "RO"
                                                                                             "M "
                                                                                             "in"
                                                                                             "pu"
                                                                                             "t "
                                                                                             "i "
                                                                                             "JO"
                                                                                             "IN"
                                                                                             " j"
                                                                                             "oi"
                                                                                             "ne"
                                                                                             "d "
                                                                                             "j "
                                                                                             "ON"
                                                                                             " j"
                                                                                             ".w"
                                                                                             "or"
                                                                                             "ks"
                                                                                             "pa"
                                                                                             "ce"
                                                                                             "_i"
                                                                                             "d "
                                                                                             "= "
                                                                                             "i."
                                                                                             "wo"
                                                                                             "rk"
                                                                                             "sp"
                                                                                             "ac"
                                                                                             "e_"
                                                                                             "id"
                                                                                             " "
                                                                                             "AN"
                                                                                             "D "
                                                                                             "j."
                                                                                             "us"
                                                                                             "er"
                                                                                             "_i"
                                                                                             "d "
                                                                                             "= "
                                                                                             "i."
                                                                                             "us"
                                                                                             "er"
                                                                                             "_i"
                                                                                             "d "
                                                                                             "OR"
                                                                                             "DE"
                                                                                             "R "
                                                                                             "BY"
                                                                                             " i"
                                                                                             ".o"
                                                                                             "r"
                                                                                             "d"};

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
