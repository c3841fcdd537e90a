#pragma once

#include "net/bridge/http.hpp"
#include "net/bridge/problem.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::bridge {

/// One request's head, understood and checked: what a session needs to go on.
struct message_head {
  std::string method;        // as sent
  std::optional<verb> known; // empty for a method that no route can have
  bool head_only = false;    // HEAD: served by GET, without the body
  bool options = false;
  bool http11 = true;
  bool keep_alive = true;
  bool expects_continue = false;
  bool chunked = false;
  std::uint64_t content_length = 0; // 0 when chunked
  request req;                      // path, query, headers, request_id

  bool has_body() const noexcept { return chunked || content_length > 0; }
};

/// Reads request heads from bytes as they come, with Beast's incremental parser inside, and applies the rules
/// that keep two servers in a row from disagreeing where a request ends: exactly one Host, at most one
/// length, no length beside chunked, no folded lines, no encoding but chunked. No sockets, so it can be
/// fuzzed.
class head_reader {
 public:
  /// `limit`: bytes of request line and header together.
  explicit head_reader(std::size_t limit);
  ~head_reader();
  head_reader(const head_reader&) = delete;
  head_reader& operator=(const head_reader&) = delete;

  enum class state : std::uint8_t { need_more, done, failed };

  /// Takes what it can from the front of `bytes`; `consumed` says how much. Call again with the rest and more
  /// after it. After done or failed: take the head or the error, then reset().
  state feed(std::string_view bytes, std::size_t& consumed);
  /// True when a request has begun, so that its deadline runs.
  bool started() const noexcept;
  message_head& head() noexcept;
  const message_head& head() const noexcept;
  const refusal& error() const noexcept { return error_; }
  void reset();

 private:
  class parser;
  state fail(refusal why);

  std::size_t limit_;
  std::size_t taken_ = 0;       // header bytes that the parser consumed so far
  std::size_t blank_bytes_ = 0; // CR and LF skipped before the request line
  std::unique_ptr<parser> parser_;
  refusal error_;
};

/// A well-formed X-Request-Id: 1 to 128 letters, digits and - _ . : /
bool is_request_id(std::string_view text) noexcept;

} // namespace troupe::bridge
