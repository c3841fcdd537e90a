#include "actors/users/operators.hpp"

#include "actors/users/types.hpp"
#include "system/core/log.hpp"

namespace troupe::users {

namespace {

constexpr const char* grant_sql = "WITH who AS (SELECT id FROM app_user WHERE lower(email) = lower($1)), "
                                  "changed AS (INSERT INTO instance_operator (user_id) SELECT id FROM who ON "
                                  "CONFLICT DO NOTHING RETURNING user_id) "
                                  "SELECT (SELECT id FROM who), EXISTS (SELECT FROM changed)";

constexpr const char* withdraw_sql =
    "WITH who AS (SELECT id FROM app_user WHERE lower(email) = lower($1)), "
    "changed AS (DELETE FROM instance_operator o USING who WHERE o.user_id = who.id RETURNING o.user_id) "
    "SELECT (SELECT id FROM who), EXISTS (SELECT FROM changed)";

} // namespace

expected<bool> set_operator(storage::blocking_connection& db, const std::string& email, bool on) {
  auto address = normalise_email(email);
  if (!address) return failure{ec::validation_failed, "this is no e-mail address"};
  auto r = db.run(on ? grant_sql : withdraw_sql, {*address});
  if (!r.ok()) {
    log::error("users.operator_failed", {{"sqlstate", r.sqlstate}, {"message", r.message}});
    return failure{ec::storage_failed, "the database did not take it"};
  }
  if (r.results[0].is_null(0, 0)) return failure{ec::not_found, "no user has this e-mail address"};
  log::info("user.operator", {{"user", r.results[0].get(0, 0)}, {"on", on}});
  return r.results[0].get_bool(0, 1);
}

} // namespace troupe::users
