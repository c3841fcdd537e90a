#pragma once

#include <cstdio>
#include <cstdlib>

/// A property that every input must have: unlike assert it also holds in release builds.
#define TROUPE_FUZZ_REQUIRE(condition)                                                                       \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      std::fprintf(stderr, "%s:%d: required: %s\n", __FILE__, __LINE__, #condition);                         \
      std::abort();                                                                                          \
    }                                                                                                        \
  } while (false)
