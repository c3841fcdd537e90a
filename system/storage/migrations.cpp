#include "system/storage/migrations.hpp"

#include "system/core/log.hpp"
#include "system/core/secrets.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace troupe::storage {

namespace {

constexpr char table_sql[] = R"(CREATE TABLE IF NOT EXISTS troupe_migration (
  "group"    text        NOT NULL,
  version    integer     NOT NULL,
  name       text        NOT NULL,
  checksum   text        NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY ("group", version)))";
constexpr char exists_sql[] = "SELECT to_regclass('troupe_migration') IS NOT NULL";
constexpr char applied_sql[] =
    R"(SELECT "group", version, name, checksum FROM troupe_migration ORDER BY 1, 2)";
constexpr char record_sql[] =
    R"(INSERT INTO troupe_migration ("group", version, name, checksum) VALUES ($1, $2, $3, $4))";

// Migrations wait for each other and for long work, unlike everything else; the limits come back at the end.
// The number of the lock is that of no other: "troupe" in ASCII.
constexpr char lock_sql[] = "SET statement_timeout = '1h'; SET lock_timeout = '5min'; "
                            "SELECT pg_advisory_lock(128034845061221)";
constexpr char unlock_sql[] =
    "SELECT pg_advisory_unlock(128034845061221); RESET statement_timeout; RESET lock_timeout";

/// Holds the lock that lets one node migrate at a time.
class migration_lock {
 public:
  explicit migration_lock(blocking_connection& db) : db_(db), taken_(db.run_script(lock_sql)) {}
  ~migration_lock() {
    if (taken_) (void)db_.run_script(unlock_sql);
  }
  migration_lock(const migration_lock&) = delete;
  migration_lock& operator=(const migration_lock&) = delete;
  const expected<void>& taken() const noexcept { return taken_; }

 private:
  blocking_connection& db_;
  expected<void> taken_;
};

std::string label(std::string_view group, std::int64_t version, std::string_view name) {
  return fmt::format("{} V{:03} {}", group, version, name);
}

std::string label(const migration& m) { return label(m.group, m.version, m.name); }
std::string checksum(const migration& m) { return secrets::hex(secrets::sha256(m.sql)); }

failure database_failure(const batch_result& r) {
  return {r.status == batch_status::failed ? ec::storage_failed : ec::unavailable, r.message};
}

/// What the database holds, held against what the program knows; answers what is missing, in order.
expected<std::vector<const migration*>> compare(blocking_connection& db,
                                                const std::vector<migration>& known) {
  auto exists = db.run(exists_sql);
  if (!exists.ok()) return database_failure(exists);
  std::map<std::pair<std::string, std::int64_t>, const migration*> missing;
  for (auto& m : known) missing[{m.group, m.version}] = &m;
  std::map<std::string, std::int64_t> newest;
  if (exists.results[0].get_bool(0, 0)) {
    auto applied = db.run(applied_sql);
    if (!applied.ok()) return database_failure(applied);
    auto& rows = applied.results[0];
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::pair key{std::string(rows.get(i, 0)), rows.get_int(i, 1)};
      auto text = label(key.first, key.second, rows.get(i, 2));
      auto found = missing.find(key);
      if (found == missing.end())
        return failure{ec::bad_configuration,
                       fmt::format("the database holds migration {}, which this program does not know; "
                                   "it was migrated by a newer one, run that",
                                   text)};
      if (rows.get(i, 3) != checksum(*found->second))
        return failure{ec::bad_configuration,
                       fmt::format("migration {} was changed after it had been applied to this database; "
                                   "restore its text and add a new migration instead",
                                   text)};
      newest[key.first] = std::max(newest[key.first], key.second);
      missing.erase(found);
    }
  }
  std::vector<const migration*> out;
  for (auto& m : known) {
    if (!missing.contains({m.group, m.version})) continue;
    if (auto later = newest.find(m.group); later != newest.end() && later->second > m.version)
      return failure{
          ec::bad_configuration,
          fmt::format("migration {} is missing from the database although V{:03} of its group has been "
                      "applied; number new migrations after the old ones",
                      label(m), later->second)};
    out.push_back(&m);
  }
  return out;
}

expected<void> apply(blocking_connection& db, const migration& m) {
  auto done = [&]() -> expected<void> {
    if (auto begun = db.run("BEGIN"); !begun.ok()) return database_failure(begun);
    if (auto ran = db.run_script(m.sql); !ran) return ran.error();
    auto recorded = db.run(record_sql, {m.group, std::to_string(m.version), m.name, checksum(m)});
    if (!recorded.ok()) return database_failure(recorded);
    if (auto committed = db.run("COMMIT"); !committed.ok()) return database_failure(committed);
    return {};
  }();
  if (done) return done;
  if (db.alive()) (void)db.run("ROLLBACK");
  return failure{done.error().code, fmt::format("migration {}: {}", label(m), done.error().detail)};
}

} // namespace

expected<std::vector<std::string>> migrate(blocking_connection& db, const std::vector<migration>& known) {
  migration_lock lock{db};
  if (!lock.taken()) return lock.taken().error();
  auto missing = compare(db, known);
  if (!missing) return missing.error();
  if (auto made = db.run(table_sql); !made.ok()) return database_failure(made);
  std::vector<std::string> applied;
  for (auto* m : *missing) {
    if (auto done = apply(db, *m); !done) return done.error();
    applied.push_back(label(*m));
    log::info("storage.migrated", {{"migration", applied.back()}});
  }
  return applied;
}

expected<std::vector<std::string>> pending_migrations(blocking_connection& db,
                                                      const std::vector<migration>& known) {
  auto missing = compare(db, known);
  if (!missing) return missing.error();
  std::vector<std::string> names;
  for (auto* m : *missing) names.push_back(label(*m));
  return names;
}

expected<std::vector<std::string>> migrate(blocking_connection& db) { return migrate(db, all_migrations()); }

expected<std::vector<std::string>> pending_migrations(blocking_connection& db) {
  return pending_migrations(db, all_migrations());
}

} // namespace troupe::storage
