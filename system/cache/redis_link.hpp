#pragma once

#include "system/cache/cache.hpp"

#include <boost/asio/io_context.hpp>
#include <hiredis/async.h>

#include <string_view>
#include <vector>

namespace troupe::cache {

/// One connection to Redis: one hiredis context on the I/O thread, never used again once it ended. All calls
/// and handlers on that thread. Destroy it from outside its own handlers.
class redis_link {
 public:
  /// The reply is good until the handler returns; null when the connection ended first.
  using reply_handler = std::function<void(const redisReply*)>;
  struct events {
    std::function<void()> connected;
    std::function<void(std::string why)> ended; // once, when it could not connect or was lost
  };

  redis_link(boost::asio::io_context& io, const redis_settings& settings, events handlers);
  /// Ends the connection; open replies are answered with null, `ended` is not called.
  ~redis_link();
  redis_link(const redis_link&) = delete;
  redis_link& operator=(const redis_link&) = delete;

  void send(const std::vector<std::string_view>& words, reply_handler done);

 private:
  class socket_watch;

  void report_end(std::string why);
  static redis_link& of(const redisAsyncContext* context);
  static void on_connect(const redisAsyncContext* context, int status);
  static void on_disconnect(const redisAsyncContext* context, int status);
  static void on_reply(redisAsyncContext* context, void* reply, void* handler);

  boost::asio::io_context& io_;
  events handlers_;
  redisAsyncContext* context_ = nullptr; // null once hiredis freed it
  bool closing_ = false;
};

} // namespace troupe::cache
