#include "system/actor/wakeups.hpp"

namespace troupe {

thread_wakeups::thread_wakeups() : thread_([this] { run(); }) {}

thread_wakeups::~thread_wakeups() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void thread_wakeups::wake(const caf::actor& who, time_point when) {
  std::lock_guard lock(mutex_);
  auto [it, fresh] = earliest_.try_emplace(who.id(), when);
  if (!fresh) {
    if (it->second <= when) return;
    it->second = when;
  }
  bool first = queue_.empty() || when < queue_.top().when;
  queue_.push({when, who.address(), who.id()});
  if (first) changed_.notify_one();
}

void thread_wakeups::wake_all() {
  std::lock_guard lock(mutex_);
  auto now = std::chrono::steady_clock::now();
  std::vector<entry> waiting;
  for (; !queue_.empty(); queue_.pop()) {
    auto& e = queue_.top();
    auto it = earliest_.find(e.id);
    if (it == earliest_.end() || it->second != e.when) continue; // served, or overtaken by a sooner wish
    it->second = now;
    waiting.push_back({now, e.who, e.id});
  }
  for (auto& e : waiting) queue_.push(std::move(e));
  changed_.notify_one();
}

void thread_wakeups::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (queue_.empty()) {
      changed_.wait(lock);
      continue;
    }
    auto next = queue_.top();
    if (std::chrono::steady_clock::now() < next.when) {
      changed_.wait_until(lock, next.when);
      continue;
    }
    queue_.pop();
    auto it = earliest_.find(next.id);
    // An entry that was overtaken by a sooner wish has been served already.
    if (it == earliest_.end() || it->second != next.when) continue;
    earliest_.erase(it);
    lock.unlock();
    if (auto strong = caf::actor_cast<caf::actor>(next.who)) caf::anon_send(strong, tick{});
    lock.lock();
  }
}

} // namespace troupe
