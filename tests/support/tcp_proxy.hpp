#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace troupe::test {

/// A TCP relay on 127.0.0.1 that can be told to misbehave. All methods are thread-safe.
class tcp_proxy {
 public:
  explicit tcp_proxy(int target_port);
  ~tcp_proxy();
  tcp_proxy(const tcp_proxy&) = delete;
  tcp_proxy& operator=(const tcp_proxy&) = delete;

  int port() const noexcept { return port_; }
  /// Of the next bytes that any server sends only the first `keep` are passed on, then that connection is
  /// cut: a lost reply.
  void lose_next_reply(std::size_t keep = 0);
  /// The same with what is sent next to the client that has said `text`, e.g. the name of a prepared
  /// statement.
  void lose_reply_to(std::string text);
  /// Waits until a reply has been lost.
  void wait_until_lost();
  /// From now on nothing is passed on in either direction; connections stay open.
  void freeze();
  /// Passes everything on again.
  void thaw();

 private:
  void serve();
  bool awaited(std::string_view said);
  void count_lost();
  void wake();

  int listener_ = -1;
  int wake_fd_ = -1;
  int port_ = 0;
  int target_port_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> frozen_{false};
  std::atomic<bool> lose_next_{false};
  std::atomic<std::size_t> keep_{0};
  std::mutex mutex_;
  std::string lose_reply_to_;
  std::condition_variable changed_;
  int lost_ = 0;
  std::thread thread_;
};

} // namespace troupe::test
