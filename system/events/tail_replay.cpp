#include "system/core/log.hpp"
#include "system/events/tail.hpp"

/// What a listener missed while it was away, read from the table up to where the TAIL is.
namespace troupe::events {

/// Its position is known from here on, and with it whether it can have all that it wants.
void tail_state::begin(std::uint64_t id, member& m) {
  m.answer(opened{{ec::none}, id});
  auto& who = *m.who;
  if (!who.resumes) {
    m.done = at_;
    m.at = stage::live;
    send(id, m, render_->hello(here()));
    return;
  }
  if (!who.after || who.after->history != history_) return start_over(id, m, "unknown-cursor");
  if (who.after->time < time_ - settings_->kept) return start_over(id, m, "too-old");
  m.done = who.after->at;
  m.since = who.after->time;
  if (!send(id, m, render_->hello(*who.after))) return;
  if (m.done >= at_) {
    m.at = stage::live;
    return;
  }
  m.at = stage::replaying;
  to_replay_.push_back(id);
  next_replay();
}

/// It cannot have all that it missed, so it is told to fetch everything, and goes on from here.
void tail_state::start_over(std::uint64_t id, member& m, std::string_view reason) {
  counters_->resets.fetch_add(1, std::memory_order_relaxed);
  m.done = at_;
  m.at = stage::live;
  send(id, m, render_->reset(here(), m.who->workspace, reason));
}

void tail_state::next_replay() {
  while (replaying_ < settings_->replays_at_once && !to_replay_.empty()) {
    auto id = to_replay_.front();
    to_replay_.pop_front();
    if (auto found = members_.find(id); found != members_.end()) replay(id, found->second);
  }
}

void tail_state::replay(std::uint64_t id, const member& m) {
  ++replaying_;
  read_database(self_, *rt_, {sql::find_missed(m.who->workspace, m.done, m.since, at_, settings_->page)},
                [this, id, to = at_](const db_reply& r) { found_missed(id, to, r); });
}

void tail_state::found_missed(std::uint64_t id, const position& to, const db_reply& reply) {
  --replaying_;
  auto found = members_.find(id);
  if (found == members_.end()) return next_replay();
  auto& m = found->second;
  if (!reply.ok()) { // tried again by the next tick
    to_replay_.push_back(id);
    return;
  }
  auto missed = sql::read_missed(reply.rows());
  m.replayed += missed.size();
  if (m.replayed > settings_->replay_limit) {
    start_over(id, m, "too-many");
    return next_replay();
  }
  for (auto& e : missed) {
    if (!send(id, m, render_->each(e, {history_, e.at, e.time}))) return next_replay();
    counters_->sent.fetch_add(1, std::memory_order_relaxed);
    counters_->replayed.fetch_add(1, std::memory_order_relaxed);
    m.done = e.at;
    m.since = e.time;
  }
  if (missed.size() < settings_->page) m.done = to;
  // The TAIL may have gone on meanwhile; then there is another, short stretch.
  if (m.done >= at_)
    m.at = stage::live;
  else
    to_replay_.push_back(id);
  next_replay();
}

} // namespace troupe::events
