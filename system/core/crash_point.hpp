#pragma once

#include <string_view>

namespace troupe {

#ifdef TROUPE_CRASH_POINTS
/// Kills the process (SIGKILL, nothing flushed) when the environment variable TROUPE_CRASH_AT names this
/// point. `name@N` dies at the N-th passage. Compiled in for tests only.
void crash_point(std::string_view name);
#else
inline void crash_point(std::string_view) {}
#endif

} // namespace troupe
