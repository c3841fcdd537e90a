#pragma once

#include "net/bridge/http.hpp"
#include "raw_client.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

namespace troupe::test {

/// Keeps the requests it is handed until the test answers them.
class held_requests {
 public:
  struct one {
    bridge::request req;
    bridge::responder answer;
  };
  bridge::handler handler();
  /// Waits until so many have come in all; throws when they do not.
  void wait_for(std::size_t count);
  /// Takes the first one kept whose path is this.
  one take(std::string_view path);
  std::size_t came();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<one> kept_;
  std::size_t came_ = 0;
};

/// A server on a free loopback port with what a test sets before start().
struct served {
  bridge::server_settings settings;
  bridge::router routes;
  bridge::early_check check;
  held_requests held;
  std::unique_ptr<bridge::server> running;

  served(); // short of nothing: a port of its own, one thread
  ~served();
  void start();
  std::uint16_t port() const { return running->port(); }
  const bridge::server_counters& counters() const { return running->counters(); }

  /// Adds GET `path`, answering 200 with this text.
  void get(std::string_view path, std::string text);
  /// Adds a route that answers with what it was sent, as "<size>:<body>".
  void echo(bridge::verb v, std::string_view path, bridge::route_options options = {});
  /// Adds a route whose requests are held.
  void hold(bridge::verb v, std::string_view path);
  /// One request on a connection of its own, whose head and body are these bytes.
  raw_response ask(std::string_view bytes, bool head_only = false) const;
};

/// "GET <path>" with a Host.
std::string get_request(std::string_view path, std::string_view more_headers = {});
std::string post_request(std::string_view path, std::string_view body, std::string_view more_headers = {});
/// The member of a problem's body; throws when the reply is no problem.
std::string problem_slug(const raw_response& r);
std::string problem_detail(const raw_response& r);

} // namespace troupe::test
