#pragma once

#include "net/bridge/http.hpp"
#include "net/bridge/problem.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe::bridge {

constexpr std::size_t max_target_part = 4096; // bytes of the path, and of the query
constexpr std::size_t max_query_parameters = 100;

/// True when the text is UTF-8 throughout.
bool is_utf8(std::string_view text) noexcept;

/// Undoes %XX (and + for a blank, in queries). False when an escape is broken, or when the outcome is not
/// UTF-8 or has a control character: such text has no place in an identifier, a log line or a column.
bool percent_decode(std::string_view text, bool plus_is_blank, std::string& out);

/// Takes an origin-form target ("/v1/posts?limit=20") apart into `path` (as sent) and `query` (decoded).
/// Answers what is wrong with it, or nothing.
std::optional<refusal> parse_target(std::string_view target, request& out);

} // namespace troupe::bridge
