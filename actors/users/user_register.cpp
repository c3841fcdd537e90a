#include "actors/users/user.hpp"

#include "system/core/log.hpp"

#include <algorithm>

/// Registration is work across two shards: the user's row carries the promise of a workspace, and the
/// WORKSPACE is then told to make itself. Told twice it does nothing twice, so a promise is kept again and
/// again until the WORKSPACE has confirmed; what is open is taken up at the next activation.
namespace troupe::users {

namespace {

const storage::statement email_taken_sql{
    "users_email_taken", "SELECT 1 FROM app_user WHERE lower(email) = lower($1) AND id <> $2"};

create_workspace order_of(const store::promise_row& promised, const uuid& owner, seconds max_lateness) {
  create_workspace order;
  order.owner = owner;
  order.name = promised.name;
  order.time_zone = promised.time_zone;
  order.max_lateness_s = max_lateness.count();
  order.promised = true;
  return order;
}

} // namespace

void user_state::on_register(register_user& message) {
  auto promise = self_->make_response_promise();
  if (registering_)
    return promise.deliver(to_error({ec::conflict, "the first request with this key is not done yet"}));
  auto m = std::make_shared<register_user>(std::move(message));
  if (rows_.exists) return repeat_register(std::move(promise), m);
  registering_ = true;
  auto slot = reply_slot<auth::password_hash>::make(
      self_, [this, keep = working(), promise, m](const auth::password_hash& hash) mutable {
        registering_ = false;
        if (hash.code == ec::none) return register_with(std::move(promise), m, hash.text);
        promise.deliver(to_error({hash.code}));
        rest();
      });
  context_->passwords->hash(std::move(m->password), [slot](auth::password_hash h) { slot(std::move(h)); });
}

void user_state::register_with(caf::response_promise promise, const std::shared_ptr<register_user>& m,
                               std::string hash) {
  begin_write(std::move(promise), [this, m, hash, sign_in = make_sign_in(m->from)](const write_ptr& w) {
    auto s = make_session(sign_in, 1);
    if (!s) return refuse(w, s.error());
    if (rows_.exists && rows_.sign_ins.contains(sign_in.id)) { // the commit's answer was lost, not the commit
      s->user = present();
      answer_registered(w->promise, std::move(*s), m->workspace_id, m->workspace_name, m->time_zone);
      return finish(w);
    }
    if (rows_.exists) {
      repeat_register(w->promise, m);
      return finish(w);
    }
    storage::params row{store::text(who_.id),
                        m->email,
                        m->display_name,
                        hash,
                        store::text(m->workspace_id),
                        m->workspace_name,
                        m->time_zone,
                        store::text(store::anonymous_scope()),
                        store::optional_text(m->key),
                        store::hash_param(m->key, m->body_hash),
                        store::text(sign_in.id),
                        storage::bytea(sign_in.token_hash),
                        store::micros(sign_in.expires_at),
                        sign_in.from.address,
                        sign_in.from.user_agent,
                        sign_in.from.keeps_cookie ? "t" : "f",
                        store::micros(sign_in.begun_at)};
    commit_row(store::register_user, std::move(row),
               [this, w, m, hash, sign_in, s = std::move(*s)](const change_result& r) mutable {
                 if (!r.applied()) return explain_register(w, m, r);
                 rows_.exists = true;
                 rows_.email = m->email;
                 rows_.display_name = m->display_name;
                 rows_.password_hash = hash;
                 rows_.generation = 1;
                 rows_.version = 1;
                 rows_.created_at = r.get_int(1);
                 rows_.operates = r.get_int(2) != 0;
                 rows_.sign_ins[sign_in.id] = row_of(sign_in);
                 rows_.promises.push_back({m->workspace_id, m->workspace_name, m->time_zone});
                 log::info("user.registered", {{"user", store::text(who_.id)}});
                 s.user = present();
                 answer_registered(w->promise, std::move(s), m->workspace_id, m->workspace_name,
                                   m->time_zone);
                 finish(w);
               });
  });
}

/// The insert did nothing. Either it is there already, or something that must be unique is taken.
void user_state::explain_register(const write_ptr& w, const std::shared_ptr<register_user>& m,
                                  const change_result& r) {
  if (r.code != ec::row_changed) {
    rest();
    return refuse(w, to_failure(r));
  }
  std::vector<storage::step> steps{{&email_taken_sql, {m->email, store::text(who_.id)}},
                                   store::find_key(store::anonymous_scope(), m->key)};
  read_database(self_, *rt_, std::move(steps), [this, w, m, r](const db_reply& reply) {
    if (!reply.ok()) return refuse(w, cannot_read());
    auto used = store::read_key(reply.rows(1));
    if (!m->key.empty() && used && !secrets::equal_constant_time(*used, m->body_hash)) {
      rest();
      return refuse(w, {ec::idempotency_mismatch});
    }
    if (!reply.rows(0).empty()) {
      rest();
      return refuse(w, {ec::already_exists, "a user with this e-mail address is registered already"});
    }
    not_applied(w, r);
  });
}

/// The user exists, so the request has been here before: the same answer, with fresh tokens.
void user_state::repeat_register(caf::response_promise promise, const std::shared_ptr<register_user>& m) {
  if (m->key.empty()) return promise.deliver(to_error({ec::conflict}));
  read_database(self_, *rt_, {store::find_key(store::anonymous_scope(), m->key)},
                [this, keep = working(), promise, m](const db_reply& reply) mutable {
                  if (!reply.ok()) return promise.deliver(to_error(cannot_read()));
                  auto used = store::read_key(reply.rows());
                  if (!used)
                    return promise.deliver(to_error({ec::conflict, "this key was used too long ago"}));
                  if (!secrets::equal_constant_time(*used, m->body_hash))
                    return promise.deliver(to_error({ec::idempotency_mismatch}));
                  begin_session(std::move(promise), m->from, [this, m](const write_ptr& w, session s) {
                    answer_registered(w->promise, std::move(s), m->workspace_id, m->workspace_name,
                                      m->time_zone);
                    finish(w);
                  });
                });
}

/// Answers once the workspace is there. If that takes too long the answer shows it as it will be: it is
/// promised.
void user_state::answer_registered(caf::response_promise promise, session s, const uuid& workspace,
                                   const std::string& workspace_name, const std::string& time_zone) {
  registered out;
  out.workspace = {workspace,   workspace_name,   time_zone, context_->settings.max_lateness.count(),
                   role::owner, rows_.created_at, 1};
  out.session = std::move(s);
  ask_workspace({workspace, workspace_name, time_zone}, [promise, out](const workspace_view* made) mutable {
    if (made) out.workspace = *made;
    promise.deliver(std::move(out));
  });
}

template <class Then>
void user_state::ask_workspace(const store::promise_row& promised, Then then) {
  auto id = promised.workspace;
  auto failed = [this, then](const failure& f) mutable {
    log::warning("user.promise_open", {{"user", store::text(who_.id)}, {"reason", slug(f.code)}});
    keeping_ = false;
    rt_->ticks->wake(caf::actor_cast<caf::actor>(self_),
                     std::chrono::steady_clock::now() + context_->settings.promise_retry);
    then(nullptr);
  };
  auto shard = rt_->route->find(workspace_ref(id));
  if (!shard) return failed({ec::unavailable});
  keeping_ = true;
  routed order{workspace_ref(id),
               caf::make_message(order_of(promised, who_.id, context_->settings.max_lateness))};
  self_->request(shard, context_->settings.promise_timeout, std::move(order))
      .then(
          [this, keep = working(), id, then](const workspace_view& made) mutable {
            keeping_ = false;
            then(&made);
            auto open = std::find_if(rows_.promises.begin(), rows_.promises.end(),
                                     [&](auto& p) { return p.workspace == id; });
            if (open == rows_.promises.end()) return;
            rows_.promises.erase(open);
            // If this commit does not happen, the promise is kept once more some day, to no effect.
            commit_row(store::keep_promise, {store::text(id)}, [](const change_result&) {});
            keep_promises();
          },
          [failed](const caf::error& e) mutable { failed(troupe::to_failure(e)); });
}

void user_state::keep_promises() {
  if (keeping_ || rows_.promises.empty()) return;
  ask_workspace(rows_.promises.front(), [](const workspace_view*) {});
}

} // namespace troupe::users
