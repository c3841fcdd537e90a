#pragma once

#include "actors/users/context.hpp"
#include "system/actor/runtime.hpp"

namespace troupe::users {

/// At start, once the SHARDs take messages: wakes every USER whose promise of a workspace is still open, and
/// tells the verifier which sign-ins were revoked within the life of an access token (it forgot them with the
/// last run). Returns at once; what is found comes through the database's I/O thread. `rt` and `context`
/// outlive that.
void resume_at_start(const runtime& rt, const users_context& context);

} // namespace troupe::users
