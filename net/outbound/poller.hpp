#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace troupe::outbound {

/// The epoll set that libcurl's socket callbacks feed, and a wake-up for other threads.
///
/// libcurl says "remove" and "add" for a kept-alive connection between any two requests on it. Those are not
/// passed to the kernel: a socket that we opened stays registered for reading until it is closed or until it
/// reports something while nobody wants it. That saves two system calls per request.
class poller {
 public:
  poller();
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  struct event {
    curl_socket_t socket;
    int flags; // CURL_CSELECT_*
  };

  /// Any thread: makes a running or the next `wait` return.
  void wake() noexcept;
  /// Waits for at most `timeout_ms` (-1: for ever); the answer is good until the next call.
  const std::vector<event>& wait(int timeout_ms);

  /// CURLMOPT_SOCKETFUNCTION: what libcurl wants to know of a socket from now on.
  void watch(curl_socket_t socket, int what);
  /// A socket that libcurl will close only through `closed`.
  void opened(curl_socket_t socket);
  void closed(curl_socket_t socket) noexcept;

 private:
  struct entry {
    std::uint32_t wanted = 0;     // what libcurl asked for
    std::uint32_t registered = 0; // what the kernel was told
    bool ours = false;            // its closing is reported to us
  };

  entry& at(curl_socket_t socket);
  void tell_kernel(curl_socket_t socket, entry& e, std::uint32_t events);

  int epoll_ = -1;
  int wake_ = -1;
  std::vector<entry> entries_; // by descriptor number
  std::vector<event> ready_;
};

} // namespace troupe::outbound
