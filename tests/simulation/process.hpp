#pragma once

#include "actors/content/dispatcher.hpp"
#include "actors/content/post.hpp"
#include "actors/social/account.hpp"
#include "system/cluster/keeper.hpp"
#include "system/cluster/time_source.hpp"
#include "system/node/local_host.hpp"
#include "tests/simulation/memory_server.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/virtual_clock.hpp"

#include <caf/all.hpp>

#include <map>
#include <memory>
#include <optional>

namespace troupe::test {

class world;

/// The lease of a simulated node, by the rules of system/cluster/lease.cpp, over the real time_source: a
/// renewal is sent, carried out and answered at three moments that the world chooses.
class simulated_lease final : public ownership {
 public:
  static constexpr milliseconds ttl{1'000};

  simulated_lease(cluster::node_id me, const shard_table& owned) : me_(std::move(me)), owned_(owned) {}

  const std::string& node_name() const noexcept override { return me_.name; }
  std::int64_t incarnation() const noexcept override { return me_.incarnation; }
  std::optional<std::int64_t> epoch_of(shard_id shard) const noexcept override {
    return gone ? std::nullopt : owned_.epoch_of(shard);
  }
  bool may_dispatch() const noexcept override {
    return !gone && time_.confirmed() && std::chrono::steady_clock::now() < ends_;
  }
  timestamp predecessor_lease(shard_id shard) const noexcept override {
    return owned_.predecessor_lease(shard);
  }
  void fence_lost(shard_id shard) override { lost(shard); }
  timestamp now() const noexcept override { return time_.at(std::chrono::steady_clock::now()); }
  microseconds error_bound() const noexcept override { return time_.error_bound(); }
  steady steady_at(timestamp t) const noexcept override { return time_.steady_at(t); }
  bool may_judge() const {
    return may_dispatch() && std::chrono::steady_clock::now() - healthy_since_ >= ttl;
  }

  void send() {
    sent_ = std::chrono::steady_clock::now();
    under_way = true;
  }
  void carried_out(timestamp remote) { remote_time = remote; }
  void answered();
  /// The connection broke: whether it was carried out is not known.
  void failed();

  bool under_way = false;               // sent, and not answered yet
  bool gone = false;                    // dead, as the table says
  std::optional<timestamp> remote_time; // when it was carried out
  std::function<void(shard_id)> lost;

 private:
  cluster::node_id me_;
  const shard_table& owned_;
  time_source time_;
  steady ends_{}, healthy_since_{}, sent_{};
};

/// Wake-ups on the node's own clock; the world looks what is due.
class simulated_wakeups final : public wakeups {
 public:
  void wake(const caf::actor& who, time_point when) override;
  void wake_all() override;
  /// Sends the ticks that are due by now.
  void serve();
  std::optional<time_point> next() const;
  void clear() { waiting_.clear(); }

 private:
  std::map<caf::actor_id, std::pair<time_point, caf::actor_addr>> waiting_;
};

/// One run of one node: its engine as system/node/engine.cpp puts it together, over simulated ports. Stays in
/// memory to the end of the simulation, dead or alive.
class process {
 public:
  process(world& w, std::size_t index, const std::string& name);
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  bool runs() const { return alive && !paused; }
  /// Kill -9, or (`with_its_machine`) the power cut: all that it was doing ends here.
  void die(bool with_its_machine);
  /// Its connection to the database is gone, or back.
  void set_away(bool away);
  void step_keeper();
  caf::actor asked(const entity_ref& who) const { return route.find(who); }

  world& w;
  const std::size_t index; // of this run, over all nodes
  const cluster::node_id me;
  virtual_clock clock;
  bool alive = true, paused = false, keeper_runs = false, must_end = false;
  std::int64_t paused_until_us = 0, away_until_us = 0, next_renewal_us = 0, next_look_us = 0, view = -1;

  memory_database database;
  memory_store tables;
  shard_table owned;
  simulated_lease lease;
  simulated_wakeups ticks;
  router route;
  change_count changes;
  simulated_outbound outbound;
  send_window window{64};
  loaded_bound bound{1'000, 4};
  runtime rt;
  social_context social;
  content_context content;
  dispatcher_context dispatching;
  std::vector<caf::actor> groups, dispatchers;
  caf::actor receipt_watch, gateway;
  std::map<cluster::node_id, caf::actor> wires; // to other nodes' GATEWAYs
  std::unique_ptr<node::local_host> host;
  std::unique_ptr<cluster::keeper> keeping;

 private:
  void start_actors();
  void start_cluster();
  bool ask(const std::vector<caf::actor>& who, const caf::message& what, milliseconds within);
  caf::actor reach(const cluster::node_id& to);
};

} // namespace troupe::test
