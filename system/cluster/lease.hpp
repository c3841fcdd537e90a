#pragma once

#include "system/actor/ownership.hpp"
#include "system/cluster/join.hpp"
#include "system/cluster/shard_table.hpp"
#include "system/cluster/time_source.hpp"
#include "system/storage/database.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe {

struct lease_settings {
  milliseconds ttl_min{1'000};
  milliseconds ttl_max{15'000};
  milliseconds renew_interval{250};
  milliseconds clock_step_limit{1'000};
};

/// What a lease tells; each is called on any thread and must be quick.
struct lease_events {
  /// Once, when the lease cannot come back (declared dead, other database): the process should stop; nothing
  /// is dispatched from then on.
  std::function<void(std::string why)> lost;
  /// A write of this shard was refused by its fence.
  std::function<void(shard_id)> fence_lost;
  /// After a renewal that found the view of the cluster changed, or a lease of another node run out.
  std::function<void()> look;
  /// PostgreSQL's clock has jumped, and the new time holds from now on: who waits for a moment of the old one
  /// has to be woken, since steady_at() answers another moment now.
  std::function<void()> clock_stepped;
};

/// The lease of this node, renewed by an OS thread of its own on a connection of its own.
///
/// The TTL is chosen at each renewal from this node's own renewal delays: twelve times the worst of the last
/// sixteen, within [ttl_min, ttl_max]; a node that is alone takes ttl_max, since nobody waits for its death.
/// This node's view of its lease ends 20 % before what it wrote, counted from before the renewal was sent.
class lease final : public ownership {
 public:
  /// `owned` outlives it.
  static expected<std::unique_ptr<lease>> start(storage::connection_settings connection,
                                                lease_settings settings, std::string node_name,
                                                membership member, const shard_table& owned,
                                                lease_events events);
  ~lease() override; // stops the thread; does not give the lease up

  const std::string& node_name() const noexcept override { return node_name_; }
  std::int64_t incarnation() const noexcept override { return member_.incarnation; }
  std::optional<std::int64_t> epoch_of(shard_id shard) const noexcept override;
  bool may_dispatch() const noexcept override;
  timestamp predecessor_lease(shard_id shard) const noexcept override {
    return owned_.predecessor_lease(shard);
  }
  void fence_lost(shard_id shard) override;
  timestamp now() const noexcept override;
  microseconds error_bound() const noexcept override { return time_.error_bound(); }
  steady steady_at(timestamp t) const noexcept override { return time_.steady_at(t); }

  const membership& member() const noexcept { return member_; }
  /// When the node's own view of its lease ends.
  steady ends_at() const noexcept;
  milliseconds last_renewal_delay() const noexcept { return milliseconds{last_delay_ms_.load()}; }
  /// Whether this node may say that another one's lease has run out: its own has been renewed without a gap,
  /// on one connection, for a full TTL. After a stall of the database every lease has run out, and the first
  /// one back must not take the others for dead.
  bool may_judge() const noexcept;
  /// Publishing stays off while the database is a restored one.
  bool restored() const noexcept { return member_.restored; }
  /// Marks the node stopped, so that a successor need not wait. Blocking; call at the end of a graceful stop.
  void give_up();

 private:
  lease(storage::connection_settings connection, lease_settings settings, std::string node_name,
        membership member, const shard_table& owned, lease_events events);
  void run();
  bool connect();
  void tell_if_changed(const storage::rows& answer);
  bool renew();
  void lose(const std::string& why);
  milliseconds next_ttl() const;

  storage::connection_settings connection_;
  lease_settings settings_;
  std::string node_name_;
  membership member_;
  const shard_table& owned_;
  lease_events events_;
  time_source time_;
  std::unique_ptr<storage::blocking_connection> db_;
  std::atomic<std::int64_t> ends_at_ns_{0};
  std::atomic<bool> gone_{false};
  std::atomic<std::int64_t> last_delay_ms_{0};
  std::atomic<std::int64_t> healthy_since_ns_{0}, ttl_ns_{0};
  std::vector<milliseconds> delays_;
  std::size_t delay_at_ = 0;
  bool alone_ = true;
  bool locked_ = false; // the advisory lock by which others see that this connection lives
  std::int64_t view_ = -1;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace troupe
