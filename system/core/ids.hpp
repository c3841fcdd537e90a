#pragma once

#include "system/core/clock.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// A UUID (RFC 9562). Ids that Troupe gives are version 7, so that they sort by creation time.
struct uuid {
  std::uint64_t hi = 0;
  std::uint64_t lo = 0;

  auto operator<=>(const uuid&) const = default;
  bool is_nil() const noexcept { return hi == 0 && lo == 0; }

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, uuid& x) {
    return f(x.hi, x.lo);
  }
};

/// "018f3a52-...": lower case, 36 characters.
std::string to_string(const uuid& id);
/// Takes exactly the 36-character form (either case); anything else is nullopt.
std::optional<uuid> parse_uuid(std::string_view text) noexcept;
/// A fresh version-7 id. Thread-safe; strictly rising within one process.
uuid new_uuid(timestamp now);
/// Deterministic version-8 id from a name (BLAKE2b): the same name gives the same id on every node.
uuid derived_uuid(std::string_view name);

/// Stable hash of a home key onto 16 bits: the slot stored in rows. Version 1; changing it is a data
/// migration.
std::uint16_t slot_of(const uuid& home) noexcept;

} // namespace troupe

template <>
struct std::hash<troupe::uuid> {
  std::size_t operator()(const troupe::uuid& id) const noexcept {
    return static_cast<std::size_t>(id.hi * 0x9E3779B97F4A7C15ull ^ id.lo);
  }
};
