#pragma once

#include "system/core/errors.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

/// Everything that touches a key. libsodium only; no scheme of our own.
namespace troupe::secrets {

/// Must be called once before anything else here; throws when libsodium cannot start.
void init();

/// Cryptographically strong random bytes.
std::string random_bytes(std::size_t count);
/// Random token in base64url without padding, of `bytes` bytes of entropy.
std::string random_token(std::size_t bytes = 32);

std::string base64url(std::string_view bytes);                // without padding
expected<std::string> parse_base64url(std::string_view text); // bad_request when it is none
std::string base64(std::string_view bytes);                   // with padding
std::string sha256(std::string_view bytes);                   // 32 raw bytes
std::string hex(std::string_view bytes);
/// BLAKE2b-256 of a bearer token: what is stored in its place. 32 raw bytes.
std::string token_hash(std::string_view token);
bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

/// The master keys of the secret key file; the newest one seals, every one opens.
///
/// File format: one key a line, `<id> <base64url of 32 bytes>`, id a positive number, the highest is the
/// newest. The file must not be readable by group or others.
class key_ring {
 public:
  /// Reads the file. bad_configuration says what is wrong with it.
  static expected<key_ring> load(const std::string& path);
  /// Makes the file with one fresh key, mode 0600; fails when it is there already.
  static expected<void> create(const std::string& path);
  /// Appends a fresh key, which becomes the newest (atomic replace of the file). Returns its id.
  static expected<std::uint32_t> add_key(const std::string& path);

  /// XChaCha20-Poly1305. The answer is key id (4 bytes, little endian), nonce, ciphertext.
  /// `context` is bound in as associated data: a sealed token of one account does not open for another.
  std::string seal(std::string_view plain, std::string_view context) const;
  /// internal when it was not sealed by a key of this ring for this context.
  expected<std::string> open(std::string_view sealed, std::string_view context) const;
  static std::uint32_t key_id_of(std::string_view sealed) noexcept; // 0 when too short
  std::uint32_t newest() const noexcept { return newest_; }
  /// Hex fingerprint of the whole ring, safe to store and compare (BLAKE2b under a fixed label).
  std::string fingerprint() const;
  /// A 32-byte key for another purpose, derived from the oldest master key and `label`.
  std::string derive(std::string_view label) const;

 private:
  std::map<std::uint32_t, std::array<unsigned char, 32>> keys_;
  std::uint32_t newest_ = 0;
};

} // namespace troupe::secrets
