#pragma once

#include <cstddef>
#include <string>

/// Photographs carry where and with what they were taken; networks that do not remove it themselves get them
/// clean.
namespace troupe::platforms::jpeg {

enum class state {
  clean,   // nothing to remove: send the file as it is
  resaved, // `bytes` is the picture without metadata, turned upright
  failed,  // not readable as JPEG, or it cannot be made small enough
};

struct result {
  state what = state::failed;
  std::string bytes;
  int width = 0, height = 0; // of `bytes`, when resaved
  std::string error;         // plain words, when failed
};

/// Reads the JPEG file at `path`. When it carries EXIF, XMP or IPTC it is saved anew without: upright, in
/// sRGB, and in lower quality if needed to stay within `max_bytes` (0: no limit). Blocks for the time of
/// decoding and encoding.
result without_metadata(const std::string& path, std::size_t max_bytes);

} // namespace troupe::platforms::jpeg
