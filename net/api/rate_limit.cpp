#include "net/api/rate_limit.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace troupe::api {

namespace {

constexpr std::uint64_t shared_key = 0;

/// An IPv6 host owns a whole /64: its addresses are one client.
std::string_view network_part(std::string_view address) {
  if (address.find('.') != address.npos) return address; // IPv4, mapped into IPv6 or not
  int colons = 0;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (address[i] != ':') continue;
    if (i + 1 < address.size() && address[i + 1] == ':') return address.substr(0, i);
    if (++colons == 4) return address.substr(0, i);
  }
  return address;
}

} // namespace

rate_state narrower(const rate_state& a, const rate_state& b) noexcept {
  if (a.allowed != b.allowed) return a.allowed ? b : a;
  return b.remaining < a.remaining ? b : a;
}

rate_limiter::rate_limiter(std::size_t max_keys, clock_function now)
    : max_per_shard_(std::max<std::size_t>(max_keys / shard_count, 1)), now_(std::move(now)) {
  static_assert(crypto_shorthash_KEYBYTES == 16);
  crypto_shorthash_keygen(hash_key_.data());
}

std::uint64_t rate_limiter::key_of(const uuid& user) const noexcept {
  unsigned char text[16];
  std::memcpy(text, &user.hi, 8);
  std::memcpy(text + 8, &user.lo, 8);
  std::uint64_t out;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&out), text, sizeof text, hash_key_.data());
  return std::max<std::uint64_t>(out, 1);
}

std::uint64_t rate_limiter::key_of(std::string_view address) const noexcept {
  auto part = network_part(address);
  std::uint64_t out;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&out),
                   reinterpret_cast<const unsigned char*>(part.data()), part.size(), hash_key_.data());
  return std::max<std::uint64_t>(out, 1);
}

rate_state rate_limiter::count(std::uint64_t key, std::int64_t limit, std::int64_t add) {
  auto now = std::chrono::floor<seconds>(now_().time_since_epoch());
  auto number = now / window;
  std::int64_t used = 0;
  auto& s = shards_[(key >> 32) % shard_count];
  {
    std::lock_guard lock(s.mutex);
    if (s.window_number != number) {
      s.counts.clear();
      s.window_number = number;
    }
    auto found = s.counts.find(key);
    if (found == s.counts.end() && s.counts.size() >= max_per_shard_)
      found = s.counts.try_emplace(shared_key).first;
    if (found != s.counts.end())
      used = found->second += add;
    else if (add > 0)
      used = s.counts.try_emplace(key, add).first->second;
  }
  rate_state out;
  out.allowed = used <= limit;
  out.limit = limit;
  out.remaining = std::max<std::int64_t>(limit - used, 0);
  out.resets_in_s = ((number + 1) * window - now).count();
  return out;
}

} // namespace troupe::api
