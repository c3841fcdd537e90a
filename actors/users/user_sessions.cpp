#include "actors/users/user.hpp"

#include "system/core/log.hpp"

#include <sodium.h>

/// Sessions: a sign-in is a family of refresh tokens of which one is good at a time.
namespace troupe::users {

user_state::secret_ptr user_state::keep_secret(std::string&& text) {
  return secret_ptr(new std::string(std::move(text)), [](std::string* s) {
    sodium_memzero(s->data(), s->size());
    delete s;
  });
}

user_state::new_sign_in user_state::make_sign_in(const client& from) const {
  new_sign_in out;
  out.begun_at = now();
  out.id = new_uuid(out.begun_at);
  out.token = make_refresh_token({who_.id, out.id}, context_->refresh_key);
  out.token_hash = secrets::token_hash(out.token);
  out.expires_at = out.begun_at + context_->settings.refresh_token_ttl;
  out.from = from;
  return out;
}

/// The family goes on; only its token is new.
user_state::new_sign_in user_state::renew_sign_in(const refresh& m) const {
  new_sign_in out;
  out.begun_at = now();
  out.id = m.sign_in;
  out.token = next_refresh_token(m.token, {who_.id, out.id}, context_->refresh_key);
  out.token_hash = secrets::token_hash(out.token);
  out.expires_at = out.begun_at + context_->settings.refresh_token_ttl;
  out.from = m.from;
  return out;
}

store::sign_in_row user_state::row_of(const new_sign_in& s) {
  return {s.token_hash, s.expires_at, s.begun_at, s.begun_at, s.from};
}

expected<session> user_state::make_session(const new_sign_in& s, std::int32_t generation) const {
  auto access = context_->issuer->issue(who_.id, s.id, generation);
  if (!access) return access.error();
  return session{std::move(access->text), context_->issuer->life().count(), s.token, present()};
}

/// `then` runs when the password is right; else the promise is answered. Someone who does not exist takes the
/// same path with a dummy hash, the second look at the row included.
void user_state::check_password(secret_ptr password, caf::response_promise promise,
                                std::function<void(caf::response_promise)> then) {
  auto verify = [this, password](const std::string& stored, auto done) {
    auto slot = reply_slot<auth::password_check>::make(self_, std::move(done));
    context_->passwords->verify(*password, stored, [slot](auth::password_check c) { slot(c); });
  };
  auto settle = [this, password, promise, then](const auth::password_check& c,
                                                const std::string& stored) mutable {
    if (c.code != ec::none) return promise.deliver(to_error({c.code}));
    if (!c.matches) {
      if (!rows_.exists) rest();
      return promise.deliver(to_error({ec::wrong_credentials}));
    }
    if (c.needs_rehash) upgrade_hash(password, stored);
    then(promise);
  };
  auto stored = rows_.password_hash;
  verify(stored,
         [this, keep = working(), verify, settle, promise, stored](const auth::password_check& c) mutable {
           if (c.code != ec::none || c.matches) return settle(c, stored);
           // The password may have been reset from the shell since this row was read.
           reload([this, keep, verify, settle, promise, stored, c](bool ok) mutable {
             if (!ok) return promise.deliver(to_error(cannot_read()));
             if (rows_.password_hash == stored) return settle(c, stored);
             stored = rows_.password_hash;
             verify(stored, [keep, settle, stored](const auth::password_check& again) mutable {
               settle(again, stored);
             });
           });
         });
}

/// The settings of argon2id were raised since this password was hashed; now it is at hand.
void user_state::upgrade_hash(const secret_ptr& password, const std::string& old_hash) {
  auto slot = reply_slot<auth::password_hash>::make(
      self_, [this, keep = working(), old_hash](const auth::password_hash& fresh) {
        if (fresh.code != ec::none || rows_.password_hash != old_hash) return; // another time
        commit_row(store::rehash_password, {store::text(who_.id), old_hash, fresh.text},
                   [this, keep, old_hash, text = fresh.text](const change_result& r) {
                     if (r.applied() && rows_.password_hash == old_hash) rows_.password_hash = text;
                   });
      });
  context_->passwords->hash(*password, [slot](auth::password_hash h) { slot(std::move(h)); });
}

/// Adds a sign-in; `then` answers and finishes the write.
void user_state::begin_session(caf::response_promise promise, const client& from,
                               std::function<void(const write_ptr&, session)> then) {
  begin_write(std::move(promise), [this, then, fresh = make_sign_in(from),
                                   generation = rows_.generation](const write_ptr& w) {
    if (!rows_.exists) return refuse(w, absent());
    // A reset or a logout everywhere came between the proof and this moment: it was meant to end this one
    // too.
    if (rows_.generation != generation) return refuse(w, {ec::wrong_credentials});
    auto s = make_session(fresh, rows_.generation);
    if (!s) return refuse(w, s.error());
    if (rows_.sign_ins.contains(fresh.id)) return then(w, std::move(*s)); // the commit's answer was lost
    std::erase_if(rows_.sign_ins, [this](const auto& e) { return e.second.expires_at <= now(); });
    std::optional<uuid> evicted;
    if (rows_.sign_ins.size() >= context_->settings.sign_ins_per_user)
      evicted = rows_.sign_ins.begin()->first;
    storage::params row{store::text(who_.id),
                        std::to_string(rows_.generation),
                        store::text(fresh.id),
                        storage::bytea(fresh.token_hash),
                        store::micros(fresh.expires_at),
                        evicted ? storage::param{store::text(*evicted)} : std::nullopt,
                        fresh.from.address,
                        fresh.from.user_agent,
                        fresh.from.keeps_cookie ? "t" : "f",
                        store::micros(fresh.begun_at)};
    commit_row(store::add_sign_in, std::move(row),
               [this, w, then, fresh, evicted, s = std::move(*s)](const change_result& r) mutable {
                 if (!r.applied()) return not_applied(w, r);
                 rows_.sign_ins[fresh.id] = row_of(fresh);
                 if (evicted) {
                   rows_.sign_ins.erase(*evicted);
                   context_->revoke_sign_in(*evicted);
                 }
                 then(w, std::move(s));
               });
  });
}

void user_state::on_login(login& m) {
  check_password(keep_secret(std::move(m.password)), self_->make_response_promise(),
                 [this, from = std::move(m.from)](caf::response_promise promise) {
                   begin_session(std::move(promise), from,
                                 [this](const write_ptr& w, session s) { deliver(w, std::move(s)); });
                 });
}

void user_state::revoke_family(const write_ptr& w, const uuid& sign_in, std::function<void()> then) {
  commit_row(store::revoke_sign_in, {store::text(sign_in)}, [this, w, sign_in, then](const change_result& r) {
    // Not applied because it is revoked already is what was wanted.
    if (!r.applied() && r.code != ec::row_changed) return refuse(w, to_failure(r));
    rows_.sign_ins.erase(sign_in);
    context_->revoke_sign_in(sign_in);
    then();
  });
}

void user_state::on_refresh(const refresh& m) {
  auto fresh = std::make_shared<new_sign_in>(renew_sign_in(m));
  begin_write([this, m, fresh](const write_ptr& w) {
    if (!rows_.exists) {
      rest();
      return refuse(w, {ec::unauthenticated});
    }
    auto found = rows_.sign_ins.find(m.sign_in);
    if (found == rows_.sign_ins.end() || found->second.expires_at <= now())
      return refuse(w, {ec::unauthenticated});
    auto s = make_session(*fresh, rows_.generation);
    if (!s) return refuse(w, s.error());
    // It was exchanged just now, by us, or by another tab of the same browser: the same answer.
    bool again = secrets::equal_constant_time(found->second.token_hash, fresh->token_hash);
    bool in_grace = found->second.from.keeps_cookie &&
                    now() - found->second.last_used_at <= context_->settings.refresh_grace;
    if (again && (w->attempt > 0 || in_grace)) return deliver(w, std::move(*s));
    auto given = secrets::token_hash(m.token);
    if (!secrets::equal_constant_time(given, found->second.token_hash)) {
      if (!is_our_refresh_token(m.token, {who_.id, m.sign_in}, context_->refresh_key))
        return refuse(w, {ec::unauthenticated});
      // It was good once: two parties hold this family, and one of them should not.
      log::warning("auth.refresh_reused",
                   {{"user", store::text(who_.id)}, {"sign_in", store::text(m.sign_in)}});
      return revoke_family(w, m.sign_in, [this, w] { refuse(w, {ec::unauthenticated}); });
    }
    commit_row(store::rotate_sign_in,
               {store::text(m.sign_in), storage::bytea(given), storage::bytea(fresh->token_hash),
                store::micros(fresh->expires_at), fresh->from.address, fresh->from.user_agent,
                store::micros(fresh->begun_at)},
               [this, w, fresh, s = std::move(*s)](const change_result& r) mutable {
                 if (!r.applied()) return not_applied(w, r);
                 auto& row = rows_.sign_ins[fresh->id];
                 row.token_hash = fresh->token_hash;
                 row.expires_at = fresh->expires_at;
                 row.last_used_at = fresh->begun_at;
                 row.from.address = fresh->from.address;
                 row.from.user_agent = fresh->from.user_agent;
                 deliver(w, std::move(s));
               });
  });
}

void user_state::on_logout(const logout& m) {
  begin_write([this, m](const write_ptr& w) {
    if (!rows_.exists) rest();
    bool known = rows_.sign_ins.contains(m.sign_in);
    if (!known || !is_our_refresh_token(m.token, {who_.id, m.sign_in}, context_->refresh_key))
      return deliver(w, done{});
    revoke_family(w, m.sign_in, [this, w] { deliver(w, done{}); });
  });
}

caf::result<session_list> user_state::list_sessions() {
  if (!may_answer()) return to_error({ec::fence_lost});
  if (!rows_.exists) return to_error(absent());
  session_list out;
  for (auto it = rows_.sign_ins.rbegin(); it != rows_.sign_ins.rend(); ++it)
    if (auto& [id, s] = *it; s.expires_at > now())
      out.items.push_back({id, to_micros(s.created_at), to_micros(s.last_used_at), s.from});
  return out;
}

void user_state::on_end_session(const end_session& m) {
  begin_write([this, m](const write_ptr& w) {
    if (!rows_.exists) return refuse(w, absent());
    if (!rows_.sign_ins.contains(m.sign_in)) return refuse(w, {ec::not_found});
    revoke_family(w, m.sign_in, [this, w] { deliver(w, done{}); });
  });
}

void user_state::on_logout_everywhere() {
  begin_write([this, generation = rows_.generation](const write_ptr& w) {
    if (!rows_.exists) return refuse(w, absent());
    if (w->attempt > 0 && rows_.generation > generation) { // done, by us or by someone else
      context_->revoke_generations_before(who_.id, rows_.generation);
      return deliver(w, done{});
    }
    commit_row(store::revoke_everything,
               {store::text(who_.id), std::to_string(rows_.generation), std::nullopt, std::nullopt,
                std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt},
               [this, w](const change_result& r) {
                 if (!r.applied()) return not_applied(w, r);
                 ++rows_.generation;
                 rows_.sign_ins.clear();
                 context_->revoke_generations_before(who_.id, rows_.generation);
                 log::info("user.logged_out_everywhere", {{"user", store::text(who_.id)}});
                 deliver(w, done{});
               });
  });
}

void user_state::on_change_password(change_password& m) {
  auto fresh_password = keep_secret(std::move(m.new_password));
  check_password(
      keep_secret(std::move(m.current_password)), self_->make_response_promise(),
      [this, fresh_password, from = std::move(m.from)](caf::response_promise promise) {
        auto slot = reply_slot<auth::password_hash>::make(
            self_, [this, keep = working(), promise, from](const auth::password_hash& hash) mutable {
              if (hash.code != ec::none) return promise.deliver(to_error({hash.code}));
              begin_write(std::move(promise), [this, text = hash.text, fresh = make_sign_in(from),
                                               generation = rows_.generation](const write_ptr& w) {
                auto s = make_session(fresh, generation + 1);
                if (!s) return refuse(w, s.error());
                if (rows_.sign_ins.contains(fresh.id)) { // the commit's answer was lost, not the commit
                  context_->revoke_generations_before(who_.id, rows_.generation);
                  return deliver(w, std::move(*s));
                }
                if (!rows_.exists || rows_.generation != generation)
                  return refuse(w, {ec::wrong_credentials});
                commit_row(store::revoke_everything,
                           {store::text(who_.id), std::to_string(generation), text, store::text(fresh.id),
                            storage::bytea(fresh.token_hash), store::micros(fresh.expires_at),
                            fresh.from.address, fresh.from.user_agent, fresh.from.keeps_cookie ? "t" : "f",
                            store::micros(fresh.begun_at)},
                           [this, w, text, fresh, s = std::move(*s)](const change_result& r) mutable {
                             if (!r.applied()) return not_applied(w, r);
                             rows_.password_hash = text;
                             ++rows_.generation;
                             rows_.sign_ins.clear();
                             rows_.sign_ins[fresh.id] = row_of(fresh);
                             context_->revoke_generations_before(who_.id, rows_.generation);
                             log::info("user.password_changed", {{"user", store::text(who_.id)}});
                             deliver(w, std::move(s));
                           });
              });
            });
        context_->passwords->hash(*fresh_password, [slot](auth::password_hash h) { slot(std::move(h)); });
      });
}

} // namespace troupe::users
