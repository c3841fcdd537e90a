#pragma once

#include "net/bridge/body_stream.hpp"
#include "system/core/clock.hpp"
#include "system/core/errors.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Inbound HTTP: transport only, it knows no route's meaning.
namespace troupe::bridge {

enum class verb : std::uint8_t { get, post, put, patch, del };
std::string_view to_string(verb v) noexcept;

using header_list = std::vector<std::pair<std::string, std::string>>;

/// One whole request, its limits already checked. Path parameters are percent-decoded and valid UTF-8.
struct request {
  verb method = verb::get;
  std::string path;        // as sent (percent-encoded), without query
  header_list path_params; // {"post_id", "018f..."}
  header_list query;       // decoded, in order
  header_list headers;     // names in lower case
  std::string body;
  std::string body_file; // route streams to disk: path of the spooled file; the
                         // handler owns it from here on
  std::size_t body_size = 0;
  std::string peer;                               // client address (after trusted proxies)
  std::string request_id;                         // taken from X-Request-Id when well-formed, else made
  bool secure = false;                            // came in over TLS
  std::chrono::steady_clock::time_point deadline; // answer before this; the session answers 503 after it

  std::string_view header(std::string_view lower_name) const noexcept;  // empty when absent
  std::string_view param(std::string_view name) const noexcept;         // path parameter
  const std::string* query_value(std::string_view name) const noexcept; // nullptr when absent
};

struct reply {
  int status = 200;
  std::string content_type = "application/json";
  header_list headers;
  std::string body;
  std::shared_ptr<body_reader> stream = {}; // set: the body is what its writer says from here on, and the
                                            // connection ends with it
};

/// The one answer to one request. Move-only, thread-safe hand-over to the session's I/O thread. If it is
/// destroyed unanswered, the client gets 503 problem details, so nothing dropped leaves a client hanging.
class responder {
 public:
  struct sink {
    virtual ~sink() = default;
    virtual void deliver(reply r) = 0; // exactly once, any thread
  };
  responder() = default;
  explicit responder(std::shared_ptr<sink> s) : sink_(std::move(s)) {}
  responder(responder&&) noexcept = default;
  responder& operator=(responder&& other) noexcept;
  ~responder();
  void operator()(reply r); // answers; afterwards empty
  explicit operator bool() const noexcept { return sink_ != nullptr; }

 private:
  std::shared_ptr<sink> sink_;
};

/// Runs on the session's I/O thread: quick work and hand-over only.
using handler = std::function<void(request, responder)>;

/// Asked after the header and before the body is read. A reply here ends the request (401, 429 ...); nullptr
/// goes on. Runs on the I/O thread and must be quick: token cache, rate counters.
using early_check = std::function<std::unique_ptr<reply>(const request& head)>;

struct route_options {
  std::size_t body_limit = 64 * 1024;                            // 0: no body is taken
  bool body_to_file = false;                                     // stream the body to a spool file
  std::vector<std::string> content_types = {"application/json"}; // of requests that have a body; empty: any
  std::string operation; // operationId of openapi.yaml, for metrics and logs
};

/// Routes by verb and path template ("/v1/workspaces/{workspace_id}/posts/{post_id}"). Build once, then
/// read-only. Static segments win over parameters. Unknown path: 404; known path with another verb: 405 with
/// Allow; HEAD is served by GET; OPTIONS answers Allow.
class router {
 public:
  router();
  ~router();
  router(router&&) noexcept;
  void add(verb v, std::string_view path_template, route_options options, handler h);
  /// For GET of every path that no route has and that `claims` takes: what stands beside the API. At most
  /// one.
  void otherwise(std::function<bool(std::string_view path)> claims, route_options options, handler h);
  struct entry {
    verb method;
    std::string path_template;
    route_options options;
  };
  /// Every route, for the test that holds openapi.yaml and the code together.
  std::vector<entry> entries() const;

  struct match;
  /// Fills `params` when a route is found; fills `allow` when the path is known but not with this verb.
  const match* find(verb v, std::string_view path, header_list& params, std::string& allow) const;
  /// The value of the Allow header for a path ("GET, HEAD, OPTIONS"); empty when no route has it.
  std::string allow(std::string_view path) const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

struct server_settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;            // 0: a free one, see server::port()
  int threads = 2;                      // 1 .. 64
  std::string tls_certificate, tls_key; // PEM files; both or none
  std::vector<std::string>
      trusted_proxies;         // addresses or CIDR whose X-Forwarded-For / PROXY header is believed
  bool proxy_protocol = false; // every connection from a trusted proxy starts with PROXY v1 or v2
  int max_connections = 10'000;
  int max_connections_per_address = 1'000;
  int max_in_flight = 4'096; // requests being worked on; beyond: 503 + Retry-After
  std::size_t max_header_bytes = 8 * 1024;
  milliseconds header_timeout{5'000};
  milliseconds body_timeout{30'000}; // plus: at least min_body_rate on average
  std::size_t min_body_rate = 1'024; // bytes a second
  milliseconds write_timeout{30'000};
  milliseconds keep_alive_timeout{15'000};
  milliseconds request_deadline{10'000};
  int max_requests_per_connection = 100'000;
  std::string spool_directory; // for body_to_file
};

struct server_counters {
  std::atomic<std::uint64_t> connections{0}, connections_refused{0}, requests{0}, in_flight{0},
      responses_2xx{0}, responses_3xx{0}, responses_4xx{0}, responses_5xx{0}, bytes_in{0}, bytes_out{0},
      timeouts{0}, bad_requests{0};
};

class server {
 public:
  /// Binds and starts; bad_configuration when it cannot (the text says which address and why).
  static expected<std::unique_ptr<server>> start(server_settings settings, router routes,
                                                 early_check check = {});
  virtual ~server() = default;
  virtual std::uint16_t port() const noexcept = 0;
  virtual const server_counters& counters() const noexcept = 0;
  /// Stops accepting, lets open requests finish (Connection: close), closes the rest at the deadline.
  virtual void drain(milliseconds deadline) = 0;
};

/// RFC 9457 problem details for a failure (the exhaustive switch ec -> status lives in problem.cpp).
reply problem(const failure& f, std::string_view request_id = {});
int status_of(ec code) noexcept;

} // namespace troupe::bridge
