#pragma once

#include "system/core/errors.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::bridge {

/// Lengths count Unicode code points. U+0000 is never taken: PostgreSQL cannot store it.
struct text_rule {
  std::size_t min = 0;
  std::size_t max = 10'000;
  bool single_line = false; // no control characters, so no line break either
};

struct integer_rule {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

struct array_rule {
  std::size_t min = 0;
  std::size_t max = 1'000;
  bool unique = false; // for values that can be compared
};

/// Collects what is wrong with one request, field by field; after 100 entries the rest is left out.
class field_errors {
 public:
  void add(std::string pointer, std::string_view code, std::string detail);
  bool empty() const noexcept { return list_.empty(); }
  /// validation_failed with all of them, or nothing when there are none.
  expected<void> finish();

 private:
  std::vector<field_error> list_;
};

/// Says what is wrong with a text under a rule: a code and a sentence; empty code when nothing is.
struct complaint {
  std::string_view code;
  std::string detail;
};
complaint check_text(std::string_view text, const text_rule& rule);
complaint check_integer(std::int64_t number, const integer_rule& rule);
/// At most so many bytes of a text, whole code points only.
std::string_view shortened(std::string_view text, std::size_t most) noexcept;
/// A client's text for use inside a message of ours: cut to 60 bytes, without control characters.
std::string quoted(std::string_view text);
/// "a, b, c"
std::string listed(const std::vector<std::string_view>& choices);

} // namespace troupe::bridge
