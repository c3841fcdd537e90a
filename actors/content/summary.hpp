#pragma once

#include "system/core/clock.hpp"
#include "system/core/ids.hpp"
#include "system/storage/database.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What a dashboard asks of one workspace: counts and figures over its deliveries. Read from the store; the
/// cost of `count_states` grows with all of them, that of the others with those of the last days.
namespace troupe::content_store {

/// How many are in each state.
storage::step count_states(const uuid& workspace);
std::map<std::string, std::int64_t> read_states(const storage::rows& r);

/// Ids of those that need a person, newest first, and how many there are in all. Of the last 30 days.
storage::step find_stuck(const uuid& workspace, std::size_t limit);
/// Ids of those that went out in the last 24 hours, newest first, and how many there are in all.
storage::step find_published(const uuid& workspace, std::size_t limit);
struct found_ids {
  std::vector<uuid> ids;
  std::int64_t total = 0;
};
found_ids read_ids(const storage::rows& r);

/// From due to published, of what was published in the last 7 days.
struct lateness_figures {
  std::int64_t count = 0;
  std::int64_t p50_ms = 0, p99_ms = 0, max_ms = 0; // of none: 0
};
storage::step measure_lateness(const uuid& workspace);
lateness_figures read_lateness(const storage::rows& r);

struct account_figures {
  std::int64_t scheduled = 0, published_24h = 0, failed_7d = 0, needs_review = 0;
  std::optional<timestamp> last_published_at; // of the last 30 days
};
storage::step count_by_account(const uuid& workspace);
std::map<uuid, account_figures> read_by_account(const storage::rows& r);

} // namespace troupe::content_store
