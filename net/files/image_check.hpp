#pragma once

#include "net/files/image_type.hpp"
#include "system/core/errors.hpp"

#include <cstdint>
#include <string>

namespace troupe::files {

/// What a decoder says of an image. `width` and `height` are those of one frame.
struct image_size {
  int width = 0;
  int height = 0;
  int frames = 1;
};

/// Reads the header, counts the pixels (of all frames together), and only when there are at most `max_pixels`
/// decodes the whole file once, line by line, to see that it is whole. BLOCKS for as long as decoding takes.
/// Errors: validation_failed with code `too-large` (pixels) or `bad-format` (damaged or cut off).
expected<image_size> check_image(const std::string& path, image_type type, std::int64_t max_pixels);

} // namespace troupe::files
