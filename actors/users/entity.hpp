#pragma once

#include "system/actor/runtime.hpp"

#include <caf/all.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe::users {

/// What USER and WORKSPACE have in common: they load themselves before the first message is looked at, change
/// their rows one write at a time, and go when they are idle.
///
///             rows read                   passivate, idle
///   loading -------------> serving ---------------------------> gone
///      \  database away                        ^
///       `--------------> refusing everything --' (asks its SHARD to be passivated)
///
/// Writes queue up, because each decides on the state that the one before it left. A write that the JOURNAL
/// reports as not applied reloads the rows and decides again: either another hand changed them, or a lost
/// commit reply was ours and the effect is found.
class entity_core {
 public:
  /// One write on its way. `job` decides on the present state and commits, or answers.
  struct write {
    caf::response_promise promise;
    std::function<void(const std::shared_ptr<write>&)> job;
    int attempt = 0; // > 0: the state was reloaded since the first try
    std::shared_ptr<void> keep;
  };
  using write_ptr = std::shared_ptr<write>;

  virtual ~entity_core() = default;
  /// The first behaviour. `shard` is where `busy` and `resting` go.
  caf::behavior start(caf::event_based_actor* self, caf::actor shard, const runtime& rt,
                      const entity_ref& who);

 protected:
  static constexpr std::size_t waiting_limit = 200; // writes; beyond: overloaded
  static constexpr int attempt_limit = 4;

  virtual std::vector<storage::step> load_steps() const = 0;
  /// Replaces the state by what load_steps() brought.
  virtual void take(const db_reply& reply) = 0;
  /// What the loaded entity answers, beside `passivate` and `describe`.
  virtual caf::message_handler handlers() = 0;
  virtual std::string description() const = 0;
  /// False while something keeps the entity in memory that is neither a write nor holds a `working()`.
  virtual bool may_go() const { return true; }

  /// Held by whatever must not be interrupted by passivation.
  std::shared_ptr<void> working() const { return alive_; }
  /// Asks the SHARD to be passivated: there is nothing here.
  void rest();

  /// Runs `job` when it is its turn; it ends in deliver(), refuse() or not_applied(). The first form answers
  /// the message at hand.
  void begin_write(std::function<void(const write_ptr&)> job);
  void begin_write(caf::response_promise promise, std::function<void(const write_ptr&)> job);
  template <class T>
  void deliver(const write_ptr& w, T&& answer) {
    w->promise.deliver(std::forward<T>(answer));
    next_write();
  }
  void refuse(const write_ptr& w, const failure& f);
  /// Ends the write without an answer: whoever took the promise gives it.
  void finish(const write_ptr&) { next_write(); }
  /// After a change that was not applied: reloads and decides again, or refuses.
  void not_applied(const write_ptr& w, const change_result& r);
  /// Commits one change of this entity; then(change_result).
  template <class Then>
  void commit_row(const storage::statement& sql, storage::params row, Then then) {
    commit(self_, *rt_, rt_->shard_of(who_), sql, std::move(row), std::move(then));
  }
  /// Reads the rows again; then(bool) says whether that went well.
  void reload(std::function<void(bool)> then);
  timestamp now() const { return rt_->owner->now(); }
  /// Asked before an answer that no write stands behind; else `fence_lost`.
  bool may_answer() const { return rt_->may_answer(rt_->shard_of(who_)); }

  caf::event_based_actor* self_ = nullptr;
  caf::actor shard_;
  const runtime* rt_ = nullptr;
  entity_ref who_;

 private:
  void run(const write_ptr& w);
  void next_write();
  void serve();
  void refuse_everything();

  std::shared_ptr<char> alive_ = std::make_shared<char>();
  std::deque<write_ptr> waiting_;
  bool writing_ = false;
};

/// The failure that a client sees for a change that was not made.
failure to_failure(const change_result& r);
/// For what cannot be read just now.
failure cannot_read();

} // namespace troupe::users
