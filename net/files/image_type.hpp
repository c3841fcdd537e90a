#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe::files {

/// The images that Troupe takes.
enum class image_type : std::uint8_t { png, jpeg, gif, webp };

/// "image/png", ...
std::string_view content_type(image_type t) noexcept;
/// Reads a Content-Type header: parameters and case do not matter. nullopt: none of ours.
std::optional<image_type> parse_content_type(std::string_view text) noexcept;

/// How many bytes from the beginning of a file `sniff` wants to see.
inline constexpr std::size_t sniff_bytes = 16;
/// The type by the file's first bytes; nullopt: none of ours.
std::optional<image_type> sniff(std::string_view head) noexcept;

} // namespace troupe::files
