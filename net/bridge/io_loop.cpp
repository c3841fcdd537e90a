#include "net/bridge/io_loop.hpp"

#include "net/bridge/session.hpp"
#include "net/bridge/spool.hpp"
#include "system/core/log.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace troupe::bridge {

namespace asio = boost::asio;

namespace {

constexpr milliseconds accept_pause{100}; // after "too many open files" and the like
constexpr milliseconds longest_tick{100};
constexpr milliseconds shortest_tick{2};
constexpr std::size_t most_turned_away =
    256; // connections per thread that are being told why they are refused

/// Deadlines are kept to an eighth of the shortest of them, and never worse than 100 ms.
milliseconds tick_for(const server_settings& s) {
  auto least =
      std::min({s.header_timeout, s.body_timeout, s.write_timeout, s.keep_alive_timeout, s.request_deadline});
  return std::clamp(least / 8, shortest_tick, longest_tick);
}

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

} // namespace

io_loop::io_loop(server_state& state) : state_(state), tick_interval_(tick_for(state.settings)) {}

io_loop::~io_loop() {
  stop();
  for (auto& s : std::vector(sessions_)) s->end();
}

expected<std::uint16_t> io_loop::listen(const tcp::endpoint& where) {
  boost::system::error_code wrong;
  auto attempt = [&](auto&& step) {
    if (!wrong) step();
  };
  attempt([&] { acceptor_.open(where.protocol(), wrong); });
  attempt([&] { acceptor_.set_option(tcp_acceptor::reuse_address(true), wrong); });
  attempt([&] { acceptor_.set_option(reuse_port(true), wrong); });
  attempt([&] { acceptor_.bind(where, wrong); });
  attempt([&] { acceptor_.listen(4096, wrong); });
  attempt([&] { acceptor_.non_blocking(true, wrong); });
  if (wrong)
    return failure{ec::bad_configuration,
                   fmt::format("cannot listen on {} port {}: {}", where.address().to_string(), where.port(),
                               wrong.message())};
  return acceptor_.local_endpoint().port();
}

void io_loop::start() {
  accept();
  thread_ = std::thread([this] {
    auto work = asio::make_work_guard(io_);
    io_.run();
  });
}

void io_loop::stop() {
  mail_->close();
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void io_loop::drain() {
  mail_->push([this] {
    if (draining_) return;
    draining_ = true;
    take_pending();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    accept_pause_.cancel();
    for (auto& s : std::vector(sessions_)) s->drain();
  });
}

void io_loop::end_all() {
  mail_->push([this] {
    for (auto& s : std::vector(sessions_)) s->end();
  });
}

void io_loop::accept() {
  acceptor_.async_accept([this](boost::system::error_code failed, tcp_socket socket) {
    if (failed == asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (!failed) {
      accepted(std::move(socket));
      return accept();
    }
    if (failed == asio::error::connection_aborted) return accept();
    log::warning("bridge.accept_failed", {{"error", failed.message()}});
    accept_pause_.expires_after(accept_pause);
    accept_pause_.async_wait([this](boost::system::error_code stopped) {
      if (!stopped && acceptor_.is_open()) accept();
    });
  });
}

/// What waits in the listen queue has been told that it is connected: it is served before the socket goes.
void io_loop::take_pending() {
  for (;;) {
    boost::system::error_code failed;
    tcp_socket socket(io_);
    acceptor_.accept(socket, failed);
    if (failed) return;
    accepted(std::move(socket));
  }
}

void io_loop::accepted(tcp_socket socket) {
  boost::system::error_code failed;
  auto peer = socket.remote_endpoint(failed);
  if (!failed) socket.non_blocking(true, failed);
  if (!failed) socket.set_option(tcp::no_delay(true), failed);
  if (failed) return; // gone already
  bool room = state_.connections.add();
  if (!room) {
    state_.counters->connections_refused.fetch_add(1, std::memory_order_relaxed);
    if (turned_away_ == most_turned_away) return;
    ++turned_away_;
  }
  auto s = std::make_shared<session>(*this, std::move(socket), plain_address(peer.address()), room);
  add(s);
  s->start();
}

void io_loop::add(std::shared_ptr<session> s) {
  s->place = sessions_.size();
  sessions_.push_back(std::move(s));
  if (!ticking_) schedule_tick();
}

void io_loop::remove(session& s) {
  if (s.place >= sessions_.size() || sessions_[s.place].get() != &s) return;
  auto kept = std::move(sessions_[s.place]); // may be the last reference: until the end of this function
  if (s.place + 1 != sessions_.size()) {
    sessions_[s.place] = std::move(sessions_.back());
    sessions_[s.place]->place = s.place;
  }
  sessions_.pop_back();
  if (!kept->admitted()) --turned_away_;
}

void io_loop::schedule_tick() {
  ticking_ = true;
  ticker_.expires_after(tick_interval_);
  ticker_.async_wait([this](boost::system::error_code stopped) {
    if (stopped) return;
    tick();
  });
}

void io_loop::tick() {
  auto now = clock::now();
  scratch_ = sessions_;
  for (auto& s : scratch_) s->tick(now);
  scratch_.clear();
  ticking_ = false;
  if (!sessions_.empty()) schedule_tick();
}

} // namespace troupe::bridge
