#pragma once

#include "net/outbound/engine.hpp"

namespace troupe::outbound {

inline constexpr std::size_t max_response_header_bytes = 64 * 1024;

/// Puts an answer together from what libcurl hands over, line by line and piece by piece, within bounds.
class answer_reader {
 public:
  void start(std::size_t max_body_bytes);
  /// One line of a head, interim answers and trailers included. False when the heads became too large.
  bool take_header(std::string_view line);
  /// A piece of the body. False when the body became too large.
  bool take_body(std::string_view bytes);

  /// True when the head of the final answer was complete.
  bool has_head() const noexcept { return has_head_; }
  bool too_large() const noexcept { return too_large_; }
  response take() { return std::move(answer_); }

 private:
  void take_status_line(std::string_view line);

  response answer_;
  std::size_t header_bytes_ = 0;
  std::size_t max_body_bytes_ = 0;
  bool has_head_ = false;
  bool too_large_ = false;
};

} // namespace troupe::outbound
