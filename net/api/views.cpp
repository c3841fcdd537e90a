#include "net/api/views.hpp"

#include "actors/users/types.hpp"
#include "system/core/zone.hpp"

#include <boost/json.hpp>

namespace troupe::api {

namespace {

constexpr bridge::text_rule name_rule{.min = 1, .max = 100, .single_line = true};
constexpr bridge::text_rule zone_rule{.min = 1, .max = 64, .single_line = true};

/// Length in bytes of the white space at the beginning of UTF-8 `text`; 0 when it begins with something else.
/// The same characters as \s of the contract's pattern.
std::size_t leading_space(std::string_view text) noexcept {
  auto c = static_cast<unsigned char>(text[0]);
  if (c == ' ' || (c >= 0x09 && c <= 0x0D)) return 1;
  if (text.starts_with("\u00A0")) return 2;
  for (std::string_view space :
       {"\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
        "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000", "\uFEFF"})
    if (text.starts_with(space)) return 3;
  return 0;
}

void check_name(bridge::field_reader& r, std::string_view field, const std::string& text) {
  std::string_view left = text;
  while (!left.empty()) {
    auto skip = leading_space(left);
    if (skip == 0) return;
    left.remove_prefix(skip);
  }
  if (!text.empty()) r.fail(field, "empty", "white space alone is not enough");
}

void check_zone(bridge::field_reader& r, std::string_view field, const std::string& text) {
  if (!text.empty() && !is_zone(text))
    r.fail(field, "not-allowed", "an IANA time zone such as Europe/Berlin is allowed");
}

} // namespace

std::string utc(std::int64_t micros) { return format_utc(from_micros(micros)); }

boost::json::object to_json(const users::user_view& u) {
  return {{"id", troupe::to_string(u.id)},   {"email", u.email},     {"display_name", u.display_name},
          {"created_at", utc(u.created_at)}, {"version", u.version}, {"operator", u.operates}};
}

boost::json::object to_json(const users::session& s) {
  return {{"access_token", s.access_token},
          {"token_type", "Bearer"},
          {"expires_in", s.expires_in_s},
          {"refresh_token", s.refresh_token},
          {"user", to_json(s.user)}};
}

boost::json::object to_json(const users::workspace_view& w) {
  return {{"id", troupe::to_string(w.id)}, {"name", w.name},
          {"time_zone", w.time_zone},      {"max_lateness_s", w.max_lateness_s},
          {"role", to_string(w.own_role)}, {"created_at", utc(w.created_at)},
          {"version", w.version}};
}

std::string read_email(bridge::field_reader& r, std::string_view field) {
  auto text = r.string(field, {.min = 3, .max = 254, .single_line = true});
  if (text.empty()) return text; // complained about already
  auto email = users::normalise_email(text);
  if (!email) r.fail(field, "bad-format", "an e-mail address such as ada@example.org is allowed, in ASCII");
  return email.value_or(std::string{});
}

std::string read_name(bridge::field_reader& r, std::string_view field) {
  auto text = r.string(field, name_rule);
  check_name(r, field, text);
  return text;
}

std::optional<std::string> read_optional_name(bridge::field_reader& r, std::string_view field) {
  auto text = r.optional_string(field, name_rule);
  if (text) check_name(r, field, *text);
  return text;
}

std::string read_time_zone(bridge::field_reader& r, std::string_view field) {
  auto text = r.string(field, zone_rule);
  check_zone(r, field, text);
  return text;
}

std::optional<std::string> read_optional_time_zone(bridge::field_reader& r, std::string_view field) {
  auto text = r.optional_string(field, zone_rule);
  if (text) check_zone(r, field, *text);
  return text;
}

} // namespace troupe::api
