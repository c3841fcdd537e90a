#pragma once

#include "system/core/clock.hpp"
#include "system/core/ids.hpp"

#include <cstdint>
#include <string_view>

/// Who is calling, and how that is proved.
namespace troupe::auth {

/// What an access token says. Everything but `user` exists to take the token back before it expires.
struct claims {
  uuid user;
  uuid sign_in;
  std::int32_t generation = 0;
  timestamp issued_at;
  timestamp expires_at;
};

/// Why a token was refused. For logs and tests: a client always gets the same `unauthenticated`.
enum class token_problem : std::uint8_t {
  none,
  oversized,     // Longer than any token we issue.
  malformed,     // Not three base64url parts of JSON with the claims that we write.
  algorithm,     // Any algorithm but EdDSA, or a header extension that we do not know.
  unknown_key,   // No key of this id verifies at this time.
  signature,     // The signature is not the key's.
  issuer,        // Signed for another installation.
  expired,       // The time is at or after `exp`.
  not_yet_valid, // Issued in the future.
  revoked,       // The sign-in or the user's tokens of this generation were taken back.
};
std::string_view to_string(token_problem p) noexcept;

} // namespace troupe::auth
