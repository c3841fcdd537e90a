#include "system/cache/memory.hpp"

#include <algorithm>
#include <stdexcept>

namespace troupe::cache {

memory_cache::memory_cache(memory_settings settings, std::function<steady::time_point()> clock)
    : max_entries_(settings.max_entries), clock_(clock ? std::move(clock) : [] { return steady::now(); }) {
  if (max_entries_ == 0) throw std::invalid_argument("cache max_entries = 0: allowed is 1 and more");
}

void memory_cache::get(std::string key, std::function<void(std::optional<std::string>)> done) {
  std::optional<std::string> value;
  {
    std::lock_guard lock(mutex_);
    if (const auto* e = find("v" + key, clock_())) value = e->value;
  }
  done(std::move(value));
}

void memory_cache::set(std::string key, std::string value, milliseconds time_to_live) {
  if (time_to_live <= milliseconds{0} || value.size() > max_value_bytes) return remove(std::move(key));
  std::lock_guard lock(mutex_);
  const auto now = clock_();
  auto name = "v" + key;
  auto* found = find(name, now);
  auto& e = found != nullptr ? *found : put(std::move(name));
  e.value = std::move(value);
  e.ends = now + std::min(time_to_live, max_time_to_live);
}

void memory_cache::remove(std::string key) {
  std::lock_guard lock(mutex_);
  if (const auto it = index_.find("v" + key); it != index_.end()) erase(it->second);
}

void memory_cache::take(std::string key, std::int64_t limit, milliseconds window,
                        std::function<void(bucket_result)> done) {
  bucket_result result;
  {
    std::lock_guard lock(mutex_);
    const auto now = clock_();
    auto name = "w" + key;
    auto* e = find(name, now);
    if (e == nullptr) {
      e = &put(std::move(name));
      e->taken = 0;
      e->ends = now + std::clamp(window, milliseconds{1}, max_time_to_live);
    }
    result = bucket_after(++e->taken, limit, std::chrono::ceil<milliseconds>(e->ends - now));
  }
  done(result);
}

void memory_cache::end_window(std::string key) {
  std::lock_guard lock(mutex_);
  if (const auto it = index_.find("w" + key); it != index_.end()) erase(it->second);
}

void memory_cache::clear() {
  std::lock_guard lock(mutex_);
  index_.clear();
  entries_.clear();
}

/// Moves what it finds to the front; drops it when its time is over.
memory_cache::entry* memory_cache::find(const std::string& key, steady::time_point now) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  const auto it = found->second;
  if (it->ends <= now) {
    erase(it);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, it);
  return &*it;
}

memory_cache::entry& memory_cache::put(std::string key) {
  if (index_.size() >= max_entries_) erase(std::prev(entries_.end()));
  entries_.emplace_front().key = std::move(key);
  index_.emplace(entries_.front().key, entries_.begin());
  return entries_.front();
}

void memory_cache::erase(entry_list::iterator it) {
  index_.erase(it->key);
  entries_.erase(it);
}

bucket_result bucket_after(std::int64_t taken, std::int64_t limit, milliseconds resets_in) {
  return {taken <= limit, limit, std::max<std::int64_t>(0, limit - taken), resets_in};
}

std::unique_ptr<cache> make_memory_cache(memory_settings settings,
                                         std::function<steady::time_point()> clock) {
  return std::make_unique<memory_cache>(settings, std::move(clock));
}

} // namespace troupe::cache
