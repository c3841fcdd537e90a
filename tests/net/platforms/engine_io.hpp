#pragma once

#include "net/outbound/engine.hpp"
#include "net/platforms/adapter.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>

/// The real way to the outside for tests with real servers: the engine's answers come back to the thread of
/// the test.
namespace troupe::platforms::testing {

class engine_io final : public io {
 public:
  engine_io() {
    outbound::engine_settings settings;
    settings.allow_private = true; // the servers of the tests are on loopback
    engine_ = outbound::engine::start(settings);
  }
  ~engine_io() override { engine_.reset(); } // no completion runs after this

  void start(outbound::request what, std::function<void(outbound::response)> done) override {
    engine_->submit(std::move(what), [this, done = std::move(done)](outbound::response r) {
      std::lock_guard lock(mutex_);
      ready_.push_back([done, r = std::move(r)]() mutable { done(std::move(r)); });
      wake_.notify_all();
    });
  }
  timestamp now() const override { return system_now(); }
  void saw_rate(const rate_window& window) override { last_rate = window; }

  std::optional<rate_window> last_rate;

  /// Runs a task to its end on this thread.
  template <class T>
  T run(task<T> t) {
    std::optional<T> value;
    std::exception_ptr error;
    bool done = false;
    t.start([&](std::optional<T> v, std::exception_ptr e) {
      value = std::move(v);
      error = e;
      done = true;
    });
    until([&] { return done; }, "the task to end");
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }

  /// Delivers answers until `condition` holds; throws, saying what it waited for, after two minutes.
  template <class Condition>
  void until(Condition condition, const char* what) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (!condition()) {
      std::function<void()> next;
      {
        std::unique_lock lock(mutex_);
        if (!wake_.wait_until(lock, deadline, [&] { return !ready_.empty(); }))
          throw std::runtime_error(std::string("waited two minutes for ") + what);
        next = std::move(ready_.front());
        ready_.pop_front();
      }
      next();
    }
  }

  /// One call outside of any adapter.
  outbound::response fetch(outbound::request what) {
    std::optional<outbound::response> got;
    start(std::move(what), [&](outbound::response r) { got = std::move(r); });
    until([&] { return got.has_value(); }, "an answer");
    return std::move(*got);
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> ready_;
  std::unique_ptr<outbound::engine> engine_;
};

/// A gate that lets everything through and tells when it did.
class watched_gate {
 public:
  watched_gate()
      : shared_(std::make_shared<state>()), gate_(std::make_shared<outbound::send_gate>([shared = shared_] {
          std::lock_guard lock(shared->mutex);
          shared->asked = true;
          shared->changed.notify_all();
          return true;
        })) {}
  const std::shared_ptr<outbound::send_gate>& get() const noexcept { return gate_; }
  /// Waits until the engine has asked: the request goes out now.
  void wait_for_release() {
    std::unique_lock lock(shared_->mutex);
    if (!shared_->changed.wait_for(lock, std::chrono::minutes(2), [&] { return shared_->asked; }))
      throw std::runtime_error("the gate was not asked within two minutes");
  }

 private:
  struct state {
    std::mutex mutex;
    std::condition_variable changed;
    bool asked = false;
  };
  std::shared_ptr<state> shared_;
  std::shared_ptr<outbound::send_gate> gate_;
};

} // namespace troupe::platforms::testing
