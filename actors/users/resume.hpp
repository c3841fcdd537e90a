#pragma once

#include "actors/users/context.hpp"
#include "system/actor/runtime.hpp"

namespace troupe::users {

/// Whenever SHARDs have come to this node: wakes every USER of this node whose promise of a workspace is
/// still open. Returns at once; what is found comes through the database's I/O thread, which `rt` outlives.
void resume_promises(const runtime& rt);

/// At start, and when another node is reached that may have told of more meanwhile: tells the verifier which
/// sign-ins were revoked within the life of an access token. Returns at once; `rt` and `context` outlive what
/// comes later.
void read_revocations(const runtime& rt, const users_context& context);

} // namespace troupe::users
