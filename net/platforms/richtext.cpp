#include "net/platforms/richtext.hpp"

#include "net/platforms/adapter.hpp"
#include "system/core/ascii.hpp"

#include <unicode/uchar.h>

#include <algorithm>

namespace troupe::platforms::richtext {
namespace {

constexpr std::size_t longest_tag = 64; // graphemes
constexpr std::size_t longest_tag_bytes = 640;

bool is_handle_char(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
}

bool is_emoji_part(char32_t c) noexcept {
  const auto u = static_cast<UChar32>(c);
  return c == 0x200D || c == 0xFE0F || u_hasBinaryProperty(u, UCHAR_EMOJI_PRESENTATION) ||
         u_hasBinaryProperty(u, UCHAR_EMOJI_MODIFIER) || u_hasBinaryProperty(u, UCHAR_EXTENDED_PICTOGRAPHIC);
}

bool is_letter(char32_t c) noexcept { return u_isalpha(static_cast<UChar32>(c)); }

bool is_tag_char(char32_t c) noexcept {
  const auto mask = U_GET_GC_MASK(static_cast<UChar32>(c));
  return is_letter(c) || (mask & U_GC_M_MASK) || (mask & U_GC_ND_MASK) || c == U'_' || c == U'-' ||
         is_emoji_part(c);
}

// "@name.example.com" at `at`; the range is empty when there is none.
facet mention_facet_at(std::string_view s, std::size_t at) {
  std::size_t end = at + 1;
  while (end < s.size() && is_handle_char(s[end])) ++end;
  while (end > at + 1 && (s[end - 1] == '.' || s[end - 1] == '-')) --end;
  const auto name = s.substr(at + 1, end - at - 1);
  if (!is_handle(name)) return {{at, at}, feature::mention, {}};
  return {{at, end}, feature::mention, ascii::to_lower(name)};
}

// "#tag" whose "#" ends at `name`.
facet tag_at(std::string_view s, std::size_t hash, std::size_t name) {
  std::size_t end = name;
  bool first = true;
  for (std::size_t probe = name; probe < s.size(); first = false) {
    const char32_t c = text::next_code_point(s, probe);
    if (first ? !(is_letter(c) || is_emoji_part(c)) || c == 0xFE0F || c == 0x200D : !is_tag_char(c)) break;
    end = probe;
  }
  while (end > name && (s[end - 1] == '-' || s[end - 1] == '_')) --end;
  const auto tag = s.substr(name, end - name);
  if (tag.empty() || tag.size() > longest_tag_bytes || count(tag, count_unit::graphemes) > longest_tag)
    return {{hash, hash}, feature::tag, {}};
  return {{hash, end}, feature::tag, std::string(tag)};
}

} // namespace

bool is_handle(std::string_view s) noexcept {
  if (s.size() > 253 || s.find('.') == std::string_view::npos) return false;
  std::size_t from = 0;
  for (;;) {
    const auto dot = std::min(s.find('.', from), s.size());
    const auto label = s.substr(from, dot - from);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_handle_char(c) && c != '.'; }))
      return false;
    if (dot == s.size()) return !(label.front() >= '0' && label.front() <= '9');
    from = dot + 1;
  }
}

std::vector<facet> detect(std::string_view s) {
  std::vector<facet> found;
  const auto urls = text::find_urls(s, true);
  auto url = urls.begin();
  bool at_start = true, after_bracket = false;
  for (std::size_t at = 0; at < s.size();) {
    if (url != urls.end() && at == url->begin) {
      std::string target(s.substr(url->begin, url->size()));
      const auto scheme = ascii::to_lower(target.substr(0, 8));
      if (scheme != "https://" && scheme.substr(0, 7) != "http://") target.insert(0, "https://");
      found.push_back({*url, feature::link, std::move(target)});
      at = url->end;
      ++url;
      at_start = after_bracket = false;
      continue;
    }
    std::size_t next = at;
    const char32_t c = text::next_code_point(s, next);
    facet one{{at, at}, feature::tag, {}};
    if (c == U'@' && (at_start || after_bracket)) one = mention_facet_at(s, at);
    if ((c == U'#' || c == U'\uFF03') && at_start) one = tag_at(s, at, next);
    if (one.range.size() > 0) {
      next = one.range.end;
      // "@name.example.com" was also seen as a link without a scheme.
      while (url != urls.end() && url->begin < next) ++url;
      found.push_back(std::move(one));
    }
    at_start = text::is_space(c) && next - at <= 4;
    after_bracket = c == U'(';
    at = next;
  }
  return found;
}

} // namespace troupe::platforms::richtext
