#pragma once

#include "actors/users/context.hpp"
#include "system/actor/runtime.hpp"
#include "system/actor/shard.hpp"

namespace troupe::users {

/// Makes a USER or a WORKSPACE, by the kind of `who`; runs in the SHARD. `rt` and `context` outlive every
/// entity.
caf::actor make_entity(caf::scheduled_actor* shard, const runtime& rt, const users_context& context,
                       const entity_ref& who);

/// The factory of the users group for its SHARDs.
entity_factory make_factory(const runtime& rt, const users_context& context);

} // namespace troupe::users
