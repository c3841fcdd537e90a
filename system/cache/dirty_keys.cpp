#include "system/cache/dirty_keys.hpp"

namespace troupe::cache {

void dirty_keys::add(const std::string& key) {
  if (all_) return;
  keys_.insert(key);
  if (keys_.size() > max_keys_) add_all();
}

void dirty_keys::add_all() {
  all_ = true;
  keys_.clear();
}

std::vector<std::string> dirty_keys::take(std::size_t count) {
  std::vector<std::string> taken;
  while (taken.size() < count && !keys_.empty())
    taken.push_back(std::move(keys_.extract(keys_.begin()).value()));
  return taken;
}

} // namespace troupe::cache
