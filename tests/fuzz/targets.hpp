#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace troupe::fuzz {

struct target {
  std::string_view name; // also of its corpus folder
  int (*run)(const std::uint8_t* data, std::size_t size);
};

/// Every fuzz target of this folder.
const std::vector<target>& targets();

} // namespace troupe::fuzz
