#include "actors/users/workspace.hpp"

#include <algorithm>

namespace troupe::users {

bool workspace_state::is_last_owner(const uuid& user) const {
  auto found = rows_.members.find(user);
  if (found == rows_.members.end() || found->second.has != role::owner) return false;
  return std::count_if(rows_.members.begin(), rows_.members.end(),
                       [](auto& e) { return e.second.has == role::owner; }) == 1;
}

/// The member `user`, when `by` may change it. Asked again when the write's turn comes: until then `by` may
/// have been removed, or have removed others.
expected<store::member_row> workspace_state::may_touch(const uuid& by, const uuid& user, role least) const {
  auto actor = rows_.members.find(by), target = rows_.members.find(user);
  if (!rows_.exists || actor == rows_.members.end() || target == rows_.members.end())
    return failure{ec::not_found};
  if (actor->second.has < least) return failure{ec::forbidden};
  if (target->second.has == role::owner && actor->second.has != role::owner)
    return failure{ec::forbidden, "only an owner may do this to an owner"};
  return target->second;
}

void workspace_state::on_set_role(const set_role& m) {
  begin_write([this, m](const write_ptr& w) {
    auto target = may_touch(m.by, m.user, role::admin);
    if (!target) return refuse(w, target.error());
    if (m.to == role::owner && rows_.members[m.by].has != role::owner)
      return refuse(w, {ec::forbidden, "only an owner makes owners"});
    if (target->has == m.to) return deliver(w, member_view{m.user, m.to, target->joined_at});
    if (is_last_owner(m.user)) return refuse(w, {ec::conflict, "a workspace keeps at least one owner"});
    commit_row(store::set_role,
               {store::text(who_.id), store::text(m.user), std::string(to_string(target->has)),
                std::string(to_string(m.to))},
               [this, w, m, joined_at = target->joined_at](const change_result& r) {
                 if (!r.applied()) return not_applied(w, r);
                 rows_.members[m.user].has = m.to;
                 deliver(w, member_view{m.user, m.to, joined_at});
               });
  });
}

void workspace_state::on_remove_member(const remove_member& m) {
  begin_write([this, m](const write_ptr& w) {
    // After a lost commit reply the member is gone, by our own hand.
    if (w->attempt > 0 && !rows_.members.contains(m.user)) return deliver(w, done{});
    auto target = may_touch(m.by, m.user, m.by == m.user ? role::viewer : role::admin);
    if (!target) return refuse(w, target.error());
    if (is_last_owner(m.user)) return refuse(w, {ec::conflict, "a workspace keeps at least one owner"});
    commit_row(store::remove_member,
               {store::text(who_.id), store::text(m.user), std::string(to_string(target->has))},
               [this, w, m](const change_result& r) {
                 if (!r.applied()) return not_applied(w, r);
                 rows_.members.erase(m.user);
                 deliver(w, done{});
               });
  });
}

} // namespace troupe::users
