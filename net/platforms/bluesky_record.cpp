#include "net/platforms/bluesky_record.hpp"

#include "net/platforms/text.hpp"
#include "net/platforms/wire.hpp"
#include "system/core/ascii.hpp"
#include "system/core/secrets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::platforms::bluesky {

std::string record_key(timestamp scheduled_for, std::string_view idempotency_key) {
  static constexpr std::string_view digits = "234567abcdefghijklmnopqrstuvwxyz";
  const auto hash = secrets::sha256(idempotency_key);
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(hash[i]));
  };
  const std::uint64_t clock_id = ((byte(0) << 8) | byte(1)) & 0x3FF;
  const std::uint64_t within = ((byte(2) << 16) | (byte(3) << 8) | byte(4)) % 1'000'000;
  const auto second = std::chrono::floor<seconds>(scheduled_for);
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(to_micros(second), 0)) + within;
  const std::uint64_t id = ((micros & ((1ull << 53) - 1)) << 10) | clock_id;
  std::string key(13, '2');
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = digits[(id >> (60 - 5 * i)) & 31];
  return key;
}

namespace {

json::array make_facets(std::string_view s, const std::map<std::string, std::string>& dids) {
  json::array out;
  for (const auto& f : richtext::detect(s)) {
    json::object feature;
    switch (f.kind) {
    case richtext::feature::link:
      feature = {{"$type", "app.bsky.richtext.facet#link"}, {"uri", f.value}};
      break;
    case richtext::feature::tag:
      feature = {{"$type", "app.bsky.richtext.facet#tag"}, {"tag", f.value}};
      break;
    case richtext::feature::mention: {
      const auto did = dids.find(f.value);
      if (did == dids.end()) continue; // nobody goes by that name: it stays text
      feature = {{"$type", "app.bsky.richtext.facet#mention"}, {"did", did->second}};
      break;
    }
    }
    out.emplace_back(json::object{{"index", {{"byteStart", f.range.begin}, {"byteEnd", f.range.end}}},
                                  {"features", json::array{std::move(feature)}}});
  }
  return out;
}

// The shape of a language tag (BCP 47); anything else would get the whole record refused.
bool is_language(std::string_view s) {
  return s.size() >= 2 && s.size() <= 35 && std::all_of(s.begin(), s.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
         });
}

json::object make_images(const std::vector<picture>& pictures) {
  json::array images;
  for (const auto& p : pictures) {
    json::object one{{"image", p.blob}, {"alt", p.alt}};
    if (p.width > 0 && p.height > 0) one["aspectRatio"] = {{"width", p.width}, {"height", p.height}};
    images.emplace_back(std::move(one));
  }
  return {{"$type", "app.bsky.embed.images"}, {"images", std::move(images)}};
}

} // namespace

std::vector<std::string> labels_of(const json::object& options) {
  std::vector<std::string> out;
  if (const auto* labels = wire::array_at(options, "labels"))
    for (const auto& l : *labels)
      if (const auto* s = l.if_string()) out.emplace_back(s->data(), s->size());
  return out;
}

json::object make_record(const publication& p, const std::vector<picture>& pictures,
                         const std::map<std::string, std::string>& dids) {
  json::object record{{"$type", collection}, {"text", p.text}, {"createdAt", format_utc(p.scheduled_for)}};
  if (is_language(p.language)) record["langs"] = json::array{json::value(p.language)};
  if (auto facets = make_facets(p.text, dids); !facets.empty()) record["facets"] = std::move(facets);
  if (!pictures.empty()) record["embed"] = make_images(pictures);
  if (const auto labels = labels_of(p.options); !labels.empty()) {
    json::array values;
    for (const auto& l : labels) values.emplace_back(json::object{{"val", l}});
    record["labels"] = {{"$type", "com.atproto.label.defs#selfLabels"}, {"values", std::move(values)}};
  }
  return record;
}

std::string permalink(const account_identity& who, std::string_view rkey) {
  // A handle that lost its domain reads "handle.invalid"; the DID always works.
  const bool by_name = richtext::is_handle(who.handle) && who.handle != "handle.invalid";
  return fmt::format("https://bsky.app/profile/{}/post/{}", by_name ? who.handle : who.remote_id, rkey);
}

std::string record_uri(std::string_view did, std::string_view rkey) {
  return fmt::format("at://{}/{}/{}", did, collection, rkey);
}

std::optional<timestamp> token_end(std::string_view jwt) {
  const auto first = jwt.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = jwt.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto payload = secrets::parse_base64url(jwt.substr(first + 1, second - first - 1));
  if (!payload) return std::nullopt;
  const auto claims = wire::parse_object(*payload);
  const auto end = claims ? wire::number_at(*claims, "exp") : std::nullopt;
  if (!end || *end <= 0 || *end > 4'000'000'000) return std::nullopt;
  return timestamp{seconds{*end}};
}

bool is_did(std::string_view s) noexcept {
  if (s.size() < 8 || s.size() > 2048 || s.substr(0, 4) != "did:") return false;
  const auto colon = s.find(':', 4);
  if (colon == std::string_view::npos || colon == 4 || colon + 1 == s.size()) return false;
  return std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ':' ||
           c == '.' || c == '-' || c == '_' || c == '%';
  });
}

bool is_app_password(std::string_view s) noexcept {
  if (s.size() != 19) return false;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const bool dash = i % 5 == 4;
    if (dash ? s[i] != '-' : !((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9'))) return false;
  }
  return true;
}

std::string pds_of(const json::object& document) {
  const auto* services = wire::array_at(document, "service");
  if (!services) return {};
  for (const auto& entry : *services) {
    const auto* service = entry.if_object();
    if (!service) continue;
    const auto id = wire::text_at(*service, "id");
    const auto hash = id.find('#');
    if (hash == std::string::npos || id.substr(hash) != "#atproto_pds") continue;
    if (wire::text_at(*service, "type") != "AtprotoPersonalDataServer") continue;
    const auto address = wire::server_address(wire::text_at(*service, "serviceEndpoint"));
    return address ? *address : std::string{};
  }
  return {};
}

bool claims_handle(const json::object& document, std::string_view handle) {
  const auto* names = wire::array_at(document, "alsoKnownAs");
  if (!names) return false;
  const auto wanted = "at://" + ascii::to_lower(handle);
  return std::any_of(names->begin(), names->end(), [&](const json::value& v) {
    const auto* s = v.if_string();
    return s && ascii::to_lower(std::string_view(s->data(), s->size())) == wanted;
  });
}

} // namespace troupe::platforms::bluesky
