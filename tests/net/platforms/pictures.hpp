#pragma once

#include <vips/vips.h>

#include <stdexcept>
#include <string>

/// Real pictures for tests.
namespace troupe::platforms::testing {

/// Writes a picture of noise to `path` (.png or .jpg by its name). `orientation` 1 to 8: with that EXIF
/// orientation and a camera called SecretCamera; 0: no metadata at all.
inline void write_picture(const std::string& path, int width, int height, int orientation = 0) {
  if (vips_init("test") != 0) throw std::runtime_error("no libvips");
  VipsImage *noise = nullptr, *picture = nullptr;
  if (vips_gaussnoise(&noise, width, height, "mean", 128.0, "sigma", 60.0, nullptr) != 0 ||
      vips_cast_uchar(noise, &picture, nullptr) != 0)
    throw std::runtime_error("no picture");
  if (orientation) {
    vips_image_set_int(picture, VIPS_META_ORIENTATION, orientation);
    vips_image_set_string(picture, "exif-ifd0-Make",
                          "SecretCamera (SecretCamera, ASCII, 13 components, 13 bytes)");
  }
  const bool written =
      vips_image_write_to_file(picture, path.c_str(), "strip", orientation == 0 ? TRUE : FALSE, nullptr) == 0;
  g_object_unref(noise);
  g_object_unref(picture);
  if (!written) throw std::runtime_error("the picture was not written");
}

} // namespace troupe::platforms::testing
