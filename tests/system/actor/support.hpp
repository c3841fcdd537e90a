#pragma once

#include "system/actor/journal.hpp"
#include "system/actor/ownership.hpp"
#include "system/actor/shard.hpp"
#include "tests/support/postgres.hpp"

#include <caf/all.hpp>

#include <atomic>

namespace troupe::test {

/// Owns every shard at one epoch that the test may change.
class fixed_ownership final : public ownership {
 public:
  const std::string& node_name() const noexcept override { return name_; }
  std::int64_t incarnation() const noexcept override { return 1; }
  std::optional<std::int64_t> epoch_of(shard_id) const noexcept override { return epoch.load(); }
  bool may_dispatch() const noexcept override { return true; }
  void fence_lost(shard_id) override { ++lost; }
  timestamp now() const noexcept override { return system_now(); }
  microseconds error_bound() const noexcept override { return microseconds{0}; }
  steady steady_at(timestamp) const noexcept override { return std::chrono::steady_clock::now(); }

  std::atomic<std::int64_t> epoch{1};
  std::atomic<int> lost{0};

 private:
  std::string name_ = "a";
};

class test_config : public caf::actor_system_config {
 public:
  test_config();
};

} // namespace troupe::test
