#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::sink {

/// One way to go wrong, and how often.
struct fault {
  std::string mode;
  double probability = 0;
  std::uint64_t seed = 0;
};

/// Reads "mode:probability:seed" (seed optional); nullopt when it is not one.
std::optional<fault> parse_fault(std::string_view text);

/// Decides for each request which fault strikes it. The same seeds and the same order of requests: the same
/// faults.
class fault_plan {
 public:
  void set(std::vector<fault> faults);
  /// The mode of the first fault that strikes; empty: none.
  std::string_view draw();

 private:
  struct source {
    fault what;
    std::mt19937_64 random;
  };
  std::vector<source> sources_;
};

} // namespace troupe::sink
