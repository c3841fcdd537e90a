#pragma once

#include "system/storage/database.hpp"

#include <string>
#include <vector>

namespace troupe::storage {

/// INTERNAL. As in database.hpp, for a list of one's own: `known` in the order in which it applies.
expected<std::vector<std::string>> migrate(blocking_connection& db, const std::vector<migration>& known);
expected<std::vector<std::string>> pending_migrations(blocking_connection& db,
                                                      const std::vector<migration>& known);

} // namespace troupe::storage
