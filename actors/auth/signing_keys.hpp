#pragma once

#include "system/core/clock.hpp"
#include "system/core/errors.hpp"
#include "system/core/secrets.hpp"
#include "system/storage/database.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The Ed25519 keys that access tokens are signed with. One row each in `signing_key`; the private half is
/// sealed by the secret key file.
///
/// Rotation: a new key is announced (verifiers and the JWKS know it) while the old one still signs; at the
/// old one's `retired_at` the new one takes over, and the old one goes on verifying until the last token it
/// signed has expired.
namespace troupe::auth {

struct signing_key {
  std::string kid; // RFC 7638 thumbprint of the public key
  std::array<unsigned char, 32> public_key{};
  std::array<unsigned char, 64> secret{}; // libsodium's form: seed and public key
  timestamp created_at{};
  std::optional<timestamp> retired_at;
  std::string token_header; // base64url of {"alg":"EdDSA","kid":...,"typ":"JWT"}, made once
};

/// Makes a key from its 32-byte seed.
signing_key make_signing_key(std::string_view seed, timestamp created_at);

/// An immutable view of all keys.
class key_set {
 public:
  key_set(std::vector<signing_key> keys, seconds token_life);
  /// The key that signs at `now`: of those not retired, the one that retires first, else the oldest. nullptr:
  /// none.
  const signing_key* signer(timestamp now) const noexcept;
  /// The key that verifies tokens of this id at `now`; nullptr: none.
  const signing_key* find(std::string_view kid, timestamp now) const noexcept;
  /// RFC 7517 key set with every key that verifies at `now`, the announced ones too; the signing key first.
  std::string jwks(timestamp now) const;
  std::size_t size() const noexcept { return keys_.size(); }

 private:
  bool verifies(const signing_key& key, timestamp now) const noexcept;

  std::vector<signing_key> keys_; // oldest first
  seconds token_life_;
};

/// The present keys of this node. Thread-safe.
class key_holder {
 public:
  void replace(std::shared_ptr<const key_set> fresh);
  std::shared_ptr<const key_set> get() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const key_set> keys_;
};

/// The statement that reads all keys, and what its rows mean. A row whose secret does not open is an error
/// (`internal`): the wrong key file must not pass for "no keys".
extern const storage::statement read_keys_sql;
expected<std::vector<signing_key>> read_keys(const storage::rows& rows, const secrets::key_ring& ring);

/// BLOCKING, at start: reads the keys, and makes the first one when there is none that signs.
expected<std::vector<signing_key>> load_or_create_keys(storage::blocking_connection& db,
                                                       const secrets::key_ring& ring);

/// BLOCKING, for the CLI: makes a new key; the others go on signing for `announce` (every node must have read
/// the new key by then) and then retire. Answers the new kid.
expected<std::string> rotate_signing_key(storage::blocking_connection& db, const secrets::key_ring& ring,
                                         seconds announce);

/// BLOCKING, for the CLI after the key file got a new key: seals every signing key anew. Answers how many.
expected<std::size_t> reseal_signing_keys(storage::blocking_connection& db, const secrets::key_ring& ring);

} // namespace troupe::auth
