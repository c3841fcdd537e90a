#pragma once

#include "system/actor/messages.hpp"
#include "system/actor/router.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

/// HTTP BRIDGE: the actors in which a request becomes a message and its reply becomes an answer.
///
///     I/O thread --closure--> HTTP BRIDGE --routed--> SHARD --> ENTITY --reply--> HTTP BRIDGE --> I/O thread
///
/// A pool, because an actor's outstanding requests cost linear time; no request gets a timeout in CAF's clock
/// (that would be two locks and a wake-up of its thread each), a coarse sweep finds those that nobody
/// answered.
namespace troupe::api {

/// The requests of one HTTP BRIDGE that wait for a reply. Not thread-safe: lives in its actor.
class pending_requests {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  std::size_t add(caf::message_id response, time_point deadline);
  void remove(std::size_t slot);
  /// Frees and answers those whose deadline has passed.
  std::vector<caf::message_id> take_expired(time_point now);
  std::size_t size() const noexcept { return live_; }

 private:
  struct slot {
    caf::message_id response;
    time_point deadline;
    bool live = false;
  };
  std::vector<slot> slots_;
  std::vector<std::size_t> free_;
  std::size_t live_ = 0;
};

struct bridge_state {
  pending_requests pending;
  bool sweeping = false;
  const char* name = "http_bridge";
};
using bridge_actor = caf::stateful_actor<bridge_state>;

/// INTERNAL: how far apart the sweeps are, and so how late a lost reply is noticed.
inline constexpr milliseconds sweep_interval{250};
/// INTERNAL: begins to sweep when the first request waits.
void start_sweeping(bridge_actor* self);

/// INTERNAL: runs `work` within `self` after a pause.
void run_later(bridge_actor* self, milliseconds pause, std::function<void(bridge_actor*)> work);
/// INTERNAL: between two looks for a shard that is moving.
inline constexpr milliseconds moving_pause{15};

/// Asks the entity `to`. Exactly one of the two runs, in `self`: `then(Reply&)` or `otherwise(failure)`, the
/// latter also when the shard is not served until the deadline (unavailable) and at the deadline (timed_out).
/// While the shard is moving between nodes it is asked again: fence_lost promises that nothing was done.
template <class Reply, class Then, class Otherwise>
void ask_entity(bridge_actor* self, const router& route, const entity_ref& to, caf::message payload,
                pending_requests::time_point deadline, Then then, Otherwise otherwise) {
  struct asking {
    const router* route;
    entity_ref to;
    caf::message payload; // kept for another try
    pending_requests::time_point deadline;
    Then then;
    Otherwise otherwise;

    static void again(const std::shared_ptr<asking>& a, bridge_actor* self) {
      if (std::chrono::steady_clock::now() + moving_pause < a->deadline)
        return run_later(self, moving_pause, [a](bridge_actor* me) { send(a, me); });
      failure f{ec::unavailable, "the shard is not in service just now"};
      f.retry_after_ms = 1'000;
      a->otherwise(std::move(f));
    }
    static void send(const std::shared_ptr<asking>& a, bridge_actor* self) {
      auto shard = a->route->find(a->to);
      if (!shard) return again(a, self);
      auto id = self->new_request_id(caf::message_priority::normal);
      auto slot = self->state.pending.add(id.response_id(), a->deadline);
      start_sweeping(self);
      shard->enqueue(caf::make_mailbox_element(self->ctrl(), id, {}, routed{a->to, a->payload}),
                     self->context());
      self->add_multiplexed_response_handler(id.response_id(), caf::behavior{
                                                                   [a, self, slot](Reply& reply) {
                                                                     self->state.pending.remove(slot);
                                                                     a->then(reply);
                                                                   },
                                                                   [a, self, slot](const caf::error& e) {
                                                                     self->state.pending.remove(slot);
                                                                     auto why = to_failure(e);
                                                                     if (why.code == ec::fence_lost)
                                                                       return again(a, self);
                                                                     a->otherwise(std::move(why));
                                                                   },
                                                               });
    }
  };
  asking::send(std::make_shared<asking>(
                   asking{&route, to, std::move(payload), deadline, std::move(then), std::move(otherwise)}),
               self);
}

/// The HTTP BRIDGE actors of a node.
class api_pool {
 public:
  using task = std::function<void(bridge_actor*)>;

  explicit api_pool(caf::actor_system& system, std::size_t workers = 8); // 1 .. 64
  ~api_pool();                                                           // stops the actors
  api_pool(const api_pool&) = delete;
  api_pool& operator=(const api_pool&) = delete;

  /// Runs `work` within one of the actors, in turn. Thread-safe. After the pool has stopped the task is
  /// dropped.
  void post(task work);

 private:
  std::vector<caf::actor> workers_;
  std::atomic<std::size_t> next_{0};
};

} // namespace troupe::api
