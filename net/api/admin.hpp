#pragma once

#include "net/api/api.hpp"

#include "system/cluster/placement.hpp"

#include <caf/actor.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

/// The operators' listener: what the actors of this node are doing, and a hand on some of them.
namespace troupe::api {

struct drain_state {
  std::int64_t in_flight = 0; // sends that are still running
  timestamp deadline{};
};

/// Made by the composition root; outlives the admin server. `api` needs `rt`, `pool` and `config` only.
struct admin_context {
  api_context* api = nullptr;
  std::string token;                   // of the token file; empty: everyone is refused
  std::vector<caf::actor> dispatchers; // by shard; may be empty
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  /// The LINK to each other node that is alive; empty: there are none. Quick, thread-safe.
  std::function<std::vector<std::pair<cluster::node_id, caf::actor>>()> peers;
  /// Begins to stop the node, once; answers how far that is. Quick, thread-safe.
  std::function<drain_state()> drain;
};

/// What operators may do, whichever way they come in.
struct admin_operation {
  bridge::verb method;
  std::string path; // below the prefix of the listener
  operation op;
  void (*work)(const admin_context&, const call_ptr&);
  bool for_peers = false; // other nodes may ask this one for it
};
const std::vector<admin_operation>& admin_operations();

/// Those of the cluster as a whole, which any node answers. admin_cluster.cpp
std::vector<admin_operation> cluster_operations();

/// For a listener of its own, without make_early_check: each request is held to the admin token.
void add_admin_routes(bridge::router& routes, admin_context& admin);
/// The same on the public listener, below /v1/operations, for users who operate the instance; for others
/// there is no such thing. Not the drain: whoever ends a node should sit at it. operations.cpp
void add_operations_routes(bridge::router& routes, admin_context& admin);

} // namespace troupe::api
