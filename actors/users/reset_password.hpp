#pragma once

#include "actors/auth/password.hpp"
#include "system/storage/database.hpp"

#include <string>

namespace troupe::users {

struct reset_result {
  std::string password;     // the new one; a random one when none was given
  std::size_t sessions = 0; // that were ended
};

/// BLOCKING, for the CLI (`troupe users reset-password EMAIL`): sets a new password and ends every session,
/// also while a node is running. An empty `password` makes a random one. not_found: nobody has this address;
/// validation_failed: not 10 to 200 characters; storage_failed.
expected<reset_result> reset_password(storage::blocking_connection& db, const std::string& email,
                                      std::string password, const auth::password_settings& settings);

} // namespace troupe::users
