#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// UTC, microseconds since 1970: the same precision that PostgreSQL's timestamptz keeps.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// The machine's wall clock. Actors are given a clock and never call this; see `clock_source`.
timestamp system_now() noexcept;

/// "2026-03-08T07:00:00Z", with ".123456" only when there is a fraction.
std::string format_utc(timestamp t);
/// RFC 3339 with an offset or Z; nullopt for anything else (no offset included).
std::optional<timestamp> parse_utc(std::string_view text);

/// PostgreSQL's integer view of a timestamp, used as bigint microseconds in statements.
inline std::int64_t to_micros(timestamp t) noexcept { return t.time_since_epoch().count(); }
inline timestamp from_micros(std::int64_t us) noexcept { return timestamp{microseconds{us}}; }
/// Later than every instant.
inline constexpr std::int64_t never_us = std::numeric_limits<std::int64_t>::max();

} // namespace troupe
