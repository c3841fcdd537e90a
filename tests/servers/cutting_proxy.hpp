#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/// Stands between an adapter and a real server and loses an answer on purpose: the server has done its work,
/// and the caller never learns of it.
namespace troupe::testing {

class cutting_proxy {
 public:
  /// Forwards to 127.0.0.1:`port`.
  explicit cutting_proxy(int port) : target_(port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("the proxy cannot listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  cutting_proxy(const cutting_proxy&) = delete;
  ~cutting_proxy() {
    ending_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    for (auto& t : connections_) t.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// The answer to the next request whose first line begins with `marker` ("POST /x") is lost: the connection
  /// is reset as soon as the server has begun to answer.
  void lose_answer_to(std::string marker) {
    std::lock_guard lock(mutex_);
    marker_ = std::move(marker);
  }
  /// How many answers were lost.
  int lost() const noexcept { return lost_; }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<std::uint16_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
  }

  void accept_all() {
    while (!ending_) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) break;
      connections_.emplace_back([this, client] { forward(client); });
    }
  }

  // True once, for the request that was asked for.
  bool is_marked(const std::string& chunk) {
    std::lock_guard lock(mutex_);
    if (marker_.empty() || chunk.compare(0, marker_.size(), marker_) != 0) return false;
    marker_.clear();
    return true;
  }

  static bool pass_on(int to, const char* data, ssize_t size) {
    while (size > 0) {
      const auto sent = send(to, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      data += sent;
      size -= sent;
    }
    return true;
  }

  void forward(int client) {
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(target_);
    bool open = connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    bool marked = false;
    char buffer[65536];
    while (open && !ending_) {
      pollfd both[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (poll(both, 2, 50) <= 0) continue;
      if (both[0].revents) {
        const auto got = recv(client, buffer, sizeof buffer, 0);
        if (got > 0 && is_marked(std::string(buffer, static_cast<std::size_t>(got)))) marked = true;
        open = got > 0 && pass_on(server, buffer, got);
      }
      if (open && both[1].revents) {
        const auto got = recv(server, buffer, sizeof buffer, 0);
        if (got > 0 && marked) {
          ++lost_;
          linger reset{1, 0};
          setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
          break;
        }
        open = got > 0 && pass_on(client, buffer, got);
      }
    }
    close(client);
    close(server);
  }

  int target_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ending_{false};
  std::atomic<int> lost_{0};
  std::mutex mutex_;
  std::string marker_;
  std::list<std::thread> connections_;
  std::thread acceptor_;
};

} // namespace troupe::testing
