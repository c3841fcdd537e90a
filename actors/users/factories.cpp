#include "actors/users/factories.hpp"

#include "actors/users/user.hpp"
#include "actors/users/workspace.hpp"

namespace troupe::users {

caf::actor make_entity(caf::scheduled_actor* shard, const runtime& rt, const users_context& context,
                       const entity_ref& who) {
  auto handle = caf::actor_cast<caf::actor>(shard);
  if (who.kind == entity_kind::workspace)
    return shard->home_system().spawn(workspace, handle, &rt, &context, who);
  return shard->home_system().spawn(user, handle, &rt, &context, who);
}

entity_factory make_factory(const runtime& rt, const users_context& context) {
  return [&rt, &context](caf::scheduled_actor* shard, const entity_ref& who) {
    return make_entity(shard, rt, context, who);
  };
}

} // namespace troupe::users
