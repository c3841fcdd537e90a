#include "tests/sink/fault.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace troupe::sink {

namespace {

constexpr std::array<std::string_view, 15> modes = {"applied-then-cut",
                                                    "applied-then-502",
                                                    "applied-then-hang",
                                                    "cut-before",
                                                    "429",
                                                    "429-date",
                                                    "429-reset",
                                                    "429-silent",
                                                    "429-wild",
                                                    "hang",
                                                    "500",
                                                    "garbage",
                                                    "empty",
                                                    "html",
                                                    "not-http"};

template <class T>
bool read(std::string_view text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::optional<fault> parse_fault(std::string_view text) {
  fault out;
  auto first = text.find(':');
  if (first == text.npos) return std::nullopt;
  out.mode = text.substr(0, first);
  auto rest = text.substr(first + 1);
  auto second = rest.find(':');
  if (!read(rest.substr(0, second), out.probability)) return std::nullopt;
  if (second != rest.npos && !read(rest.substr(second + 1), out.seed)) return std::nullopt;
  bool known = std::find(modes.begin(), modes.end(), out.mode) != modes.end();
  if (!known || out.probability < 0 || out.probability > 1) return std::nullopt;
  return out;
}

void fault_plan::set(std::vector<fault> faults) {
  sources_.clear();
  for (auto& f : faults) {
    auto seed = f.seed;
    sources_.push_back({std::move(f), std::mt19937_64{seed}});
  }
}

std::string_view fault_plan::draw() {
  std::string_view struck;
  for (auto& s : sources_) {
    // Each source draws for every request, so that one does not shift the other's sequence.
    auto drawn = std::uniform_real_distribution<double>{0, 1}(s.random);
    if (struck.empty() && drawn < s.what.probability) struck = s.what.mode;
  }
  return struck;
}

} // namespace troupe::sink
