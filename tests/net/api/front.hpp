#pragma once

#include "tests/actors/users/world.hpp"

#include "net/api/api.hpp"
#include "net/bridge/http.hpp"
#include "net/files/web_root.hpp"
#include "system/cache/cache.hpp"
#include "tests/net/api_content/contract.hpp"
#include "tests/net/api_content/http_client.hpp"

#include <boost/json.hpp>

#include <functional>
#include <memory>
#include <string>

namespace troupe::test {

/// A world with the API of users and workspaces on a socket.
class front : public world {
 public:
  struct options {
    std::function<void(config::settings&)> tune;
    std::unique_ptr<cache::cache> counters; // null: a cache in process
    std::string pages;                      // web.root; empty: none
  };
  front() : front(options{}) {}
  explicit front(options o);
  ~front();

  /// A request; `token` empty: without one. The body is sent when it is not null.
  answer call(const std::string& token, std::string_view verb, const std::string& path,
              const boost::json::value& body = {}, headers more = {});
  answer raw(std::string_view verb, const std::string& path, headers fields, std::string body = {});
  answer get(const std::string& token, const std::string& path) { return call(token, "GET", path); }

  /// Registers through the API; the test fails when that does not work.
  struct account {
    std::string id, email, password, token, refresh_token, workspace;
  };
  account sign_up(const std::string& name);
  static boost::json::object registration(const std::string& email);
  std::uint16_t port() const { return server_->port(); }

  config::settings config_;
  api::api_context api_;
  std::vector<bridge::router::entry> entries;

 private:
  std::unique_ptr<cache::cache> cache_;
  std::unique_ptr<auth::login_limiter> logins_;
  std::unique_ptr<api::rate_limiter> limits_;
  std::unique_ptr<api::api_pool> pool_;
  std::unique_ptr<files::web_root> pages_;
  std::unique_ptr<bridge::server> server_;
};

/// Fails the test when the status is another one, or the body is not what the contract's schema says.
const answer& expect(const answer& a, int status, const std::string& schema = {});
std::string at(const boost::json::value& v, std::string_view name);
std::string text(const answer& a, std::string_view name);

} // namespace troupe::test
