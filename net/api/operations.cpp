#include "actors/users/reads.hpp"
#include "net/api/admin.hpp"
#include "net/api/call.hpp"

/// The operators' view of the node for people who are signed in.
namespace troupe::api {

void add_operations_routes(bridge::router& routes, admin_context& admin) {
  for (auto& each : admin_operations()) {
    if (each.op.id == "drainNode") continue;
    auto op = each.op;
    op.who = access::user;
    op.idempotent = false;
    // "getActorTree" -> "getOperationsActorTree": an operation id is there once.
    auto verb_end = op.id.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    op.id.insert(verb_end, "Operations");
    add(routes, *admin.api, each.method, "/v1/operations" + each.path, std::move(op),
        [&admin, then = each.work](const call_ptr& c) {
          // Asked of the store each time: what the shell takes away is gone at once.
          c->read({users::reads::operates(c->who.user)},
                  [&admin, then](const call_ptr& c2, const db_reply& reply) {
                    if (!users::reads::read_operates(reply.rows())) return c2->fail({ec::not_found});
                    then(admin, c2);
                  });
        });
  }
}

} // namespace troupe::api
