#include "system/events/tail.hpp"

#include "system/core/log.hpp"

#include <algorithm>

namespace troupe::events {

namespace {

constexpr milliseconds look_interval{1'000};
constexpr milliseconds retry_interval{250}; // while the database does not answer
constexpr std::string_view membership_ended = "member.left";

} // namespace

caf::behavior tail_state::init(caf::event_based_actor* self, const runtime& rt,
                               std::shared_ptr<const feed_settings> settings,
                               std::shared_ptr<const renderer> render,
                               std::shared_ptr<feed_counters> counters) {
  self_ = self;
  rt_ = &rt;
  settings_ = std::move(settings);
  render_ = std::move(render);
  counters_ = std::move(counters);
  return {
      [this](open_order& m) { on_open(m); },
      [this](const close_order& m) { end(m.id); },
      [this](tick) { on_tick(); },
  };
}

tail_state::~tail_state() {
  for (auto& [id, m] : members_) m.who->finish();
}

// -- who listens -----------------------------------------------------------------------------

void tail_state::refuse(open_order& m, failure why) {
  counters_->refused.fetch_add(1, std::memory_order_relaxed);
  why.retry_after_ms = 5'000;
  m.answer(opened{std::move(why), 0});
}

void tail_state::on_open(open_order& m) {
  auto& who = *m.who;
  auto own = by_user_.find(who.user);
  if (own != by_user_.end() && own->second >= settings_->listeners_per_user)
    return refuse(m, {ec::rate_limited, "this user has as many event streams open as one may have"});
  auto beside = by_workspace_.find(who.workspace);
  if (members_.size() >= settings_->listeners ||
      (beside != by_workspace_.end() && beside->second.size() >= settings_->listeners_per_workspace))
    return refuse(m, {ec::overloaded, "as many event streams are open as may be"});
  auto id = ++last_id_;
  ++by_user_[who.user];
  by_workspace_[who.workspace].insert(id);
  members_.emplace(id, member{m.who, m.answer, stage::waiting, {}, {}, 0});
  counters_->listeners.store(members_.size(), std::memory_order_relaxed);
  waiting_.push_back(id);
  if (members_.size() == 1) {
    auto now = steady::now();
    next_poll_ = now;
    next_look_ = now + look_interval;
    next_beat_ = now + settings_->heartbeat;
  }
  if (!polling_ && placed_) admit_waiting();
  on_tick();
}

void tail_state::end(std::uint64_t id) {
  auto found = members_.find(id);
  if (found == members_.end()) return;
  auto who = found->second.who;
  found->second.answer(opened{{ec::unavailable}, 0}); // unless it was answered
  members_.erase(found);
  auto beside = by_workspace_.find(who->workspace);
  beside->second.erase(id);
  if (beside->second.empty()) by_workspace_.erase(beside);
  if (auto own = by_user_.find(who->user); --own->second == 0) by_user_.erase(own);
  counters_->listeners.store(members_.size(), std::memory_order_relaxed);
  if (members_.empty()) placed_ = false; // it stands still while nobody listens
  who->finish();
}

/// False when that was the end of this listener.
bool tail_state::send(std::uint64_t id, const member& m, std::string_view bytes) {
  switch (m.who->send(bytes)) {
  case outcome::taken: return true;
  case outcome::too_slow:
    counters_->dropped.fetch_add(1, std::memory_order_relaxed);
    log::info("events.listener_dropped", {{"user", to_string(m.who->user)}, {"reason", "too slow"}});
    break;
  case outcome::gone: break;
  }
  end(id);
  return false;
}

// -- the position ----------------------------------------------------------------------------

void tail_state::wake() {
  if (!members_.empty())
    rt_->ticks->wake(caf::actor_cast<caf::actor>(self_),
                     polling_ ? next_look_ : std::min(next_poll_, next_look_));
}

void tail_state::on_tick() {
  if (members_.empty()) return;
  auto now = steady::now();
  if (now >= next_look_) look_around();
  if (!polling_ && now >= next_poll_) poll();
  next_replay();
  wake();
}

void tail_state::poll() {
  polling_ = true;
  counters_->polls.fetch_add(1, std::memory_order_relaxed);
  if (!placed_)
    return read_database(self_, *rt_, {sql::find_present()}, [this](const db_reply& r) { found_present(r); });
  storage::array_builder workspaces;
  for (auto& [id, listeners] : by_workspace_) workspaces.add(to_string(id));
  read_database(self_, *rt_, {sql::find_news(at_, time_, workspaces.take(), settings_->page)},
                [this](const db_reply& r) { found_news(r); });
}

void tail_state::poll_failed(const db_reply& reply) {
  counters_->polls_failed.fetch_add(1, std::memory_order_relaxed);
  if (!failing_)
    log::warning("events.poll_failed", {{"message", reply.result ? reply.result->message : "no answer"}});
  failing_ = true;
  next_poll_ = steady::now() + retry_interval;
  wake();
}

void tail_state::found_present(const db_reply& reply) {
  polling_ = false;
  if (!reply.ok() || reply.rows().empty()) return poll_failed(reply);
  failing_ = false;
  auto now = sql::read_present(reply.rows());
  at_ = now.at;
  time_ = now.time;
  history_ = now.history;
  placed_ = !members_.empty();
  next_poll_ = steady::now() + settings_->poll;
  admit_waiting();
  wake();
}

void tail_state::found_news(const db_reply& reply) {
  polling_ = false;
  if (!reply.ok()) return poll_failed(reply);
  failing_ = false;
  if (members_.empty()) return; // nobody listens any more; the next one finds the present anew
  auto news = sql::read_news(reply.rows(), settings_->page);
  for (auto& e : news.events) pass_on(e, news.time);
  at_ = std::max(at_, news.next);
  time_ = news.time;
  placed_ = true;
  next_poll_ = steady::now() + (news.more ? milliseconds{0} : settings_->poll);
  admit_waiting();
  on_tick();
}

/// No poll is under way: whoever starts here misses nothing and gets nothing twice.
void tail_state::admit_waiting() {
  for (auto id : std::exchange(waiting_, {}))
    if (auto found = members_.find(id); found != members_.end()) begin(id, found->second);
}

void tail_state::pass_on(const event& e, timestamp now) {
  auto beside = by_workspace_.find(e.workspace);
  if (beside == by_workspace_.end()) return;
  auto bytes = render_->each(e, {history_, e.at, e.time});
  auto lag = std::max(microseconds{0}, now - e.time);
  counters_->lag_us.store(static_cast<std::uint64_t>(lag.count()), std::memory_order_relaxed);
  bool leaving = e.kind == membership_ended;
  for (auto id : std::vector<std::uint64_t>(beside->second.begin(), beside->second.end())) {
    auto found = members_.find(id);
    if (found == members_.end()) continue;
    auto& m = found->second;
    if (leaving && m.who->user == e.subject) {
      end(id);
      continue;
    }
    if (m.at != stage::live || e.at <= m.done) continue;
    if (send(id, m, bytes)) counters_->sent.fetch_add(1, std::memory_order_relaxed);
  }
}

// -- every second ----------------------------------------------------------------------------

void tail_state::look_around() {
  auto now = steady::now();
  next_look_ = now + look_interval;
  bool beat = now >= next_beat_;
  if (beat) next_beat_ = now + settings_->heartbeat;
  auto place = here();
  auto with_place = beat && placed_ ? render_->beat(&place) : std::string{};
  auto without = beat ? render_->beat(nullptr) : std::string{};
  std::vector<std::uint64_t> all;
  for (auto& [id, m] : members_) all.push_back(id);
  for (auto id : all) {
    auto& m = members_.at(id);
    if (!m.who->welcome())
      end(id);
    else if (beat)
      send(id, m, placed_ && m.at == stage::live && m.done <= at_ ? with_place : without);
  }
  if (beat) remove_strangers();
}

/// The end of a membership is an event, and ends its streams; this is for what no event told.
void tail_state::remove_strangers() {
  if (members_.empty()) return;
  storage::array_builder workspaces, users;
  for (auto& [id, m] : members_) {
    workspaces.add(to_string(m.who->workspace));
    users.add(to_string(m.who->user));
  }
  read_database(self_, *rt_, {{settings_->strangers, {workspaces.take(), users.take()}}},
                [this](const db_reply& r) {
                  if (!r.ok()) return; // next time
                  std::set<std::pair<std::string, std::string>> strangers;
                  for (std::size_t i = 0; i < r.rows().size(); ++i)
                    strangers.emplace(r.rows().get(i, 0), r.rows().get(i, 1));
                  std::vector<std::uint64_t> gone;
                  for (auto& [id, m] : members_)
                    if (strangers.contains({to_string(m.who->workspace), to_string(m.who->user)}))
                      gone.push_back(id);
                  for (auto id : gone) end(id);
                });
}

caf::behavior tail(caf::stateful_actor<tail_state>* self, const runtime* rt,
                   std::shared_ptr<const feed_settings> settings, std::shared_ptr<const renderer> render,
                   std::shared_ptr<feed_counters> counters) {
  return self->state.init(self, *rt, std::move(settings), std::move(render), std::move(counters));
}

} // namespace troupe::events
