#include "system/core/ids.hpp"

#include <sodium.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>

namespace troupe {

namespace {

// Every row and every answer has several ids: both ways go byte by byte through a table.
constexpr auto text_of_byte = [] {
  constexpr char digits[] = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> out{};
  for (unsigned i = 0; i < 256; ++i) out[i] = {digits[i >> 4], digits[i & 0xF]};
  return out;
}();

constexpr std::uint8_t no_digit = 0xFF;
constexpr auto value_of_char = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(no_digit);
  for (unsigned i = 0; i < 10; ++i) out['0' + i] = static_cast<std::uint8_t>(i);
  for (unsigned i = 0; i < 6; ++i) out['a' + i] = out['A' + i] = static_cast<std::uint8_t>(10 + i);
  return out;
}();

/// Where the two characters of each byte stand in the text.
constexpr std::array<std::uint8_t, 16> place_of_byte{0,  2,  4,  6,  9,  11, 14, 16,
                                                     19, 21, 24, 26, 28, 30, 32, 34};

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
  for (std::size_t i = 0; i < 16; ++i) {
    auto word = i < 8 ? id.hi : id.lo;
    std::memcpy(out.data() + place_of_byte[i], text_of_byte[(word >> (56 - 8 * (i % 8))) & 0xFF].data(), 2);
  }
  return out;
}

std::optional<uuid> parse_uuid(std::string_view text) noexcept {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
    return std::nullopt;
  uuid id;
  unsigned wrong = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    std::uint8_t high = value_of_char[static_cast<std::uint8_t>(text[place_of_byte[i]])];
    std::uint8_t low = value_of_char[static_cast<std::uint8_t>(text[place_of_byte[i] + 1u])];
    wrong |= (high | low) & 0xF0u;
    auto& word = i < 8 ? id.hi : id.lo;
    word = word << 8 | static_cast<std::uint64_t>(high << 4 | low);
  }
  if (wrong != 0) return std::nullopt;
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
