#include "actors/users/reset_password.hpp"

#include "actors/users/types.hpp"
#include "system/core/log.hpp"
#include "system/core/secrets.hpp"

#include <algorithm>

namespace troupe::users {

namespace {

// The USER may be in memory with the old row: it finds the new generation when it next writes, and the new
// hash when a password does not match.
constexpr const char* reset_sql =
    "WITH changed AS (UPDATE app_user SET password_hash = $2, token_generation = token_generation + 1 "
    "WHERE lower(email) = lower($1) RETURNING id), "
    "ended AS (UPDATE sign_in s SET revoked_at = now() FROM changed c WHERE s.user_id = c.id AND "
    "s.revoked_at IS NULL "
    "RETURNING s.id) "
    "SELECT (SELECT id FROM changed), (SELECT count(*) FROM ended)";

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

expected<reset_result> reset_password(storage::blocking_connection& db, const std::string& email,
                                      std::string password, const auth::password_settings& settings) {
  auto address = normalise_email(email);
  if (!address) return failure{ec::validation_failed, "this is no e-mail address"};
  if (password.empty()) password = secrets::random_token(18);
  if (auto n = characters(password); n < 10 || n > 200)
    return failure{ec::validation_failed, "a password has 10 to 200 characters"};
  auto r = db.run(reset_sql, {*address, auth::hash_password_blocking(password, settings)});
  if (!r.ok()) {
    log::error("users.reset_failed", {{"sqlstate", r.sqlstate}, {"message", r.message}});
    return failure{ec::storage_failed, "the database did not take the new password"};
  }
  if (r.results[0].is_null(0, 0)) return failure{ec::not_found, "no user has this e-mail address"};
  reset_result out{std::move(password), static_cast<std::size_t>(r.results[0].get_int(0, 1))};
  log::info("user.password_reset", {{"user", r.results[0].get(0, 0)}, {"sessions", out.sessions}});
  return out;
}

} // namespace troupe::users
