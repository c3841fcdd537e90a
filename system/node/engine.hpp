#pragma once

#include "actors/content/post.hpp"
#include "actors/social/account.hpp"
#include "config/settings.hpp"
#include "net/outbound/engine.hpp"
#include "net/platforms/adapter.hpp"
#include "system/actor/runtime.hpp"
#include "system/actor/shard.hpp"
#include "system/cluster/lease.hpp"
#include "system/storage/database.hpp"

#include <caf/all.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe::node {

/// CAF's own settings and every message type of the house.
class actor_config : public caf::actor_system_config {
 public:
  explicit actor_config(std::int64_t scheduler_threads);
};

storage::connection_settings connection_of(const config::settings& c, std::string application_name);

/// Everything below the HTTP bridge: database, lease, outbound calls, shards with their journals and
/// dispatchers.
class engine {
 public:
  /// `make_user_entity` builds the entities of the users group; it is handed in because its context needs the
  /// authentication parts that stand above this class. BLOCKING: connects, joins the cluster, takes the
  /// shards. `lost` runs when the node has lost its ownership and must stop.
  static expected<std::unique_ptr<engine>> start(const config::settings& c, const secrets::key_ring& keys,
                                                 caf::actor_system& system,
                                                 std::function<void(std::string)> lost);
  ~engine();

  /// Spawns the SHARDs and DISPATCHERs. From here on due deliveries go out.
  void open(entity_factory users);

  /// Graceful stop, each part with the rest of the deadline: dispatchers hand out nothing more, calls end,
  /// journals are empty, the lease is given up. False when something was not done in time.
  bool stop(milliseconds deadline);

  runtime& rt() noexcept { return rt_; }
  lease& ownership() noexcept { return *lease_; }
  storage::database& database() noexcept { return *database_; }
  outbound::engine& outbound_engine() noexcept { return *outbound_; }
  platforms::registry& networks() noexcept { return *networks_; }
  send_window& window() noexcept { return *window_; }
  const publish_metrics& publish_counters() const noexcept { return *content_.metrics; }
  const social_context& social() const noexcept { return social_; }
  const std::vector<caf::actor>& dispatchers() const noexcept { return dispatchers_; }
  std::string media_path(std::string_view sha256) const;

 private:
  engine(const config::settings& c, const secrets::key_ring& keys, caf::actor_system& system);

  const config::settings& config_;
  caf::actor_system& system_;
  wakeups ticks_;
  router router_;
  runtime rt_;
  std::unique_ptr<lease> lease_;
  std::unique_ptr<storage::database> database_;
  std::unique_ptr<outbound::engine> outbound_;
  std::unique_ptr<platforms::registry> networks_;
  std::unique_ptr<send_window> window_;
  std::unique_ptr<loaded_bound> bound_;
  social_context social_;
  content_context content_;
  dispatcher_context dispatching_;
  std::vector<caf::actor> dispatchers_;
  std::vector<caf::actor> groups_;
  caf::actor watcher_, receipt_watch_;
  std::function<void(std::string)> lost_;
};

} // namespace troupe::node
