#pragma once

#include "system/actor/messages.hpp"

#include <caf/all.hpp>

#include <vector>

/// What crosses from node to node: nothing else. Types go over the wire under their names, and fields in
/// their order: neither may change while nodes of neighbouring versions run side by side. What is inside is
/// bytes, so that a message of a type that the other side does not know becomes an answer that says so, and
/// not silence.
namespace troupe::cluster {

/// Raised when an envelope can no longer be read by the version before. A node refuses envelopes of another
/// protocol.
inline constexpr std::uint16_t protocol = 1;
/// Of a message and of an answer. Beyond: payload_too_large.
inline constexpr std::size_t most_bytes = 1 << 20;

using bytes = std::vector<char>;

/// LINK -> GATEWAY, at the beginning of a connection and again and again while it lasts.
struct hello {
  std::uint16_t version = protocol;
  std::string node; // who asks
  std::int64_t incarnation = 0;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, hello& x) {
    return f(x.version, x.node, x.incarnation);
  }
};

/// LINK -> GATEWAY: a message for an entity whose shard the other node owns. `id` 0: nobody waits for an
/// answer.
struct envelope {
  std::uint16_t version = protocol;
  std::uint64_t id = 0;
  entity_ref to;
  bytes payload; // a caf::message
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, envelope& x) {
    return f(x.version, x.id, x.to, x.payload);
  }
};

/// GATEWAY -> LINK.
struct envelope_answer {
  std::uint64_t id = 0;
  bytes payload; // a caf::message; empty: `why` says what went wrong
  failure why;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, envelope_answer& x) {
    return f(x.id, x.payload, x.why);
  }
};

/// LINK -> GATEWAY: for the node as a whole.
struct notice {
  std::uint16_t version = protocol;
  bytes payload; // a caf::message
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, notice& x) {
    return f(x.version, x.payload);
  }
};

/// A notice's content: who owns what has changed, look at the tables.
struct look_now {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, look_now&) {
    return f();
  }
};

/// What one node asks another one on behalf of an operator: an operation of the admin API, carried out there.
/// Travels in an envelope to node_itself().
struct node_question {
  std::string operation; // operationId
  std::vector<std::pair<std::string, std::string>> path, query;
  std::string body;
  std::uint32_t within_ms = 0; // the answer is of use for so long
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, node_question& x) {
    return f(x.operation, x.path, x.query, x.body, x.within_ms);
  }
};
struct node_answer {
  std::int32_t status = 0; // of HTTP
  std::string body;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, node_answer& x) {
    return f(x.status, x.body);
  }
};
/// The receiver of an envelope that is for the node as a whole and waits for an answer. No entity has this
/// id.
inline entity_ref node_itself() { return {}; }

/// Empty when it holds something that cannot leave this process.
bytes pack(caf::actor_system& system, const caf::message& m);
/// An empty message when it cannot be read.
caf::message unpack(caf::actor_system& system, const bytes& b);

} // namespace troupe::cluster

CAF_BEGIN_TYPE_ID_BLOCK(troupe_cluster, first_custom_type_id + 300)
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::cluster::hello))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::cluster::envelope))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::cluster::envelope_answer))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::cluster::notice))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::cluster::look_now))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::cluster::node_question))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::cluster::node_answer))
CAF_END_TYPE_ID_BLOCK(troupe_cluster)
