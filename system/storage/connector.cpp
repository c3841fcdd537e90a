#include "system/storage/connector.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace troupe::storage {

namespace asio = boost::asio;
using boost::system::error_code;

bool watch_socket(PGconn* connection, asio::posix::stream_descriptor& descriptor) {
  error_code ignored;
  if (descriptor.is_open()) descriptor.close(ignored);
  int own = PQsocket(connection);
  int copy = own < 0 ? -1 : ::fcntl(own, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return false;
  error_code failed;
  descriptor.assign(copy, failed);
  if (failed) ::close(copy);
  return !failed;
}

connector::connector(asio::io_context& io, std::shared_ptr<const conninfo> info, int timeout_s)
    : io_(io), info_(std::move(info)), timeout_s_(timeout_s), resolver_(io), socket_(io), deadline_(io) {}

void connector::start(handler done) {
  done_ = std::move(done);
  to_try_.assign(info_->endpoints().begin(), info_->endpoints().end());
  next();
}

void connector::cancel() {
  done_ = nullptr;
  finish({});
}

void connector::next() {
  ++attempt_;
  if (to_try_.empty()) return finish(std::move(reason_));
  auto to = std::move(to_try_.front());
  to_try_.pop_front();
  start_deadline();
  if (to.needs_lookup()) return look_up(std::move(to));
  attempt(to);
}

void connector::start_deadline() {
  deadline_.expires_after(std::chrono::seconds{timeout_s_});
  deadline_.async_wait([self = shared_from_this(), n = attempt_](error_code aborted) {
    if (!aborted && n == self->attempt_) self->failed("the server did not answer in time");
  });
}

void connector::look_up(endpoint name) {
  auto host = name.host;
  resolver_.async_resolve(
      host, "",
      [self = shared_from_this(), n = attempt_,
       name = std::move(name)](error_code failure, asio::ip::tcp::resolver::results_type found) {
        if (n != self->attempt_) return;
        if (failure) return self->failed("the host name could not be looked up: " + failure.message());
        std::deque<endpoint> addresses;
        for (auto& entry : found) {
          auto each = name;
          each.hostaddr = entry.endpoint().address().to_string();
          addresses.push_back(std::move(each));
        }
        self->to_try_.insert(self->to_try_.begin(), addresses.begin(), addresses.end());
        self->next();
      });
}

void connector::attempt(const endpoint& to) {
  connection_ = info_->start(to);
  if (!connection_) return failed("out of memory");
  if (PQstatus(connection_.get()) == CONNECTION_BAD)
    return failed(one_line(PQerrorMessage(connection_.get())));
  wait(asio::posix::stream_descriptor::wait_write); // As libpq wants it before the first PQconnectPoll.
}

void connector::poll() {
  switch (PQconnectPoll(connection_.get())) {
  case PGRES_POLLING_READING: return wait(asio::posix::stream_descriptor::wait_read);
  case PGRES_POLLING_WRITING: return wait(asio::posix::stream_descriptor::wait_write);
  case PGRES_POLLING_OK: return finish({});
  default: return failed(one_line(PQerrorMessage(connection_.get())));
  }
}

void connector::wait(asio::posix::stream_descriptor::wait_type direction) {
  if (!watch_socket(connection_.get(), socket_)) return failed("the socket could not be watched");
  socket_.async_wait(direction, [self = shared_from_this(), n = attempt_](error_code aborted) {
    if (!aborted && n == self->attempt_) self->poll();
  });
}

void connector::failed(std::string reason) {
  reason_ = std::move(reason);
  error_code ignored;
  if (socket_.is_open()) socket_.close(ignored);
  connection_.reset();
  resolver_.cancel();
  next();
}

void connector::finish(std::string reason) {
  ++attempt_;
  deadline_.cancel();
  resolver_.cancel();
  error_code ignored;
  if (socket_.is_open()) socket_.close(ignored);
  auto connection = std::move(connection_);
  if (auto done = std::exchange(done_, nullptr)) done(std::move(connection), std::move(reason));
}

} // namespace troupe::storage
