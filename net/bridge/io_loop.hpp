#pragma once

#include "net/bridge/client_address.hpp"
#include "net/bridge/connection_stream.hpp"
#include "net/bridge/connection_table.hpp"
#include "net/bridge/inbox.hpp"
#include "net/bridge/router.hpp"
#include "net/bridge/spool.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace troupe::bridge {

/// What all threads of one server share; read-only, or thread-safe by itself.
struct server_state {
  server_settings settings;
  router routes;
  early_check check;
  trusted_networks trusted;
  std::optional<boost::asio::ssl::context> tls;
  std::unique_ptr<spool> files; // when a route streams its bodies to disk
  connection_table connections;
  std::shared_ptr<server_counters> counters =
      std::make_shared<server_counters>(); // exchanges outlive the server

  server_state(server_settings s, router r, early_check c)
      : settings(std::move(s)), routes(std::move(r)), check(std::move(c)),
        connections(settings.max_connections, settings.max_connections_per_address) {}
};

/// One I/O thread: its io_context, its acceptor (SO_REUSEPORT spreads connections over the threads), its
/// sessions and the tick that watches their deadlines. Sessions never leave their thread, so nothing here
/// takes a lock.
class io_loop {
 public:
  using tcp = boost::asio::ip::tcp;
  using clock = std::chrono::steady_clock;

  explicit io_loop(server_state& state);
  ~io_loop();

  /// Binds and listens; bad_configuration says why it cannot. Before start().
  expected<std::uint16_t> listen(const tcp::endpoint& where);
  void start();
  void drain();   // any thread: no new connections, sessions end with their open requests
  void end_all(); // any thread: closes every session at once
  void stop();    // any thread but its own: ends the thread and waits for it

  // For sessions, on this thread.
  boost::asio::io_context& io() noexcept { return io_; }
  server_state& state() noexcept { return state_; }
  const std::shared_ptr<inbox>& mail() const noexcept { return mail_; }
  void remove(session& s);

 private:
  void accept();
  void accepted(tcp_socket socket);
  void take_pending();
  void add(std::shared_ptr<session> s);
  void tick();
  void schedule_tick();

  server_state& state_;
  boost::asio::io_context io_{1};
  std::shared_ptr<inbox> mail_ = std::make_shared<inbox>(io_);
  tcp_acceptor acceptor_{io_};
  boost::asio::steady_timer accept_pause_{io_};
  boost::asio::steady_timer ticker_{io_};
  milliseconds tick_interval_;
  bool ticking_ = false;
  std::size_t turned_away_ = 0; // of sessions_, those that are only being told why they are refused
  bool draining_ = false;
  std::vector<std::shared_ptr<session>> sessions_;
  std::vector<std::shared_ptr<session>> scratch_; // of a tick, which may remove sessions
  std::thread thread_;
};

} // namespace troupe::bridge
