#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe::files {

/// A few threads for work that blocks, behind a bounded queue.
class worker_pool {
 public:
  /// `run` false: the pool ends and the job is only to say so. Must not throw.
  using job = std::function<void(bool run)>;

  worker_pool(int threads, std::size_t queue_limit);
  ~worker_pool() { stop(); }
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// False when the queue is full: the job was not taken. Thread-safe, never blocks.
  bool submit(job j);
  std::size_t waiting() const;
  /// Finishes what is being worked on, then tells what waited that it will not be run. Once.
  void stop();

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<job> queue_;
  const std::size_t queue_limit_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

} // namespace troupe::files
