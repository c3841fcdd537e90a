#pragma once

#include "actors/auth/token.hpp"
#include "system/actor/runtime.hpp"

#include <caf/all.hpp>

/// KEYRING: keeps this node's view of the signing keys fresh, so that a rotation on another node, or from the
/// shell, is followed without a restart.
namespace troupe::auth {

struct keyring_settings {
  seconds reload_every{60}; // rotations must announce new keys for at least twice this long
  seconds token_life{900};
};

/// Reads the keys now. Answers done once they are in use; storage_failed when the old ones stay.
struct reload_keys {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, reload_keys&) {
    return f();
  }
};

struct keyring_state {
  const runtime* rt = nullptr;
  key_holder* keys = nullptr;
  keyring_settings settings;
  const char* name = "keyring";
};

/// Everything pointed to outlives the actor.
caf::behavior keyring(caf::stateful_actor<keyring_state>* self, const runtime* rt, key_holder* keys,
                      keyring_settings settings);

} // namespace troupe::auth

CAF_BEGIN_TYPE_ID_BLOCK(troupe_auth, first_custom_type_id + 120)
CAF_ADD_TYPE_ID(troupe_auth, (troupe::auth::reload_keys))
CAF_END_TYPE_ID_BLOCK(troupe_auth)
