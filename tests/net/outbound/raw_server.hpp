#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace troupe::test {

/// Something that happens once; waiting for it has a deadline.
class event {
 public:
  void set();
  /// False when it did not happen within 20 s.
  bool wait();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

/// The server's end of one accepted connection, on its own thread with blocking calls.
class connection {
 public:
  connection(int fd, int number, std::atomic<int>& requests);
  ~connection();

  /// Head and body (by Content-Length or chunks) of the next request; empty when the client is gone.
  std::string read_request();
  /// Head only, whatever follows.
  std::string read_head();
  bool send(std::string_view bytes);
  /// "HTTP/1.1 <status> X" with a Content-Length and that body.
  bool answer(int status, std::string_view body = "ok", std::string_view headers = "");
  /// Ends our direction or all of it; `reset` does so with a RST.
  void close();
  void reset();
  /// Blocks until the client closes.
  void wait_closed();

  /// 1 for the first connection of the server.
  int number() const { return number_; }
  void interrupt();
  int descriptor() const { return fd_; }

 private:
  bool fill();

  std::mutex mutex_; // guards fd_ against `interrupt`
  int fd_;
  int number_;
  std::string buffer_;
  std::atomic<int>& requests_;
};

/// A scriptable HTTP server on a free loopback port that speaks raw bytes.
class raw_server {
 public:
  using script = std::function<void(connection&)>;
  /// Runs `on_connection` on a thread for each connection; closes the connection afterwards.
  explicit raw_server(script on_connection, std::string bind_address = "127.0.0.1");
  ~raw_server();

  int port() const { return port_; }
  std::string url(std::string_view path = "/") const;
  int connections() const { return connections_; }
  /// Requests read completely, or as far as their head.
  int requests() const { return requests_; }

 private:
  void accept_loop();

  script script_;
  int listener_ = -1;
  int port_ = 0;
  std::string address_;
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  std::list<connection> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
  bool stopping_ = false;
};

/// A loopback port on which nobody listens.
int closed_port();

} // namespace troupe::test
