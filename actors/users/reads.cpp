#include "actors/users/reads.hpp"

#include "actors/users/store.hpp"
#include "actors/users/store_macros.hpp"

namespace troupe::users::reads {

namespace {

const storage::statement user_by_email_sql{
    "users_by_email", "SELECT id, email, display_name FROM app_user WHERE lower(email) = lower($1)"};
const storage::statement user_by_id_sql{"users_by_id",
                                        "SELECT id, email, display_name FROM app_user WHERE id = $1"};

const storage::statement operates_sql{"users_operates", "SELECT FROM instance_operator WHERE user_id = $1"};

const storage::statement workspaces_sql{
    "users_list_workspaces",
    "SELECT w.id, w.name, w.time_zone, w.max_lateness_s, m.role, " MICROS(
        "w.created_at") ", w.version, " MICROS("m.joined_at") " FROM member m JOIN workspace w ON w.id = "
                                                              "m.workspace_id WHERE m.user_id = $1 "
                                                              "AND ($2::bigint IS NULL OR (m.joined_at, "
                                                              "m.workspace_id) > (" INSTANT("$2::bigint") //
    ", $3::uuid)) ORDER BY m.joined_at, m.workspace_id LIMIT $4"};

const storage::statement members_sql{
    "users_list_members",
    "SELECT m.user_id, u.email, u.display_name, m.role, " MICROS(
        "m.joined_at") " FROM member m JOIN app_user u ON u.id = m.user_id WHERE m.workspace_id = $1 "
                       "AND ($2::bigint IS NULL OR (m.joined_at, m.user_id) > (" INSTANT("$2::bigint") //
    ", $3::uuid)) ORDER BY m.joined_at, m.user_id LIMIT $4"};

const storage::statement invites_sql{
    "users_list_invites",
    "SELECT id, role, email, created_by, " MICROS("created_at") ", " MICROS(
        "expires_at") " FROM invite WHERE workspace_id = $1 AND NOT revoked AND accepted_by IS NULL AND "
                      "expires_at > now() "
                      "AND ($2::bigint IS NULL OR (created_at, id) < (" INSTANT("$2::bigint") //
    ", $3::uuid)) ORDER BY created_at DESC, id DESC LIMIT $4"};

storage::step page_of(const storage::statement& sql, const uuid& whose, const std::optional<page_key>& after,
                      std::size_t limit) {
  return {&sql,
          {store::text(whose), after ? storage::param{after->micros} : std::nullopt,
           after ? storage::param{after->id} : std::nullopt, std::to_string(limit)}};
}

} // namespace

const storage::statement strangers{
    "users_strangers", "SELECT p.w, p.u FROM unnest($1::uuid[], $2::uuid[]) AS p(w, u) WHERE NOT EXISTS "
                       "(SELECT FROM member m WHERE m.workspace_id = p.w AND m.user_id = p.u)"};

storage::step operates(const uuid& user) { return {&operates_sql, {store::text(user)}}; }
bool read_operates(const storage::rows& r) { return !r.empty(); }

storage::step user_by_email(const std::string& email) { return {&user_by_email_sql, {email}}; }
storage::step user_by_id(const uuid& id) { return {&user_by_id_sql, {store::text(id)}}; }

std::optional<user_row> read_user(const storage::rows& r) {
  if (r.empty()) return std::nullopt;
  return user_row{store::to_uuid(r.get(0, 0)), std::string(r.get(0, 1)), std::string(r.get(0, 2))};
}

storage::step workspaces_of(const uuid& user, const std::optional<page_key>& after, std::size_t limit) {
  return page_of(workspaces_sql, user, after, limit);
}

std::vector<workspace_row> read_workspaces(const storage::rows& r) {
  std::vector<workspace_row> out;
  out.reserve(r.size());
  for (std::size_t i = 0; i < r.size(); ++i)
    out.push_back({store::to_uuid(r.get(i, 0)), std::string(r.get(i, 1)), std::string(r.get(i, 2)),
                   r.get_int(i, 3), store::to_role(r.get(i, 4)), r.get_int(i, 5), r.get_int(i, 6),
                   r.get_int(i, 7)});
  return out;
}

storage::step members_of(const uuid& workspace, const std::optional<page_key>& after, std::size_t limit) {
  return page_of(members_sql, workspace, after, limit);
}

std::vector<member_row> read_members(const storage::rows& r) {
  std::vector<member_row> out;
  out.reserve(r.size());
  for (std::size_t i = 0; i < r.size(); ++i)
    out.push_back({store::to_uuid(r.get(i, 0)), std::string(r.get(i, 1)), std::string(r.get(i, 2)),
                   store::to_role(r.get(i, 3)), r.get_int(i, 4)});
  return out;
}

storage::step open_invites_of(const uuid& workspace, const std::optional<page_key>& after,
                              std::size_t limit) {
  return page_of(invites_sql, workspace, after, limit);
}

std::vector<invite_row> read_invites(const storage::rows& r) {
  std::vector<invite_row> out;
  out.reserve(r.size());
  for (std::size_t i = 0; i < r.size(); ++i)
    out.push_back({store::to_uuid(r.get(i, 0)), store::to_role(r.get(i, 1)), r.get_optional(i, 2),
                   store::to_uuid(r.get(i, 3)), r.get_int(i, 4), r.get_int(i, 5)});
  return out;
}

} // namespace troupe::users::reads
