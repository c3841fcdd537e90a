#pragma once

#include "config/settings.hpp"

#include <limits>
#include <string_view>
#include <variant>

/// The one table from which loading, checking and documenting are derived.
namespace troupe::config {

using value_ref = std::variant<integer*, bool*, text*, text_list*>;

struct field {
  const char* section;
  const char* key;
  value_ref (*ref)(settings&);
  const char* sentence; // documentation
  integer min = 0;      // integers: bounds; texts: bounds of the length in bytes
  integer max = std::numeric_limits<integer>::max();
  std::vector<std::string_view> choices = {}; // texts: when given, one of these
  bool secret = false;                        // never shown

  std::string name() const { return std::string{section} + '.' + key; }
  std::string variable() const; // "TROUPE_HTTP_PORT"
  std::string allowed() const;  // "an integer from 0 to 65535"
};

/// In the order of the documented file; fields of one section stand together.
const std::vector<field>& fields();

/// One sentence about a section; empty when the section is not known.
std::string_view section_sentence(std::string_view section);

/// The TOML form of a field's value, "(secret)" in quotes for a secret that is set.
std::string shown(const field& f, const settings& s);

/// A text as a TOML basic string, control characters escaped.
std::string quoted(std::string_view raw);

} // namespace troupe::config
