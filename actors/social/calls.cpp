#include "actors/social/account.hpp"
#include "actors/social/store.hpp"
#include "system/core/crash_point.hpp"
#include "system/core/log.hpp"

// The half of the ACCOUNT that talks to its network on behalf of POSTs.
namespace troupe {

namespace {

call_result refused(platforms::publish_error kind, std::string detail) {
  call_result r;
  r.error = {kind, std::move(detail), {}, 0};
  return r;
}

platforms::publish_failure defect() {
  // A defect inside an adapter: whether something was sent is not known.
  return {platforms::publish_error::unknown_outcome, "the network's answer could not be used", {}, 0};
}

} // namespace

content_verdict account_state::judge(const platforms::publication& p) const {
  if (!exists || row.state == "disconnected" || !network) return {ec::not_found, {}, {}};
  return {ec::none, row.platform, network->validate(row.limits, p)};
}

/// Tells the dispatcher to hold this account's deliveries back, or to go on.
void account_state::hold(std::int64_t until_us, std::string reason) {
  held_until_us = until_us;
  auto shard_number = context->rt->shard_of(who);
  if (shard_number < context->dispatchers.size())
    caf::anon_send(context->dispatchers[shard_number], account_hold{who.id, until_us, std::move(reason)});
}

void account_state::call(network_call c) {
  using platforms::publish_error;
  if (!exists || row.state == "disconnected" || !network)
    return c.reply(refused(publish_error::reconnect_required, "the account is not connected"));
  // An outcome may always be looked up; everything else needs an account in service.
  if (c.kind != call_kind::find && row.state != "active") {
    auto kind =
        row.state == "restricted" ? publish_error::account_restricted : publish_error::reconnect_required;
    if (row.state == "paused") kind = publish_error::not_sent;
    return c.reply(
        refused(kind, row.state_reason.empty() ? "the account is " + row.state : row.state_reason));
  }
  if (waiting.size() >= context->settings.max_waiting_calls)
    return c.reply(refused(publish_error::not_sent, "too many calls wait for this account"));
  with_fresh_token([this, c = std::move(c)]() mutable {
    if (c.kind != call_kind::find && row.state != "active")
      return c.reply(
          refused(row.state == "paused" ? publish_error::not_sent : publish_error::reconnect_required,
                  row.state_reason));
    run(std::move(c));
  });
}

/// Calls `then` with a token that has some life left; single flight, everybody else waits for it.
void account_state::with_fresh_token(std::function<void()> then) {
  bool full = static_cast<int>(running.size()) >= context->settings.max_calls;
  if (refreshing || full || !waiting.empty()) {
    waiting.push_back(std::move(then));
    return;
  }
  bool ends_soon =
      keys.expires_at && context->rt->owner->now() + context->settings.refresh_margin >= *keys.expires_at;
  if (!ends_soon) return then();
  waiting.push_back(std::move(then));
  refresh();
}

void account_state::drain_waiting() {
  while (!waiting.empty() && !refreshing && static_cast<int>(running.size()) < context->settings.max_calls) {
    auto next = std::move(waiting.front());
    waiting.pop_front();
    next();
  }
}

/// Intent first: whoever finds this row after our death waits for `refreshing_until`, then looks for a grant.
void account_state::refresh() {
  if (refreshing) return;
  refreshing = true;
  ++refreshes;
  auto life = context->settings.refresh_life;
  auto begin_refresh = [this, life] {
    commit(self, *context->rt, context->rt->shard_of(who), social_store::refreshing,
           {to_string(row.id), std::to_string(row.version), std::to_string(life.count())},
           [this](change_result r) {
             if (!r.applied()) {
               log::warning("account.refresh_not_begun",
                            {{"account", to_string(row.id)}, {"code", slug(r.code)}});
               // The row is not what we think it is: start over from the database.
               load([this] { refresh_ended(); });
               return;
             }
             row.version = r.get_int(1);
             crash_point("account.refresh_intent");
             platforms::outcome<platforms::credentials> broken = defect();
             drive(network->refresh(*io, row.who, keys), std::move(broken),
                   [this](platforms::outcome<platforms::credentials> c) { refreshed(std::move(c)); });
           });
  };
  auto now = context->rt->owner->now();
  if (row.refreshing_until && *row.refreshing_until > now) {
    // A predecessor may have a refresh under way; its grant, if any, is there once its time is over.
    auto wait = std::chrono::duration_cast<milliseconds>(*row.refreshing_until - now) + milliseconds{50};
    row.refreshing_until.reset();
    self->delayed_send(self, wait, refresh_wait_over{});
    return;
  }
  begin_refresh();
}

void account_state::refreshed(platforms::outcome<platforms::credentials> r) {
  using platforms::publish_error;
  if (!r) {
    auto e = r.error();
    log::warning("account.refresh_failed",
                 {{"account", to_string(row.id)}, {"kind", to_string(e.kind)}, {"detail", e.detail}});
    bool final = e.kind == publish_error::reconnect_required || e.kind == publish_error::auth_expired ||
                 e.kind == publish_error::validation || e.kind == publish_error::permission;
    if (final || e.kind == publish_error::account_restricted) {
      set_state(final ? "reconnect_required" : "restricted", e.detail, {}, [this](ec) { refresh_ended(); });
      return;
    }
    // The network was not reached, or its answer was lost: the old token may still be good until it ends.
    bool over = keys.expires_at && *keys.expires_at <= context->rt->owner->now();
    if (over) {
      auto pause = e.retry_after.value_or(milliseconds{5'000});
      hold(to_micros(context->rt->owner->now() + pause),
           "the access token could not be refreshed: " + e.detail);
    }
    refresh_ended();
    return;
  }
  keys = std::move(*r);
  auto fresh = row;
  fresh.token_expires_at = keys.expires_at;
  fresh.sealed = context->rt->keys->seal(keys.secret, seal_context(row.id));
  crash_point("account.refresh_answered");
  // Evidence first, outside of any fence: a rotated refresh token exists nowhere else.
  read_database(
      self, *context->rt,
      {{&social_store::grant,
        {to_string(row.id), storage::bytea(fresh.sealed),
         keys.expires_at ? storage::param{std::to_string(to_micros(*keys.expires_at))} : storage::param{}}}},
      [this, fresh](db_reply stored) mutable {
        if (!stored.ok()) log::error("account.grant_not_stored", {{"account", to_string(row.id)}});
        commit(self, *context->rt, context->rt->shard_of(who), social_store::set_keys,
               social_store::set_keys_params(fresh), [this, fresh](change_result c) mutable {
                 if (c.applied()) {
                   row = std::move(fresh);
                   row.version = c.get_int(1);
                   row.refreshing_until.reset();
                   refresh_ended();
                 } else {
                   load([this] { refresh_ended(); });
                 }
               });
      });
}

void account_state::refresh_ended() {
  refreshing = false;
  // What waits is let through even when the refresh failed; each call then meets the state as it is.
  drain_waiting();
}

/// False, and answered, when a budget that this account shares with others is used up: the network would say
/// no, and may punish whoever goes on asking.
bool account_state::within_shared_budgets(const network_call& c) {
  auto now = context->rt->owner->now();
  auto full_until = context->budgets.take(network->describe(), row.who.server, now);
  if (!full_until) {
    call_is_counted = true; // the first request of this operation
    return true;
  }
  call_result r = refused(platforms::publish_error::rate_limited,
                          "too many calls from here to this network; it goes on by itself");
  r.error.retry_after = std::chrono::duration_cast<milliseconds>(*full_until - now) + milliseconds{1};
  hold(to_micros(*full_until), r.error.detail);
  c.reply(std::move(r));
  return false;
}

void account_state::run(network_call c) {
  if (!within_shared_budgets(c)) return;
  auto shared = std::make_shared<network_call>(std::move(c));
  auto& p = *shared->what;
  auto begun_with = refreshes; // no call begins while a refresh is under way
  switch (shared->kind) {
  case call_kind::prepare: {
    platforms::outcome<boost::json::object> broken = defect();
    broken =
        platforms::publish_failure{platforms::publish_error::provider_unavailable, defect().detail, {}, 0};
    drive(network->prepare(*io, row.who, keys, p), std::move(broken),
          [this, shared, begun_with](platforms::outcome<boost::json::object> r) {
            call_result out;
            out.ok = r.has_value();
            if (r)
              out.handle = std::move(*r);
            else
              out.error = r.error();
            settle(*shared, std::move(out), begun_with);
          });
    return;
  }
  case call_kind::publish: {
    platforms::outcome<platforms::receipt> broken = defect();
    drive(network->publish(*io, row.who, keys, p, shared->gate), std::move(broken),
          [this, shared, begun_with](platforms::outcome<platforms::receipt> r) {
            call_result out;
            out.ok = r.has_value();
            if (r)
              out.receipt = std::move(*r);
            else
              out.error = r.error();
            settle(*shared, std::move(out), begun_with);
          });
    return;
  }
  case call_kind::find: {
    platforms::outcome<platforms::find_result> broken = defect();
    drive(network->find(*io, row.who, keys, p), std::move(broken),
          [this, shared, begun_with](platforms::outcome<platforms::find_result> r) {
            call_result out;
            out.ok = r.has_value();
            if (r)
              out.found = std::move(*r);
            else
              out.error = r.error();
            settle(*shared, std::move(out), begun_with);
          });
    return;
  }
  case call_kind::discard: {
    platforms::outcome<bool> broken = false;
    drive(network->discard(*io, row.who, keys, p), std::move(broken),
          [this, shared, begun_with](platforms::outcome<bool> r) {
            call_result out;
            out.ok = r.has_value();
            settle(*shared, std::move(out), begun_with);
          });
    return;
  }
  }
}

/// Answers the POST, and draws what concerns the whole account from the failure.
void account_state::settle(const network_call& c, call_result r, std::uint64_t begun_with) {
  using platforms::publish_error;
  ++calls_done;
  if (!r.ok) {
    switch (r.error.kind) {
    case publish_error::auth_expired:
      // The token died before its time: force a refresh; the delivery comes again with a new attempt. Other
      // calls that went out with the same token may learn of it when it has been replaced already.
      if (begun_with != refreshes) break;
      keys.expires_at = context->rt->owner->now();
      if (!refreshing && row.state == "active") refresh();
      break;
    case publish_error::reconnect_required:
      if (row.state == "active") set_state("reconnect_required", r.error.detail, {}, [](ec) {});
      break;
    case publish_error::account_restricted:
      if (row.state == "active") set_state("restricted", r.error.detail, {}, [](ec) {});
      break;
    case publish_error::rate_limited:
    case publish_error::quota_exhausted: {
      auto wait = r.error.retry_after.value_or(milliseconds{60'000});
      hold(to_micros(context->rt->owner->now() + wait), "the network asks to wait");
      break;
    }
    default: break;
    }
  }
  if (r.ok && c.keep && !c.reply.has_taker()) c.keep(r.receipt);
  c.reply(std::move(r));
  drain_waiting();
}

} // namespace troupe
