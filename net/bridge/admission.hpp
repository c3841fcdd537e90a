#pragma once

#include "net/bridge/head_reader.hpp"
#include "net/bridge/router.hpp"

#include <optional>

namespace troupe::bridge {

/// What the head alone decides: the route, or the reply that ends the request before its body is read.
struct admission {
  const router::match* route = nullptr;
  std::optional<reply> refused;
  bool close = false; // what follows the head cannot be told apart from a next request
};

/// Finds the route and checks what its options say about bodies; fills the path parameters of `head.req`.
admission admit(message_head& head, const router& routes);

} // namespace troupe::bridge
