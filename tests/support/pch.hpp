#pragma once

// CAF's test framework, precompiled: every file of tests names its own suite before it includes the framework
// itself.
#include <caf/test/unit_test.hpp>
#undef CAF_SUITE
