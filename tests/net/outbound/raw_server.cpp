#include "raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace troupe::test {

void event::set() {
  std::lock_guard lock(mutex_);
  set_ = true;
  changed_.notify_all();
}

bool event::wait() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds{20}, [this] { return set_; });
}

connection::connection(int fd, int number, std::atomic<int>& requests)
    : fd_(fd), number_(number), requests_(requests) {}

connection::~connection() { close(); }

bool connection::fill() {
  char chunk[16384];
  const auto got = fd_ < 0 ? 0 : ::recv(fd_, chunk, sizeof chunk, 0);
  if (got <= 0) return false;
  buffer_.append(chunk, static_cast<std::size_t>(got));
  return true;
}

std::string connection::read_head() {
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return {};
  auto head = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  ++requests_;
  return head;
}

std::string connection::read_request() {
  auto text = read_head();
  if (text.empty()) return {};
  std::string lower;
  for (char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (const auto at = lower.find("\r\ncontent-length:"); at != std::string::npos) {
    const auto size = std::strtoul(lower.c_str() + at + 17, nullptr, 10);
    while (buffer_.size() < size)
      if (!fill()) return {};
    text += buffer_.substr(0, size);
    buffer_.erase(0, size);
  } else if (lower.find("\r\ntransfer-encoding: chunked") != std::string::npos) {
    std::size_t end;
    while ((end = buffer_.find("0\r\n\r\n")) == std::string::npos)
      if (!fill()) return {};
    text += buffer_.substr(0, end + 5);
    buffer_.erase(0, end + 5);
  }
  return text;
}

bool connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool connection::answer(int status, std::string_view body, std::string_view headers) {
  return send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n" + std::string(headers) + "\r\n" + std::string(body));
}

void connection::close() {
  std::lock_guard lock(mutex_);
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void connection::reset() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void connection::wait_closed() {
  while (fill()) buffer_.clear();
}

void connection::interrupt() {
  std::lock_guard lock(mutex_);
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

namespace {

int listen_on(const std::string& address, int& port, int backlog) {
  const bool v6 = address.find(':') != std::string::npos;
  const int fd = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_storage bound{};
  socklen_t size = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  bound.ss_family = static_cast<sa_family_t>(v6 ? AF_INET6 : AF_INET);
  if (v6)
    inet_pton(AF_INET6, address.c_str(), &reinterpret_cast<sockaddr_in6&>(bound).sin6_addr);
  else
    inet_pton(AF_INET, address.c_str(), &reinterpret_cast<sockaddr_in&>(bound).sin_addr);
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&bound), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0 ||
      (backlog > 0 && ::listen(fd, backlog) != 0))
    throw std::runtime_error("cannot listen on " + address);
  port = ntohs(v6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                  : reinterpret_cast<sockaddr_in&>(bound).sin_port);
  return fd;
}

} // namespace

raw_server::raw_server(script on_connection, std::string bind_address)
    : script_(std::move(on_connection)), address_(std::move(bind_address)) {
  listener_ = listen_on(address_, port_, 1024);
  acceptor_ = std::thread([this] { accept_loop(); });
}

raw_server::~raw_server() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& c : open_) c.interrupt();
  }
  ::shutdown(listener_, SHUT_RDWR); // ends a waiting accept
  acceptor_.join();
  for (auto& t : threads_) t.join();
  ::close(listener_);
}

std::string raw_server::url(std::string_view path) const {
  const auto host = address_.find(':') == std::string::npos ? address_ : "[" + address_ + "]";
  return "http://" + host + ":" + std::to_string(port_) + std::string(path);
}

void raw_server::accept_loop() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    std::lock_guard lock(mutex_);
    if (stopping_) {
      ::close(fd);
      return;
    }
    auto& c = open_.emplace_back(fd, ++connections_, requests_);
    threads_.emplace_back([this, &c] {
      script_(c);
      c.close();
    });
  }
}

int closed_port() {
  int port = 0;
  ::close(listen_on("127.0.0.1", port, 0));
  return port;
}

} // namespace troupe::test
