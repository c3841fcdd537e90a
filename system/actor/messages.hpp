#pragma once

#include "system/actor/address.hpp"
#include "system/core/errors.hpp"

#include <caf/all.hpp>

#include <string>
#include <vector>

/// Messages of the runtime itself. What a domain group says is in its own `interface.hpp`.
namespace troupe {

/// A message for an entity, sent to the SHARD that the entity lives in; the entity answers the sender.
struct routed {
  entity_ref to;
  caf::message payload;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, routed& x) {
    return f(x.to, x.payload);
  }
};

/// Every entity answers this with its state as a JSON object in text; never a secret in it.
struct describe {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, describe&) {
    return f();
  }
};

/// INTERNAL SHARD -> entity: stop if you are idle. Answered by quitting, or by `busy`.
struct passivate {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, passivate&) {
    return f();
  }
};
/// INTERNAL entity -> SHARD: I have work in flight, keep me.
struct busy {
  entity_ref who;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, busy& x) {
    return f(x.who);
  }
};

/// INTERNAL entity -> SHARD: nothing keeps me in memory; passivate me now rather than at the next sweep.
struct resting {
  entity_ref who;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, resting& x) {
    return f(x.who);
  }
};

/// INTERNAL: the wake-up that was asked of `wakeups` has come.
struct tick {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, tick&) {
    return f();
  }
};

/// INTERNAL SHARD -> its group's listener: this entity died abnormally and what it was doing is lost.
struct entity_failed {
  entity_ref who;
  bool quarantined = false;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, entity_failed& x) {
    return f(x.who, x.quarantined);
  }
};

/// INTERNAL SHARD -> its group's listener: a message that nobody waits for an answer to was not let through
/// to this entity, which is in backoff, quarantined or flooded. Worth another try after `retry_after_ms`.
struct entity_refused {
  entity_ref who;
  std::int64_t retry_after_ms = 0;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, entity_refused& x) {
    return f(x.who, x.retry_after_ms);
  }
};

/// INTERNAL GROUP -> SHARD: the shard leaves this node. Takes nothing more, lets its entities end what they
/// have begun, and quits when none is left.
struct close_shard {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, close_shard&) {
    return f();
  }
};

/// To the SHARD of the entity it is addressed to, which need not exist: commits one row that belongs to no
/// entity (an image, a kept Idempotency-Key), on the node that owns the shard. Answers row_written;
/// fence_lost when the shard has moved.
struct write_row {
  struct cell {
    bool null = false;
    std::string text;
    template <class Inspector>
    friend typename Inspector::result_type inspect(Inspector& f, cell& x) {
      return f(x.null, x.text);
    }
  };
  std::string statement; // one of those that the node has listed, by name
  std::vector<cell> row;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, write_row& x) {
    return f(x.statement, x.row);
  }
};
struct row_written {
  ec code = ec::unavailable; // none: applied; row_changed: not applied; else it failed
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, row_written& x) {
    return f(x.code);
  }
};

/// Asks a SHARD what it holds. `limit` bounds the entities listed.
struct list_entities {
  std::uint32_t limit = 100;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, list_entities& x) {
    return f(x.limit);
  }
};
/// Answer to list_entities and describe: JSON text.
struct json_text {
  std::string text;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, json_text& x) {
    return f(x.text);
  }
};

/// Lifts the quarantine of one entity of this SHARD. Answers json_text, or not_found.
struct lift_quarantine {
  entity_ref who;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, lift_quarantine& x) {
    return f(x.who);
  }
};

/// A plain yes, for requests whose answer carries nothing.
struct done {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, done&) {
    return f();
  }
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, field_error& x) {
  return f(x.pointer, x.code, x.detail);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, failure& x) {
  return f(x.code, x.detail, x.fields, x.retry_after_ms);
}

/// A failure as CAF error (category "troupe") and back. Errors of CAF itself (dead receiver, timeout) become
/// unavailable and timed_out.
caf::error to_error(const failure& f);
failure to_failure(const caf::error& e);
/// Why an actor ended, in words for logs and operators.
std::string reason_text(const caf::error& e);

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_actor, first_custom_type_id)
CAF_ADD_TYPE_ID(troupe_actor, (troupe::uuid))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::entity_kind))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::entity_ref))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::ec))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::field_error))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::failure))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::routed))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::describe))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::passivate))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::busy))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::tick))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::resting))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::entity_failed))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::list_entities))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::json_text))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::lift_quarantine))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::done))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::entity_refused))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::close_shard))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::write_row))
CAF_ADD_TYPE_ID(troupe_actor, (troupe::row_written))
CAF_END_TYPE_ID_BLOCK(troupe_actor)
