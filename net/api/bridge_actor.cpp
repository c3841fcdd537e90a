#include "net/api/bridge_actor.hpp"

#include "system/core/log.hpp"

namespace troupe::api {

namespace {

/// LOCAL ONLY.
struct run_task {
  api_pool::task work;
};
struct sweep {};

} // namespace

} // namespace troupe::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::api::run_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::api::sweep)

namespace troupe::api {

std::size_t pending_requests::add(caf::message_id response, time_point deadline) {
  if (free_.empty()) {
    free_.push_back(slots_.size());
    slots_.emplace_back();
  }
  auto at = free_.back();
  free_.pop_back();
  slots_[at] = {response, deadline, true};
  ++live_;
  return at;
}

void pending_requests::remove(std::size_t at) {
  if (!slots_[at].live) return;
  slots_[at].live = false;
  free_.push_back(at);
  --live_;
}

std::vector<caf::message_id> pending_requests::take_expired(time_point now) {
  std::vector<caf::message_id> out;
  for (auto& s : slots_) {
    if (!s.live || s.deadline > now) continue;
    // The slot stays taken until the error that this brings about has run its handler.
    s.deadline = time_point::max();
    out.push_back(s.response);
  }
  return out;
}

void start_sweeping(bridge_actor* self) {
  if (self->state.sweeping) return;
  self->state.sweeping = true;
  self->delayed_send(self, sweep_interval, sweep{});
}

void run_later(bridge_actor* self, milliseconds pause, std::function<void(bridge_actor*)> work) {
  self->delayed_send(self, pause, run_task{std::move(work)});
}

namespace {

caf::behavior http_bridge(bridge_actor* self) {
  // A reply that comes after its deadline finds no handler and is dropped by CAF.
  self->set_default_handler(caf::drop);
  return {
      [=](run_task& t) {
        try {
          t.work(self);
        } catch (const std::exception& e) {
          // What the task held is gone with it, and its responder has answered 503.
          log::error("http.task_failed", {{"error", e.what()}});
        }
      },
      [=](sweep) {
        auto& s = self->state;
        for (auto& id : s.pending.take_expired(std::chrono::steady_clock::now()))
          self->enqueue(
              caf::make_mailbox_element(nullptr, id, {}, caf::make_error(caf::sec::request_timeout)),
              self->context());
        s.sweeping = s.pending.size() > 0;
        if (s.sweeping) self->delayed_send(self, sweep_interval, sweep{});
      },
  };
}

} // namespace

api_pool::api_pool(caf::actor_system& system, std::size_t workers) {
  for (std::size_t i = 0; i < workers; ++i) workers_.push_back(system.spawn(http_bridge));
}

api_pool::~api_pool() {
  for (auto& w : workers_) caf::anon_send_exit(w, caf::exit_reason::user_shutdown);
}

void api_pool::post(task work) {
  auto at = next_.fetch_add(1, std::memory_order_relaxed) % workers_.size();
  caf::anon_send(workers_[at], run_task{std::move(work)});
}

} // namespace troupe::api
