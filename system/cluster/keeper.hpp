#pragma once

#include "system/cluster/shard_table.hpp"
#include "system/cluster/store.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

namespace troupe::cluster {

/// What the KEEPER needs of its node. Called from the KEEPER's thread; may block as long as said.
class shard_host {
 public:
  virtual ~shard_host() = default;
  /// These shards are owned (their epochs are in the table): serve them. Blocks until messages find them.
  virtual void open(const std::vector<shard_id>& shards) = 0;
  /// Serve these no longer: new messages find them elsewhere, what has begun is brought to an end as far as a
  /// few dozen milliseconds allow. Their epochs are still good until this returns.
  virtual void close(const std::vector<shard_id>& shards) = 0;
  /// These were lost already (another node owns them): let go at once.
  virtual void abandon(const std::vector<shard_id>& shards) = 0;
  /// Who is there and who owns what, after every look; also when nothing has changed.
  virtual void seen(const cluster_rows& rows) = 0;
  /// Other nodes had better look now. A hint: they would find out by themselves.
  virtual void call_others() = 0;
  /// May this node judge others: its own lease has been renewed without a gap for a full TTL.
  virtual bool may_judge() const = 0;
};

struct keeper_settings {
  std::size_t moves_at_once = 16; // shards handed over in one step
  milliseconds look_again{1'000}; // when nothing asks for it sooner
  milliseconds retry_take{20};    // after a lock that a dead one's connection held
  // A killed process' connections end one after the other: after the first sign the second one is looked for
  // this often, this long; later the lease decides.
  milliseconds look_for_sign{5};
  milliseconds signs_within{1'000};
};

/// KEEPER: brings what this node owns in line with where each shard belongs. One step looks at the tables,
/// takes what is free and at home here, and gives away what is at home elsewhere; safe to repeat at any time,
/// whatever became of the step before. Steps change speed, never safety: that is the fence's.
///
/// `step` is deterministic over store and host, so that a simulation drives it; `start` runs it on a thread
/// of its own.
class keeper {
 public:
  keeper(node_id me, keeper_settings settings, store& tables, shard_table& owned, shard_host& host);
  ~keeper(); // stops the thread

  /// One look and what follows from it. Answers when to look again at the latest. Not thread-safe: the
  /// thread's, or the caller's before start().
  milliseconds step();

  void start();
  /// Something may have changed: look soon. Thread-safe, cheap.
  void wake();
  /// The connection to this node has broken: one of two signs of its death. Thread-safe.
  void suspect(const node_id& who);
  /// It is there after all. Thread-safe.
  void trust(const node_id& who);
  /// The database has refused a write of this shard by its fence. Thread-safe.
  void lost(shard_id shard);
  /// Drains this node and waits until it owns nothing or nobody else could own it, at most `deadline`.
  /// Blocking; not from the KEEPER's thread.
  void leave(milliseconds deadline);
  std::uint64_t steps() const noexcept { return steps_.load(); }

 private:
  void run();
  void reconcile(const cluster_rows& rows);
  bool bury(const cluster_rows& rows);
  bool waits_for_sign(const cluster_rows& rows);
  bool take(const cluster_rows& rows, const std::vector<shard_id>& wanted);
  void give(const std::vector<shard_id>& unwanted);

  node_id me_;
  keeper_settings settings_;
  store& tables_;
  shard_table& owned_;
  shard_host& host_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false, called_ = false, leaving_ = false;
  bool alone_ = true;                                                 // no other node could own a shard
  bool draining_ = false;                                             // the thread's: this node's row says so
  std::map<node_id, std::chrono::steady_clock::time_point> suspects_; // since when
  std::set<shard_id> lost_;
  std::atomic<std::uint64_t> steps_{0};
  std::thread thread_;
};

} // namespace troupe::cluster
