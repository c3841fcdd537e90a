#pragma once

#include "net/api/admin.hpp"
#include "net/api/call.hpp"
#include "system/cluster/envelope.hpp"

#include <caf/all.hpp>

/// What one node asks another on behalf of an operator: the same operation of the admin API, carried out
/// there.
///
///     HTTP BRIDGE --routed(node_itself)--> LINK ==envelope==> GATEWAY --> DESK --> HTTP BRIDGE of that node
///
/// Who asks has been checked by the node that was asked first; nodes of one cluster believe each other.
namespace troupe::api {

/// INTERNAL HTTP BRIDGE -> DESK.
struct desk_answer {
  std::uint64_t id = 0;
  cluster::node_answer answer;
};

struct desk_state {
  std::unordered_map<std::uint64_t, caf::response_promise> open;
  std::uint64_t last_id = 0;
  const char* name = "desk";
};
/// DESK: carries out what other nodes ask. Answers each question once, with the status and the body that an
/// operator would have got.
caf::behavior admin_desk(caf::stateful_actor<desk_state>* self, const admin_context* admin);

/// Asks a node through its LINK; `then(c, answer)` runs in the HTTP BRIDGE, always.
void ask_peer(const call_ptr& c, const caf::actor& link, cluster::node_question question, milliseconds within,
              std::function<void(const call_ptr&, expected<cluster::node_answer>)> then);

/// Where `path` of an actor begins with another node that is alive: has that node carry `operation` out and
/// answers the call with what it says, 503 when it says nothing. False: it is for this node.
bool pass_to_peer(const admin_context& admin, const call_ptr& c, std::string operation,
                  std::string_view path);

} // namespace troupe::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::api::desk_answer)
