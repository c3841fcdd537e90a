#include "net/api/posts_input.hpp"

#include "net/api/content_input.hpp"
#include "system/core/zone.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace troupe::api {

namespace {

using bridge::field_reader;

constexpr std::size_t max_text = 100'000, max_title = 500, max_alt = 5'000;
constexpr std::size_t max_media = 20, max_targets = 50;
constexpr std::size_t max_options = 32, max_option_text = 5'000, max_option_items = 50, max_option_item = 500;

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// BCP 47 as the contract has it: [A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*
bool is_language(std::string_view s) {
  auto primary = s.substr(0, s.find('-'));
  if (s.size() > 35 || primary.size() < 2 || primary.size() > 3 ||
      !std::all_of(primary.begin(), primary.end(), is_alpha))
    return false;
  for (auto rest = s.substr(primary.size()); !rest.empty();) {
    rest.remove_prefix(1);
    auto part = rest.substr(0, rest.find('-'));
    if (part.empty() || part.size() > 8 ||
        !std::all_of(part.begin(), part.end(), [](char c) { return is_alpha(c) || is_digit(c); }))
      return false;
    rest.remove_prefix(part.size());
  }
  return true;
}

/// 2026-03-29T02:30 or with seconds.
bool is_local_time(std::string_view s) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  if (s.size() != 16 && s.size() != 19) return false;
  for (std::size_t i = 0; i < s.size(); ++i)
    if (form[i] == 'd' ? !is_digit(s[i]) : s[i] != form[i]) return false;
  return true;
}

/// Fields that may be left out and must not be null.
void not_null(field_reader& r, std::string_view name, std::string_view wanted) {
  if (r.is_null(name)) r.fail(name, "wrong-type", fmt::format("It is null; it must be {}.", wanted));
}

std::vector<media_ref> read_media_items(std::vector<field_reader> items) {
  std::vector<media_ref> out;
  for (auto& item : items) {
    not_null(item, "alt", "a string");
    auto id = item.uuid("media_id");
    out.push_back({id, item.optional_string("alt", {0, max_alt}).value_or(std::string{})});
  }
  return out;
}

bool is_option_name(std::string_view s) {
  return !s.empty() && s.size() <= 64 && s[0] >= 'a' && s[0] <= 'z' &&
         std::all_of(s.begin(), s.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; });
}

/// Empty when the value may be an option.
std::string wrong_option(const boost::json::value& v) {
  auto long_text = [](const boost::json::value& s, std::size_t most) {
    return bridge::check_text(std::string_view(s.get_string()), {0, most}).detail;
  };
  if (v.is_bool() || v.is_number()) return {};
  if (v.is_string()) return long_text(v, max_option_text);
  if (!v.is_array()) return "A text, a number, true or false, or a list of texts and numbers is allowed.";
  if (v.get_array().size() > max_option_items)
    return fmt::format("At most {} entries fit.", max_option_items);
  for (auto& item : v.get_array()) {
    if (item.is_number()) continue;
    if (!item.is_string()) return "A list may hold texts and numbers.";
    if (auto wrong = long_text(item, max_option_item); !wrong.empty()) return wrong;
  }
  return {};
}

std::string read_options(field_reader& target) {
  not_null(target, "options", "an object");
  auto inner = target.optional_object("options");
  if (!inner) return "{}";
  auto& object = target.any("options")->get_object();
  if (object.size() > max_options)
    target.fail("options", "too-many", fmt::format("At most {} fit.", max_options));
  for (auto& member : object) {
    std::string_view name(member.key().data(), member.key().size());
    inner->any(name);
    if (!is_option_name(name))
      inner->fail(bridge::shortened(name, 100), "not-allowed", "This is no name of an option.");
    else if (auto wrong = wrong_option(member.value()); !wrong.empty())
      inner->fail(name, "not-allowed", wrong);
  }
  return boost::json::serialize(object);
}

std::vector<target_spec> read_targets(std::vector<field_reader> targets) {
  std::vector<target_spec> out;
  std::set<uuid> seen;
  for (auto& r : targets) {
    target_spec t;
    t.account = r.uuid("account_id");
    if (!t.account.is_nil() && !seen.insert(t.account).second)
      r.fail("account_id", "duplicate", "This account is a target already.");
    if (auto text = r.optional_string("text", {0, max_text})) t.has_text = true, t.text = std::move(*text);
    if (auto title = r.optional_string("title", {1, max_title}))
      t.has_title = true, t.title = std::move(*title);
    if (auto media = r.optional_object_array("media", {0, max_media}))
      t.has_media = true, t.media = read_media_items(std::move(*media));
    t.options = read_options(r);
    out.push_back(std::move(t));
  }
  return out;
}

std::string read_language(field_reader& r) {
  auto language = r.optional_string("language", {0, 1'000}).value_or(std::string{});
  if ((r.has("language") && !r.is_null("language") && language.empty()) ||
      (!language.empty() && !is_language(language)))
    r.fail("language", "bad-format", "A language tag like en or de-AT is allowed.");
  return language;
}

} // namespace

void read_schedule(field_reader& r, schedule_spec& out) {
  if (r.has("at")) {
    out.what = schedule_spec::kind::at;
    auto text = r.string("at", {1, 100});
    auto at = parse_instant(text);
    if (at)
      out.at_us = to_micros(*at);
    else if (!text.empty())
      r.fail("at", "bad-format", "A UTC time like 2026-03-08T07:00:00Z is allowed.");
    return;
  }
  out.what = schedule_spec::kind::local;
  out.local = r.string("local", {1, 100});
  if (!out.local.empty() && !is_local_time(out.local))
    r.fail("local", "bad-format", "A wall-clock time like 2026-03-08T07:00 is allowed.");
  not_null(r, "zone", "the name of a time zone");
  out.zone = r.optional_string("zone", {1, 64}).value_or(std::string{});
  if (!out.zone.empty() && !is_zone(out.zone))
    r.fail("zone", "not-allowed", fmt::format("{} is no IANA time zone.", bridge::quoted(out.zone)));
  not_null(r, "if_ambiguous", "a string");
  auto choice = r.optional_choice<ambiguity>(
      "if_ambiguous",
      {{"refuse", ambiguity::refuse}, {"earlier", ambiguity::earlier}, {"later", ambiguity::later}});
  out.if_ambiguous = static_cast<std::uint8_t>(choice.value_or(ambiguity::refuse));
}

void read_create(field_reader& r, create_post& out) {
  out.content.text = r.string("text", {0, max_text});
  out.content.title = r.optional_string("title", {1, max_title}).value_or(std::string{});
  out.content.language = read_language(r);
  not_null(r, "media", "an array");
  if (auto media = r.optional_object_array("media", {0, max_media}))
    out.content.media = read_media_items(std::move(*media));
  not_null(r, "targets", "an array");
  if (auto targets = r.optional_object_array("targets", {0, max_targets}))
    out.targets = read_targets(std::move(*targets));
  if (auto schedule = r.optional_object("schedule")) read_schedule(*schedule, out.schedule);
}

void read_edit(field_reader& r, edit_post& out) {
  out.has_text = r.has("text");
  if (out.has_text) out.content.text = r.string("text", {0, max_text});
  out.has_title = r.has("title");
  out.content.title = r.optional_string("title", {1, max_title}).value_or(std::string{});
  out.has_language = r.has("language");
  out.content.language = read_language(r);
  not_null(r, "media", "an array");
  if (auto media = r.optional_object_array("media", {0, max_media}))
    out.has_media = true, out.content.media = read_media_items(std::move(*media));
  not_null(r, "targets", "an array");
  if (auto targets = r.optional_object_array("targets", {0, max_targets}))
    out.has_targets = true, out.targets = read_targets(std::move(*targets));
}

failure in_terms_of_request(failure f, bool local, bool schedule_only) {
  const std::string time = fmt::format("{}/{}", schedule_only ? "" : "/schedule", local ? "local" : "at");
  bool about_time = f.code == ec::nonexistent_time || f.code == ec::ambiguous_time;
  if (about_time && f.fields.empty()) f.fields.push_back({time, std::string(slug(f.code)), f.detail});
  for (auto& field : f.fields) {
    if (field.pointer.starts_with("/schedule/"))
      field.pointer = time;
    else if (schedule_only && (field.pointer == "/targets" || field.pointer.starts_with("/targets/")))
      field.pointer = "/deliveries" + field.pointer.substr(8);
  }
  return f;
}

} // namespace troupe::api
