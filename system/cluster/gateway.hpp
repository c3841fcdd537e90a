#pragma once

#include "system/actor/router.hpp"
#include "system/cluster/envelope.hpp"
#include "system/cluster/placement.hpp"

#include <functional>
#include <memory>
#include <unordered_map>

/// From node to node.
///
///     asker --routed--> LINK (to node b) ==envelope==> GATEWAY (of b) --routed--> SHARD --> ENTITY
///     asker <--answer-- LINK            <==envelope_answer== GATEWAY <--answer--
///
/// Only GATEWAYs and LINKs talk across nodes: each remote sender costs a proxy on both sides.
namespace troupe::cluster {

struct gateway_settings {
  milliseconds answer_within{10'000}; // a LINK's patience; the asker has its own deadline
  milliseconds hello_every{250};
  std::size_t most_waiting = 4'096; // answers that one LINK waits for; beyond: overloaded
  /// The other node's GATEWAY, or an invalid handle: not just now. Empty: over TCP, by a thread that may
  /// wait.
  std::function<caf::actor()> reach{};
};

struct gateway_state {
  // CAF makes a state from a pointer to its actor where that can be done, and an aggregate whose first member
  // is an actor can: the gateway would be its own desk.
  gateway_state() = default;

  caf::actor desk;
  const char* name = "gateway";
};
/// INTERNAL node -> GATEWAY: who answers what is for the node as a whole (node_itself()). Until then such
/// envelopes are refused with fence_lost.
struct desk_is {
  caf::actor who;
};

/// GATEWAY: takes what other nodes send, and passes it to the SHARDs of this node. What is for a shard that
/// is not here is answered with fence_lost: nothing was done, ask again. `noticed` gets what is for the node
/// as a whole.
caf::behavior gateway(caf::stateful_actor<gateway_state>* self, const router* route, node_id me,
                      std::function<void(const caf::message&)> noticed);

/// INTERNAL connector -> LINK: the other node's GATEWAY; invalid: not reached.
struct connected {
  caf::actor remote;
};

struct link_events {
  std::function<void(const node_id&)> up, down;
};

struct link_state {
  struct waiting {
    caf::response_promise promise;
    std::chrono::steady_clock::time_point deadline;
  };
  caf::stateful_actor<link_state>* self = nullptr;
  node_id peer, me;
  gateway_settings settings;
  link_events events;
  caf::actor remote;
  std::unordered_map<std::uint64_t, waiting> open;
  std::uint64_t last_id = 0;
  bool connecting = false, greeted = false;
  const char* name = "link";

  void on_connected(const connected& c);
  void broken();
  void pass_on(routed& r);
  void answered(envelope_answer& a);
  void beat();
  void refuse(caf::response_promise promise, ec why);
};
/// LINK: this node's way to one run of another node; stands in the router for every shard that the other
/// owns. Connects by itself, again and again until it is told to end.
caf::behavior link(caf::stateful_actor<link_state>* self, node_id peer, std::string address, node_id me,
                   gateway_settings settings, link_events events);

/// "host:port" -> both; nullopt when it is not that.
std::optional<std::pair<std::string, std::uint16_t>> parse_address(std::string_view text);

} // namespace troupe::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cluster::connected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cluster::desk_is)
