#include "actors/social/account.hpp"
#include "actors/social/store.hpp"

#include <fmt/format.h>

// The ACCOUNT: how it is connected, and connected anew.
namespace troupe {

void account_state::connect(const connect_account& m, caf::response_promise promise) {
  if (exists) {
    if (row.state == "disconnected") return promise.deliver(to_error({ec::not_found}));
    return promise.deliver(view()); // The repeat of a connect that went well.
  }
  auto* adapter = context->networks->find(m.platform);
  if (!adapter)
    return promise.deliver(
        to_error({ec::validation_failed, {}, {{"/platform", "unknown", "no network of that name"}}}));
  network = adapter;
  platforms::outcome<platforms::connection> broken = platforms::publish_failure{
      platforms::publish_error::provider_unavailable, "the network's answer could not be used", {}, 0};
  drive(adapter->connect(*io, connect_fields(m.fields)), std::move(broken),
        [this, promise, platform = m.platform](platforms::outcome<platforms::connection> c) mutable {
          if (!c) return promise.deliver(to_error(to_api_failure(c.error())));
          row.platform = platform;
          insert(std::move(*c), promise);
        });
}

void account_state::insert(platforms::connection c, caf::response_promise promise) {
  row.id = who.id;
  row.workspace = who.home;
  row.who = std::move(c.who);
  row.limits = std::move(c.limits);
  row.state = "active";
  row.version = 1;
  row.created_at = context->rt->owner->now();
  row.last_checked_at = row.created_at;
  row.token_expires_at = c.keys.expires_at;
  row.sealed = context->rt->keys->seal(c.keys.secret, seal_context(row.id));
  keys = std::move(c.keys);
  commit(self, *context->rt, context->rt->shard_of(who), social_store::insert,
         social_store::insert_params(who.home, row), [this, promise](change_result r) mutable {
           if (r.applied()) {
             exists = true;
             hold(0, {});
             return promise.deliver(view());
           }
           if (r.code != ec::row_changed) return promise.deliver(to_error({r.code}));
           // It is there: connected as another one, or this very one, when the answer to its commit was lost.
           load([this, promise]() mutable {
             if (exists) return promise.deliver(view());
             promise.deliver(
                 to_error({ec::already_exists, "this account is connected in this workspace already"}));
           });
         });
}

void account_state::reconnect(platforms::outcome<platforms::connection> c, caf::response_promise promise) {
  if (!c) return promise.deliver(to_error(to_api_failure(c.error())));
  // It took its time: meanwhile somebody may have disconnected it.
  if (row.state == "disconnected")
    return promise.deliver(to_error({ec::conflict, "this account was disconnected; connect it anew"}));
  if (!platforms::is_same_account(c->who, row.who))
    return promise.deliver(
        to_error({ec::conflict, fmt::format("these credentials belong to {} on {}, not to {} on {}",
                                            c->who.handle, c->who.server, row.who.handle, row.who.server)}));
  auto fresh = row;
  fresh.who = c->who;
  fresh.limits = c->limits;
  fresh.token_expires_at = c->keys.expires_at;
  fresh.sealed = context->rt->keys->seal(c->keys.secret, seal_context(row.id));
  commit(self, *context->rt, context->rt->shard_of(who), social_store::set_keys,
         social_store::set_keys_params(fresh),
         [this, promise, fresh, secret = c->keys](change_result r) mutable {
           if (r.code == ec::row_changed)
             // Something else was first, or the answer to this commit was lost and its repeat found it done.
             return load([this, promise, next = fresh.version + 1]() mutable {
               if (row.version == next) return promise.deliver(view());
               promise.deliver(to_error({ec::conflict}));
             });
           if (!r.applied()) return promise.deliver(to_error({r.code}));
           row = std::move(fresh);
           row.version = r.get_int(1);
           row.state = std::string(r.get(2));
           row.state_reason.clear();
           row.last_checked_at = from_micros(r.get_int(3));
           keys = std::move(secret);
           hold(row.state == "active" ? 0 : never_us, row.state);
           promise.deliver(view());
         });
}

void account_state::begin(const begin_oauth& m, caf::response_promise promise) {
  auto* adapter = context->networks->find(m.platform);
  if (!adapter)
    return promise.deliver(
        to_error({ec::validation_failed, {}, {{"/platform", "unknown", "no network of that name"}}}));
  if (exists && row.state == "disconnected")
    return promise.deliver(to_error({ec::conflict, "this account was disconnected; connect it anew"}));
  platforms::outcome<platforms::oauth_begin> broken = platforms::publish_failure{
      platforms::publish_error::provider_unavailable, "the network's answer could not be used", {}, 0};
  drive(adapter->begin_oauth(*io, connect_fields(m.fields), m.redirect_uri, m.state), std::move(broken),
        [this, promise, m](platforms::outcome<platforms::oauth_begin> b) mutable {
          if (!b) return promise.deliver(to_error(to_api_failure(b.error())));
          auto sealed = context->rt->keys->seal(b->private_state, seal_context(who.id));
          auto life = context->settings.oauth_life;
          auto ends = context->rt->owner->now() + life;
          read_database(self, *context->rt,
                        {{&social_store::begin_flow,
                          {storage::bytea(secrets::token_hash(m.state)), to_string(who.home),
                           to_string(m.user), m.platform, storage::bytea(sealed), m.return_url,
                           to_string(who.id), std::to_string(life.count()), storage::bytea(m.browser_hash)}}},
                        [promise, state = m.state, ends, url = b->authorize_url](db_reply r) mutable {
                          if (!r.ok()) return promise.deliver(to_error({ec::unavailable}));
                          boost::json::object out{
                              {"authorize_url", url}, {"state", state}, {"expires_at", format_utc(ends)}};
                          promise.deliver(json_text{boost::json::serialize(out)});
                        });
        });
}

void account_state::finish(const finish_oauth& m, caf::response_promise promise) {
  auto* adapter = context->networks->find(m.platform);
  auto flow = context->rt->keys->open(m.sealed_flow, seal_context(who.id));
  if (!adapter || !flow) return promise.deliver(to_error({ec::not_found, "this connect was not begun here"}));
  if (exists && row.state == "disconnected")
    return promise.deliver(to_error({ec::conflict, "this account was disconnected; connect it anew"}));
  network = adapter;
  platforms::outcome<platforms::connection> broken = platforms::publish_failure{
      platforms::publish_error::provider_unavailable, "the network's answer could not be used", {}, 0};
  drive(adapter->finish_oauth(*io, *flow, m.code, m.redirect_uri), std::move(broken),
        [this, promise, platform = m.platform](platforms::outcome<platforms::connection> c) mutable {
          if (exists) return reconnect(std::move(c), promise);
          if (!c) return promise.deliver(to_error(to_api_failure(c.error())));
          row.platform = platform;
          insert(std::move(*c), promise);
        });
}

} // namespace troupe
