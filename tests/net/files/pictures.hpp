#pragma once

#include "net/files/image_type.hpp"
#include "net/files/spool_file.hpp"

#include <string>

/// Pictures made on the spot, and a folder that goes away by itself.
namespace troupe::test {

class temporary_folder {
 public:
  /// Below `base`; throws when it cannot be made.
  explicit temporary_folder(const std::string& base = "/tmp");
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const std::string& path() const noexcept { return path_; }
  /// Writes a file and answers its path.
  std::string write(const std::string& name, std::string_view bytes) const;

 private:
  std::string path_;
};

/// A noisy picture, so that its encoding has many bytes to lose. `frames` counts for GIF and WebP. `seed`
/// makes another picture.
std::string picture(files::image_type type, int width, int height, int frames = 1, int seed = 1);
/// A JPEG that is stored in several passes over the whole picture.
std::string progressive_jpeg(int width, int height);
/// A PNG whose header promises width x height pixels, with hardly any data behind it.
std::string png_promising(std::uint32_t width, std::uint32_t height);

/// An upload of these bytes.
files::spool_file upload(const temporary_folder& folder, std::string_view bytes);

} // namespace troupe::test
