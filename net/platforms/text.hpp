#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Reading post text the way networks read it: clusters, links, mentions. Offsets are UTF-8 bytes, end
/// exclusive.
namespace troupe::platforms::text {

struct span {
  std::size_t begin = 0, end = 0;
  std::size_t size() const noexcept { return end - begin; }
};

/// The links in a text: "http://" and "https://" followed by a host name with a dot, and with `bare` also
/// host names without a scheme whose last label is a well-known top-level domain. A trailing full stop, comma
/// or unpaired bracket does not belong to the link.
std::vector<span> find_urls(std::string_view utf8, bool bare);

/// The extended grapheme clusters of a text (UAX #29), in order.
std::vector<span> graphemes(std::string_view utf8);

/// Decodes the code point at `at` and moves `at` behind it; U+FFFD for a malformed byte.
char32_t next_code_point(std::string_view utf8, std::size_t& at) noexcept;
bool is_space(char32_t c) noexcept;
bool is_letter_or_digit(char32_t c) noexcept;

/// The text as Mastodon sees it: mentions without their server ("@ada@example.social" is "@ada"), and every
/// link replaced by `url_weight` letters; 0 leaves links as they are.
std::string mastodon_form(std::string_view utf8, std::size_t url_weight);

/// True for host names that end in a top-level domain that people write without a scheme ("example.com").
bool has_known_top_level_domain(std::string_view host);

/// Without white space (Unicode) at both ends.
std::string_view trim(std::string_view utf8) noexcept;

} // namespace troupe::platforms::text
