#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace troupe::test {

/// One response as it came over the wire.
struct raw_response {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers; // names in lower case
  std::string body;

  std::string header(std::string_view lower_name) const; // empty when absent
  bool has(std::string_view lower_name) const;
};

/// A client that sends exactly the bytes it is given. Every wait ends after ten seconds with an exception
/// that says what had come by then.
class raw_client {
 public:
  explicit raw_client(std::uint16_t port, int receive_buffer = 0);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void start_tls();
  raw_client& send(std::string_view bytes);
  /// Sends what the other side still takes; false when it has closed meanwhile.
  bool try_send(std::string_view bytes);
  void end_sending();                            // half-close: it still reads
  void reset();                                  // closes with RST
  raw_response read(bool head_only = false);     // one response, 100 Continue included
  std::string read_until(std::string_view text); // everything up to and with this text
  std::string read_to_end();                     // until the server closes; a reset counts as closed
  bool closed_by_server();                       // waits for it: true when nothing came before
  const std::string& unread() const { return pending_; }

 private:
  std::string receive(); // empty: closed
  bool write_all(std::string_view bytes);

  int socket_ = -1;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* tls_ = nullptr;
  std::string pending_;
};

/// A key and a self-signed certificate for localhost, made for one test and removed with it.
class test_certificate {
 public:
  explicit test_certificate(const std::string& directory);
  std::string certificate, key; // paths
};

/// A directory of its own, removed with everything in it.
class temporary_directory {
 public:
  temporary_directory();
  ~temporary_directory();
  std::string path;
  std::vector<std::string> files() const;
};

/// Waits up to ten seconds until `done` says so; throws an exception that names `what` when it does not.
template <class Condition>
void wait_until(std::string_view what, Condition done) {
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("waited in vain: " + std::string(what));
    std::this_thread::yield();
  }
}

} // namespace troupe::test
