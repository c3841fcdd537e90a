#pragma once

#include "system/core/clock.hpp"
#include "system/core/errors.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// Which of two instants a wall-clock time means when clocks are set back.
enum class ambiguity : std::uint8_t { refuse, earlier, later };

/// True when `name` is an IANA zone of the installed time zone database ("Europe/Berlin").
bool is_zone(std::string_view name);

/// Resolves wall-clock `local` ("2026-03-29T02:30" or with seconds) in `zone` to UTC.
/// Errors: validation_failed (unreadable time, unknown zone, after 2037); nonexistent_time, with both
/// neighbours in the text; ambiguous_time when `choice` is refuse, with both candidates in the text.
expected<timestamp> resolve_local(std::string_view local, std::string_view zone, ambiguity choice);

/// "2026-03-29T03:30:00" as the clocks of `zone` show it at `t`. `zone` must satisfy is_zone.
std::string format_local(timestamp t, std::string_view zone);

} // namespace troupe
