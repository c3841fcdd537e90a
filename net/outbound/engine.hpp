#pragma once

#include "system/core/clock.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// All outgoing HTTP of a node: one thread around one libcurl multi handle.
namespace troupe::outbound {

enum class verb : std::uint8_t { get, post, put, patch, del };

/// The last check before the first request byte, and the one atomic decision between sending and revoking.
/// armed -> released (by the engine, inside CURLOPT_PREREQFUNCTION) | revoked (by whoever cancels first).
class send_gate {
 public:
  enum class state : std::uint8_t { armed, released, revoked };

  /// `may_send` is asked at release time on the outbound thread: token, fence, lease, send_not_after, not
  /// early. It must be quick and must not block.
  explicit send_gate(std::function<bool()> may_send) : may_send_(std::move(may_send)) {}

  /// Outbound thread. True exactly once, and only if not revoked and `may_send` says yes. A second call
  /// answers false: libcurl 7.88 silently repeats a POST when a reused connection dies before the first
  /// response byte.
  bool release();
  /// Any thread. True when it was revoked before release (nothing was or will be sent); false: already
  /// released.
  bool revoke();
  state now() const noexcept { return state_.load(); }

 private:
  std::function<bool()> may_send_;
  std::atomic<state> state_{state::armed};
};

struct form_part {
  std::string name;
  std::string value;     // content, unless `file` is set
  std::string file;      // path of a file to stream
  std::string file_name; // as told to the server
  std::string content_type;
};

struct request {
  verb method = verb::get;
  std::string url;                  // http or https only
  std::vector<std::string> headers; // "Name: value"
  std::string body;                 // sent as it is, unless `body_file` or `form` is set
  std::string body_file;            // path of a file to stream as the body
  std::vector<form_part> form;      // multipart/form-data
  milliseconds timeout{30'000};     // whole call, connect included; 1 ms .. 10 min
  milliseconds connect_timeout{5'000};
  std::size_t max_response_bytes = 1 << 20;
  bool allow_private = false;      // let the name resolve to loopback/private/link-local addresses
  std::shared_ptr<send_gate> gate; // set for calls that must not be repeated by anyone
};

/// What became of a call.
enum class result_kind : std::uint8_t {
  answered,   // a complete response, whatever its status
  not_sent,   // failed before the first request byte: DNS, connect, TLS, refused address, gate said no
  revoked,    // not sent because the gate was revoked
  no_answer,  // sent (wholly or in part), and no complete answer: timeout, reset, cut body, too large
  overloaded, // the engine's queue was full; nothing was sent
};

struct response {
  result_kind kind = result_kind::not_sent;
  int status = 0;                                           // 200, ...; also set on no_answer when it arrived
  std::vector<std::pair<std::string, std::string>> headers; // names in lower case, in order
  std::string body;
  std::string error; // for the log and the ledger; no secrets
  bool timed_out = false;
  microseconds elapsed{0};

  /// First header of that lower-case name; empty when absent.
  std::string_view header(std::string_view name) const noexcept;
  bool ok() const noexcept { return kind == result_kind::answered && status >= 200 && status < 300; }
};

/// Runs on the outbound thread: hand over and return.
using completion = std::function<void(response)>;

struct engine_settings {
  int max_in_flight = 1024; // 1 .. 20000 requests at the same time
  int max_queued = 50'000;  // waiting for a slot; beyond: overloaded
  int max_connections_per_host = 256;
  int max_idle_connections = 512;
  bool allow_private = false; // operator's word for all requests (tests, self-hosted networks)
  std::string user_agent = "Troupe/0.1";
  std::string ca_file; // empty: the system's
};

class engine {
 public:
  /// Throws std::invalid_argument naming the setting that is out of range.
  static std::unique_ptr<engine> start(engine_settings settings);
  /// Cancels everything open (their completions run with not_sent / no_answer), joins the thread.
  virtual ~engine() = default;
  /// Thread-safe; never blocks. The completion is called exactly once.
  virtual void submit(request what, completion done) = 0;
  virtual std::size_t in_flight() const noexcept = 0;
  virtual std::size_t queued() const noexcept = 0;
  /// Not from a completion. Refuses new requests (not_sent) and waits until the open ones are done or the
  /// deadline passes; true when all are done.
  virtual bool drain(milliseconds deadline) = 0;
};

/// True when `address` (an IP literal) is loopback, private, link-local, unique-local, CGNAT, multicast or
/// unspecified, IPv4-mapped forms included.
bool is_private_address(std::string_view address);

} // namespace troupe::outbound
