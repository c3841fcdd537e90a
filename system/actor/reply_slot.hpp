#pragma once

#include <caf/all.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace troupe {

/// The right to answer one actor once, from any thread, without an actor of one's own: the continuation runs
/// in the actor that made the slot, whatever its behaviour is by then. If every copy of a slot is dropped
/// unanswered, the continuation gets a default-constructed T, so nothing that is lost leaves an actor
/// waiting.
///
/// Why not request(): this needs no timeout entry in CAF's clock and no mailbox of a middleman, which counts
/// on the publish path (two per delivery).
template <class T>
class reply_slot {
 public:
  reply_slot() = default;

  /// Called within `self`'s own thread of control.
  template <class F>
  static reply_slot make(caf::scheduled_actor* self, F continuation) {
    reply_slot slot;
    auto mid = self->new_request_id(caf::message_priority::normal).response_id();
    slot.shared_ = std::make_shared<state>(caf::actor_cast<caf::strong_actor_ptr>(self), mid);
    self->add_multiplexed_response_handler(
        mid, caf::behavior{[f = std::move(continuation)](T& value) mutable { f(std::move(value)); }});
    return slot;
  }

  void operator()(T value) const {
    if (shared_) shared_->answer(std::move(value));
  }
  /// False when the actor that made the slot is gone: an answer would be dropped.
  bool has_taker() const noexcept {
    return shared_ && !shared_->answered &&
           !shared_->to->get()->getf(caf::abstract_actor::is_terminated_flag);
  }
  explicit operator bool() const noexcept { return shared_ != nullptr; }

 private:
  struct state {
    caf::strong_actor_ptr to;
    caf::message_id mid;
    std::atomic<bool> answered{false};

    state(caf::strong_actor_ptr t, caf::message_id m) : to(std::move(t)), mid(m) {}
    ~state() {
      if (!answered) answer(T{});
    }
    void answer(T value) {
      if (answered.exchange(true)) return;
      to->enqueue(caf::make_mailbox_element(nullptr, mid, {}, std::move(value)), nullptr);
      to = nullptr;
    }
  };
  std::shared_ptr<state> shared_;
};

} // namespace troupe
