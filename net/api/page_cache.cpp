#include "net/api/page_cache.hpp"

namespace troupe::api {

std::optional<page_cache::mark> page_cache::look(shard_id shard) const {
  if (bytes_ == 0 || rt_.changes == nullptr || !rt_.owner->may_dispatch()) return std::nullopt;
  auto epoch = rt_.owner->epoch_of(shard);
  auto changes = rt_.changes->at_rest(shard);
  if (!epoch || !changes) return std::nullopt;
  return mark{*epoch, *changes};
}

page_cache::page page_cache::find(const std::string& key, shard_id shard) {
  auto now = look(shard);
  if (!now) return nullptr;
  std::lock_guard lock(mutex_);
  auto found = table_.find(key);
  if (found == table_.end()) return nullptr;
  auto at = found->second;
  if (at->since != *now || clock::now() - at->kept_at > longest_) {
    drop(at);
    return nullptr;
  }
  by_use_.splice(by_use_.begin(), by_use_, at);
  return at->what;
}

void page_cache::keep(const std::string& key, shard_id shard, const mark& since, const std::string& what) {
  if (look(shard) != since) return;
  entry made{key, since, clock::now(), std::make_shared<const std::string>(what)};
  if (made.size() > bytes_ / 16) return; // one page must not push out all others
  std::lock_guard lock(mutex_);
  if (auto found = table_.find(key); found != table_.end()) drop(found->second);
  used_ += made.size();
  by_use_.push_front(std::move(made));
  table_.emplace(by_use_.front().key, by_use_.begin());
  while (used_ > bytes_) drop(std::prev(by_use_.end()));
}

std::size_t page_cache::size_bytes() const {
  std::lock_guard lock(mutex_);
  return used_;
}

void page_cache::drop(place at) {
  used_ -= at->size();
  table_.erase(at->key);
  by_use_.erase(at);
}

} // namespace troupe::api
