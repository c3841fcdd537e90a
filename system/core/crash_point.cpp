#include "system/core/crash_point.hpp"

#ifdef TROUPE_CRASH_POINTS

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace troupe {

namespace {

struct plan {
  std::string name;
  long passages = 1;
};

const plan& planned() {
  static const plan p = [] {
    plan out;
    if (const char* text = std::getenv("TROUPE_CRASH_AT")) {
      out.name = text;
      if (auto at = out.name.find('@'); at != std::string::npos) {
        out.passages = std::strtol(out.name.c_str() + at + 1, nullptr, 10);
        out.name.resize(at);
      }
    }
    return out;
  }();
  return p;
}

} // namespace

void crash_point(std::string_view name) {
  static std::atomic<long> passed{0};
  if (planned().name.empty() || planned().name != name) return;
  if (passed.fetch_add(1) + 1 == planned().passages) ::raise(SIGKILL);
}

} // namespace troupe

#endif
