#pragma once

#include "actors/auth/signing_keys.hpp"
#include "actors/auth/token_cache.hpp"
#include "actors/auth/types.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

/// Access tokens: compact JWS (RFC 7515) with EdDSA over Ed25519. The algorithm is ours, never the token's.
namespace troupe::auth {

using clock_function = std::function<timestamp()>;

struct issued_token {
  std::string text;
  timestamp expires_at{};
};

/// Thread-safe.
class token_issuer {
 public:
  token_issuer(const key_holder& keys, std::string issuer, seconds life, clock_function now);
  /// unavailable when there is no key that signs.
  expected<issued_token> issue(const uuid& user, const uuid& sign_in, std::int32_t generation) const;
  seconds life() const noexcept { return life_; }

 private:
  const key_holder& keys_;
  std::string issuer_;
  seconds life_;
  clock_function now_;
};

struct verification {
  token_problem problem = token_problem::malformed;
  claims who;
  bool ok() const noexcept { return problem == token_problem::none; }
};

struct verifier_settings {
  std::string issuer = "troupe";
  seconds life{900}; // of the tokens; how long a revocation has to be remembered
  std::size_t cache_entries = 10'000;
  seconds leeway{5}; // how far ahead the clock of another node may issue
};

struct verifier_counters {
  std::atomic<std::uint64_t> hits{0}, verified{0}, refused{0};
};

/// Verifies once, then answers from its cache until the token expires or is taken back. Thread-safe.
class token_verifier {
 public:
  token_verifier(const key_holder& keys, verifier_settings settings, clock_function now);

  verification verify(std::string_view token);
  /// Tokens of this user with a smaller generation are refused from now on.
  void revoke_generations_before(const uuid& user, std::int32_t generation);
  /// Tokens of this sign-in are refused from now on.
  void revoke_sign_in(const uuid& sign_in);
  /// Forgets all cached tokens: after the keys have changed.
  void forget_cached() { cache_.clear(); }

  const verifier_counters& counters() const noexcept { return counters_; }
  std::size_t cached() const { return cache_.size(); }

 private:
  verification check(std::string_view token, timestamp now) const;

  const key_holder& keys_;
  verifier_settings settings_;
  clock_function now_;
  token_cache cache_;
  revocations revoked_;
  verifier_counters counters_;
};

} // namespace troupe::auth
