#include "net/platforms/mastodon_api.hpp"

#include "net/platforms/text.hpp"
#include "system/core/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace troupe::platforms::mastodon {

namespace json = boost::json;
using wire::stage;

keys_of::keys_of(const credentials& c) {
  const auto o = wire::parse_object(c.secret).value_or(json::object{});
  access_token = wire::text_at(o, "access_token");
  client_id = wire::text_at(o, "client_id");
  client_secret = wire::text_at(o, "client_secret");
}

credentials keys_of::seal() const {
  json::object o{{"access_token", access_token}};
  if (!client_id.empty()) {
    o["client_id"] = client_id;
    o["client_secret"] = client_secret;
  }
  return {json::serialize(o), {}};
}

account_limits default_limits() {
  account_limits l;
  l.max_text = 500;
  l.text_unit = count_unit::mastodon;
  l.url_weight = 23;
  l.max_images = 4;
  l.max_image_bytes = 16'777'216;
  l.max_image_pixels = 33'177'600;
  l.max_alt_text = 1500;
  l.image_types = {"image/jpeg", "image/png", "image/gif", "image/webp"};
  return l;
}

namespace {

constexpr std::array<std::string_view, 4> visibilities = {"public", "unlisted", "private", "direct"};

void take(const json::object* from, std::string_view key, std::int64_t least, std::int64_t most,
          std::size_t& into) {
  if (!from) return;
  const auto n = wire::number_at(*from, key);
  if (n && *n >= least && *n <= most) into = static_cast<std::size_t>(*n);
}

void take_types(const json::object* from, std::vector<std::string>& into) {
  const auto* types = from ? wire::array_at(*from, "supported_mime_types") : nullptr;
  if (!types) return;
  std::vector<std::string> images;
  for (const auto& t : *types) {
    const auto* s = t.if_string();
    const auto type = s ? std::string_view(s->data(), s->size()) : std::string_view{};
    if (type.substr(0, 6) == "image/" && type.size() <= 40 && images.size() < 20) images.emplace_back(type);
  }
  if (!images.empty()) into = std::move(images);
}

bool holds(std::string_view text, std::string_view part) {
  return ascii::to_lower(text).find(part) != std::string::npos;
}

} // namespace

std::optional<instance> read_instance(const outbound::response& r) {
  const auto body = r.ok() ? wire::parse_object(r.body) : std::nullopt;
  if (!body) return std::nullopt;
  // Version 2 has "domain", version 1 "uri"; both have "version".
  if (wire::text_at(*body, "version").empty()) return std::nullopt;
  instance found{default_limits(), wire::text_at(*body, "domain")};
  auto& l = found.limits;
  take(&*body, "max_toot_chars", 1, 1'000'000, l.max_text); // Pleroma, Akkoma, old servers
  take(&*body, "upload_limit", 1, 1'000'000'000, l.max_image_bytes);
  if (const auto* configuration = wire::object_at(*body, "configuration")) {
    const auto* statuses = wire::object_at(*configuration, "statuses");
    take(statuses, "max_characters", 1, 1'000'000, l.max_text);
    take(statuses, "max_media_attachments", 0, 100, l.max_images);
    take(statuses, "characters_reserved_per_url", 1, 1000, l.url_weight);
    const auto* media = wire::object_at(*configuration, "media_attachments");
    take(media, "image_size_limit", 1, 1'000'000'000, l.max_image_bytes);
    take(media, "image_matrix_limit", 1, 1'000'000'000, l.max_image_pixels);
    take(media, "description_limit", 1, 1'000'000, l.max_alt_text);
    take_types(media, l.image_types);
  }
  return found;
}

publish_failure failure_of(const outbound::response& r, stage s, timestamp now) {
  auto f = wire::failure_of(r, s, now, network);
  if (r.kind != outbound::result_kind::answered || r.status < 400 || r.status >= 500) return f;
  const auto body = wire::parse_object(r.body);
  const auto error = body ? wire::quote(wire::text_at(*body, "error")) : std::string{};
  if (r.status == 401) {
    // Access tokens here do not end by themselves: refused means taken back.
    f.kind = publish_error::reconnect_required;
    f.detail = "Mastodon does not accept the access token any more; connect the account again";
  } else if (r.status == 403) {
    const bool closed = holds(error, "disabled") || holds(error, "suspended") || holds(error, "approv") ||
                        holds(error, "confirm") || holds(error, "moved");
    if (closed) f.kind = publish_error::account_restricted;
    if (!error.empty()) f.detail = "Mastodon: " + error;
  } else if (r.status == 422 && holds(error, "not finished processing")) {
    f.kind = publish_error::media_processing;
    f.detail = "Mastodon still works on the images";
    f.retry_after = milliseconds{1000};
  } else if (r.status == 422 && holds(error, "already attached")) {
    // The images hang on a status already: most likely on ours, from an attempt that was not answered.
    f.kind = publish_error::duplicate;
    f.detail = "Mastodon: " + error;
  } else if (f.kind == publish_error::validation && !error.empty()) {
    f.detail = "Mastodon: " + error;
  }
  return f;
}

namespace {

void append_utf8(std::string& out, std::uint32_t c) {
  if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// "amp", "#39", "#x27": the character, or false for a name that no status uses.
bool append_entity(std::string& out, std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> names = {
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\u00a0"}}};
  for (const auto& [entity, text] : names) {
    if (name != entity) continue;
    out += text;
    return true;
  }
  if (name.size() < 2 || name[0] != '#') return false;
  const bool hex = name[1] == 'x' || name[1] == 'X';
  const auto digits = name.substr(hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  if (error != std::errc{} || end != digits.data() + digits.size()) return false;
  append_utf8(out, code);
  return true;
}

std::string without_space(std::string_view s) {
  std::string out;
  for (std::size_t at = 0; at < s.size();) {
    const std::size_t from = at;
    if (!text::is_space(text::next_code_point(s, at))) out.append(s.substr(from, at - from));
  }
  return out;
}

} // namespace

std::string to_text(std::string_view html) {
  std::string out;
  for (std::size_t at = 0; at < html.size();) {
    if (html[at] == '<') {
      const auto end = html.find('>', at);
      if (end == std::string_view::npos) break;
      const auto name = ascii::to_lower(html.substr(at + 1, end - at - 1));
      if (name.substr(0, 2) == "br" || name.substr(0, 2) == "/p") out += '\n';
      at = end + 1;
      continue;
    }
    if (html[at] == '&') {
      const auto end = html.find(';', at);
      if (end != std::string_view::npos && end - at <= 10 &&
          append_entity(out, html.substr(at + 1, end - at - 1))) {
        at = end + 1;
        continue;
      }
    }
    out += html[at++];
  }
  return out;
}

bool shows(std::string_view html, std::string_view text) {
  return without_space(text::mastodon_form(to_text(html), 0)) == without_space(text::mastodon_form(text, 0));
}

std::vector<content_issue> check_options(const json::object& options) {
  std::vector<content_issue> issues;
  const auto refuse = [&](std::string_view name, std::string_view allowed) {
    issues.push_back({fmt::format("options/{}", name), "not-allowed", std::string(allowed)});
  };
  for (const auto& option : options) {
    const std::string_view name = option.key();
    const auto value = wire::text_at(options, name);
    if (name == "visibility") {
      if (std::find(visibilities.begin(), visibilities.end(), value) == visibilities.end())
        refuse(name, "public, unlisted, private or direct");
    } else if (name == "spoiler_text") {
      if (!option.value().is_string()) refuse(name, "a text");
    } else if (name == "sensitive") {
      if (!option.value().is_bool()) refuse(name, "true or false");
    } else if (name == "in_reply_to_id") {
      if (value.empty() || value.size() > 64) refuse(name, "the id of a status, as text");
    } else {
      refuse(name, "Mastodon knows the options visibility, spoiler_text, sensitive and in_reply_to_id");
    }
  }
  return issues;
}

json::object status_fields(const publication& p) {
  json::object fields{{"status", p.text}};
  json::array ids;
  const auto* media = wire::array_at(p.remote_handle, "media");
  if (media && !p.images.empty()) // a handle from before the images were taken out again does not count
    for (const auto& entry : *media)
      if (const auto* o = entry.if_object()) ids.emplace_back(wire::id_at(*o, "id"));
  if (!ids.empty()) fields["media_ids"] = std::move(ids);
  for (const auto* name : {"visibility", "spoiler_text", "sensitive", "in_reply_to_id"})
    if (const auto* v = p.options.if_contains(name)) fields[name] = *v;
  // ISO 639 wants the language alone: "de" of "de-AT".
  const auto language = p.language.substr(0, p.language.find('-'));
  if (language.size() == 2 || language.size() == 3) fields["language"] = ascii::to_lower(language);
  return fields;
}

} // namespace troupe::platforms::mastodon
