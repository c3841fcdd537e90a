#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe::sink {

/// One request. Views point into the reader's buffer and end with the next call.
struct request {
  std::string_view method, target, authorization, key, behaviour, body;
  bool keep_alive = true;
};

/// Minimal HTTP/1.1 for a test network: bytes in, whole requests out, however they are split or joined.
class http_reader {
 public:
  static constexpr std::size_t head_limit = 32 * 1024;
  static constexpr std::size_t body_limit = 64 * 1024 * 1024;

  enum class result { request, more, bad };

  void append(std::string_view bytes) {
    forget_taken();
    buffer_ += bytes;
  }
  /// The next whole request. After `bad` the connection is of no more use.
  result next(request& out);
  /// True once when a client waits for `100 Continue` before it sends its body.
  bool wants_continue();
  std::size_t buffered() const noexcept { return buffer_.size() - taken_; }

 private:
  struct head {
    request what;
    std::size_t length = 0; // head with its empty line
    std::size_t body = 0;
    bool chunked = false, expects = false;
  };

  static bool read_head(std::string_view text, head& out);
  static bool read_field(std::string_view name, std::string_view value, head& out);
  result chunked_body(std::size_t from, std::size_t& end);
  void forget_taken();

  std::string buffer_;
  std::string chunks_;
  std::size_t taken_ = 0;
  bool continue_wanted_ = false, continue_said_ = false;
};

} // namespace troupe::sink
