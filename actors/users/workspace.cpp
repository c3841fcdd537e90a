#include "actors/users/workspace.hpp"

#include <boost/json.hpp>

namespace troupe::users {

caf::behavior workspace_state::init(caf::event_based_actor* self, caf::actor shard, const runtime& rt,
                                    const users_context& context, const entity_ref& who) {
  context_ = &context;
  return start(self, std::move(shard), rt, who);
}

std::vector<storage::step> workspace_state::load_steps() const { return store::load_workspace(who_.id); }

void workspace_state::take(const db_reply& reply) { rows_ = store::read_workspace(reply.result->results); }

std::string workspace_state::description() const {
  return boost::json::serialize(boost::json::object{{"exists", rows_.exists},
                                                    {"version", rows_.version},
                                                    {"time_zone", rows_.time_zone},
                                                    {"max_lateness_s", rows_.max_lateness_s},
                                                    {"members", rows_.members.size()},
                                                    {"open_invites", rows_.invites.size()}});
}

/// There is no such workspace, and so no reason to stay in memory.
failure workspace_state::absent() {
  rest();
  return {ec::not_found};
}

void workspace_state::pass_on(as_member& m) {
  auto promise = self_->make_response_promise();
  if (!may_answer()) return promise.deliver(to_error({ec::fence_lost}));
  if (!rows_.exists) return promise.deliver(to_error(absent()));
  auto member = rows_.members.find(m.user);
  // To a stranger nothing here exists, and what belongs to another workspace exists here for nobody.
  if (member == rows_.members.end() || m.to.home != who_.id)
    return promise.deliver(to_error({ec::not_found}));
  if (member->second.has < m.least) return promise.deliver(to_error({ec::forbidden}));
  if (m.to == who_) {
    promise.delegate(caf::actor_cast<caf::actor>(self_), std::move(m.payload));
    return;
  }
  auto shard = rt_->route->find_local(m.to);
  if (!shard) return promise.deliver(to_error({ec::fence_lost})); // the home is moving: ask where it is then
  promise.delegate(shard, routed{m.to, std::move(m.payload)});
}

workspace_view workspace_state::present(const uuid& user) const {
  auto member = rows_.members.find(user);
  return {who_.id,
          rows_.name,
          rows_.time_zone,
          rows_.max_lateness_s,
          member == rows_.members.end() ? role::viewer : member->second.has,
          rows_.created_at,
          rows_.version};
}

caf::result<workspace_view> workspace_state::view(const uuid& user) {
  if (!may_answer()) return to_error({ec::fence_lost});
  if (!rows_.exists) return to_error(absent());
  return present(user);
}

/// For POSTs beside it, whose writes have a fence of their own.
caf::result<workspace_rules> workspace_state::rules() {
  if (!rows_.exists) return to_error(absent());
  return workspace_rules{rows_.time_zone, rows_.max_lateness_s};
}

void workspace_state::on_create(const create_workspace& m) {
  begin_write([this, m](const write_ptr& w) {
    if (rows_.exists) {
      // Told before. The same owner and, where there is a key, the same request make it the same thing.
      auto owner = rows_.members.find(m.owner);
      bool theirs = owner != rows_.members.end() && owner->second.has == role::owner;
      if (m.key.empty()) {
        if (theirs && (m.promised || w->attempt > 0)) return deliver(w, present(m.owner));
        return refuse(w, {ec::conflict, "a workspace with this id exists already"});
      }
      return look_up_key(m.owner, m.key, m.body_hash, [this, w, m](expected<bool> used) {
        if (!used) return refuse(w, used.error());
        // A forgotten key cannot make the same id once more.
        if (!*used) return refuse(w, {ec::conflict, "this Idempotency-Key was used too long ago"});
        deliver(w, present(m.owner));
      });
    }
    storage::params row{store::text(who_.id),
                        store::text(m.owner),
                        m.name,
                        m.time_zone,
                        std::to_string(m.max_lateness_s),
                        m.promised ? storage::param{}
                                   : std::to_string(context_->settings.workspaces_per_user),
                        store::optional_text(m.key),
                        store::hash_param(m.key, m.body_hash)};
    commit_row(store::create_workspace, std::move(row), [this, w, m](const change_result& r) {
      if (!r.applied()) return explain_create(w, m, r);
      rows_.exists = true;
      rows_.name = m.name;
      rows_.time_zone = m.time_zone;
      rows_.max_lateness_s = m.max_lateness_s;
      rows_.version = 1;
      rows_.created_at = r.get_int(1);
      rows_.members[m.owner] = {role::owner, rows_.created_at};
      deliver(w, present(m.owner));
    });
  });
}

/// The insert did nothing: it is there already, the key was used, or the owner has too many.
void workspace_state::explain_create(const write_ptr& w, const create_workspace& m, const change_result& r) {
  if (r.code != ec::row_changed) {
    rest();
    return refuse(w, to_failure(r));
  }
  reload([this, w, m](bool ok) {
    if (!ok) return refuse(w, cannot_read());
    ++w->attempt;
    if (rows_.exists) return w->job(w);
    auto too_many = [this, w] {
      rest();
      refuse(w, {ec::conflict, "you have as many workspaces as one user may have (" +
                                   std::to_string(context_->settings.workspaces_per_user) + ")"});
    };
    if (m.key.empty()) return too_many();
    look_up_key(m.owner, m.key, m.body_hash, [this, w, too_many](expected<bool> used) {
      if (used) return too_many();
      rest();
      refuse(w, used.error());
    });
  });
}

void workspace_state::on_update(const update_workspace& m) {
  begin_write([this, m, base = rows_.version](const write_ptr& w) {
    if (!rows_.exists) return refuse(w, absent());
    auto new_name = m.name.empty() ? rows_.name : m.name;
    auto time_zone = m.time_zone.empty() ? rows_.time_zone : m.time_zone;
    auto lateness = m.max_lateness_s == 0 ? rows_.max_lateness_s : m.max_lateness_s;
    bool as_wanted =
        new_name == rows_.name && time_zone == rows_.time_zone && lateness == rows_.max_lateness_s;
    if (m.version != 0 && m.version != rows_.version) {
      // After a lost commit reply this is what our own change looks like.
      if (w->attempt > 0 && as_wanted && rows_.version == base + 1) return deliver(w, present(m.user));
      return refuse(w, {ec::precondition_failed});
    }
    if (as_wanted) return deliver(w, present(m.user));
    commit_row(
        store::update_workspace,
        {store::text(who_.id), std::to_string(rows_.version), new_name, time_zone, std::to_string(lateness)},
        [this, w, m, new_name, time_zone, lateness](const change_result& r) {
          if (!r.applied()) return not_applied(w, r);
          rows_.name = new_name;
          rows_.time_zone = time_zone;
          rows_.max_lateness_s = lateness;
          rows_.version = r.get_int(1);
          deliver(w, present(m.user));
        });
  });
}

caf::message_handler workspace_state::handlers() {
  return {
      [this](as_member& m) { pass_on(m); },
      [this](get_rules) { return rules(); },
      [this](const get_workspace& m) { return view(m.user); },
      [this](check_member) { return done{}; },
      [this](const create_workspace& m) { on_create(m); },
      [this](const update_workspace& m) { on_update(m); },
      [this](const set_role& m) { on_set_role(m); },
      [this](const remove_member& m) { on_remove_member(m); },
      [this](const create_invite& m) { on_create_invite(m); },
      [this](const revoke_invite& m) { on_revoke_invite(m); },
      [this](const accept_invite& m) { on_accept_invite(m); },
  };
}

caf::behavior workspace(caf::stateful_actor<workspace_state>* self, caf::actor shard, const runtime* rt,
                        const users_context* context, entity_ref who) {
  return self->state.init(self, std::move(shard), *rt, *context, who);
}

} // namespace troupe::users
