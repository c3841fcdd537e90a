#include "actors/users/store.hpp"
#include "actors/users/store_macros.hpp"

// The statements of the WORKSPACE.
namespace troupe::users::store {

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

} // namespace troupe::users::store
