#include "tests/support/tcp_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <stdexcept>
#include <vector>

namespace troupe::test {

namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

struct relay {
  int client = -1;
  int server = -1;
  bool ended = false;
  bool loses = false; // what the server says next

  explicit relay(int accepted, int target_port) : client(accepted) {
    server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto to = loopback(target_port);
    ended = ::connect(server, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0;
  }
  ~relay() {
    ::close(client);
    ::close(server);
  }
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  /// Passes on what is there and shows it. Blocking writes: both ends read all the time.
  std::string_view pass(int from, int to, std::size_t most = 65536) {
    auto n = ::read(from, buffer, std::min(most, sizeof buffer));
    if (n <= 0) ended = true;
    for (ssize_t done = 0; done < n && !ended;) {
      auto written = ::send(to, buffer + done, static_cast<std::size_t>(n - done), MSG_NOSIGNAL);
      if (written <= 0) ended = true;
      done += written;
    }
    return {buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }
  char buffer[65536];
};

} // namespace

tcp_proxy::tcp_proxy(int target_port) : target_port_(target_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t length = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("the proxy cannot listen");
  port_ = ntohs(address.sin_port);
  wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread{[this] { serve(); }};
}

tcp_proxy::~tcp_proxy() {
  stopping_ = true;
  wake();
  thread_.join();
  ::close(listener_);
  ::close(wake_fd_);
}

void tcp_proxy::lose_next_reply(std::size_t keep) {
  keep_ = keep;
  lose_next_ = true;
}

void tcp_proxy::lose_reply_to(std::string text) {
  std::lock_guard lock{mutex_};
  lose_reply_to_ = std::move(text);
}

bool tcp_proxy::awaited(std::string_view said) {
  std::lock_guard lock{mutex_};
  if (lose_reply_to_.empty() || said.find(lose_reply_to_) == std::string_view::npos) return false;
  lose_reply_to_.clear();
  return true;
}

void tcp_proxy::count_lost() {
  std::lock_guard lock{mutex_};
  ++lost_;
  changed_.notify_all();
}

void tcp_proxy::wait_until_lost() {
  std::unique_lock lock{mutex_};
  if (!changed_.wait_for(lock, std::chrono::seconds{60}, [this] { return lost_ > 0; }))
    throw std::runtime_error("no reply came that could have been lost");
}

void tcp_proxy::freeze() {
  frozen_ = true;
  wake();
}

void tcp_proxy::thaw() {
  frozen_ = false;
  wake();
}

void tcp_proxy::wake() {
  std::uint64_t one = 1;
  [[maybe_unused]] auto n = ::write(wake_fd_, &one, sizeof one);
}

void tcp_proxy::serve() {
  std::list<relay> relays;
  while (!stopping_) {
    std::vector<pollfd> fds{{wake_fd_, POLLIN, 0}, {listener_, POLLIN, 0}};
    if (!frozen_)
      for (auto& r : relays) {
        fds.push_back({r.client, POLLIN, 0});
        fds.push_back({r.server, POLLIN, 0});
      }
    ::poll(fds.data(), fds.size(), -1);
    std::uint64_t count = 0;
    [[maybe_unused]] auto n = ::read(wake_fd_, &count, sizeof count);
    std::size_t i = 2;
    for (auto& r : relays) {
      if (i + 1 >= fds.size()) break;
      bool from_client = fds[i].revents != 0, from_server = fds[i + 1].revents != 0;
      i += 2;
      if (from_server && (r.loses || lose_next_.exchange(false))) {
        if (keep_ > 0) r.pass(r.server, r.client, keep_);
        r.ended = true;
        count_lost();
        continue;
      }
      if (from_client && awaited(r.pass(r.client, r.server))) r.loses = true;
      if (from_server && !r.ended) r.pass(r.server, r.client);
    }
    relays.remove_if([](auto& r) { return r.ended; });
    if (fds[1].revents & POLLIN)
      if (int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); accepted >= 0)
        relays.emplace_back(accepted, target_port_);
  }
}

} // namespace troupe::test
