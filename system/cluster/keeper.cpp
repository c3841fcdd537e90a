#include "system/cluster/keeper.hpp"

#include "system/core/crash_point.hpp"
#include "system/core/log.hpp"

#include <algorithm>

namespace troupe::cluster {

keeper::keeper(node_id me, keeper_settings settings, store& tables, shard_table& owned, shard_host& host)
    : me_(std::move(me)), settings_(settings), tables_(tables), owned_(owned), host_(host) {}

keeper::~keeper() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void keeper::start() {
  thread_ = std::thread([this] { run(); });
}

void keeper::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    called_ = false;
    lock.unlock();
    auto again = step();
    lock.lock();
    changed_.notify_all(); // for leave()
    changed_.wait_for(lock, again, [this] { return stop_ || called_; });
  }
}

void keeper::wake() {
  {
    std::lock_guard lock(mutex_);
    called_ = true;
  }
  changed_.notify_all();
}

void keeper::suspect(const node_id& who) {
  {
    std::lock_guard lock(mutex_);
    suspects_.emplace(who, std::chrono::steady_clock::now());
    called_ = true;
  }
  changed_.notify_all();
}

void keeper::trust(const node_id& who) {
  std::lock_guard lock(mutex_);
  suspects_.erase(who);
}

void keeper::lost(shard_id shard) {
  if (!owned_.drop(shard)) return;
  {
    std::lock_guard lock(mutex_);
    lost_.insert(shard);
    called_ = true;
  }
  changed_.notify_all();
}

/// What the table says of this node's shards is the truth: also where the answer to a step before was lost.
void keeper::reconcile(const cluster_rows& rows) {
  std::vector<shard_id> gone, found;
  {
    std::lock_guard lock(mutex_);
    gone.assign(lost_.begin(), lost_.end());
    lost_.clear();
  }
  for (auto& s : rows.shards) {
    auto mine = owned_.epoch_of(s.id);
    bool says_mine = s.owner == me_;
    if (mine && (!says_mine || *mine != s.epoch)) {
      owned_.drop(s.id);
      gone.push_back(s.id);
      mine.reset();
    }
    if (says_mine && !mine) {
      owned_.own(s.id, s.epoch, {});
      found.push_back(s.id);
    }
  }
  if (!gone.empty()) {
    log::warning("cluster.shards_lost", {{"count", gone.size()}});
    host_.abandon(gone);
  }
  if (!found.empty()) host_.open(found);
}

/// Marks dead who shows both signs of it, or whose lease has run out, and ends what it left in the database.
/// True when somebody died, so that there is more to take.
bool keeper::bury(const cluster_rows& rows) {
  bool any = false;
  // When the database's clock has jumped ahead, every lease has run out by it: this node's own too, which
  // says that the others' are no proof. They all renew before the jump is believed.
  bool time_has_passed = std::any_of(rows.members.begin(), rows.members.end(),
                                     [this](auto& m) { return m.id == me_ && m.lease_valid; });
  for (auto& m : rows.members) {
    if (m.id == me_) continue;
    bool suspected;
    {
      std::lock_guard lock(mutex_);
      suspected = suspects_.contains(m.id);
    }
    bool signs = suspected && !m.lock_held && m.lease_valid;
    bool proof = !m.lease_valid && time_has_passed && host_.may_judge();
    if (!signs && !proof) continue;
    auto dead = tables_.mark_dead(m, proof);
    if (!dead || !*dead) continue;
    crash_point("cluster.marked_dead");
    any = true;
    log::warning("cluster.node_dead",
                 {{"node", m.id.name},
                  {"incarnation", m.id.incarnation},
                  {"by", proof ? "its lease has run out" : "its connections have ended"}});
    if (auto r = tables_.end_connections(m.id); !r)
      log::warning("cluster.connections_not_ended", {{"node", m.id.name}, {"detail", r.error().detail}});
    std::lock_guard lock(mutex_);
    suspects_.erase(m.id);
  }
  return any;
}

/// Whether one sign of somebody's death has been seen just now, so that the other one may come any moment.
bool keeper::waits_for_sign(const cluster_rows& rows) {
  std::lock_guard lock(mutex_);
  auto now = std::chrono::steady_clock::now();
  return std::any_of(rows.members.begin(), rows.members.end(), [&](auto& m) {
    auto since = suspects_.find(m.id);
    return since != suspects_.end() && now - since->second < settings_.signs_within;
  });
}

/// False when it has to be tried again soon.
bool keeper::take(const cluster_rows& rows, const std::vector<shard_id>& wanted) {
  auto taken = tables_.take(me_, wanted);
  if (!taken) {
    log::warning("cluster.take_failed", {{"shards", wanted.size()}, {"detail", taken.error().detail}});
    if (taken.error().code != ec::timed_out) return false;
    // A dead one's connection holds a row; it may have come back after it was ended.
    std::set<node_id> dead;
    for (auto& s : rows.shards)
      if (s.owner_gone && s.owner) dead.insert(*s.owner);
    for (auto& d : dead)
      if (auto r = tables_.end_connections(d); !r) return false;
    return false;
  }
  if (taken->empty()) return true;
  crash_point("cluster.taken");
  std::vector<shard_id> mine;
  for (auto& t : *taken) {
    owned_.own(t.id, t.epoch, t.predecessor_lease);
    mine.push_back(t.id);
  }
  host_.open(mine);
  log::info("cluster.shards_taken", {{"count", mine.size()}, {"owned", owned_.owned()}});
  return true;
}

/// What is given away has its epoch dropped: nothing of this node can write or send for it. The entities are
/// put away only after that, as the next owner need not wait for it.
void keeper::give(const std::vector<shard_id>& unwanted) {
  host_.close(unwanted);
  for (auto s : unwanted) owned_.drop(s);
  crash_point("cluster.closed");
  auto released = tables_.release(me_, unwanted);
  if (released) host_.call_others();
  host_.abandon(unwanted);
  // Otherwise the rows still name this node: the next step opens them again under the same epoch, or releases
  // them.
  if (released)
    log::info("cluster.shards_given", {{"count", unwanted.size()}, {"owned", owned_.owned()}});
  else
    log::warning("cluster.release_failed", {{"detail", released.error().detail}});
}

milliseconds keeper::step() {
  ++steps_;
  bool leaving;
  {
    std::lock_guard lock(mutex_);
    leaving = leaving_;
  }
  if (leaving && !draining_) draining_ = !tables_.begin_draining(me_).has_error();
  auto rows = tables_.read();
  if (!rows) {
    log::warning("cluster.not_read", {{"detail", rows.error().detail}});
    return settings_.retry_take * 10;
  }
  reconcile(*rows);
  bool more = false;
  if (bury(*rows)) {
    more = true;
    if (auto again = tables_.read()) rows = std::move(again);
  }
  auto next = plan_for(me_, *rows, settings_.moves_at_once);
  bool changed = false;
  if (!next.take.empty()) {
    more = !take(*rows, next.take);
    changed = true;
    host_.call_others();
  }
  if (!next.give.empty()) {
    give(next.give);
    changed = more = true;
  }
  if (changed)
    if (auto again = tables_.read()) rows = std::move(again);
  host_.seen(*rows);
  {
    std::lock_guard lock(mutex_);
    alone_ = std::none_of(rows->members.begin(), rows->members.end(), [this](auto& m) {
      return m.id != me_ && m.entities && !m.draining && m.lease_valid;
    });
  }
  if (more) return settings_.retry_take;
  return waits_for_sign(*rows) ? settings_.look_for_sign : settings_.look_again;
}

void keeper::leave(milliseconds deadline) {
  auto until = std::chrono::steady_clock::now() + deadline;
  std::unique_lock lock(mutex_);
  if (alone_) return;
  leaving_ = called_ = true;
  changed_.notify_all();
  changed_.wait_until(lock, until, [this] { return stop_ || alone_ || owned_.owned() == 0; });
}

} // namespace troupe::cluster
