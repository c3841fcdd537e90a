#include "system/core/ids.hpp"

#include <sodium.h>

#include <atomic>
#include <cstring>
#include <mutex>

namespace troupe {

namespace {

constexpr char hex_digits[] = "0123456789abcdef";

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_dash_position(int i) noexcept { return i == 8 || i == 13 || i == 18 || i == 23; }

/// Random bytes in blocks: one system call per 256 ids instead of one per id.
std::uint64_t random_u64() {
  thread_local std::uint64_t pool[256];
  thread_local int left = 0;
  if (left == 0) {
    randombytes_buf(pool, sizeof pool);
    left = 256;
  }
  return pool[--left];
}

} // namespace

std::string to_string(const uuid& id) {
  std::string out(36, '-');
  int pos = 0;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (is_dash_position(pos)) ++pos;
    auto word = nibble < 16 ? id.hi : id.lo;
    auto shift = 60 - 4 * (nibble % 16);
    out[static_cast<std::size_t>(pos++)] = hex_digits[(word >> shift) & 0xF];
  }
  return out;
}

std::optional<uuid> parse_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  uuid id;
  int nibble = 0;
  for (int i = 0; i < 36; ++i) {
    char c = text[static_cast<std::size_t>(i)];
    if (is_dash_position(i)) {
      if (c != '-') return std::nullopt;
      continue;
    }
    int v = hex_value(c);
    if (v < 0) return std::nullopt;
    auto& word = nibble < 16 ? id.hi : id.lo;
    word = word << 4 | static_cast<std::uint64_t>(v);
    ++nibble;
  }
  return id;
}

uuid new_uuid(timestamp now) {
  // 48 bits of milliseconds, then a 12-bit counter (RFC 9562 method 1) that keeps ids rising within a
  // process.
  static std::atomic<std::uint64_t> last{0};
  auto ms = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
  auto wanted = ms << 12;
  auto seen = last.load(std::memory_order_relaxed);
  std::uint64_t next;
  do next = wanted > seen ? wanted : seen + 1;
  while (!last.compare_exchange_weak(seen, next, std::memory_order_relaxed));
  uuid id;
  id.hi = (next >> 12) << 16 | 0x7000 | (next & 0xFFF);
  id.lo = (random_u64() >> 2) | 0x8000000000000000ull;
  return id;
}

uuid derived_uuid(std::string_view name) {
  unsigned char digest[16];
  crypto_generichash(digest, sizeof digest, reinterpret_cast<const unsigned char*>(name.data()), name.size(),
                     nullptr, 0);
  uuid id;
  for (int i = 0; i < 8; ++i) {
    id.hi = id.hi << 8 | digest[i];
    id.lo = id.lo << 8 | digest[8 + i];
  }
  id.hi = (id.hi & ~0xF000ull) | 0x8000;
  id.lo = (id.lo & 0x3FFFFFFFFFFFFFFFull) | 0x8000000000000000ull;
  return id;
}

std::uint16_t slot_of(const uuid& home) noexcept {
  // FNV-1a over the 16 bytes, folded: simple enough to be recomputed by any other tool that reads the rows.
  std::uint64_t h = 0xcbf29ce484222325ull;
  for (auto word : {home.hi, home.lo})
    for (int shift = 56; shift >= 0; shift -= 8) h = (h ^ ((word >> shift) & 0xFF)) * 0x100000001b3ull;
  return static_cast<std::uint16_t>(h ^ h >> 16 ^ h >> 32 ^ h >> 48);
}

} // namespace troupe
