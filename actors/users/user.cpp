#include "actors/users/user.hpp"

#include <boost/json.hpp>

namespace troupe::users {

caf::behavior user_state::init(caf::event_based_actor* self, caf::actor shard, const runtime& rt,
                               const users_context& context, const entity_ref& who) {
  context_ = &context;
  return start(self, std::move(shard), rt, who);
}

std::vector<storage::step> user_state::load_steps() const {
  return store::load_user(who_.id, rt_->shard_of(who_));
}

void user_state::take(const db_reply& reply) {
  rows_ = store::read_user(reply.result->results);
  keep_promises();
}

std::string user_state::description() const {
  boost::json::array promised;
  for (auto& p : rows_.promises) promised.push_back(boost::json::string(troupe::to_string(p.workspace)));
  return boost::json::serialize(boost::json::object{{"exists", rows_.exists},
                                                    {"version", rows_.version},
                                                    {"token_generation", rows_.generation},
                                                    {"sign_ins", rows_.sign_ins.size()},
                                                    {"promised_workspaces", std::move(promised)},
                                                    {"registering", registering_}});
}

/// There is no such user, and so no reason to stay in memory.
failure user_state::absent() {
  rest();
  return {ec::not_found};
}

user_view user_state::present() const {
  return {who_.id, rows_.email, rows_.display_name, rows_.created_at, rows_.version, rows_.operates};
}

caf::result<user_view> user_state::view() {
  if (!may_answer()) return to_error({ec::fence_lost});
  if (!rows_.exists) return to_error(absent());
  return present();
}

void user_state::on_update(const update_user& m) {
  begin_write([this, m, base = rows_.version](const write_ptr& w) {
    if (!rows_.exists) return refuse(w, absent());
    bool as_wanted = rows_.display_name == m.display_name;
    if (m.version != 0 && m.version != rows_.version) {
      // After a lost commit reply this is what our own change looks like.
      if (w->attempt > 0 && as_wanted && rows_.version == base + 1) return deliver(w, present());
      return refuse(w, {ec::precondition_failed});
    }
    if (as_wanted) return deliver(w, present());
    commit_row(store::update_user, {store::text(who_.id), std::to_string(rows_.version), m.display_name},
               [this, w, m](const change_result& r) {
                 if (!r.applied()) return not_applied(w, r);
                 rows_.display_name = m.display_name;
                 rows_.version = r.get_int(1);
                 deliver(w, present());
               });
  });
}

caf::message_handler user_state::handlers() {
  return {
      [this](get_user) { return view(); },
      [this](const update_user& m) { on_update(m); },
      [this](register_user& m) { on_register(m); },
      [this](login& m) { on_login(m); },
      [this](const refresh& m) { on_refresh(m); },
      [this](const logout& m) { on_logout(m); },
      [this](logout_everywhere) { on_logout_everywhere(); },
      [this](change_password& m) { on_change_password(m); },
      [this](get_sessions) { return list_sessions(); },
      [this](const end_session& m) { on_end_session(m); },
      [this](resume_intents) {
        if (!rows_.exists) rest();
        keep_promises();
        return done{};
      },
      [this](tick) { keep_promises(); },
  };
}

caf::behavior user(caf::stateful_actor<user_state>* self, caf::actor shard, const runtime* rt,
                   const users_context* context, entity_ref who) {
  return self->state.init(self, std::move(shard), *rt, *context, who);
}

} // namespace troupe::users
