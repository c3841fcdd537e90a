#include "net/files/worker_pool.hpp"

namespace troupe::files {

worker_pool::worker_pool(int threads, std::size_t queue_limit) : queue_limit_(queue_limit) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

void worker_pool::stop() {
  std::deque<job> left;
  {
    std::lock_guard lock{mutex_};
    if (stopped_) return;
    stopped_ = true;
    left.swap(queue_);
  }
  changed_.notify_all();
  for (auto& t : threads_) t.join();
  for (auto& j : left) j(false);
}

bool worker_pool::submit(job j) {
  {
    std::lock_guard lock{mutex_};
    if (stopped_ || queue_.size() >= queue_limit_) return false;
    queue_.push_back(std::move(j));
  }
  changed_.notify_one();
  return true;
}

std::size_t worker_pool::waiting() const {
  std::lock_guard lock{mutex_};
  return queue_.size();
}

void worker_pool::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) return;
    auto next = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    next(true);
    next = nullptr; // What it holds is let go before the next wait, not after.
    lock.lock();
  }
}

} // namespace troupe::files
