#include "system/actor/scheduler.hpp"

#include <caf/logger.hpp>
#include <caf/resumable.hpp>

#include <pthread.h>

namespace troupe {

// -- timers ----------------------------------------------------------------------------------

template <class Change>
void actor_timers::changing(Change change) {
  std::lock_guard lock(mutex_);
  change();
  if (!schedule_.empty() && schedule_.begin()->first < waiting_until_) sooner_.notify_one();
}

void actor_timers::set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                                        std::uint64_t id) {
  changing([&] { simple_actor_clock::set_ordinary_timeout(t, self, type, id); });
}

void actor_timers::set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                                     std::uint64_t id) {
  changing([&] { simple_actor_clock::set_multi_timeout(t, self, type, id); });
}

void actor_timers::set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) {
  changing([&] { simple_actor_clock::set_request_timeout(t, self, id); });
}

void actor_timers::cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) {
  changing([&] { simple_actor_clock::cancel_ordinary_timeout(self, type); });
}

void actor_timers::cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) {
  changing([&] { simple_actor_clock::cancel_request_timeout(self, id); });
}

void actor_timers::cancel_timeouts(caf::abstract_actor* self) {
  changing([&] { simple_actor_clock::cancel_timeouts(self); });
}

void actor_timers::schedule_message(time_point t, caf::strong_actor_ptr receiver,
                                    caf::mailbox_element_ptr content) {
  changing([&] { simple_actor_clock::schedule_message(t, std::move(receiver), std::move(content)); });
}

void actor_timers::schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender,
                                    caf::message content) {
  changing([&] {
    simple_actor_clock::schedule_message(t, std::move(target), std::move(sender), std::move(content));
  });
}

void actor_timers::cancel_all() {
  schedule_map dropped;
  std::lock_guard lock(mutex_);
  dropped.swap(schedule_);
  actor_lookup_.clear();
}

void actor_timers::start() {
  thread_ = std::thread([this] { run(); });
}

void actor_timers::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  sooner_.notify_one();
  if (thread_.joinable()) thread_.join();
  cancel_all();
}

void actor_timers::run() {
  pthread_setname_np(pthread_self(), "actor-timers");
  std::vector<unique_delayed_event_ptr> due;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    auto at = now();
    while (!schedule_.empty() && schedule_.begin()->first <= at) {
      auto first = schedule_.begin();
      if (first->second->backlink != actor_lookup_.end()) actor_lookup_.erase(first->second->backlink);
      due.push_back(std::move(first->second));
      schedule_.erase(first);
    }
    if (!due.empty()) {
      // Not under the lock: with the event the last reference to an actor may go, and its end comes back
      // here.
      lock.unlock();
      for (auto& e : due) ship(*e);
      due.clear();
      lock.lock();
      continue;
    }
    waiting_until_ = schedule_.empty() ? time_point::max() : schedule_.begin()->first;
    if (schedule_.empty())
      sooner_.wait(lock);
    else
      sooner_.wait_until(lock, waiting_until_);
    waiting_until_ = time_point::min(); // awake: looks at everything before it waits again
  }
}

// -- scheduler -------------------------------------------------------------------------------

actor_scheduler::actor_scheduler(caf::actor_system& system) : abstract_coordinator(system) {}

actor_scheduler::~actor_scheduler() = default;

caf::actor_system::module* actor_scheduler::make(caf::actor_system& system, caf::detail::type_list<>) {
  return new actor_scheduler(system);
}

void actor_scheduler::enqueue(caf::resumable* job) {
  bool wake;
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(job);
    wake = sleeping_ > 0;
  }
  if (wake) filled_.notify_one();
}

caf::resumable* actor_scheduler::next() {
  std::unique_lock lock(mutex_);
  while (queue_.empty()) {
    ++sleeping_;
    filled_.wait(lock);
    --sleeping_;
  }
  auto* job = queue_.front();
  queue_.pop_front();
  return job;
}

void actor_scheduler::work(worker& w) {
  pthread_setname_np(pthread_self(), "actors");
  system().thread_started();
  while (auto* job = next()) {
    // Spawning sets the thread's logger; with one, CAF keeps a table of who runs where at every turn.
    caf::logger::set_current_actor_system(nullptr);
    switch (job->resume(&w, max_throughput())) {
    case caf::resumable::resume_later: enqueue(job); break;
    // It is queued again, with a reference of its own, when there is something for it.
    case caf::resumable::done:
    case caf::resumable::awaiting_message: caf::intrusive_ptr_release(job); break;
    case caf::resumable::shutdown_execution_unit: break; // only what CAF's own coordinator sends
    }
  }
  system().thread_terminates();
}

void actor_scheduler::start() {
  for (std::size_t i = 0; i < num_workers(); ++i) workers_.push_back(std::make_unique<worker>(*this));
  for (auto& w : workers_) w->thread = std::thread([this, &w = *w] { work(w); });
  timers_.start();
  abstract_coordinator::start();
}

void actor_scheduler::stop() {
  for (std::size_t i = 0; i < workers_.size(); ++i) enqueue(nullptr);
  for (auto& w : workers_)
    if (w->thread.joinable()) w->thread.join();
  stop_actors();
  for (auto* left : queue_)
    if (left) cleanup_and_release(left);
  queue_.clear();
  timers_.stop();
}

} // namespace troupe
