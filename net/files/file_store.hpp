#pragma once

#include "net/files/image_type.hpp"
#include "net/files/spool_file.hpp"
#include "system/core/errors.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Images on the local disk under the hash of their content: `<directory>/<first byte>/<sha256>`, both in
/// hex. The same image uploaded twice is one file.
///
/// EVERYTHING HERE BLOCKS: call it through `file_service`, never on a scheduler or I/O thread.
namespace troupe::files {

using file_time = std::chrono::system_clock::time_point;

struct image_limits {
  std::int64_t max_bytes = 20'000'000;
  std::int64_t max_pixels = 100'000'000; // of all frames together
};

struct stored_image {
  std::string sha256; // 32 raw bytes
  image_type type = image_type::png;
  std::int64_t bytes = 0;
  int width = 0;
  int height = 0;
};

/// Where a store in `directory` keeps the image of this hash (32 raw bytes).
std::string path_of(std::string_view directory, std::string_view sha256);

class file_store {
 public:
  /// bad_configuration when the directory cannot be made (0700) or written.
  static expected<file_store> open(std::string directory);

  /// Takes an uploaded file over: its type by its bytes, its size, its pixels, whether it is whole; then
  /// durably into the store. Taking an image that is there already renews it. Errors: unsupported_media (not
  /// the declared type, or none of ours), payload_too_large, validation_failed (damaged, too many pixels),
  /// unavailable (the disk).
  expected<stored_image> take_image(const spool_file& spool, std::string_view declared_type,
                                    const image_limits& limits) const;

  std::string path_of(std::string_view sha256) const { return files::path_of(directory_, sha256); }
  /// not_found when there is none; unavailable when it cannot be read or is longer than `max_bytes`.
  expected<std::string> read(std::string_view sha256, std::int64_t max_bytes) const;
  /// True when a file was there.
  bool remove(std::string_view sha256) const;

  /// Hashes (raw) of the images below one first byte that were taken before `cutoff`. Clears away what an
  /// interrupted upload left there.
  std::vector<std::string> taken_before(std::uint8_t first_byte, file_time cutoff) const;
  /// Removes the image unless it was taken again since `cutoff`, also by another node at this moment.
  bool remove_taken_before(std::string_view sha256, file_time cutoff) const;

  const std::string& directory() const noexcept { return directory_; }

 private:
  explicit file_store(std::string directory) : directory_(std::move(directory)) {}
  expected<void> place(const std::string& from, int fd, const std::string& sha256) const;

  std::string directory_;
};

} // namespace troupe::files
