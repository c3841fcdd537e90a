#include "actors/social/account.hpp"

#include "actors/social/store.hpp"
#include "system/actor/unreadable.hpp"
#include "system/core/log.hpp"

#include <fmt/format.h>

namespace troupe {

namespace {

bool usable(std::string_view state) { return state == "active" || state == "paused"; }

} // namespace

failure to_api_failure(const platforms::publish_failure& f) {
  using enum platforms::publish_error;
  switch (f.kind) {
  case validation: return {ec::validation_failed, f.detail, {{"/fields", "refused", f.detail}}};
  case auth_expired:
  case reconnect_required:
    return {ec::validation_failed, f.detail, {{"/fields", "credentials-refused", f.detail}}};
  case permission:
  case account_restricted: return {ec::conflict, f.detail};
  case target_not_found: return {ec::validation_failed, f.detail, {{"/fields", "not-found", f.detail}}};
  case duplicate: return {ec::already_exists, f.detail};
  case rate_limited:
  case quota_exhausted: {
    failure out{ec::upstream_failed, "the network asks to wait: " + f.detail};
    out.retry_after_ms = f.retry_after.value_or(milliseconds{60'000}).count();
    return out;
  }
  case media_processing:
  case provider_unavailable:
  case not_sent:
  case unknown_outcome:
  case revoked: return {ec::upstream_failed, f.detail};
  }
  return {ec::upstream_failed, f.detail};
}

void account_io::start(outbound::request what, std::function<void(outbound::response)> done) {
  what.timeout = std::min(what.timeout, context_->settings.call_timeout);
  what.allow_private = what.allow_private || context_->settings.allow_private;
  auto& s = self_->state;
  if (s.network && !std::exchange(s.call_is_counted, false))
    context_->budgets.spend(s.network->describe(), s.row.who.server, now());
  auto slot = reply_slot<std::shared_ptr<outbound::response>>::make(
      self_, [done = std::move(done)](std::shared_ptr<outbound::response> r) {
        outbound::response lost;
        lost.kind = outbound::result_kind::no_answer;
        lost.error = "the answer was lost inside the node";
        done(r ? std::move(*r) : std::move(lost));
      });
  context_->out->submit(std::move(what), [slot](outbound::response r) {
    slot(std::make_shared<outbound::response>(std::move(r)));
  });
}

void account_io::saw_rate(const platforms::rate_window& window) {
  auto& s = self_->state;
  if (s.network) context_->budgets.saw(s.network->describe(), s.row.who.server, window, now());
  s.rate = window;
  s.rate_resets_at = now() + window.resets_in;
  if (window.remaining <= 0 && window.limit > 0)
    s.hold(to_micros(*s.rate_resets_at), "the network's rate limit is used up");
}

void account_state::load(std::function<void()> then) {
  read_database(self, *context->rt, {{&social_store::load, {to_string(who.id), to_string(who.home)}}},
                [this, then = std::move(then)](db_reply r) {
                  if (!r.ok()) {
                    // Without the row there is nothing to answer from; the SHARD restarts with backoff.
                    self->quit(to_error({unreadable(r), "the account could not be loaded"}));
                    return;
                  }
                  if (!r.rows().empty()) adopt(social_store::read(r.rows(), 0));
                  loaded = true;
                  then();
                });
}

/// Takes a row over, opens its secrets, and prefers a grant that is newer than what the row holds.
void account_state::adopt(account_row fresh) {
  row = std::move(fresh);
  exists = true;
  network = context->networks->find(row.platform);
  auto open = [&](const std::string& sealed, std::optional<timestamp> ends) {
    auto plain = context->rt->keys->open(sealed, seal_context(row.id));
    if (!plain) {
      log::error("account.secret_unreadable", {{"account", to_string(row.id)}});
      return false;
    }
    keys = {std::move(*plain), ends};
    return true;
  };
  bool good = open(row.newest_grant.empty() ? row.sealed : row.newest_grant,
                   row.newest_grant.empty() ? row.token_expires_at : row.grant_expires_at);
  if (!good && row.state == "active") {
    row.state = "reconnect_required";
    row.state_reason = "the stored credentials cannot be opened with this node's keys";
  }
  if (!network && row.state == "active") {
    row.state = "restricted";
    row.state_reason = "this build has no adapter for " + row.platform;
  }
  hold(row.state == "active" ? 0 : never_us, row.state_reason.empty() ? row.state : row.state_reason);
}

document account_state::view() const {
  return {boost::json::serialize(account_view(row, rate, rate_resets_at)), row.version};
}

boost::json::object account_state::connect_fields(const std::string& text) const {
  boost::system::error_code ignored;
  auto v = boost::json::parse(text, ignored);
  return v.is_object() ? v.get_object() : boost::json::object{};
}

void account_state::set_state(std::string state, std::string reason, std::string limits,
                              std::function<void(ec)> then) {
  auto params = social_store::set_state_params(row, state, reason, limits);
  commit(self, *context->rt, context->rt->shard_of(who), social_store::set_state, std::move(params),
         [this, state, reason, then = std::move(then)](change_result r) {
           if (r.code == ec::row_changed)
             // As above; the DISPATCHERs hear from load() how things stand.
             return load([this, state, then] { then(row.state == state ? ec::none : ec::row_changed); });
           if (r.applied()) {
             row.version = r.get_int(1);
             row.state = state;
             row.state_reason = reason;
             if (!r.is_null(2)) row.last_checked_at = from_micros(r.get_int(2));
             hold(state == "active" ? 0 : never_us, reason.empty() ? state : reason);
           }
           then(r.code);
         });
}

void account_state::act(account_action action, caf::response_promise promise) {
  if (!exists || row.state == "disconnected") return promise.deliver(to_error({ec::not_found}));
  auto finish_with = [this, promise](ec code) mutable {
    if (code == ec::none)
      promise.deliver(view());
    else
      promise.deliver(to_error({code == ec::row_changed ? ec::conflict : code}));
  };
  switch (action) {
  case account_action::pause:
    if (row.state == "paused") return promise.deliver(view());
    if (row.state != "active")
      return promise.deliver(to_error({ec::conflict, "only an active account can be paused"}));
    return set_state("paused", "paused by a member", {}, finish_with);
  case account_action::resume:
    if (row.state == "active") return promise.deliver(view());
    if (row.state != "paused")
      return promise.deliver(
          to_error({ec::conflict, "only a paused account can be resumed; this one is " + row.state}));
    return set_state("active", "", {}, finish_with);
  case account_action::disconnect:
    return set_state("disconnected", "disconnected by a member", {}, finish_with);
  case account_action::check: break;
  }
  if (!network || !usable(row.state)) return promise.deliver(view());
  with_fresh_token([this, promise, finish_with]() mutable {
    if (!usable(row.state)) return promise.deliver(view());
    platforms::outcome<platforms::account_limits> broken = platforms::publish_failure{
        platforms::publish_error::provider_unavailable, "the network's answer could not be used", {}, 0};
    drive(network->check(*io, row.who, keys), std::move(broken),
          [this, promise, finish_with](platforms::outcome<platforms::account_limits> limits) mutable {
            if (limits) {
              row.limits = *limits;
              return set_state(row.state, row.state_reason,
                               boost::json::serialize(platforms::to_json(row.limits)), finish_with);
            }
            auto kind = limits.error().kind;
            if (kind == platforms::publish_error::reconnect_required ||
                kind == platforms::publish_error::auth_expired)
              return set_state("reconnect_required", limits.error().detail, {}, finish_with);
            if (kind == platforms::publish_error::account_restricted)
              return set_state("restricted", limits.error().detail, {}, finish_with);
            promise.deliver(to_error(to_api_failure(limits.error())));
          });
  });
}

namespace {

caf::behavior account(account_self* self, social_context* context, caf::actor shard, entity_ref who) {
  auto& s = self->state;
  s.self = self;
  s.context = context;
  s.who = who;
  s.shard = std::move(shard);
  s.io = std::make_unique<account_io>(self, context);
  self->set_default_handler(caf::skip); // Everything waits until the row is there.
  caf::behavior ready{
      [=](const connect_account& m) -> caf::result<document> {
        self->state.connect(m, self->make_response_promise());
        return caf::delegated<document>{};
      },
      [=](const begin_oauth& m) -> caf::result<json_text> {
        self->state.begin(m, self->make_response_promise());
        return caf::delegated<json_text>{};
      },
      [=](const finish_oauth& m) -> caf::result<document> {
        self->state.finish(m, self->make_response_promise());
        return caf::delegated<document>{};
      },
      [=](read_account) -> caf::result<document> {
        auto& st = self->state;
        if (!st.context->rt->may_answer(st.context->rt->shard_of(st.who))) return to_error({ec::fence_lost});
        if (!st.exists || st.row.state == "disconnected") return to_error({ec::not_found});
        return st.view();
      },
      [=](const act_on_account& m) -> caf::result<document> {
        self->state.act(m.action, self->make_response_promise());
        return caf::delegated<document>{};
      },
      [=](const reconnect_account& m) -> caf::result<document> {
        auto& st = self->state;
        if (!st.exists || st.row.state == "disconnected" || !st.network) return to_error({ec::not_found});
        auto promise = self->make_response_promise();
        platforms::outcome<platforms::connection> broken = platforms::publish_failure{
            platforms::publish_error::provider_unavailable, "the network's answer could not be used", {}, 0};
        st.drive(st.network->connect(*st.io, st.connect_fields(m.fields)), std::move(broken),
                 [self, promise](platforms::outcome<platforms::connection> c) mutable {
                   self->state.reconnect(std::move(c), promise);
                 });
        return caf::delegated<document>{};
      },
      [=](const check_content& m) -> caf::result<content_verdict> { return self->state.judge(*m.what); },
      [=](network_call& c) { self->state.call(std::move(c)); },
      [=](refresh_wait_over) {
        auto& st = self->state;
        st.load([self] {
          self->state.refreshing = false;
          self->state.drain_waiting();
        });
      },
      [=](describe) {
        auto& st = self->state;
        auto out = st.exists ? account_view(st.row, st.rate, st.rate_resets_at) : boost::json::object{};
        out["running_calls"] = st.running.size();
        out["waiting_calls"] = st.waiting.size();
        out["calls_done"] = st.calls_done;
        out["refreshes"] = st.refreshes;
        out["held_until_us"] = st.held_until_us;
        return json_text{boost::json::serialize(out)};
      },
      [=](passivate) {
        auto& st = self->state;
        if (st.running.empty() && st.waiting.empty() && !st.refreshing)
          self->quit();
        else
          self->send(st.shard, busy{st.who});
      },
  };
  s.load([self, ready] {
    self->set_default_handler(caf::print_and_drop);
    self->become(ready);
  });
  return {[](loading_only) {}};
}

} // namespace

caf::actor make_account(caf::scheduled_actor* shard, social_context* context, const entity_ref& who) {
  return shard->spawn(account, context, caf::actor_cast<caf::actor>(shard), who);
}

} // namespace troupe
