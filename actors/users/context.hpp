#pragma once

#include "actors/auth/password.hpp"
#include "actors/auth/token.hpp"
#include "system/core/secrets.hpp"

#include <caf/all.hpp>

#include <functional>
#include <string>

namespace troupe::users {

/// What every node must know at once: these access tokens are good no longer. `generation` 0: those of the
/// sign-in `who`; else those of the user `who` that are older.
struct tokens_revoked {
  uuid who;
  std::int32_t generation = 0;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, tokens_revoked& x) {
    return f(x.who, x.generation);
  }
};

struct users_settings {
  seconds refresh_token_ttl{2'592'000};
  seconds refresh_grace{10}; // after an exchange: how long the old token of a cookie gets the same answer
  seconds invite_ttl{604'800};
  std::size_t sign_ins_per_user = 50; // beyond: the oldest session ends
  std::size_t workspaces_per_user = 100;
  std::size_t members_per_workspace = 1'000;
  std::size_t invites_per_workspace = 1'000; // open ones
  seconds max_lateness{21'600};              // of a workspace that was not given one
  milliseconds promise_timeout{5'000};       // how long a USER waits for the WORKSPACE that it was promised
  milliseconds promise_retry{1'000};
};

/// What USERs and WORKSPACEs work with beside the runtime. One per node, outlives every actor. Thread-safe
/// parts only.
struct users_context {
  const auth::token_issuer* issuer = nullptr;
  auth::token_verifier* verifier = nullptr;
  auth::password_hasher* passwords = nullptr;
  users_settings settings;
  std::string refresh_key; // 32 secret bytes each
  std::string invite_key;

  /// Tells the other nodes, as far as they can be reached; those that cannot read it from the database. May
  /// be empty.
  std::function<void(const caf::message&)> tell_others;

  void revoke_sign_in(const uuid& id) const {
    verifier->revoke_sign_in(id);
    if (tell_others) tell_others(caf::make_message(tokens_revoked{id, 0}));
  }
  void revoke_generations_before(const uuid& user, std::int32_t generation) const {
    verifier->revoke_generations_before(user, generation);
    if (tell_others) tell_others(caf::make_message(tokens_revoked{user, generation}));
  }

  void derive_keys(const secrets::key_ring& ring) {
    refresh_key = ring.derive("refresh-token");
    invite_key = ring.derive("invite-token");
  }
};

} // namespace troupe::users

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::auth::password_check)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::auth::password_hash)

CAF_BEGIN_TYPE_ID_BLOCK(troupe_tokens, first_custom_type_id + 310)
CAF_ADD_TYPE_ID(troupe_tokens, (troupe::users::tokens_revoked))
CAF_END_TYPE_ID_BLOCK(troupe_tokens)
