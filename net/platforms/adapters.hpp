#pragma once

#include "net/platforms/adapter.hpp"

#include <memory>
#include <string>

/// The adapters of this build. Each is one file of the same name.
namespace troupe::platforms {

/// `base_url`: where the built-in sandbox network listens, without a trailing slash.
std::unique_ptr<adapter> make_sandbox(std::string base_url);
std::unique_ptr<adapter> make_bluesky();
std::unique_ptr<adapter> make_mastodon();
std::unique_ptr<adapter> make_wordpress();

} // namespace troupe::platforms
