#pragma once

#include "system/storage/database.hpp"
#include "tests/support/postgres.hpp"

#include <stdexcept>

namespace troupe::test {

/// Brings an empty database to the newest schema; throws with the reason when it cannot.
inline void migrate_database(const std::string& dsn) {
  storage::connection_settings settings;
  settings.dsn = dsn;
  settings.connect_timeout_s = 30; // a machine may be busy with other tests
  auto db = storage::blocking_connection::open(settings);
  if (!db) throw std::runtime_error("the database: " + db.error().detail);
  auto applied = storage::migrate(**db);
  if (!applied) throw std::runtime_error("migrations: " + applied.error().detail);
}

/// For a database of the newest schema.
inline postgres_options migrated() {
  postgres_options o;
  o.prepare = migrate_database;
  return o;
}

} // namespace troupe::test
