#pragma once

#include "net/outbound/engine.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <unordered_map>

namespace troupe::outbound {

using steady = std::chrono::steady_clock;

/// A request on its way through the engine.
struct job {
  request what;
  completion done;
  std::string lane;
  std::string refusal; // why it is answered without being started; empty: it is to be sent
  result_kind refused_as = result_kind::not_sent;
  steady::time_point submitted;
  steady::time_point deadline;
  steady::time_point started; // when it left the queue
};
using job_ptr = std::unique_ptr<job>;

/// What waits for a slot: one lane per server, served in turn, so that a burst for one server does not keep
/// the others waiting. Outbound thread only.
///
/// A server that answers at once gets few connections: 64 of them are 3 000 calls per second at 20 ms, and
/// the memory of more is out of the caches when its turn comes (25 us per call with 64, 38 with 256). One
/// that takes its time gets all it may have.
class job_queue {
 public:
  static constexpr int few = 64;
  static constexpr milliseconds slow{20};

  explicit job_queue(int max_active_per_lane) : max_active_per_lane_(max_active_per_lane) {}

  void push(job_ptr j);
  /// The next one whose lane has room, which then counts as active there; null when there is none.
  job_ptr pop(steady::time_point now);
  /// True when `pop` may have something to give.
  bool has_startable() const noexcept { return !turns_.empty(); }
  /// A job that `pop` gave out is done.
  void done(const job& j, steady::time_point now);
  /// A job that `pop` gave out was not started after all, which says nothing of its server.
  void not_started(const job& j);
  /// To be called now and then: a server that answers nothing at all is slow too.
  void look_for_silence(steady::time_point now);
  /// Takes out everything for which `unwanted` says true.
  template <class Predicate>
  std::vector<job_ptr> take_if(Predicate unwanted);
  std::size_t size() const noexcept { return size_; }

 private:
  struct lane {
    std::deque<job_ptr> waiting;
    int active = 0;
    microseconds typical{0};      // how long its calls take, of late
    steady::time_point last_sign; // of life: an answer, or the start after a pause
    bool listed = false;          // in `turns_`
  };
  using lane_map = std::unordered_map<std::string, lane>;

  int width(const lane& l) const noexcept {
    return l.typical < slow ? std::min(few, max_active_per_lane_) : max_active_per_lane_;
  }
  bool startable(const lane& l) const noexcept { return !l.waiting.empty() && l.active < width(l); }
  void list(lane_map::value_type& entry);
  void free_place(lane_map::iterator it);
  void forget_if_empty(lane_map::iterator it);

  int max_active_per_lane_;
  lane_map lanes_;
  std::deque<lane_map::value_type*> turns_;
  std::size_t size_ = 0;
};

template <class Predicate>
std::vector<job_ptr> job_queue::take_if(Predicate unwanted) {
  std::vector<job_ptr> taken;
  for (auto& [name, l] : lanes_) {
    std::erase_if(l.waiting, [&](job_ptr& j) {
      if (!unwanted(*j)) return false;
      taken.push_back(std::move(j));
      return true;
    });
  }
  size_ -= taken.size();
  return taken; // lanes left empty are forgotten when their turn comes
}

} // namespace troupe::outbound
