#include "actors/auth/token_cache.hpp"

#include <sodium.h>

#include <cstring>
#include <limits>

namespace troupe::auth {

token_cache::token_cache(std::size_t entries) : per_shard_((entries + shard_count - 1) / shard_count) {}

token_cache::key token_cache::key_of(std::string_view token) noexcept {
  key k;
  crypto_generichash(k.data(), k.size(), reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                     nullptr, 0);
  return k;
}

std::size_t token_cache::key_hash::operator()(const key& k) const noexcept {
  std::size_t h;
  std::memcpy(&h, k.data(), sizeof h); // the key is a hash already
  return h;
}

bool token_cache::find(const key& k, timestamp now, claims& out) {
  if (per_shard_ == 0) return false;
  auto& s = shard_of(k);
  std::lock_guard lock(s.mutex);
  auto found = s.table.find(k);
  if (found == s.table.end()) return false;
  if (found->second->who.expires_at <= now) {
    s.by_use.erase(found->second);
    s.table.erase(found);
    return false;
  }
  if (found->second != s.by_use.begin()) s.by_use.splice(s.by_use.begin(), s.by_use, found->second);
  out = found->second->who;
  return true;
}

void token_cache::clear() {
  remove_if([](const claims&) { return true; });
}

std::size_t token_cache::size() const {
  std::size_t count = 0;
  for (auto& s : shards_) {
    std::lock_guard lock(s.mutex);
    count += s.by_use.size();
  }
  return count;
}

void revocations::user(const uuid& id, std::int32_t least_generation, timestamp now) {
  add(id, least_generation, now);
}

void revocations::sign_in(const uuid& id, timestamp now) {
  add(id, std::numeric_limits<std::int32_t>::max(), now);
}

void revocations::add(const uuid& id, std::int32_t least_generation, timestamp now) {
  std::lock_guard lock(mutex_);
  if (now >= next_sweep_) {
    std::erase_if(table_, [now](const auto& e) { return e.second.until <= now; });
    next_sweep_ = now + life_ / 4;
  }
  auto& e = table_[id];
  e.least_generation = std::max(e.least_generation, least_generation);
  // A second life as margin: another node's clock may have issued a little ahead of ours.
  e.until = now + 2 * life_;
}

bool revocations::covers(const claims& who, timestamp now) const {
  std::lock_guard lock(mutex_);
  if (table_.empty()) return false;
  for (auto& id : {who.user, who.sign_in}) {
    auto found = table_.find(id);
    if (found != table_.end() && now < found->second.until && who.generation < found->second.least_generation)
      return true;
  }
  return false;
}

std::size_t revocations::size() const {
  std::lock_guard lock(mutex_);
  return table_.size();
}

} // namespace troupe::auth
