#pragma once

#include "system/actor/runtime.hpp"
#include "system/cluster/gateway.hpp"
#include "system/cluster/keeper.hpp"

#include <caf/all.hpp>

#include <functional>
#include <map>
#include <vector>

namespace troupe::node {

/// This node as its KEEPER sees it: opens and closes what belongs to a shard (SHARDs of all groups,
/// DISPATCHER), and keeps a LINK to each other node. All but the constructor, `broadcast` and `links` run on
/// the KEEPER's thread.
class local_host final : public cluster::shard_host {
 public:
  struct parts {
    runtime* rt = nullptr;
    std::function<bool()> may_judge; // the lease's word
    cluster::node_id me;
    std::vector<caf::actor>
        groups; // in the order in which they open: those that the next ones ask come first
    std::vector<caf::actor> dispatchers;
    std::function<void()>
        resumed;            // shards have come: look for what their last owner had promised; may be empty
    bool reachable = false; // CAF's network layer is there
    // Both empty in a node. A simulation has no thread that could wait for answers, and no network layer.
    /// Asks all of them the same, each for `done`; true when all have answered in time.
    std::function<bool(const std::vector<caf::actor>& who, const caf::message& what, milliseconds within)>
        ask;
    std::function<caf::actor(const cluster::node_id&)> reach; // see gateway_settings
  };
  local_host(caf::actor_system& system, router& route, parts p);
  ~local_host() override; // ends the links

  void open(const std::vector<shard_id>& shards) override;
  void close(const std::vector<shard_id>& shards) override;
  void abandon(const std::vector<shard_id>& shards) override;
  void seen(const cluster::cluster_rows& rows) override;
  void call_others() override;
  bool may_judge() const override { return parts_.may_judge(); }

  /// Where LINKs tell of their nodes; before the KEEPER runs.
  void listen(cluster::link_events events) { events_ = std::move(events); }
  /// Tells every other node that a LINK reaches just now. Thread-safe.
  void broadcast(const caf::message& m);
  /// The LINK to each other node that is alive. Thread-safe.
  std::vector<std::pair<cluster::node_id, caf::actor>> peers() const;

 private:
  std::vector<caf::actor> links() const;
  cluster::gateway_settings linking(const cluster::node_id& to) const;
  template <class Message>
  bool ask_all(const std::vector<caf::actor>& who, const Message& what, milliseconds within) const;

  caf::actor_system& system_;
  router& route_;
  parts parts_;
  cluster::link_events events_;
  mutable std::mutex mutex_; // of `links_`
  std::map<cluster::node_id, caf::actor> links_;
};

} // namespace troupe::node
