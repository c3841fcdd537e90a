#pragma once

#include "system/actor/messages.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <queue>
#include <thread>
#include <unordered_map>

namespace troupe {

/// Sends `tick` to actors at the moment they asked for. Implemented by a thread, and by simulations, whose
/// time passes when they say so.
///
/// Why not delayed_send: it cannot be cancelled, costs 240 bytes each and goes through a 10 ms-grained clock
/// under load; here an actor has one pending wake-up and moves it for free.
class wakeups {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  virtual ~wakeups() = default;

  /// At `when` (or at once, if past) `who` gets one `tick`. An earlier wish of the same actor stays when it
  /// is sooner. Thread-safe.
  virtual void wake(const caf::actor& who, time_point when) = 0;
  /// Everybody who waits gets a `tick` now and asks anew: what their moments were reckoned from has changed.
  /// Thread-safe.
  virtual void wake_all() = 0;
};

/// One thread for the whole node, idle when nothing is due.
class thread_wakeups final : public wakeups {
 public:
  thread_wakeups();
  ~thread_wakeups() override; // stops the thread; pending wake-ups are dropped

  void wake(const caf::actor& who, time_point when) override;
  void wake_all() override;

 private:
  struct entry {
    time_point when;
    caf::actor_addr who;
    caf::actor_id id;
    bool operator>(const entry& other) const { return when > other.when; }
  };
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<entry, std::vector<entry>, std::greater<>> queue_;
  std::unordered_map<caf::actor_id, time_point> earliest_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace troupe
