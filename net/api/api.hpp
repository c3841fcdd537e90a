#pragma once

#include "actors/auth/login_limiter.hpp"
#include "actors/auth/token.hpp"
#include "config/settings.hpp"
#include "net/api/authenticate.hpp"
#include "net/api/bridge_actor.hpp"
#include "net/api/paging.hpp"
#include "net/api/rate_limit.hpp"
#include "net/bridge/http.hpp"
#include "system/actor/runtime.hpp"
#include "system/cache/cache.hpp"

#include <functional>
#include <string>
#include <vector>

namespace troupe::platforms {
class registry;
}
namespace troupe::files {
class file_service;
}
namespace troupe::events {
class feed;
}

/// The resources of the HTTP API. How one is written: look at workspaces.cpp. Each operation of openapi.yaml
/// is one add() and one function that turns the request into a message and its reply into JSON.
namespace troupe::api {

class call;
class page_cache;
using call_ptr = std::shared_ptr<call>;

/// What the operators' routes tell; the composition root fills it in. Called in an HTTP BRIDGE: quick,
/// thread-safe.
struct operator_hooks {
  struct check {
    std::string name; // "database", "lease", "loops"
    bool ok = false;
    std::string detail;
  };
  std::string version;
  std::function<std::vector<check>()> ready;
  std::function<std::string()> metrics; // Prometheus text format
};

/// Everything that resources work with. Made by the composition root; outlives the server and the pool.
struct api_context {
  const runtime* rt = nullptr;
  api_pool* pool = nullptr;
  cache::cache* cache = nullptr;
  const config::settings* config = nullptr;
  auth::token_verifier* tokens = nullptr;
  auth::key_holder* signing_keys = nullptr;
  auth::login_limiter* logins = nullptr;
  rate_limiter* limits = nullptr;
  const platforms::registry* networks = nullptr;
  files::file_service* files = nullptr;
  page_cache* pages = nullptr; // null: lists are read each time
  bool registration_open = true;
  std::string idempotency_key; // 32 secret bytes: runtime.keys->derive("idempotency")
  cursor_codec cursors{{}};    // of runtime.keys->derive("cursor")
  operator_hooks operators;
  events::feed* feed = nullptr; // null: this server has no live events
  access_table access;          // filled by add()

  /// Sets what is derived from the key ring of `rt`. Call once `rt` is set.
  void derive_keys();
};

/// What openapi.yaml says of one operation.
struct operation {
  std::string id; // operationId
  enum access who = access::user;
  std::size_t body_limit = 0;     // bytes; 0: takes nothing, or `{}`
  std::vector<std::string> query; // the parameters it knows; others are refused
  bool other_query = false;       // others are ignored
  bool idempotent = false;        // takes Idempotency-Key
  bool body_to_file = false;
  std::vector<std::string> content_types = {"application/json"};
};

/// Of requests that carry JSON.
inline constexpr std::size_t json_body_limit = 64 * 1024;

/// Adds an operation. `work` runs in an HTTP BRIDGE once the request is authenticated, counted and its header
/// and query are checked; it answers through the call, at once or later, exactly once.
void add(bridge::router& routes, api_context& ctx, bridge::verb v, std::string_view path_template,
         operation op, std::function<void(const call_ptr&)> work);

// One function for each tag of the contract.
void add_auth_routes(bridge::router& routes, api_context& ctx);      // auth.cpp: register ... password, JWKS
void add_user_routes(bridge::router& routes, api_context& ctx);      // users.cpp: me
void add_workspace_routes(bridge::router& routes, api_context& ctx); // workspaces.cpp
void add_member_routes(bridge::router& routes, api_context& ctx);    // members.cpp: members and invites
void add_platform_routes(bridge::router& routes, api_context& ctx);  // platforms.cpp
void add_account_routes(bridge::router& routes, api_context& ctx);   // accounts.cpp
void add_media_routes(bridge::router& routes, api_context& ctx);     // media.cpp
void add_post_routes(bridge::router& routes, api_context& ctx);      // posts.cpp
void add_delivery_routes(bridge::router& routes, api_context& ctx);  // deliveries.cpp
void add_summary_routes(bridge::router& routes, api_context& ctx);   // summary.cpp: one call for a dashboard
void add_event_routes(bridge::router& routes, api_context& ctx);     // events.cpp: the live stream
void add_operator_routes(bridge::router& routes, api_context& ctx); // operators.cpp: healthz, readyz, metrics
/// The server half of the built-in sandbox network: a foreign API, described in net/platforms/README.md.
void add_sandbox_routes(bridge::router& routes, api_context& ctx); // sandbox_network.cpp

} // namespace troupe::api
