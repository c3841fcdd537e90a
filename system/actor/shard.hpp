#pragma once

#include "system/actor/messages.hpp"
#include "system/actor/wakeups.hpp"

#include <caf/all.hpp>

#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <random>
#include <unordered_map>
#include <vector>

/// SHARD: owned by exactly one node. Activates entities on their first message, passivates idle ones, and
/// contains their crashes: restart with backoff, then quarantine until an operator lifts it.
///
///             message                    idle                 quit
///   (absent) ---------> active -------------------> passivating ----> (absent)
///                        |  ^  \                       | busy / message
///                  crash |  |   \ crash too often      v
///                        v  | backoff over          active
///                      backoff     `-> quarantined --lift--> (absent)
namespace troupe {

/// Commits a row for the shard and answers the promise; see write_row.
using row_writer = std::function<void(caf::scheduled_actor* shard_actor, std::uint32_t shard,
                                      const write_row& what, caf::response_promise promise)>;

struct shard_settings {
  milliseconds entity_idle{60'000};
  milliseconds rest_delay{2'000}; // what is done with its work leaves after this: what is due now comes first
  milliseconds restart_backoff_min{50};
  milliseconds restart_backoff_max{30'000};
  int restart_limit = 5; // crashes of its own within `restart_window` before quarantine
  milliseconds restart_window{60'000};
  std::size_t active_limit = 256;  // beyond, the least recently used ones are asked to leave
  std::size_t stash_limit = 1'000; // messages kept for a passivating entity; beyond: overloaded
  row_writer write;                // empty: rows are not written here
  milliseconds close_pause{100};   // a closing SHARD asks its entities again after this
  milliseconds close_limit{
      90'000}; // whoever has not ended by then is ended: longer than any call to a network
  std::optional<std::uint32_t> seed; // of the backoff's jitter; empty: the machine's own randomness
};

/// What became of earlier SHARDs of this number on this node, as the GROUP knows it.
struct shard_past {
  int restarts = 0;
  std::string last_error;
};

/// Makes the CAF actor of an entity, with `shard_actor->spawn`. `shard` is the SHARD itself: the entity sends
/// `busy` to it. Must not block.
using entity_factory = std::function<caf::actor(caf::scheduled_actor* shard_actor, const entity_ref& who)>;

struct shard_state {
  enum class phase : std::uint8_t { active, passivating, backoff, quarantined };
  using clock = std::chrono::steady_clock;

  struct entry {
    caf::actor handle;
    caf::scheduled_actor* local = nullptr; // the same actor, while there is a handle
    phase now = phase::active;
    int crashes = 0;
    int faults = 0; // of the crashes those that are its own: not that the database was away
    clock::time_point first_crash{}, retry_at{}, started{}, last_message{};
    std::uint64_t messages = 0;
    std::uint64_t handled = 0;           // of `messages`, when it was last seen idle
    std::list<entity_ref>::iterator use; // in `recent`, when it has a handle
    std::string last_error;
    std::vector<std::pair<caf::response_promise, caf::message>> stash;
  };

  caf::stateful_actor<shard_state>* self = nullptr;
  group which = group::users;
  shard_id id = 0;
  shard_settings settings;
  entity_factory make;
  wakeups* ticks = nullptr;
  caf::actor listener; // told about crashes; may be invalid
  shard_past past;
  std::unordered_map<entity_ref, entry> table;
  std::unordered_map<caf::actor_addr, entity_ref> by_address;
  std::list<entity_ref> recent; // least recently used first
  // Who is done with its work, and its messages until then: asked to leave later, unless more have come.
  std::vector<std::pair<entity_ref, std::uint64_t>> at_rest;
  clock::time_point sweep_at{};
  std::uint64_t activations = 0, crashes = 0;
  bool sweeping = false, closing = false;
  clock::time_point closing_since{};
  std::minstd_rand random;
  const char* name = "shard";

  /// Entities do not outlive their SHARD, however it ends: the next one would make them a second time.
  ~shard_state();
  void route(routed& r);
  void refuse(const entity_ref& to, failure f, milliseconds again);
  void activate(const entity_ref& who, entry& e);
  void down(const caf::down_msg& m);
  void woken();
  void close();
  void close_on();
  void sweep(clock::time_point now);
  void trim();
  void keep(const entity_ref& who);
  void rest(const entity_ref& who);
  bool lift(const entity_ref& who);
  static std::uint64_t waiting(const entry& e) noexcept;
  std::string list(std::uint32_t limit) const;
};

caf::behavior shard(caf::stateful_actor<shard_state>* self, group which, shard_id id, shard_settings settings,
                    entity_factory make, wakeups* ticks, caf::actor listener, shard_past past);

} // namespace troupe
