#pragma once

#include <cstddef>
#include <string>
#include <unordered_set>
#include <vector>

namespace troupe::cache {

/// The keys whose values changed while Redis did not hear of it. They must leave Redis before it serves
/// again: otherwise it would answer with what was overwritten or removed meanwhile. Bounded; beyond, all
/// values count.
class dirty_keys {
 public:
  explicit dirty_keys(std::size_t max_keys) : max_keys_(max_keys) {}

  void add(const std::string& key);
  /// Every value in Redis is to be dropped.
  void add_all();
  bool empty() const noexcept { return !all_ && keys_.empty(); }
  bool all() const noexcept { return all_; }
  void forget_all() noexcept { all_ = false; }
  /// Takes out at most `count`.
  std::vector<std::string> take(std::size_t count);

 private:
  std::size_t max_keys_;
  std::unordered_set<std::string> keys_;
  bool all_ = false;
};

} // namespace troupe::cache
