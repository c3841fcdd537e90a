#include "net/platforms/text.hpp"

#include "system/core/ascii.hpp"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <memory>

namespace troupe::platforms::text {

char32_t next_code_point(std::string_view utf8, std::size_t& at) noexcept {
  UChar32 c = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(utf8.data());
  U8_NEXT_OR_FFFD(bytes, at, utf8.size(), c); // NOLINT(bugprone-inc-dec-in-conditions): as ICU writes it
  return static_cast<char32_t>(c);
}

bool is_space(char32_t c) noexcept { return u_isUWhiteSpace(static_cast<UChar32>(c)); }
bool is_letter_or_digit(char32_t c) noexcept { return u_isalnum(static_cast<UChar32>(c)); }

std::string_view trim(std::string_view utf8) noexcept {
  std::size_t begin = 0, end = 0;
  bool started = false;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto before = at;
    if (is_space(next_code_point(utf8, at))) continue;
    if (!started) begin = before;
    started = true;
    end = at;
  }
  return utf8.substr(begin, end - begin);
}

namespace {

struct break_closer {
  void operator()(UBreakIterator* b) const noexcept { ubrk_close(b); }
};
using break_iterator = std::unique_ptr<UBreakIterator, break_closer>;

// Opening one costs far more than running it, so every thread keeps its own.
UBreakIterator* character_breaks() {
  thread_local break_iterator kept;
  if (!kept) {
    UErrorCode error = U_ZERO_ERROR;
    kept.reset(ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &error));
    if (U_FAILURE(error)) kept.reset();
  }
  return kept.get();
}

bool is_ascii_alnum(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The character before a link: a letter, digit or one of @ $ # in front means that it is part of something
// else.
bool may_precede_url(std::string_view s, std::size_t at) noexcept {
  if (at == 0) return true;
  const char before = s[at - 1];
  return !is_ascii_alnum(before) && before != '@' && before != '$' && before != '#' && before != '/' &&
         before != '.' && before != '-' && before != '_';
}

bool is_host_char(char c) noexcept {
  return is_ascii_alnum(c) || c == '-' || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// Where the host that starts at `at` ends; at itself when there is none. It needs a dot and a last label of
// letters.
std::size_t host_end(std::string_view s, std::size_t at) {
  std::size_t end = at;
  while (end < s.size() && is_host_char(s[end])) {
    if (static_cast<unsigned char>(s[end]) >=
        0x80) { // letters of other scripts, but no punctuation or spaces
      std::size_t next = end;
      if (!is_letter_or_digit(next_code_point(s, next))) break;
      end = next;
    } else {
      ++end;
    }
  }
  while (end > at && (s[end - 1] == '.' || s[end - 1] == '-' || s[end - 1] == '_')) --end;
  const auto host = s.substr(at, end - at);
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || host.find("..") != std::string_view::npos) return at;
  const auto last = host.substr(dot + 1);
  if (last.size() < 2) return at;
  if (ascii::to_lower(last.substr(0, 4)) == "xn--") return end;
  for (char c : last)
    if ((c >= '0' && c <= '9') || c == '-' || c == '_') return at;
  return end;
}

constexpr std::string_view trailing_punctuation = "!*\"'<>;:=,.$%[]~&|@?";

// Path, query and fragment after the host: up to white space or a bracket without its partner.
std::size_t tail_end(std::string_view s, std::size_t at) {
  std::size_t end = at, probe = at;
  int open = 0;
  while (probe < s.size()) {
    std::size_t next = probe;
    const char32_t c = next_code_point(s, next);
    if (is_space(c) || c == U'<' || c == U'>' || c == U'"' || c == U'「' || c == U'」' || c < 0x20) break;
    if (c == U'(') {
      // Belongs to the link only when its partner comes before the link ends.
      std::size_t look = next;
      bool closed = false;
      while (look < s.size() && !closed) {
        const char32_t d = next_code_point(s, look);
        if (is_space(d)) break;
        closed = d == U')';
      }
      if (!closed) break;
      ++open;
    } else if (c == U')') {
      if (open == 0) break;
      --open;
    }
    probe = next;
    if (c == U')' || c == U'/' || c >= 0x80 ||
        trailing_punctuation.find(static_cast<char>(c)) == std::string_view::npos)
      end = probe;
  }
  return end;
}

std::size_t url_end(std::string_view s, std::size_t host, std::size_t after_host) {
  std::size_t end = after_host;
  if (end < s.size() && s[end] == ':') {
    std::size_t port = end + 1;
    while (port < s.size() && s[port] >= '0' && s[port] <= '9' && port - end <= 5) ++port;
    if (port > end + 1) end = port;
  }
  if (end < s.size() && (s[end] == '/' || s[end] == '?' || s[end] == '#'))
    end = std::max(end, tail_end(s, end));
  return end > host ? end : host;
}

bool starts_with_ignoring_case(std::string_view s, std::string_view lower) noexcept {
  if (s.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    const char c = s[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != lower[i]) return false;
  }
  return true;
}

// Generic domains that people write without "https://". Country codes count only with a path behind them, so
// that "file.py" or "etc.so" stay words; ".co" and ".tv" are used like generic ones.
constexpr std::array<std::string_view, 46> generic_domains = {
    "com",   "org",     "net",    "edu",   "gov",    "mil",    "int",    "info",   "biz",    "name",
    "io",    "co",      "tv",     "me",    "app",    "dev",    "xyz",    "online", "site",   "shop",
    "store", "blog",    "tech",   "news",  "cloud",  "social", "page",   "link",   "live",   "club",
    "space", "website", "world",  "today", "life",   "media",  "studio", "agency", "design", "art",
    "wiki",  "eu",      "museum", "jobs",  "travel", "mobi"};

std::string_view last_label(std::string_view host) noexcept { return host.substr(host.rfind('.') + 1); }

bool is_country_code(std::string_view label) noexcept {
  return label.size() == 2 && is_ascii_alnum(label[0]) && is_ascii_alnum(label[1]);
}

} // namespace

bool has_known_top_level_domain(std::string_view host) {
  const auto label = ascii::to_lower(last_label(host));
  return std::find(generic_domains.begin(), generic_domains.end(), label) != generic_domains.end();
}

std::vector<span> find_urls(std::string_view s, bool bare) {
  std::vector<span> found;
  for (std::size_t at = 0; at < s.size();) {
    const auto rest = s.substr(at);
    const bool secure = starts_with_ignoring_case(rest, "https://");
    if (secure || starts_with_ignoring_case(rest, "http://")) {
      const std::size_t host = at + (secure ? 8 : 7);
      const std::size_t after = may_precede_url(s, at) ? host_end(s, host) : host;
      if (after > host) {
        found.push_back({at, url_end(s, host, after)});
        at = found.back().end;
      } else {
        at = host;
      }
      continue;
    }
    if (bare && is_ascii_alnum(s[at]) && may_precede_url(s, at)) {
      const std::size_t after = host_end(s, at);
      if (after > at) {
        const auto host = s.substr(at, after - at);
        const bool path = after < s.size() && s[after] == '/';
        const bool address = after < s.size() && s[after] == '@'; // the first half of an e-mail address
        if (!address && (has_known_top_level_domain(host) || (path && is_country_code(last_label(host))))) {
          found.push_back({at, url_end(s, at, after)});
          at = found.back().end;
          continue;
        }
      }
      while (at < s.size() && is_host_char(s[at])) ++at;
      continue;
    }
    ++at;
  }
  return found;
}

std::vector<span> graphemes(std::string_view utf8) {
  std::vector<span> found;
  UErrorCode error = U_ZERO_ERROR;
  UText view = UTEXT_INITIALIZER;
  utext_openUTF8(&view, utf8.data(), static_cast<std::int64_t>(utf8.size()), &error);
  auto* breaks = character_breaks();
  if (U_SUCCESS(error) && breaks) {
    ubrk_setUText(breaks, &view, &error);
    std::int32_t from = ubrk_first(breaks);
    for (std::int32_t to = ubrk_next(breaks); to != UBRK_DONE; from = to, to = ubrk_next(breaks))
      found.push_back({static_cast<std::size_t>(from), static_cast<std::size_t>(to)});
    // The kept iterator must not go on pointing into the caller's text.
    UText nothing = UTEXT_INITIALIZER;
    utext_openUTF8(&nothing, "", 0, &error);
    ubrk_setUText(breaks, &nothing, &error);
    utext_close(&nothing);
  }
  utext_close(&view);
  return found;
}

} // namespace troupe::platforms::text
