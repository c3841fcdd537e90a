#include "tests/sink/server.hpp"

#include "system/core/clock.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace troupe::sink {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

void watch(int epoll, int operation, int socket, std::uint32_t events) {
  epoll_event e{};
  e.events = events;
  e.data.fd = socket;
  if (::epoll_ctl(epoll, operation, socket, &e) != 0) fail("epoll_ctl");
}

} // namespace

server::server(network& net, int port) : net_(net) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (listener_ < 0 || epoll_ < 0) fail("socket");
  int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) fail("bind");
  if (::listen(listener_, 4096) != 0) fail("listen");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  watch(epoll_, EPOLL_CTL_ADD, listener_, EPOLLIN);
}

server::~server() {
  for (auto& [socket, c] : connections_) ::close(socket);
  if (listener_ >= 0) ::close(listener_);
  if (epoll_ >= 0) ::close(epoll_);
}

void server::run(int stop_descriptor) {
  watch(epoll_, EPOLL_CTL_ADD, stop_descriptor, EPOLLIN);
  std::array<epoll_event, 512> events;
  for (;;) {
    int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
    if (n < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < n; ++i) {
      auto& e = events[static_cast<std::size_t>(i)];
      if (e.data.fd == stop_descriptor) return;
      if (e.data.fd == listener_) {
        accept_all();
        continue;
      }
      auto it = connections_.find(e.data.fd);
      if (it == connections_.end()) continue;
      if (e.events & EPOLLOUT) mark(*it->second);
      if (e.events & ~EPOLLOUT) readable(*it->second);
    }
    release_delayed();
    // On record first, answered second.
    net_.log().flush();
    send_dirty();
  }
}

void server::accept_all() {
  for (;;) {
    int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return; // Nobody left, or no descriptor for them: they stay in the backlog.
    int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    auto c = std::make_unique<connection>();
    c->socket = socket;
    c->serial = ++serials_;
    connections_[socket] = std::move(c);
    watch(epoll_, EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLRDHUP);
  }
}

void server::readable(connection& c) {
  auto n = ::recv(c.socket, input_.data(), input_.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return drop(c);
  c.reader.append(std::string_view(input_.data(), static_cast<std::size_t>(n)));
  serve(c);
}

void server::serve(connection& c) {
  request r;
  while (!c.held && !c.closing) {
    switch (c.reader.next(r)) {
    case http_reader::result::request: put(c, net_.handle(r, to_micros(system_now()))); continue;
    case http_reader::result::bad:
      c.out += "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      c.closing = true;
      mark(c);
      return;
    case http_reader::result::more:
      if (c.reader.wants_continue()) {
        c.out += "HTTP/1.1 100 Continue\r\n\r\n";
        mark(c);
      }
      return;
    }
  }
  if (c.held && c.reader.buffered() > held_limit) drop(c);
}

void server::put(connection& c, answer a) {
  if (a.what == answer::how::hang) {
    c.held = true;
    return;
  }
  if (a.delay_ms > 0) {
    c.held = true;
    auto at = clock::now() + std::chrono::milliseconds{a.delay_ms};
    a.delay_ms = 0;
    delayed_.push({at, ++orders_, c.socket, c.serial, std::move(a)});
    return;
  }
  c.out += a.bytes;
  c.closing = !a.keep_alive || a.what == answer::how::cut;
  mark(c);
}

void server::release_delayed() {
  auto now = clock::now();
  while (!delayed_.empty() && delayed_.top().at <= now) {
    auto d = delayed_.top();
    delayed_.pop();
    auto* c = find(d.socket, d.serial);
    if (!c) continue;
    c->held = false;
    put(*c, std::move(d.what));
    serve(*c);
  }
}

int server::wait_ms() const {
  if (delayed_.empty()) return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(delayed_.top().at - clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void server::mark(connection& c) {
  if (!c.dirty) dirty_.push_back(c.socket);
  c.dirty = true;
}

void server::send_dirty() {
  for (auto socket : dirty_) {
    auto it = connections_.find(socket);
    if (it == connections_.end()) continue;
    auto& c = *it->second;
    c.dirty = false;
    if (!write_out(c)) drop(c);
  }
  dirty_.clear();
}

/// False: the connection is over.
bool server::write_out(connection& c) {
  while (c.sent < c.out.size()) {
    auto n = ::send(c.socket, c.out.data() + c.sent, c.out.size() - c.sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      if (!c.watching_out) watch(epoll_, EPOLL_CTL_MOD, c.socket, EPOLLIN | EPOLLRDHUP | EPOLLOUT);
      c.watching_out = true;
      return true;
    }
    if (n <= 0) return false;
    c.sent += static_cast<std::size_t>(n);
  }
  c.out.clear();
  c.sent = 0;
  if (c.watching_out) watch(epoll_, EPOLL_CTL_MOD, c.socket, EPOLLIN | EPOLLRDHUP);
  c.watching_out = false;
  return !c.closing;
}

void server::drop(connection& c) {
  auto socket = c.socket;
  ::close(socket);
  connections_.erase(socket);
}

server::connection* server::find(int socket, std::uint64_t serial) {
  auto it = connections_.find(socket);
  return it != connections_.end() && it->second->serial == serial ? it->second.get() : nullptr;
}

} // namespace troupe::sink
