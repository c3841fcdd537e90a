#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

namespace troupe::platforms {

/// A lazily started coroutine with one awaiter or one completion handler. Everything runs on the thread that
/// resumes it (the ACCOUNT's); a task that is destroyed while suspended frees its frame and never completes.
///
/// GCC 12 trap: name the arguments of a co_awaited call as locals first (temporaries in a co_await expression
/// may be destroyed twice).
template <class T>
class task {
 public:
  struct promise_type {
    std::optional<T> value;
    std::exception_ptr error;
    std::coroutine_handle<> awaiter;
    std::function<void(promise_type&)> on_done;

    task get_return_object() { return task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct final_awaiter {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept {
        auto& p = h.promise();
        if (p.awaiter) return p.awaiter;
        if (p.on_done) {
          // The handler may destroy the task (and this frame) while it runs: it must live on the stack here.
          auto handler = std::move(p.on_done);
          handler(p);
        }
        return std::noop_coroutine();
      }
      void await_resume() noexcept {}
    };
    final_awaiter final_suspend() noexcept { return {}; }
    void return_value(T v) { value.emplace(std::move(v)); }
    void unhandled_exception() { error = std::current_exception(); }
  };

  task() = default;
  explicit task(std::coroutine_handle<promise_type> h) : handle_(h) {}
  task(task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~task() {
    if (handle_) handle_.destroy();
  }

  /// Starts it; `done` gets the value, or the exception when it threw. May run before this returns.
  void start(std::function<void(std::optional<T>, std::exception_ptr)> done) {
    handle_.promise().on_done = [done = std::move(done)](promise_type& p) {
      done(std::move(p.value), p.error);
    };
    handle_.resume();
  }
  bool running() const noexcept { return handle_ && !handle_.done(); }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) noexcept {
    handle_.promise().awaiter = awaiter;
    return handle_;
  }
  T await_resume() {
    if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
    return std::move(*handle_.promise().value);
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

} // namespace troupe::platforms
