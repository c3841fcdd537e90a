#pragma once

#include "system/cluster/store.hpp"

#include <functional>
#include <map>
#include <random>
#include <vector>

namespace troupe::test {

/// The tables of a cluster in memory, with a clock that only the test moves, and that may jump. Every node
/// has a view of it of its own (a `store`), which may be cut off, and whose answers may be lost.
class memory_tables {
 public:
  explicit memory_tables(std::uint32_t shards);

  struct node_state {
    std::string state = "active";
    bool entities = false, lock_held = true;
    timestamp lease_until{};
    std::string cluster_address = "here";
  };
  struct shard_state {
    std::optional<cluster::node_id> owner;
    std::int64_t epoch = 0;
    timestamp changed_at{};
  };

  bool is_locked(shard_id shard) const { return locked && locked(shard); }
  void advance(microseconds by) { now_ += by; }
  /// The database's clock jumps; time does not.
  void jump(microseconds by) { jumped_ += by; }
  microseconds jumped() const { return jumped_; }
  /// What the database's clock says.
  timestamp now() const { return now_ + jumped_; }
  /// Time as it passes for a node: a clock that never jumps.
  timestamp steady() const { return now_; }
  cluster::node_id join(const std::string& name, milliseconds ttl);
  /// True when the row is still the node's.
  bool renew(const cluster::node_id& id, milliseconds ttl);
  void stop(const cluster::node_id& id);
  /// A fenced write: true when it is committed.
  bool commit(shard_id shard, std::int64_t epoch) const;

  std::map<cluster::node_id, node_state> nodes;
  std::vector<shard_state> shards;
  std::int64_t view = 0;
  std::map<cluster::node_id, int> connections_ended;
  // Of a model of the whole server; empty where there are no connections that could hold anything.
  std::function<bool(shard_id)> locked;               // by an open transaction
  std::function<void(const cluster::node_id&)> ended; // all connections of this node

 private:
  timestamp now_{std::chrono::seconds{1'700'000'000}};
  microseconds jumped_{0};
  std::int64_t last_incarnation_ = 0;
};

class memory_store final : public cluster::store {
 public:
  explicit memory_store(memory_tables& tables) : tables_(tables) {}

  bool cut = false;               // the database does not answer, and nothing is done
  bool loses_next_answer = false; // the next change is made, and the answer lost

  expected<cluster::cluster_rows> read() override;
  expected<bool> mark_dead(const cluster::member& seen, bool proof) override;
  expected<void> end_connections(const cluster::node_id& dead) override;
  expected<std::vector<cluster::taken_shard>> take(const cluster::node_id& me,
                                                   const std::vector<shard_id>& wanted) override;
  expected<void> release(const cluster::node_id& me, const std::vector<shard_id>& given) override;
  expected<void> begin_owning(const cluster::node_id& me) override;
  expected<void> begin_draining(const cluster::node_id& me) override;

 private:
  failure away() const { return {ec::unavailable, "cut off"}; }
  failure locked_out() const { return {ec::timed_out, "a row is locked"}; }
  bool lost() { return std::exchange(loses_next_answer, false); }
  memory_tables& tables_;
};

} // namespace troupe::test
