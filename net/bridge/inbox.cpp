#include "net/bridge/inbox.hpp"

#include "net/bridge/session.hpp"

#include <boost/asio/post.hpp>

namespace troupe::bridge {

void exchange::count_in_flight(std::shared_ptr<server_counters> in) noexcept {
  counters_ = std::move(in);
  counted_.store(true, std::memory_order_relaxed);
}

void exchange::release() noexcept {
  if (counted_.exchange(false, std::memory_order_relaxed))
    counters_->in_flight.fetch_sub(1, std::memory_order_relaxed);
}

void exchange::deliver(reply r) {
  release();
  // The handler answered before it returned, which is known only on the thread that is inside it.
  if (session::handling() == this) {
    if (owner) owner->take_answer(*this, std::move(r));
    return;
  }
  home->push(shared_from_this(), std::move(r));
}

void inbox::push(std::shared_ptr<exchange> to, reply r) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  answers_.emplace_back(std::move(to), std::move(r));
  wake();
}

void inbox::push(std::function<void()> callback) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  callbacks_.push_back(std::move(callback));
  wake();
}

void inbox::wake() {
  if (scheduled_) return;
  scheduled_ = true;
  boost::asio::post(io_, [self = shared_from_this()] { self->drain(); });
}

void inbox::drain() {
  std::vector<std::pair<std::shared_ptr<exchange>, reply>> answers;
  std::vector<std::function<void()>> callbacks;
  {
    std::lock_guard lock(mutex_);
    answers.swap(answers_);
    callbacks.swap(callbacks_);
    scheduled_ = false;
  }
  for (auto& callback : callbacks) callback();
  for (auto& [to, answer] : answers)
    if (to->owner) to->owner->take_answer(*to, std::move(answer));
  // A second pass, so that answers of one connection that came together leave together.
  for (auto& [to, answer] : answers)
    if (to->owner) to->owner->wake();
}

void inbox::close() {
  std::vector<std::pair<std::shared_ptr<exchange>, reply>> answers;
  std::vector<std::function<void()>> callbacks;
  std::lock_guard lock(mutex_);
  closed_ = true;
  answers.swap(answers_);
  callbacks.swap(callbacks_);
}

} // namespace troupe::bridge
