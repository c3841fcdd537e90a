#pragma once

#include "config/settings.hpp"
#include "system/storage/database.hpp"

#include <memory>

/// INTERNAL to the commands: how they reach the database, and how they say that something went wrong.
namespace troupe::node {

/// Prints the reason on standard error; answers the exit code 1.
int complain(const failure& f);
int complain(const storage::batch_result& r);

/// A connection of the command line's own. BLOCKING. bad_configuration without a database.dsn.
expected<std::unique_ptr<storage::blocking_connection>> connect(const config::settings& c);

} // namespace troupe::node
