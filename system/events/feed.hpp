#pragma once

#include "system/actor/runtime.hpp"
#include "system/core/errors.hpp"

#include <atomic>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Live events: what the outbox says, to whoever listens on this node.
namespace troupe::events {

/// Where an event stands in the order that is the same for every reader.
struct position {
  std::uint64_t xid = 0; // of the transaction that wrote it
  std::int64_t seq = 0;
  auto operator<=>(const position&) const = default;
};

/// What a cursor holds: a position of one history of the database, and when it was passed.
struct mark {
  std::string history;
  position at;
  timestamp time{};
};

struct event {
  position at;
  timestamp time{};
  uuid workspace;
  std::string kind;
  uuid subject;
  std::string payload; // JSON object
};

enum class outcome : std::uint8_t { taken, gone, too_slow };

/// Who listens. All functions are called by the TAIL and must not wait.
struct listener {
  uuid workspace, user;
  bool resumes = false;      // wants what it missed ...
  std::optional<mark> after; // ... since this; nullopt: its cursor cannot be read
  std::function<outcome(std::string_view bytes)> send;
  std::function<void()> finish;  // the end, after what was sent
  std::function<bool()> welcome; // asked every second or so: may it still listen?
};

/// Turns what there is to say into the bytes that listeners get; an event is rendered once for all of them.
struct renderer {
  std::function<std::string(const event&, const mark&)> each;
  std::function<std::string(const mark&)> hello;
  std::function<std::string(const mark&, const uuid& workspace, std::string_view reason)> reset;
  std::function<std::string(const mark*)> beat; // null: no position to tell
};

struct feed_settings {
  milliseconds poll{40}; // between two looks at the table while anybody listens
  milliseconds heartbeat{15'000};
  std::size_t listeners = 2'000; // of this node
  std::size_t listeners_per_workspace = 500;
  std::size_t listeners_per_user = 20;
  std::size_t replay_limit = 10'000; // events that a listener may have missed; beyond, a reset
  std::size_t replays_at_once = 8;
  std::size_t page = 500;              // events of one read
  seconds kept{30 * 86'400};           // how long the table keeps them
  const storage::statement* strangers; // $1 workspaces, $2 users -> those pairs that are no members
};

struct feed_counters {
  std::atomic<std::uint64_t> listeners{0}, sent{0}, dropped{0}, refused{0}, resets{0}, replayed{0}, polls{0},
      polls_failed{0}, lag_us{0}; // lag: from the write of the event passed on last to its being passed on
};

/// LOCAL ONLY: whether somebody may listen from now on.
struct opened {
  failure why{ec::unavailable}; // code none: yes
  std::uint64_t id = 0;
};

class feed {
 public:
  feed(caf::actor_system& system, const runtime& rt, feed_settings settings, renderer r);
  ~feed(); // ends every stream

  /// Begins to pass on events; `then(opened)` runs in `self` once the position is settled: whatever is read
  /// from the store after that holds all that comes before. rate_limited or overloaded: as many listen as
  /// may.
  template <class F>
  void open(caf::scheduled_actor* self, std::shared_ptr<listener> who, F then) {
    order(std::move(who), reply_slot<opened>::make(self, std::move(then)));
  }
  /// The listener has left. Thread-safe.
  void close(std::uint64_t id) const;
  const feed_counters& counters() const noexcept { return *counters_; }

 private:
  void order(std::shared_ptr<listener> who, reply_slot<opened> answer) const;
  std::shared_ptr<feed_counters> counters_;
  caf::actor tail_;
};

} // namespace troupe::events

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::events::opened)
