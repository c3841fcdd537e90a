#pragma once

#include "system/events/feed.hpp"
#include "system/events/tail_sql.hpp"

#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

namespace troupe::events {

/// INTERNAL, LOCAL ONLY: what a `feed` tells its TAIL.
struct open_order {
  std::shared_ptr<listener> who;
  reply_slot<opened> answer;
};
struct close_order {
  std::uint64_t id = 0;
};

/// TAIL: the one reader of the outbox on this node.
///
///   waiting -> (replaying ->) live
///
/// A listener waits until no poll is under way: that poll does not know its workspace. Then the position of
/// the TAIL is its own, and it is live, or it first reads from the table what lies between its cursor and
/// that position.
class tail_state {
 public:
  const char* name = "tail";

  caf::behavior init(caf::event_based_actor* self, const runtime& rt,
                     std::shared_ptr<const feed_settings> settings, std::shared_ptr<const renderer> render,
                     std::shared_ptr<feed_counters> counters);
  ~tail_state();

 private:
  using steady = std::chrono::steady_clock;
  enum class stage : std::uint8_t { waiting, replaying, live };
  struct member {
    std::shared_ptr<listener> who;
    reply_slot<opened> answer; // until it is settled
    stage at = stage::waiting;
    position done; // everything up to here was sent, or is not wanted
    timestamp since{};
    std::size_t replayed = 0;
  };
  using member_map = std::unordered_map<std::uint64_t, member>;

  // tail.cpp: the position, and who is where
  void on_open(open_order& m);
  void refuse(open_order& m, failure why);
  void on_tick();
  void wake();
  void poll();
  void found_present(const db_reply& reply);
  void found_news(const db_reply& reply);
  void poll_failed(const db_reply& reply);
  void admit_waiting();
  void pass_on(const event& e, timestamp now);
  void look_around();
  void remove_strangers();
  bool send(std::uint64_t id, const member& m, std::string_view bytes);
  void end(std::uint64_t id);
  mark here() const { return {history_, at_, time_}; }

  // tail_replay.cpp: what was missed
  void begin(std::uint64_t id, member& m);
  void start_over(std::uint64_t id, member& m, std::string_view reason);
  void next_replay();
  void replay(std::uint64_t id, const member& m);
  void found_missed(std::uint64_t id, const position& to, const db_reply& reply);

  caf::event_based_actor* self_ = nullptr;
  const runtime* rt_ = nullptr;
  std::shared_ptr<const feed_settings> settings_;
  std::shared_ptr<const renderer> render_;
  std::shared_ptr<feed_counters> counters_;

  member_map members_;
  std::map<uuid, std::set<std::uint64_t>> by_workspace_;
  std::map<uuid, std::size_t> by_user_;
  std::vector<std::uint64_t> waiting_;
  std::deque<std::uint64_t> to_replay_;
  std::size_t replaying_ = 0;
  std::uint64_t last_id_ = 0;

  bool placed_ = false; // `at_` is known and kept up to date
  bool polling_ = false;
  bool failing_ = false;
  position at_;
  timestamp time_{};
  std::string history_;
  steady::time_point next_poll_{}, next_look_{}, next_beat_{};
};

caf::behavior tail(caf::stateful_actor<tail_state>* self, const runtime* rt,
                   std::shared_ptr<const feed_settings> settings, std::shared_ptr<const renderer> render,
                   std::shared_ptr<feed_counters> counters);

} // namespace troupe::events

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::events::open_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::events::close_order)
