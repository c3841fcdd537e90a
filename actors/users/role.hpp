#pragma once

#include <cstdint>
#include <string_view>

namespace troupe {

/// What a member of a workspace may do; each role may do everything that the ones before it may.
enum class role : std::uint8_t { viewer = 1, editor = 2, admin = 3, owner = 4 };
std::string_view to_string(role r) noexcept;
bool parse_role(std::string_view text, role& out) noexcept;

} // namespace troupe
