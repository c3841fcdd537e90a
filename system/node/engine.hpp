#pragma once

#include "actors/content/post.hpp"
#include "actors/social/account.hpp"
#include "config/settings.hpp"
#include "net/outbound/engine.hpp"
#include "net/platforms/adapter.hpp"
#include "system/actor/runtime.hpp"
#include "system/actor/shard.hpp"
#include "system/cluster/keeper.hpp"
#include "system/cluster/lease.hpp"
#include "system/cluster/shard_table.hpp"
#include "system/node/local_host.hpp"
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
  /// `network`: nodes will talk to each other; only those that hold the same keys understand each other.
  explicit actor_config(std::int64_t scheduler_threads, bool network = false,
                        const std::string& key_fingerprint = {});
};

storage::connection_settings connection_of(const config::settings& c, std::string application_name);

/// What happens to a node; each is called on any thread and must be quick. May be empty.
struct node_events {
  std::function<void()> resumed;                    // shards have come to this node
  std::function<void()> reached;                    // another node can be reached from now on
  std::function<void(const caf::message&)> noticed; // what another node tells all, see engine::broadcast
};

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

  /// Spawns the supervisors of SHARDs and the DISPATCHERs, and takes the shards that belong here. From here
  /// on due deliveries go out. unavailable when cluster.address cannot be listened on.
  expected<void> open(entity_factory users, node_events events = {});

  /// Tells every other node that can be reached just now. Thread-safe.
  void broadcast(const caf::message& m) { host_->broadcast(m); }

  /// The LINK to each other node that is alive; see cluster::node_itself(). Thread-safe, until stop().
  std::vector<std::pair<cluster::node_id, caf::actor>> peers() const {
    return host_ ? host_->peers() : std::vector<std::pair<cluster::node_id, caf::actor>>{};
  }
  /// Who answers what other nodes ask this one as a whole.
  void answer_peers(const caf::actor& desk) {
    if (gateway_) caf::anon_send(gateway_, cluster::desk_is{desk});
  }

  /// Hands the shards to the other nodes, while requests are still served. Returns at once where there are
  /// none.
  void leave(milliseconds deadline) { keeping_->keeper->leave(deadline); }

  /// Graceful stop, each part with the rest of the deadline: dispatchers hand out nothing more, calls end,
  /// journals are empty, the lease is given up. False when something was not done in time.
  bool stop(milliseconds deadline);

  runtime& rt() noexcept { return rt_; }
  lease& ownership() noexcept { return *lease_; }
  const shard_table& shards() const noexcept { return owned_; }
  storage::database& database() noexcept { return *database_; }
  outbound::engine& outbound_engine() noexcept { return *outbound_; }
  platforms::registry& networks() noexcept { return *networks_; }
  send_window& window() noexcept { return *window_; }
  const publish_metrics& publish_counters() const noexcept { return *content_.metrics; }
  const social_context& social() const noexcept { return social_; }
  const std::vector<caf::actor>& dispatchers() const noexcept { return dispatchers_; }
  std::string media_path(std::string_view sha256) const;

 private:
  expected<void> own_shards(std::vector<caf::actor> vital, node_events events);
  engine(const config::settings& c, const secrets::key_ring& keys, caf::actor_system& system);

  const config::settings& config_;
  caf::actor_system& system_;
  thread_wakeups ticks_;
  router router_;
  change_count changes_;
  runtime rt_;
  shard_table owned_;
  std::unique_ptr<lease> lease_;
  std::unique_ptr<cluster::store> tables_;
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
  caf::actor watcher_, receipt_watch_, gateway_;
  std::function<void(std::string)> lost_;
  std::unique_ptr<local_host> host_;
  // What other threads call before it is there, and when it is gone.
  struct keeper_slot {
    std::mutex mutex;
    std::unique_ptr<cluster::keeper> keeper;
    template <class F>
    void with(F f) {
      std::lock_guard lock(mutex);
      if (keeper) f(*keeper);
    }
  };
  std::shared_ptr<keeper_slot> keeping_ = std::make_shared<keeper_slot>();
};

} // namespace troupe::node
