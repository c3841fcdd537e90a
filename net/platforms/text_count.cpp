#include "net/platforms/adapter.hpp"
#include "net/platforms/text.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace troupe::platforms {
namespace {

constexpr std::size_t network_url_weight = 23; // what Mastodon and X reserve for a link of any length

bool is_ascii(std::string_view s) noexcept {
  return std::none_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::size_t count_graphemes(std::string_view s) {
  if (!is_ascii(s)) return text::graphemes(s).size();
  std::size_t pairs = 0; // CR LF is the only cluster of ASCII
  for (std::size_t at = s.find("\r\n"); at != std::string_view::npos; at = s.find("\r\n", at + 2)) ++pairs;
  return s.size() - pairs;
}

bool is_word(char32_t c) noexcept { return c == U'_' || text::is_letter_or_digit(c); }
bool is_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// "@user@host" counts as "@user". `at` is the '@'; answers where the local name ends and where the whole
// ends, or an empty pair when this is no mention.
struct mention {
  std::size_t name_end = 0, end = 0;
};
mention mention_at(std::string_view s, std::size_t at, char32_t before) {
  if (before == U'=' || before == U'/' || is_word(before)) return {};
  std::size_t name = at + 1;
  while (name < s.size() && (is_name(s[name]) || s[name] == '.' || s[name] == '-')) ++name;
  while (name > at + 1 && (s[name - 1] == '.' || s[name - 1] == '-')) --name;
  if (name == at + 1 || !is_name(s[at + 1])) return {};
  mention found{name, name};
  if (name >= s.size() || s[name] != '@') return found;
  std::size_t last_word = name + 1;
  for (std::size_t probe = name + 1; probe < s.size();) {
    const char32_t c = text::next_code_point(s, probe);
    if (is_word(c)) {
      last_word = probe;
    } else if (c != U'.' && c != U'-') {
      break;
    }
  }
  if (last_word > name + 1) found.end = last_word;
  return found;
}

std::string to_nfc(std::string_view s) {
  UErrorCode error = U_ZERO_ERROR;
  const auto* nfc = unorm2_getNFCInstance(&error);
  std::int32_t needed = 0;
  std::u16string wide(s.size() + 1, u'\0'); // UTF-16 never has more units than UTF-8 has bytes
  u_strFromUTF8WithSub(wide.data(), static_cast<std::int32_t>(wide.size()), &needed, s.data(),
                       static_cast<std::int32_t>(s.size()), 0xFFFD, nullptr, &error);
  if (U_FAILURE(error)) return std::string(s);
  wide.resize(static_cast<std::size_t>(needed));
  std::u16string normal(wide.size() * 3 + 1, u'\0'); // NFC grows by at most this factor
  const auto length = unorm2_normalize(nfc, wide.data(), static_cast<std::int32_t>(wide.size()),
                                       normal.data(), static_cast<std::int32_t>(normal.size()), &error);
  std::string out(static_cast<std::size_t>(length) * 3 + 1, '\0');
  u_strToUTF8(out.data(), static_cast<std::int32_t>(out.size()), &needed, normal.data(), length, &error);
  if (U_FAILURE(error)) return std::string(s);
  out.resize(static_cast<std::size_t>(needed));
  return out;
}

bool is_emoji(std::string_view cluster) {
  bool emoji = false;
  for (std::size_t at = 0; at < cluster.size();) {
    const auto c = static_cast<UChar32>(text::next_code_point(cluster, at));
    emoji = emoji || c == 0xFE0F || c == 0x20E3 || u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION) ||
            u_hasBinaryProperty(c, UCHAR_REGIONAL_INDICATOR);
  }
  return emoji;
}

// X: after NFC, a link counts 23, an emoji of any make 2, Latin and common punctuation 1, everything else 2.
std::size_t weighted(std::string_view original, std::size_t url_weight) {
  const auto s = to_nfc(original);
  const auto light = [](char32_t c) {
    return c <= 0x10FF || (c >= 0x2000 && c <= 0x200D) || (c >= 0x2010 && c <= 0x201F) ||
           (c >= 0x2032 && c <= 0x2037);
  };
  const auto plain = [&](std::string_view part) {
    std::size_t sum = 0;
    for (const auto& g : text::graphemes(part)) {
      const auto cluster = part.substr(g.begin, g.size());
      if (is_emoji(cluster)) {
        sum += 2;
        continue;
      }
      for (std::size_t at = 0; at < cluster.size();) sum += light(text::next_code_point(cluster, at)) ? 1 : 2;
    }
    return sum;
  };
  std::size_t sum = 0, from = 0;
  for (const auto& url : text::find_urls(s, true)) {
    sum += plain(std::string_view(s).substr(from, url.begin - from)) + url_weight;
    from = url.end;
  }
  return sum + plain(std::string_view(s).substr(from));
}

std::size_t code_points_of(std::string_view s) {
  std::size_t n = 0;
  for (std::size_t at = 0; at < s.size(); ++n) text::next_code_point(s, at);
  return n;
}

std::size_t utf16_units_of(std::string_view s) {
  std::size_t n = 0;
  for (std::size_t at = 0; at < s.size();) n += text::next_code_point(s, at) > 0xFFFF ? 2 : 1;
  return n;
}

std::size_t count_plain(std::string_view s, count_unit unit) {
  switch (unit) {
  case count_unit::code_points: return code_points_of(s);
  case count_unit::utf16_units: return utf16_units_of(s);
  case count_unit::bytes: return s.size();
  case count_unit::graphemes:
  case count_unit::mastodon:
  case count_unit::x_weighted: return count_graphemes(s);
  }
  return 0;
}

} // namespace

std::string text::mastodon_form(std::string_view s, std::size_t url_weight) {
  const auto urls = text::find_urls(s, false);
  std::string out;
  out.reserve(s.size());
  auto url = urls.begin();
  char32_t before = 0;
  for (std::size_t at = 0; at < s.size();) {
    if (url != urls.end() && at == url->begin) {
      if (url_weight > 0) {
        out.append(url_weight, 'x');
      } else {
        out.append(s.substr(url->begin, url->size()));
      }
      at = url->end;
      ++url;
      before = U'x';
      continue;
    }
    if (s[at] == '@') {
      if (const auto m = mention_at(s, at, before); m.end > 0) {
        out.append(s.substr(at, m.name_end - at));
        at = m.end;
        before = U'x';
        continue;
      }
    }
    const std::size_t from = at;
    before = text::next_code_point(s, at);
    out.append(s.substr(from, at - from));
  }
  return out;
}

bool is_utf8(std::string_view bytes) noexcept {
  const auto* p = reinterpret_cast<const std::uint8_t*>(bytes.data());
  for (std::size_t at = 0; at < bytes.size();) {
    UChar32 c = 0;
    U8_NEXT(p, at, bytes.size(), c); // NOLINT(bugprone-inc-dec-in-conditions): as ICU writes it
    if (c < 0) return false;
  }
  return true;
}

text_length measure(std::string_view s) {
  return {code_points_of(s), utf16_units_of(s), s.size(), count_graphemes(s)};
}

std::size_t count(std::string_view s, count_unit unit, std::size_t url_weight) {
  switch (unit) {
  case count_unit::mastodon:
    return count_graphemes(text::mastodon_form(s, url_weight ? url_weight : network_url_weight));
  case count_unit::x_weighted: return weighted(s, url_weight ? url_weight : network_url_weight);
  case count_unit::code_points:
  case count_unit::utf16_units:
  case count_unit::bytes:
  case count_unit::graphemes: break;
  }
  if (url_weight == 0) return count_plain(s, unit);
  std::size_t sum = 0, from = 0;
  for (const auto& url : text::find_urls(s, false)) {
    sum += count_plain(s.substr(from, url.begin - from), unit) + url_weight;
    from = url.end;
  }
  return sum + count_plain(s.substr(from), unit);
}

std::string_view to_string(count_unit u) noexcept {
  switch (u) {
  case count_unit::code_points: return "code_points";
  case count_unit::utf16_units: return "utf16_units";
  case count_unit::bytes: return "bytes";
  case count_unit::graphemes: return "graphemes";
  case count_unit::mastodon: return "mastodon";
  case count_unit::x_weighted: return "x_weighted";
  }
  return "graphemes";
}

} // namespace troupe::platforms
