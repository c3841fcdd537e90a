#include "actors/users/workspace.hpp"

#include "system/core/secrets.hpp"

namespace troupe::users {

void workspace_state::look_up_key(const uuid& scope, const std::string& key, const std::string& body_hash,
                                  std::function<void(expected<bool>)> then) {
  read_database(self_, *rt_, {store::find_key(scope, key)},
                [keep = working(), body_hash, then = std::move(then)](const db_reply& reply) {
                  if (!reply.ok()) return then(cannot_read());
                  auto used = store::read_key(reply.rows());
                  if (used && !secrets::equal_constant_time(*used, body_hash))
                    return then(failure{ec::idempotency_mismatch});
                  then(used.has_value());
                });
}

created_invite workspace_state::show(const uuid& id, const store::invite_row& invite) const {
  return {id, invite.as, invite.email, make_invite_token({who_.id, id}, context_->invite_key),
          to_micros(invite.expires_at)};
}

void workspace_state::drop_expired_invites() {
  std::erase_if(rows_.invites, [t = now()](const auto& e) { return e.second.expires_at <= t; });
}

void workspace_state::on_create_invite(const create_invite& m) {
  begin_write([this, m](const write_ptr& w) {
    if (!rows_.exists) return refuse(w, absent());
    drop_expired_invites();
    auto there = rows_.invites.find(m.id);
    if (there != rows_.invites.end()) {
      // The same id: a repeat with the same key, or our own commit whose answer was lost.
      if (m.key.empty()) return deliver(w, show(m.id, there->second));
      return look_up_key(m.by, m.key, m.body_hash, [this, w, m](expected<bool> used) {
        if (!used) return refuse(w, used.error());
        auto invite = rows_.invites.find(m.id);
        if (!*used || invite == rows_.invites.end()) return refuse(w, {ec::conflict});
        deliver(w, show(m.id, invite->second));
      });
    }
    if (rows_.invites.size() >= context_->settings.invites_per_workspace)
      return refuse(w, {ec::conflict, "as many invites are open as a workspace may have (" +
                                          std::to_string(context_->settings.invites_per_workspace) + ")"});
    store::invite_row invite{m.as, m.email, {}, m.by, now(), now() + context_->settings.invite_ttl};
    invite.token_hash = secrets::token_hash(make_invite_token({who_.id, m.id}, context_->invite_key));
    storage::params row{store::text(m.id),
                        store::text(who_.id),
                        std::string(to_string(m.as)),
                        store::optional_text(m.email),
                        storage::bytea(invite.token_hash),
                        store::text(m.by),
                        store::micros(invite.created_at),
                        store::micros(invite.expires_at),
                        store::optional_text(m.key),
                        store::hash_param(m.key, m.body_hash)};
    commit_row(store::create_invite, std::move(row), [this, w, m, invite](const change_result& r) {
      if (r.applied()) {
        rows_.invites[m.id] = invite;
        return deliver(w, show(m.id, invite));
      }
      if (r.code != ec::row_changed || m.key.empty()) return not_applied(w, r);
      look_up_key(m.by, m.key, m.body_hash, [this, w, r](expected<bool> used) {
        if (!used) return refuse(w, used.error());
        // Used for this request, and the invite is not open any more: it was accepted, revoked, or has
        // expired.
        if (*used && w->attempt > 0)
          return refuse(w, {ec::conflict, "the invite of this Idempotency-Key is closed"});
        not_applied(w, r);
      });
    });
  });
}

void workspace_state::on_revoke_invite(const revoke_invite& m) {
  begin_write([this, m](const write_ptr& w) {
    drop_expired_invites();
    if (!rows_.exists) return refuse(w, absent());
    if (!rows_.invites.contains(m.id)) {
      if (w->attempt > 0) return deliver(w, done{}); // gone since we began: that is what was asked for
      return refuse(w, {ec::not_found});
    }
    commit_row(store::revoke_invite, {store::text(m.id), store::text(who_.id)},
               [this, w, m](const change_result& r) {
                 if (!r.applied()) return not_applied(w, r);
                 rows_.invites.erase(m.id);
                 deliver(w, done{});
               });
  });
}

void workspace_state::on_accept_invite(const accept_invite& m) {
  begin_write([this, m](const write_ptr& w) {
    if (!rows_.exists) return refuse(w, absent());
    drop_expired_invites();
    auto found = rows_.invites.find(m.invite);
    if (found == rows_.invites.end()) return accepted_before(w, m);
    auto invite = found->second;
    if (!secrets::equal_constant_time(secrets::token_hash(m.token), invite.token_hash))
      return refuse(w, {ec::not_found});
    if (!invite.email.empty() && invite.email != m.email)
      return refuse(w, {ec::forbidden, "this invite is meant for another e-mail address"});
    if (rows_.members.contains(m.user))
      return refuse(w, {ec::already_exists, "you are a member of this workspace already"});
    if (rows_.members.size() >= context_->settings.members_per_workspace)
      return refuse(w, {ec::conflict, "the workspace has as many members as one may have (" +
                                          std::to_string(context_->settings.members_per_workspace) + ")"});
    storage::params row{store::text(m.invite),       store::text(who_.id),
                        store::text(m.user),         std::string(to_string(invite.as)),
                        store::optional_text(m.key), store::hash_param(m.key, m.body_hash)};
    commit_row(store::accept_invite, std::move(row), [this, w, m, as = invite.as](const change_result& r) {
      if (r.applied()) {
        rows_.invites.erase(m.invite);
        rows_.members[m.user] = {as, r.get_int(1)};
        return deliver(w, membership{present(m.user), r.get_int(1)});
      }
      if (r.code != ec::row_changed || m.key.empty()) return not_applied(w, r);
      look_up_key(m.user, m.key, m.body_hash, [this, w, r](expected<bool> used) {
        if (!used) return refuse(w, used.error());
        not_applied(w, r);
      });
    });
  });
}

/// The invite is not open. If this very request has accepted it, now or under the same key earlier, the
/// answer is the membership; for everyone else there is nothing here.
void workspace_state::accepted_before(const write_ptr& w, const accept_invite& m) {
  auto member = rows_.members.find(m.user);
  if (member == rows_.members.end()) return refuse(w, {ec::not_found});
  if (w->attempt > 0) return deliver(w, membership{present(m.user), member->second.joined_at});
  if (m.key.empty()) return refuse(w, {ec::not_found});
  look_up_key(m.user, m.key, m.body_hash, [this, w, m](expected<bool> used) {
    if (!used) return refuse(w, used.error());
    auto found = rows_.members.find(m.user);
    if (!*used || found == rows_.members.end()) return refuse(w, {ec::not_found});
    deliver(w, membership{present(m.user), found->second.joined_at});
  });
}

} // namespace troupe::users
