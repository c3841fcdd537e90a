#include "system/core/clock.hpp"

#include <date/date.h>
#include <fmt/compile.h>
#include <fmt/format.h>

#include <iterator>

namespace troupe {

namespace {

/// Reads exactly `width` digits at `pos`; nullopt when there are none.
std::optional<int> digits(std::string_view text, std::size_t pos, std::size_t width) {
  if (pos + width > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = pos; i < pos + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

} // namespace

timestamp system_now() noexcept {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

// Every answer has several of these, which is why the formats are compiled.
std::string format_utc(timestamp t) {
  auto day = date::floor<date::days>(t);
  date::year_month_day ymd{day};
  date::hh_mm_ss<microseconds> tod{t - day};
  fmt::basic_memory_buffer<char, 40> out;
  auto end = std::back_inserter(out);
  fmt::format_to(end, FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}"), static_cast<int>(ymd.year()),
                 static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                 static_cast<int>(tod.hours().count()), static_cast<int>(tod.minutes().count()),
                 static_cast<int>(tod.seconds().count()));
  if (auto us = static_cast<int>(tod.subseconds().count()); us != 0) {
    fmt::format_to(end, FMT_COMPILE(".{:06}"), us);
    while (out[out.size() - 1] == '0') out.resize(out.size() - 1);
  }
  out.push_back('Z');
  return fmt::to_string(out);
}

std::optional<timestamp> parse_utc(std::string_view s) {
  auto year = digits(s, 0, 4), month = digits(s, 5, 2), day = digits(s, 8, 2);
  auto hour = digits(s, 11, 2), minute = digits(s, 14, 2), second = digits(s, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != 't') || s[13] != ':' || s[16] != ':')
    return std::nullopt;
  date::year_month_day ymd{date::year{*year}, date::month{static_cast<unsigned>(*month)},
                           date::day{static_cast<unsigned>(*day)}};
  if (!ymd.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::size_t pos = 19;
  std::int64_t fraction = 0;
  if (pos < s.size() && s[pos] == '.') {
    ++pos;
    int scale = 100000;
    auto start = pos;
    while (pos < s.size() && s[pos] >= '0' && s[pos] <= '9') {
      fraction += (s[pos++] - '0') * scale;
      scale /= 10;
    }
    if (pos == start || pos - start > 9) return std::nullopt;
  }
  {
    std::chrono::minutes offset{0};
    if (pos + 1 == s.size() && (s[pos] == 'Z' || s[pos] == 'z')) {
      // UTC as it stands.
    } else if (pos + 6 == s.size() && (s[pos] == '+' || s[pos] == '-') && s[pos + 3] == ':') {
      auto oh = digits(s, pos + 1, 2), om = digits(s, pos + 4, 2);
      if (!oh || !om || *oh > 23 || *om > 59) return std::nullopt;
      offset = std::chrono::minutes{*oh * 60 + *om};
      if (s[pos] == '-') offset = -offset;
    } else {
      return std::nullopt;
    }
    timestamp t = date::sys_days{ymd} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
                  std::chrono::seconds{*second} + microseconds{fraction};
    return t - offset;
  }
}

} // namespace troupe
