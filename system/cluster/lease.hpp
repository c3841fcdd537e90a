#pragma once

#include "system/actor/ownership.hpp"
#include "system/cluster/join.hpp"
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

/// The lease of this node, renewed by an OS thread of its own on a connection of its own.
///
/// The TTL is chosen at each renewal from this node's own renewal delays: twelve times the worst of the last
/// sixteen, within [ttl_min, ttl_max]; a node that is alone takes ttl_max, since nobody waits for its death.
/// This node's view of its lease ends 20 % before what it wrote, counted from before the renewal was sent.
class lease final : public ownership {
 public:
  /// `lost` runs once, on the renewal thread, when the lease cannot come back (declared dead, epoch taken,
  /// other database): the process should stop; nothing is dispatched from then on.
  static expected<std::unique_ptr<lease>> start(storage::connection_settings connection,
                                                lease_settings settings, std::string node_name,
                                                membership member, std::function<void(std::string why)> lost);
  ~lease() override; // stops the thread; does not give the lease up

  const std::string& node_name() const noexcept override { return node_name_; }
  std::int64_t incarnation() const noexcept override { return member_.incarnation; }
  std::optional<std::int64_t> epoch_of(shard_id shard) const noexcept override;
  bool may_dispatch() const noexcept override;
  void fence_lost(shard_id shard) override;
  timestamp now() const noexcept override;
  microseconds error_bound() const noexcept override { return time_.error_bound(); }
  steady steady_at(timestamp t) const noexcept override { return time_.steady_at(t); }

  const membership& member() const noexcept { return member_; }
  /// When the node's own view of its lease ends.
  steady ends_at() const noexcept;
  milliseconds last_renewal_delay() const noexcept { return milliseconds{last_delay_ms_.load()}; }
  /// Publishing stays off while the database is a restored one.
  bool restored() const noexcept { return member_.restored; }
  /// Marks the node stopped, so that a successor need not wait. Blocking; call at the end of a graceful stop.
  void give_up();

 private:
  lease(storage::connection_settings connection, lease_settings settings, std::string node_name,
        membership member, std::function<void(std::string)> lost);
  void run();
  bool renew();
  void lose(const std::string& why);
  milliseconds next_ttl() const;

  storage::connection_settings connection_;
  lease_settings settings_;
  std::string node_name_;
  membership member_;
  std::function<void(std::string)> lost_;
  time_source time_;
  std::unique_ptr<storage::blocking_connection> db_;
  std::atomic<std::int64_t> ends_at_ns_{0};
  std::atomic<bool> gone_{false};
  std::atomic<std::int64_t> last_delay_ms_{0};
  std::vector<milliseconds> delays_;
  std::size_t delay_at_ = 0;
  bool alone_ = true;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace troupe
