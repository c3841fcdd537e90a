#pragma once

#include "net/platforms/text.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What in a text is more than text on the AT Protocol: links, mentions, hashtags.
namespace troupe::platforms::richtext {

enum class feature { link, mention, tag };

/// One marked range. `value`: the full address of a link, the handle without "@", the tag without "#".
struct facet {
  text::span range;
  feature kind;
  std::string value;
};

/// In order of appearance, never overlapping. A mention is only a candidate: its handle may belong to nobody.
std::vector<facet> detect(std::string_view utf8);

/// True for something that can be a handle: "name.example.com", lower case not required.
bool is_handle(std::string_view s) noexcept;

} // namespace troupe::platforms::richtext
