#pragma once

#include "system/storage/conninfo.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace troupe::storage {

/// INTERNAL. One attempt to get a session, without blocking: every endpoint in order, names looked up on
/// Asio's resolver thread, each address with a deadline of its own (a dead first host must not use up the
/// second one's time). Lives on the I/O thread.
class connector : public std::enable_shared_from_this<connector> {
 public:
  /// An open connection, or null and the reason of the last address tried. Called at most once, not after
  /// cancel().
  using handler = std::function<void(pg_connection, std::string)>;

  connector(boost::asio::io_context& io, std::shared_ptr<const conninfo> info, int timeout_s);
  void start(handler done);
  void cancel();

 private:
  void next();
  void look_up(endpoint name);
  void attempt(const endpoint& to);
  void poll();
  void wait(boost::asio::posix::stream_descriptor::wait_type direction);
  void failed(std::string reason);
  void finish(std::string reason);
  void start_deadline();

  boost::asio::io_context& io_;
  std::shared_ptr<const conninfo> info_;
  int timeout_s_;
  std::deque<endpoint> to_try_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer deadline_;
  pg_connection connection_;
  handler done_;
  std::string reason_ = "no server to connect to";
  unsigned attempt_ = 0; // Tells the handlers of an abandoned attempt from those of the present one.
};

/// Puts a duplicate of libpq's socket into `descriptor`. A duplicate, because libpq closes and reopens its
/// own whenever it likes, which would leave the reactor with a stale or, worse, a foreign number. False when
/// it fails.
bool watch_socket(PGconn* connection, boost::asio::posix::stream_descriptor& descriptor);

} // namespace troupe::storage
