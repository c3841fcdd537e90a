#pragma once

#include <caf/actor_system.hpp>
#include <caf/detail/simple_actor_clock.hpp>
#include <caf/execution_unit.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe {

/// CAF's timeouts on a thread that is woken only when the next one comes sooner. CAF's own clock wakes its
/// thread at every request and every answer, which cost a durable `POST` 12 us. Thread-safe.
class actor_timers final : public caf::detail::simple_actor_clock {
 public:
  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                            std::uint64_t id) override;
  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                         std::uint64_t id) override;
  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override;
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override;
  void cancel_timeouts(caf::abstract_actor* self) override;
  void schedule_message(time_point t, caf::strong_actor_ptr receiver,
                        caf::mailbox_element_ptr content) override;
  void schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender,
                        caf::message content) override;
  void cancel_all() override;

  void start();
  /// Ends the thread; what is scheduled is dropped.
  void stop();

 private:
  void run();
  template <class Change>
  void changing(Change change);

  std::mutex mutex_;
  std::condition_variable sooner_;
  time_point waiting_until_ = time_point::max();
  bool stopping_ = false;
  std::thread thread_;
};

/// SCHEDULER: resumes actors on `scheduler.max-threads` workers that share one queue.
///
/// Why not CAF's: its workers look up the actor's type and keep a table of who runs where for a log that
/// Debian's library does not write, and its queue allocates a node per turn: together an eighth of what an
/// actor's turn costs. Records: system/actor/records.
class actor_scheduler final : public caf::scheduler::abstract_coordinator {
 public:
  explicit actor_scheduler(caf::actor_system& system);
  ~actor_scheduler() override;

  /// For caf::actor_system_config::load.
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>);

  void enqueue(caf::resumable* job) override;
  caf::actor_clock& clock() noexcept override { return timers_; }

 protected:
  void start() override;
  void stop() override;

 private:
  /// What an actor sees of the thread that runs it.
  struct worker final : caf::execution_unit {
    worker(actor_scheduler& s) : caf::execution_unit(&s.system()), scheduler(s) {}
    void exec_later(caf::resumable* job) override { scheduler.enqueue(job); }
    actor_scheduler& scheduler;
    std::thread thread;
  };

  void work(worker& w);
  caf::resumable* next();

  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<caf::resumable*> queue_; // nullptr: the worker that takes it ends
  std::size_t sleeping_ = 0;
  std::vector<std::unique_ptr<worker>> workers_;
  actor_timers timers_;
};

} // namespace troupe
