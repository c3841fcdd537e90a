#include "net/bridge/target.hpp"

#include "system/core/ascii.hpp"

#include <unicode/utf8.h>

#include <algorithm>

namespace troupe::bridge {

namespace {

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// Checks each segment of a path. Dot segments are for the client to resolve (RFC 3986, 6.2.2.3); one that
/// arrives here only tries its luck with whoever takes a parameter for a file name.
bool good_path(std::string_view path) {
  std::string scratch;
  while (!path.empty()) {
    path.remove_prefix(1); // the slash
    auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    auto plain = segment;
    if (segment.find('%') != std::string_view::npos) {
      if (!percent_decode(segment, false, scratch)) return false;
      plain = scratch;
    }
    if (plain == "." || plain == "..") return false;
  }
  return true;
}

std::optional<refusal> parse_query(std::string_view query, header_list& out) {
  while (!query.empty()) {
    auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    if (out.size() == max_query_parameters) return malformed("The query has more than 100 parameters.");
    auto equals = pair.find('=');
    auto value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    auto& [name, text] = out.emplace_back();
    if (!percent_decode(pair.substr(0, equals), true, name) || !percent_decode(value, true, text))
      return malformed("The query is not percent-encoded UTF-8 without control characters.");
  }
  return std::nullopt;
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
  auto size = static_cast<std::int64_t>(text.size());
  for (std::int64_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT(text.data(), i, size, c); // NOLINT(bugprone-inc-dec-in-conditions): as ICU writes it
    if (c < 0) return false;
  }
  return true;
}

bool percent_decode(std::string_view text, bool plus_is_blank, std::string& out) {
  out.clear();
  out.reserve(text.size());
  bool ascii = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return false;
      int high = ascii::hex_value(text[i + 1]), low = ascii::hex_value(text[i + 2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high << 4 | low);
      i += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    if (is_control(c)) return false;
    if (static_cast<unsigned char>(c) >= 0x80) ascii = false;
    out += c;
  }
  return ascii || is_utf8(out);
}

std::optional<refusal> parse_target(std::string_view target, request& out) {
  if (target.empty() || target.front() != '/')
    return malformed("The target must be a path that starts with a slash.");
  auto unfit = [](char c) { return c <= 0x20 || c >= 0x7F || c == '#' || c == '\\'; };
  if (std::any_of(target.begin(), target.end(), unfit))
    return malformed("The target has a character that must be percent-encoded.");
  auto mark = target.find('?');
  auto path = target.substr(0, mark);
  auto query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  if (path.size() > max_target_part || query.size() > max_target_part)
    return target_too_long(max_target_part);
  if (!good_path(path))
    return malformed("The path is not percent-encoded UTF-8 without control characters and dot segments.");
  out.path = path;
  return parse_query(query, out.query);
}

} // namespace troupe::bridge
