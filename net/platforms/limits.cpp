#include "net/platforms/text.hpp"
#include "net/platforms/wire.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::platforms {

namespace json = boost::json;

json::object to_json(const account_limits& l) {
  json::array types;
  for (const auto& t : l.image_types) types.emplace_back(t);
  return {
      {"max_text", l.max_text},
      {"text_unit", to_string(l.text_unit)},
      {"max_text_bytes", l.max_text_bytes},
      {"url_weight", l.url_weight},
      {"max_images", l.max_images},
      {"max_image_bytes", l.max_image_bytes},
      {"max_image_pixels", l.max_image_pixels},
      {"max_alt_text", l.max_alt_text},
      {"image_types", std::move(types)},
      {"needs_title", l.needs_title},
      {"text_or_media", l.text_or_media},
  };
}

account_limits limits_from_json(const json::object& o) {
  account_limits l;
  const auto size = [&](std::string_view key, std::size_t& into) {
    if (const auto n = wire::number_at(o, key); n && *n >= 0) into = static_cast<std::size_t>(*n);
  };
  const auto flag = [&](std::string_view key, bool& into) {
    const auto* v = o.if_contains(key);
    if (v && v->is_bool()) into = v->get_bool();
  };
  size("max_text", l.max_text);
  size("max_text_bytes", l.max_text_bytes);
  size("url_weight", l.url_weight);
  size("max_images", l.max_images);
  size("max_image_bytes", l.max_image_bytes);
  size("max_image_pixels", l.max_image_pixels);
  size("max_alt_text", l.max_alt_text);
  flag("needs_title", l.needs_title);
  flag("text_or_media", l.text_or_media);
  const auto unit = wire::text_at(o, "text_unit");
  for (const auto u : {count_unit::code_points, count_unit::utf16_units, count_unit::bytes,
                       count_unit::graphemes, count_unit::mastodon, count_unit::x_weighted})
    if (unit == to_string(u)) l.text_unit = u;
  if (const auto* types = wire::array_at(o, "image_types"))
    for (const auto& t : *types)
      if (const auto* s = t.if_string()) l.image_types.emplace_back(s->data(), s->size());
  return l;
}

namespace wire {
namespace {

std::string_view words(count_unit u) {
  switch (u) {
  case count_unit::code_points: return "characters";
  case count_unit::utf16_units: return "UTF-16 units";
  case count_unit::bytes: return "bytes";
  case count_unit::graphemes: return "graphemes";
  case count_unit::mastodon: return "characters (links count as 23)";
  case count_unit::x_weighted: return "weighted characters";
  }
  return "characters";
}

content_issue counted(std::string field, std::string code, std::string detail, std::size_t limit,
                      std::size_t count) {
  return {std::move(field), std::move(code), std::move(detail), static_cast<std::int64_t>(limit),
          static_cast<std::int64_t>(count)};
}

void check_image(const account_limits& l, const image& i, std::size_t index,
                 std::vector<content_issue>& issues) {
  const auto field = fmt::format("images/{}", index);
  if (!l.image_types.empty() &&
      std::find(l.image_types.begin(), l.image_types.end(), i.content_type) == l.image_types.end())
    issues.push_back({field, "type-not-allowed",
                      fmt::format("{}, allowed are {}", i.content_type, fmt::join(l.image_types, ", "))});
  if (l.max_image_bytes && i.bytes > l.max_image_bytes)
    issues.push_back(counted(field, "too-large",
                             fmt::format("{} bytes, allowed are {}", i.bytes, l.max_image_bytes),
                             l.max_image_bytes, i.bytes));
  const auto pixels =
      static_cast<std::size_t>(std::max(i.width, 0)) * static_cast<std::size_t>(std::max(i.height, 0));
  if (l.max_image_pixels && pixels > l.max_image_pixels)
    issues.push_back(counted(
        field, "too-large",
        fmt::format("{} x {} are {} pixels, allowed are {}", i.width, i.height, pixels, l.max_image_pixels),
        l.max_image_pixels, pixels));
  if (!is_utf8(i.alt)) {
    issues.push_back({field, "bad-encoding", "the alternative text is not UTF-8"});
  } else if (const auto n = count(i.alt, count_unit::code_points); l.max_alt_text && n > l.max_alt_text) {
    issues.push_back(
        counted(field, "alt-too-long",
                fmt::format("alternative text of {} characters, allowed are {}", n, l.max_alt_text),
                l.max_alt_text, n));
  }
}

} // namespace

std::vector<content_issue> check_limits(const account_limits& l, const publication& p,
                                        std::string_view prefix) {
  std::vector<content_issue> issues;
  if (!is_utf8(p.text) || !is_utf8(p.title)) {
    issues.push_back({is_utf8(p.text) ? "title" : "text", "bad-encoding", "not well-formed UTF-8"});
    return issues;
  }
  const bool blank = text::trim(p.text).empty();
  if (blank && (p.images.empty() || !l.text_or_media))
    issues.push_back({"text", "empty", l.text_or_media ? "neither text nor an image" : "no text"});
  if (l.needs_title && blank && text::trim(p.title).empty())
    issues.push_back({"title", "empty", "neither a title nor a first line to take it from"});
  if (l.max_text) {
    auto n = count(p.text, l.text_unit, l.url_weight);
    if (!prefix.empty()) n += count(prefix, count_unit::graphemes);
    if (n > l.max_text)
      issues.push_back(counted("text", "too-long",
                               fmt::format("{} {}, allowed are {}", n, words(l.text_unit), l.max_text),
                               l.max_text, n));
  }
  if (l.max_text_bytes && p.text.size() > l.max_text_bytes)
    issues.push_back(counted("text", "too-long",
                             fmt::format("{} bytes, allowed are {}", p.text.size(), l.max_text_bytes),
                             l.max_text_bytes, p.text.size()));
  if (p.images.size() > l.max_images)
    issues.push_back(counted("images", "too-many",
                             fmt::format("{} images, allowed are {}", p.images.size(), l.max_images),
                             l.max_images, p.images.size()));
  for (std::size_t i = 0; i < p.images.size(); ++i) check_image(l, p.images[i], i, issues);
  return issues;
}

} // namespace wire
} // namespace troupe::platforms
