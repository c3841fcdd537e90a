#pragma once

#include <curl/curl.h>

#include <string>

namespace troupe::outbound {

/// A file that is streamed as a request body. Reads block on the local disk, for one buffer at a time.
class body_file {
 public:
  body_file() = default;
  ~body_file() { close(); }
  body_file(const body_file&) = delete;
  body_file& operator=(const body_file&) = delete;

  /// Why it cannot be used; empty when it is open.
  std::string open(const std::string& path);
  void close() noexcept;
  /// Bytes that will be sent: the size when it was opened.
  curl_off_t size() const noexcept { return size_; }
  /// True when reading ended before `size` bytes.
  bool broken() const noexcept { return broken_; }

  // What libcurl calls, with the body_file as its data.
  static std::size_t on_read(char* buffer, std::size_t one, std::size_t count, void* self) noexcept;
  static int on_seek(void* self, curl_off_t offset, int origin) noexcept;

 private:
  int descriptor_ = -1;
  curl_off_t size_ = 0;
  curl_off_t left_ = 0;
  bool broken_ = false;
};

} // namespace troupe::outbound
