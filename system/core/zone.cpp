#include "system/core/zone.hpp"

#include <date/tz.h>
#include <fmt/format.h>

namespace troupe {

namespace {

/// The installed database lists transitions one by one until here; after it the library would silently give
/// every zone its standard time.
constexpr timestamp rules_end = date::sys_days{date::year{2038} / 1 / 1};

const date::time_zone* find_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return nullptr;
  } // The database reports unknown names by throwing.
}

std::string local_text(date::local_time<microseconds> t) {
  return date::format("%FT%T", date::floor<std::chrono::seconds>(t));
}

} // namespace

bool is_zone(std::string_view name) {
  return !name.empty() && name.size() <= 64 && find_zone(name) != nullptr;
}

expected<timestamp> resolve_local(std::string_view local, std::string_view zone, ambiguity choice) {
  auto tz = find_zone(zone);
  if (!tz) return failure{ec::validation_failed, fmt::format("'{}' is not an IANA time zone", zone)};
  // Read as if it were UTC, for the one strict reader of times; an offset of its own makes it unreadable.
  std::string text(local);
  if (text.size() == 16) text += ":00";
  auto read = parse_utc(text + 'Z');
  if (!read)
    return failure{ec::validation_failed,
                   fmt::format("'{}' is not a local time like 2026-03-29T09:30", local)};
  if (*read >= rules_end)
    return failure{ec::validation_failed,
                   fmt::format("'{}' lies after 2037, up to where the rules of zones are known", local)};
  date::local_time<microseconds> wall{read->time_since_epoch()};
  auto info = tz->get_info(wall);
  switch (info.result) {
  case date::local_info::nonexistent: {
    // Both neighbours: the last moment before the gap, and the first one after it.
    auto gap = info.first.end;
    auto before = tz->to_local(gap - std::chrono::seconds{1});
    auto after = tz->to_local(gap);
    return failure{ec::nonexistent_time, fmt::format("{} does not exist in {}: clocks go from {} to {}",
                                                     local, zone, local_text(before), local_text(after))};
  }
  case date::local_info::ambiguous: {
    auto first =
        date::floor<microseconds>(date::sys_time<microseconds>{wall.time_since_epoch()} - info.first.offset);
    auto second =
        date::floor<microseconds>(date::sys_time<microseconds>{wall.time_since_epoch()} - info.second.offset);
    if (choice == ambiguity::earlier) return timestamp{first};
    if (choice == ambiguity::later) return timestamp{second};
    return failure{ec::ambiguous_time,
                   fmt::format("{} happens twice in {}: at {} and at {}; say if_ambiguous", local, zone,
                               format_utc(first), format_utc(second))};
  }
  default: return timestamp{date::sys_time<microseconds>{wall.time_since_epoch()} - info.first.offset};
  }
}

std::string format_local(timestamp t, std::string_view zone) {
  auto tz = find_zone(zone);
  return tz ? local_text(tz->to_local(t)) : format_utc(t);
}

} // namespace troupe
