#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace troupe {

/// How many open deliveries a node holds in memory. One half is shared out evenly, so that every shard always
/// gets on with what is due next; the other half is for whoever needs it, because workspaces do not spread
/// evenly over the shards. Thread-safe.
class loaded_bound {
 public:
  loaded_bound(std::size_t total, std::size_t shards)
      : own_(total / 2 / std::max<std::size_t>(shards, 1) + 1), common_(total / 2) {}

  /// True while a shard that holds `held` rows may load more.
  bool has_room(std::size_t held) const noexcept {
    return held < own_ || used_.load(std::memory_order_relaxed) < common_;
  }
  /// A shard held `before` rows and now holds `after`.
  void moved(std::size_t before, std::size_t after) noexcept {
    auto extra = [this](std::size_t held) { return held > own_ ? held - own_ : 0; };
    if (extra(after) != extra(before)) used_.fetch_add(extra(after) - extra(before)); // wraps as it should
  }

 private:
  const std::size_t own_;
  const std::size_t common_;
  std::atomic<std::size_t> used_{0};
};

} // namespace troupe
