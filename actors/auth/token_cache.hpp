#pragma once

#include "actors/auth/types.hpp"

#include <array>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe::auth {

/// Tokens that were verified, by their BLAKE2b hash: bounded, least recently used go first. Sharded, so that
/// the I/O threads do not wait for each other. Thread-safe.
class token_cache {
 public:
  using key = std::array<unsigned char, 32>;

  explicit token_cache(std::size_t entries); // over all shards; 0: keeps nothing
  static key key_of(std::string_view token) noexcept;

  /// True and `out` filled when the token is here and good until after `now`.
  bool find(const key& k, timestamp now, claims& out);
  /// Keeps it, unless `still_good` says no. It is asked within the shard's lock: with remove_if() on the
  /// other side, a token that is revoked at this moment is either refused here or removed afterwards.
  template <class StillGood>
  void insert(const key& k, const claims& who, StillGood still_good);
  template <class Predicate>
  void remove_if(Predicate gone);
  void clear();
  std::size_t size() const;

 private:
  static constexpr std::size_t shard_count = 16;
  struct key_hash {
    std::size_t operator()(const key& k) const noexcept;
  };
  struct entry {
    key id;
    claims who;
  };
  struct shard {
    mutable std::mutex mutex;
    std::list<entry> by_use; // most recent first
    std::unordered_map<key, std::list<entry>::iterator, key_hash> table;
  };
  shard& shard_of(const key& k) noexcept { return shards_[k[31] % shard_count]; }

  std::size_t per_shard_;
  std::array<shard, shard_count> shards_;
};

/// What was taken back before it expired, remembered for as long as a token can live. Thread-safe.
class revocations {
 public:
  explicit revocations(seconds life) : life_(life) {}
  void user(const uuid& id, std::int32_t least_generation, timestamp now);
  void sign_in(const uuid& id, timestamp now);
  bool covers(const claims& who, timestamp now) const;
  std::size_t size() const;

 private:
  struct entry {
    std::int32_t least_generation = 0;
    timestamp until{};
  };
  void add(const uuid& id, std::int32_t least_generation, timestamp now);

  seconds life_;
  mutable std::mutex mutex_;
  std::unordered_map<uuid, entry> table_; // users and sign-ins: their ids do not meet
  timestamp next_sweep_{};
};

template <class StillGood>
void token_cache::insert(const key& k, const claims& who, StillGood still_good) {
  if (per_shard_ == 0) return;
  auto& s = shard_of(k);
  std::lock_guard lock(s.mutex);
  if (!still_good() || s.table.contains(k)) return;
  if (s.by_use.size() >= per_shard_) {
    s.table.erase(s.by_use.back().id);
    s.by_use.pop_back();
  }
  s.by_use.push_front({k, who});
  s.table.emplace(k, s.by_use.begin());
}

template <class Predicate>
void token_cache::remove_if(Predicate gone) {
  for (auto& s : shards_) {
    std::lock_guard lock(s.mutex);
    for (auto it = s.by_use.begin(); it != s.by_use.end();) {
      if (gone(it->who)) {
        s.table.erase(it->id);
        it = s.by_use.erase(it);
      } else {
        ++it;
      }
    }
  }
}

} // namespace troupe::auth
