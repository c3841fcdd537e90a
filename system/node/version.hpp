#pragma once

#include "config/settings.hpp"

#include <string>

namespace troupe::node {

/// Of this build; nodes of a cluster show it.
inline constexpr const char* version = "0.1.0";

/// Where the built-in sandbox network of this node answers.
std::string sandbox_url(const config::settings& c);

} // namespace troupe::node
