#pragma once

#include "net/bridge/http.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace troupe::bridge {

class session;
class inbox;

/// One request on its way to its answer. Handlers hold it inside their responder, on whatever thread, maybe
/// longer than session and server live.
struct exchange final : responder::sink, std::enable_shared_from_this<exchange> {
  ~exchange() override { release(); }
  void deliver(reply r) override;
  /// Takes one place of the requests in flight; release() gives it back, once.
  void count_in_flight(std::shared_ptr<server_counters> in) noexcept;
  void release() noexcept;

  // For the I/O thread of the session alone.
  session* owner = nullptr; // empty once the session has ended
  bool answered = false;
  bool dispatched = false; // `deadline` holds from here on
  bool safe = false;       // GET and HEAD: others may be worked on beside it
  bool head_only = false, http11 = true, keep_alive = true;
  std::string request_id;
  std::chrono::steady_clock::time_point deadline;
  reply answer;

  std::shared_ptr<inbox> home; // set before the handler sees it

 private:
  std::shared_ptr<server_counters> counters_;
  std::atomic<bool> counted_{false};
};

/// Where other threads leave answers and callbacks for one I/O thread. Many answers cost one wake-up. It
/// outlives its io_context: what comes after close() is dropped.
class inbox : public std::enable_shared_from_this<inbox> {
 public:
  explicit inbox(boost::asio::io_context& io) : io_(io) {}

  void push(std::shared_ptr<exchange> to, reply r); // any thread
  void push(std::function<void()> callback);        // any thread; it must own no session
  void close();                                     // before the io_context goes

 private:
  void wake();
  void drain();

  boost::asio::io_context& io_;
  std::mutex mutex_;
  bool closed_ = false;
  bool scheduled_ = false;
  std::vector<std::pair<std::shared_ptr<exchange>, reply>> answers_;
  std::vector<std::function<void()>> callbacks_;
};

} // namespace troupe::bridge
