#pragma once

#include "system/storage/connector.hpp"
#include "system/storage/pipeline.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace troupe::storage {

/// INTERNAL. The `connection` of database.hpp: a queue in front of one session, which is opened again
/// whenever it ends. submit() may be called from anywhere; everything else happens on the I/O thread.
///
///     closed --start--> connecting --session--> greeting --identity--> ready
///                           ^                      |                     |
///                           +------- backoff <-----+------- lost --------+
class pipelined_connection final : public connection,
                                   public std::enable_shared_from_this<pipelined_connection> {
 public:
  using opened_handler = std::function<void(const database::identity&)>;

  pipelined_connection(boost::asio::io_context& io, const connection_settings& settings,
                       std::shared_ptr<const conninfo> info, std::string name, opened_handler opened);

  void submit(std::vector<step> steps, completion done) override;
  bool connected() const noexcept override { return pid_.load(std::memory_order_acquire) != 0; }
  std::int32_t backend_pid() const noexcept override { return pid_.load(std::memory_order_acquire); }
  /// Batches waiting or in flight.
  std::size_t busy() const noexcept { return waiting_.load() + in_flight_.load(); }

  void start();
  /// Ends the session for good; what is in flight completes as unknown, what waits as not_sent.
  void stop();

 private:
  using clock = std::chrono::steady_clock;
  struct waiting_batch {
    std::vector<step> steps;
    completion done;
    clock::time_point deadline;
    std::int64_t bytes = 0;
    bool refused = false; // Not even queued.
  };

  bool enter(const waiting_batch& batch);
  void leave(const waiting_batch& batch);
  void drain();
  void accept(waiting_batch batch);
  void connect();
  void connect_later();
  void greet(pg_connection session);
  void greeted(batch_result result);
  void service();
  void send_next();
  void lost(const std::string& reason);
  void drop_session(const std::string& reason);
  void report_failure(const std::string& reason);
  clock::time_point answer_deadline() const;
  void watch();
  void on_watch();

  boost::asio::io_context& io_;
  const connection_settings settings_;
  const std::shared_ptr<const conninfo> info_; // Null when the connection string cannot be read.
  const std::string name_;
  const opened_handler opened_;

  std::mutex inbound_mutex_;
  std::vector<waiting_batch> inbound_;
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::int64_t> waiting_bytes_{0};
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::int32_t> pid_{0};

  std::deque<waiting_batch> queue_;
  std::shared_ptr<connector> connector_;
  std::shared_ptr<pipeline> session_;
  bool ready_ = false;
  bool stopped_ = false;
  clock::time_point ready_since_;
  clock::time_point reported_;
  boost::asio::steady_timer backoff_timer_;
  std::chrono::milliseconds backoff_;
  std::minstd_rand jitter_;
  boost::asio::steady_timer watch_timer_;
  clock::time_point watching_until_ = clock::time_point::max();
};

} // namespace troupe::storage
