#pragma once

#include "actors/auth/token.hpp"
#include "actors/users/factories.hpp"
#include "http_client.hpp"
#include "net/api/admin.hpp"
#include "net/api/api.hpp"
#include "net/api/events.hpp"
#include "net/api/page_cache.hpp"
#include "net/bridge/http.hpp"
#include "net/files/file_service.hpp"
#include "system/node/engine.hpp"
#include "tests/support/at_end.hpp"
#include "tests/support/migrated.hpp"

#include <caf/all.hpp>

#include <functional>
#include <memory>
#include <string>

namespace troupe::test {

/// A whole node within the test, from its sockets down to a real PostgreSQL: the engine, the users group, the
/// API with the sandbox network on its own listener, and the admin listener. One workspace with a member of
/// each role, and another workspace that none of them is in.
class api_node {
 public:
  explicit api_node(std::function<void(config::settings&)> tune = {});
  ~api_node();
  api_node(const api_node&) = delete;
  api_node& operator=(const api_node&) = delete;

  uuid workspace, other_workspace;
  uuid owner, admin, editor, viewer, stranger;

  /// A request of this user, with JSON as body when there is one. `path` beginning with "~" is below the
  /// workspace.
  answer call(const uuid& who, std::string_view verb, std::string path, const boost::json::value& body = {},
              headers more = {});
  answer get(std::string path) { return call(viewer, "GET", std::move(path)); }
  answer post(std::string path, const boost::json::value& body = {}, headers more = {}) {
    return call(editor, "POST", std::move(path), body, std::move(more));
  }
  answer upload(std::string bytes, std::string content_type, headers more = {});
  /// Without an access token.
  answer open(std::string_view verb, std::string path, headers more = {}, std::string body = {});
  answer ask_admin(std::string_view verb, std::string path, std::string body = {});
  answer ask_admin_as(const std::string& authorization, std::string_view verb, std::string path);
  std::string token_of(const uuid& who);

  /// Connects a sandbox account as its admin and answers its id; fails the test when it cannot.
  std::string connect(const std::string& handle, const std::string& behaviour = "ok");
  /// Creates a post for this account and answers its id; `schedule` may be null.
  std::string make_post(const std::string& text, const std::string& account,
                        boost::json::value schedule = nullptr);
  /// Waits until the post is in this state and answers it; fails the test after 30 s with what it saw.
  boost::json::object wait_state(const std::string& post, const std::string& state);

  storage::rows sql(const char* text, const storage::params& values = {});
  node::engine& core() { return *core_; }
  files::file_service& files() { return *files_; }
  const events::feed_counters& feed() { return feed_->counters(); }
  bridge::server& front() { return *server_; }
  auth::token_verifier& tokens() { return *verifier_; }
  caf::actor_system& system() { return *system_; }
  const config::settings& config() const { return config_; }
  std::uint16_t port() const { return static_cast<std::uint16_t>(config_.http.port); }
  /// Every operation of both listeners.
  std::vector<bridge::router::entry> entries;
  static constexpr const char* admin_token = "admin-token-of-a-test";

 private:
  void seed();
  void make_tokens();
  void start();

  postgres postgres_{migrated()};
  config::settings config_;
  std::string directory_;
  secrets::key_ring keys_;
  auth::key_holder signing_;
  std::unique_ptr<auth::token_issuer> issuer_;
  std::unique_ptr<auth::token_verifier> verifier_;
  std::unique_ptr<cache::cache> cache_;
  std::unique_ptr<api::rate_limiter> limits_;
  std::unique_ptr<api::page_cache> pages_;
  users::users_context users_;
  std::unique_ptr<node::actor_config> actor_config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<node::engine> core_;
  std::unique_ptr<files::file_service> files_;
  std::unique_ptr<api::api_pool> pool_;
  api::api_context context_;
  api::admin_context admin_context_;
  std::unique_ptr<events::feed> feed_;
  std::unique_ptr<bridge::server> server_, admin_server_;
};

/// The answer had to have this status: fails the test with what came instead.
const answer& expect(const answer& a, int status);
/// A member of an object as text.
std::string text_at(const boost::json::value& v, std::string_view name);

} // namespace troupe::test
