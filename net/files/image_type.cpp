#include "net/files/image_type.hpp"

#include "system/core/ascii.hpp"

#include <algorithm>

namespace troupe::files {

namespace {

constexpr image_type all[] = {image_type::png, image_type::jpeg, image_type::gif, image_type::webp};

} // namespace

std::string_view content_type(image_type t) noexcept {
  switch (t) {
  case image_type::png: return "image/png";
  case image_type::jpeg: return "image/jpeg";
  case image_type::gif: return "image/gif";
  case image_type::webp: return "image/webp";
  }
  return {};
}

std::optional<image_type> parse_content_type(std::string_view text) noexcept {
  text = text.substr(0, text.find(';'));
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  for (auto t : all)
    if (ascii::equal_ignoring_case(text, content_type(t))) return t;
  return std::nullopt;
}

std::optional<image_type> sniff(std::string_view head) noexcept {
  using namespace std::string_view_literals;
  if (head.starts_with("\x89PNG\r\n\x1a\n"sv)) return image_type::png;
  if (head.starts_with("\xff\xd8\xff"sv)) return image_type::jpeg;
  if (head.starts_with("GIF87a"sv) || head.starts_with("GIF89a"sv)) return image_type::gif;
  if (head.size() >= 12 && head.starts_with("RIFF"sv) && head.substr(8, 4) == "WEBP"sv)
    return image_type::webp;
  return std::nullopt;
}

} // namespace troupe::files
