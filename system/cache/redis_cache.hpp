#pragma once

#include "system/cache/cache.hpp"
#include "system/cache/dirty_keys.hpp"
#include "system/cache/redis_command.hpp"
#include "system/cache/redis_link.hpp"
#include "system/core/log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <pthread.h>

#include <atomic>
#include <deque>
#include <random>
#include <stdexcept>
#include <thread>

/// The implementation behind make_redis_cache; only redis*.cpp includes it.
namespace troupe::cache {

namespace asio = boost::asio;

/// Keys and values waiting for a reply; beyond, the twin serves.
inline constexpr std::size_t max_bytes_in_flight = 64 << 20;
/// Keys dropped from Redis with one command.
inline constexpr std::size_t dirty_batch = 500;

/// Redis with a twin.
///
///   down -> connecting -> catching_up -> up -> stalled -> catching_up
///    ^----------+-------------+----------+--------+
///
/// Only `up` asks Redis. In every other state callers are served by the twin before their call returns, and
/// the keys they change are noted; catching_up drops those from Redis, so that it never answers with a value
/// that was overwritten or removed while it was away. `stalled` is a connection that owes a reply for longer
/// than a call may take: it is given connect_timeout to speak again before it is replaced.
class redis_cache final : public cache {
 public:
  explicit redis_cache(redis_settings settings);
  ~redis_cache() override;

  void get(std::string key, std::function<void(std::optional<std::string>)> done) override;
  void set(std::string key, std::string value, milliseconds time_to_live) override;
  void remove(std::string key) override;
  void take(std::string key, std::int64_t limit, milliseconds window,
            std::function<void(bucket_result)> done) override;
  void end_window(std::string key) override;
  bool shared() const noexcept override { return shared_; }

 private:
  enum class state { down, connecting, catching_up, up, stalled, stopped };

  void submit(command_ptr c);
  bool admit(command& c);
  void serve(command& c);

  // Everything below runs on the I/O thread.
  void run();
  void stop();
  void take_inbound();
  void send(const command_ptr& c);
  void on_reply(const command_ptr& c, const redisReply* reply);
  void on_refusal(const command_ptr& c, const redisReply* reply);
  void watch_deadlines();
  void stall();
  void connect();
  void greet();
  void greet_with(std::vector<std::string_view> words, std::function<void(const redisReply&)> then);
  void catch_up();
  void drop_keys(std::vector<std::string> keys);
  void drop_all(const std::string& cursor);
  void all_are_dirty();
  void dropped();
  void go_down(std::string reason);
  void be_patient();
  void log_change(bool up, const std::string& reason);

  const redis_settings settings_;
  const key_space keys_;
  memory_cache twin_;
  std::atomic<bool> shared_{false};
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::size_t> bytes_in_flight_{0};

  std::mutex mutex_; // guards inbound_, dirty_ and the step from the twin to Redis
  std::vector<command_ptr> inbound_;
  dirty_keys dirty_;

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  asio::steady_timer deadline_{io_}, patience_{io_}, reconnect_{io_};
  state state_ = state::down;
  std::unique_ptr<redis_link> link_;
  std::uint64_t link_number_ = 0;
  std::string script_hash_;
  std::deque<command_ptr> waiting_; // for their deadlines, oldest first
  bool watching_ = false;
  int failures_ = 0; // in a row
  std::optional<bool> logged_up_;
  std::minstd_rand random_{std::random_device{}()};
  std::thread thread_;
};

} // namespace troupe::cache
