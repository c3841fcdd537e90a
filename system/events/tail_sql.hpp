#pragma once

#include "system/events/feed.hpp"

#include <vector>

/// The TAIL's SQL, beside its row mapping.
namespace troupe::events::sql {

/// Where the present is.
struct present {
  position at;
  timestamp time{};
  std::string history;
};
storage::step find_present();
present read_present(const storage::rows& r);

/// Events of these workspaces after `from` that can have no more company, and where the next look begins.
struct news {
  std::vector<event> events;
  position next;
  timestamp time{};
  bool more = false; // as many as were asked for: look again at once
};
/// `since`: when `from` was passed; partitions that are clearly older are not looked into.
storage::step find_news(const position& from, timestamp since, std::string workspaces, std::size_t limit);
news read_news(const storage::rows& r, std::size_t limit);

/// What one workspace had after `from`, up to and with `to`.
storage::step find_missed(const uuid& workspace, const position& from, timestamp since, const position& to,
                          std::size_t limit);
std::vector<event> read_missed(const storage::rows& r);

} // namespace troupe::events::sql
