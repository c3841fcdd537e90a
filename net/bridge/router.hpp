#pragma once

#include "net/bridge/http.hpp"

#include <array>
#include <map>

namespace troupe::bridge {

/// One route as the session sees it.
struct router::match {
  verb method = verb::get;
  std::string path_template;
  route_options options;
  handler serve;
  std::vector<std::string> param_names; // in the order of the template
};

} // namespace troupe::bridge
