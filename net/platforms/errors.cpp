#include "net/platforms/adapter.hpp"
#include "net/platforms/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <stdexcept>

namespace troupe::platforms {

std::string_view to_string(publish_error e) noexcept {
  switch (e) {
  case publish_error::validation: return "validation";
  case publish_error::auth_expired: return "auth_expired";
  case publish_error::reconnect_required: return "reconnect_required";
  case publish_error::permission: return "permission";
  case publish_error::duplicate: return "duplicate";
  case publish_error::rate_limited: return "rate_limited";
  case publish_error::quota_exhausted: return "quota_exhausted";
  case publish_error::media_processing: return "media_processing";
  case publish_error::provider_unavailable: return "provider_unavailable";
  case publish_error::not_sent: return "not_sent";
  case publish_error::unknown_outcome: return "unknown_outcome";
  case publish_error::account_restricted: return "account_restricted";
  case publish_error::target_not_found: return "target_not_found";
  case publish_error::revoked: return "revoked";
  }
  return "unknown_outcome";
}

std::string_view to_string(guarantee g) noexcept {
  switch (g) {
  case guarantee::exactly_once: return "exactly_once";
  case guarantee::exactly_once_within_window: return "exactly_once_within_window";
  case guarantee::reconciled: return "reconciled";
  case guarantee::at_most_once: return "at_most_once";
  }
  return "at_most_once";
}

void throw_exception_from_error(const publish_failure& f, const boost::source_location&) {
  throw std::runtime_error(fmt::format("{}: {}", to_string(f.kind), f.detail));
}

namespace {

constexpr milliseconds longest_wait = std::chrono::hours(24);
// Numbers beyond this are seconds since 1970, not seconds from now.
constexpr double first_epoch = 1e9;

std::optional<double> number(std::string_view s) {
  s = text::trim(s);
  if (s.empty() || s.size() > 20) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != s.data() + s.size() || !std::isfinite(value) || value < 0)
    return std::nullopt;
  return value;
}

// The three date forms of RFC 9110: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" and
// "Sun Nov  6 08:49:37 1994".
std::optional<timestamp> http_date(std::string_view s) {
  const std::string copy(text::trim(s));
  if (copy.size() > 40) return std::nullopt;
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* end = strptime(copy.c_str(), form, &parts);
    if (!end || *end) continue;
    return timestamp{seconds{timegm(&parts)}};
  }
  return std::nullopt;
}

milliseconds bounded(milliseconds wait) { return std::clamp(wait, milliseconds{0}, longest_wait); }

milliseconds until(timestamp then, timestamp now) {
  // Compared before it is subtracted: a date in the year 292 000 must not overflow.
  if (then <= now) return milliseconds{0};
  if (then > now + longest_wait) return longest_wait;
  return std::chrono::ceil<milliseconds>(then - now);
}

milliseconds from_seconds(double s) {
  const double cap = std::chrono::duration<double>(longest_wait).count();
  return bounded(milliseconds{static_cast<std::int64_t>(std::min(s, cap) * 1000)});
}

std::optional<milliseconds> reset_time(std::string_view value, timestamp now) {
  if (const auto n = number(value)) {
    if (*n < first_epoch) return from_seconds(*n);
    if (*n > 4e9) return longest_wait; // past the year 2096: nonsense, or milliseconds
    return until(timestamp{seconds{static_cast<std::int64_t>(*n)}}, now);
  }
  if (const auto iso = parse_utc(text::trim(value))) return until(*iso, now);
  if (const auto date = http_date(value)) return until(*date, now);
  return std::nullopt;
}

struct rate_names {
  std::string_view limit, remaining, reset;
};
constexpr std::array<rate_names, 3> dialects = {{
    {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"},    // Mastodon (ISO), many others
    {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"},          // Bluesky (epoch), the IETF draft
    {"x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"}, // X
}};

std::optional<int> small_number(std::string_view s) {
  // "100, 100;w=60": the draft lets a policy follow.
  const auto n = number(s.substr(0, s.find_first_of(",;")));
  if (!n) return std::nullopt;
  return static_cast<int>(std::min(*n, 1e9));
}

} // namespace

std::optional<milliseconds> retry_after(const outbound::response& r, timestamp now) {
  if (const auto value = r.header("retry-after"); !value.empty()) {
    if (const auto n = number(value)) return from_seconds(*n);
    if (const auto date = http_date(value)) return until(*date, now);
    if (const auto iso = parse_utc(text::trim(value))) return until(*iso, now);
  }
  for (const auto& names : dialects) {
    const auto reset = r.header(names.reset);
    if (reset.empty()) continue;
    // A reset beside budget that is left says nothing about this answer, unless it is itself the refusal.
    const auto left = small_number(r.header(names.remaining));
    if (r.status != 429 && left && *left > 0) continue;
    if (auto wait = reset_time(reset, now)) return wait;
  }
  return std::nullopt;
}

std::optional<rate_window> rate_of(const outbound::response& r, timestamp now) {
  for (const auto& names : dialects) {
    const auto limit = small_number(r.header(names.limit));
    const auto remaining = small_number(r.header(names.remaining));
    if (!limit || !remaining) continue;
    rate_window window{*limit, *remaining, milliseconds{0}};
    if (const auto reset = reset_time(r.header(names.reset), now)) window.resets_in = *reset;
    return window;
  }
  return std::nullopt;
}

} // namespace troupe::platforms
