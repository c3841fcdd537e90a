#pragma once

#include "tests/sink/record.hpp"

#include <string>

namespace troupe::sink {

/// Every raw request in a file, one line each, so that the record survives the sink's own death. Lines are
/// collected with `add` and must be written with `flush` before anything about them is answered.
///
/// at_us scheduled_us applied body_hash key
class journal {
 public:
  journal() = default;
  ~journal();
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  /// Opens for appending and adds what stands there to `known`. A last line without its end was never
  /// answered and is cut off. Throws std::runtime_error.
  void open(const std::string& path, record& known);
  void add(const arrival& a);
  /// Throws std::runtime_error when the disk refuses.
  void flush();
  void clear();

 private:
  int file_ = -1;
  std::string pending_;
};

} // namespace troupe::sink
