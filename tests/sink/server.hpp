#pragma once

#include "tests/sink/network.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <queue>
#include <unordered_map>
#include <vector>

namespace troupe::sink {

/// One thread, one epoll: connections in front of a `network`. Answers of one connection keep the order of
/// its requests; a delayed answer holds back the later ones of the same connection and nobody else.
class server {
 public:
  using clock = std::chrono::steady_clock;

  /// Listens on 127.0.0.1; port 0 takes a free one. Throws std::runtime_error.
  server(network& net, int port);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  int port() const noexcept { return port_; }
  /// Serves until `stop_descriptor` is readable.
  void run(int stop_descriptor);

 private:
  /// More than this from a client whose answer is still held back: it is cut off.
  static constexpr std::size_t held_limit = 4 * 1024 * 1024;

  struct connection {
    int socket = -1;
    std::uint64_t serial = 0;
    http_reader reader;
    std::string out;
    std::size_t sent = 0;
    bool held = false;    // an answer is delayed, or will never come
    bool closing = false; // when everything is sent
    bool dirty = false;   // in dirty_
    bool watching_out = false;
  };
  struct delayed {
    clock::time_point at;
    std::uint64_t order;
    int socket;
    std::uint64_t serial;
    answer what;
    bool operator>(const delayed& o) const { return at != o.at ? at > o.at : order > o.order; }
  };

  void accept_all();
  void readable(connection& c);
  void serve(connection& c);
  void put(connection& c, answer a);
  void send_dirty();
  bool write_out(connection& c);
  void drop(connection& c);
  void release_delayed();
  int wait_ms() const;
  connection* find(int socket, std::uint64_t serial);
  void mark(connection& c);

  network& net_;
  int listener_ = -1, epoll_ = -1, port_ = 0;
  std::uint64_t serials_ = 0, orders_ = 0;
  std::unordered_map<int, std::unique_ptr<connection>> connections_;
  std::priority_queue<delayed, std::vector<delayed>, std::greater<>> delayed_;
  std::vector<int> dirty_;
  std::string input_ = std::string(256 * 1024, '\0');
};

} // namespace troupe::sink
