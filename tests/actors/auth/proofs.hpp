#pragma once

#include "actors/auth/token.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace troupe::test {

/// One signing key, its issuer and its verifier, and a clock that the test moves.
struct proofs {
  explicit proofs(auth::verifier_settings settings = {});

  timestamp now{seconds{1'800'000'000}};
  std::string seed;
  auth::signing_key key;
  auth::key_holder keys;
  auth::token_issuer issuer;
  auth::token_verifier verifier;
  uuid user, sign_in;

  std::string issue(std::int32_t generation = 1) const;
  /// What the verifier says of a token, by name.
  std::string_view verdict(std::string_view token);
  /// A token of these three parts as they are, signed with our own key.
  std::string signed_by_us(std::string_view header, std::string_view payload) const;
  std::string header() const; // JSON
  std::string payload(std::int64_t issued, std::int64_t expires) const;
  void use(std::vector<auth::signing_key> all);
};

std::string part_of(std::string_view token, int index); // decoded
/// Runs openssl on files in a folder of its own. `sign`: answers the signature that it makes of `text`.
std::string openssl_sign(std::string_view seed, std::string_view text);
bool openssl_verifies(std::string_view public_key, std::string_view text, std::string_view signature);

} // namespace troupe::test
