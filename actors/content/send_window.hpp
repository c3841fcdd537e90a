#pragma once

#include "system/actor/messages.hpp"

#include <caf/all.hpp>

#include <deque>
#include <mutex>

namespace troupe {

/// Credits given to a DISPATCHER that waited for them.
struct window_grant {
  int credits = 0;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, window_grant& x) {
    return f(x.credits);
  }
};

/// How many deliveries of this node may be between arming and their stored outcome. When the window is full,
/// dispatchers wait in line and get their credits in turn, a quantum each, so that a shard with a burst of 20
/// 000 delays another shard's single post by one quantum and not by the burst. Thread-safe.
class send_window {
 public:
  static constexpr int quantum = 32;

  explicit send_window(int size) : free_(size), size_(size) {}

  /// Takes up to `want` credits, at once. 0: `who` has been put in line and gets a window_grant later (one
  /// outstanding place in line per actor).
  int take(int want, const caf::actor& who);
  void give_back(int credits);
  int in_use() const;

 private:
  struct waiter {
    caf::actor who;
    int want;
  };
  void serve(std::vector<std::pair<caf::actor, int>>& out);

  mutable std::mutex mutex_;
  int free_;
  int size_;
  std::deque<waiter> line_;
};

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_window, first_custom_type_id + 240)
CAF_ADD_TYPE_ID(troupe_window, (troupe::window_grant))
CAF_END_TYPE_ID_BLOCK(troupe_window)
