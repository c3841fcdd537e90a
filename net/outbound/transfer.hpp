#pragma once

#include "net/outbound/answer.hpp"
#include "net/outbound/body_file.hpp"
#include "net/outbound/poller.hpp"
#include "net/outbound/queue.hpp"

#include <curl/curl.h>

#include <array>

namespace troupe::outbound {

/// One easy handle and the request on it: sets libcurl's options, receives its callbacks, and decides what
/// became of the request. Reused for one request after another. Outbound thread only.
class transfer {
 public:
  transfer(const engine_settings& settings, poller& sockets);
  ~transfer();
  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;

  CURL* handle() const noexcept { return easy_; }
  bool busy() const noexcept { return job_ != nullptr; }
  static transfer& of(CURL* handle);

  /// Readies the handle for `j`. False when it cannot be sent (`finish` then says why): do not add the
  /// handle.
  bool prepare(job_ptr j, steady::time_point now);
  /// What became of it. The handle must not be in a multi handle any more.
  response finish(CURLcode code);
  /// As `finish`, for a request that the engine gave up on.
  response abandon(std::string_view why);
  /// The finished job; the transfer is free afterwards.
  job_ptr release();

 private:
  /// Why we, not libcurl, ended it.
  enum class stop : std::uint8_t { none, revoked, gate_said_no, repeated, private_address };

  void set_constants();
  void set_method(const request& what);
  void set_headers(const request& what);
  bool set_body(const request& what);
  bool set_form(const request& what);
  void clear_body();
  bool fail(std::string text);
  response conclude(bool complete, bool timed_out, std::string error);
  std::string explain(CURLcode code) const;

  int may_send(const char* address);
  curl_socket_t open_socket(const curl_sockaddr& address);

  // What libcurl calls; none of them may throw into it.
  static int on_prereq(void* self, char* address, char* local, int port, int local_port) noexcept;
  static std::size_t on_header(char* bytes, std::size_t one, std::size_t count, void* self) noexcept;
  static std::size_t on_body(char* bytes, std::size_t one, std::size_t count, void* self) noexcept;
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
  static int on_close(void* sockets, curl_socket_t socket) noexcept;

  const engine_settings& settings_;
  poller& sockets_;
  CURL* easy_;
  std::array<char, CURL_ERROR_SIZE> curl_text_{};

  job_ptr job_;
  answer_reader answer_;
  body_file body_file_;
  std::string failed_early_; // why `prepare` said no
  stop stop_ = stop::none;
  bool may_have_sent_ = false; // the gate was passed: from here on nobody knows what the server got
  bool private_allowed_ = false;
  bool met_private_ = false;            // an address was refused; a name may have others
  std::vector<curl_slist> header_list_; // points into the request: libcurl only reads it
  curl_mime* form_ = nullptr;
  bool unusual_ = false; // options beyond the everyday ones were set: reset the handle afterwards
};

} // namespace troupe::outbound
