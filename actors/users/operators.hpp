#pragma once

#include "system/storage/database.hpp"

#include <string>

namespace troupe::users {

/// BLOCKING, for the CLI (`troupe users operator EMAIL on|off`): names an operator of the instance, or takes
/// that back; holds from the next request on. False: it was so already. not_found: nobody has this address;
/// validation_failed; storage_failed.
expected<bool> set_operator(storage::blocking_connection& db, const std::string& email, bool on);

} // namespace troupe::users
