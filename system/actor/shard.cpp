#include "system/actor/shard.hpp"

#include "system/core/log.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace troupe {

namespace {

const char* phase_name(shard_state::phase p) {
  switch (p) {
  case shard_state::phase::active: return "active";
  case shard_state::phase::passivating: return "passivating";
  case shard_state::phase::backoff: return "backoff";
  case shard_state::phase::quarantined: return "quarantined";
  }
  return "unknown";
}

} // namespace

shard_state::~shard_state() {
  for (auto& [who, e] : table)
    if (e.handle) caf::anon_send_exit(e.handle, caf::exit_reason::user_shutdown);
}

void shard_state::activate(const entity_ref& who, entry& e) {
  e.handle = make(self, who);
  e.local = static_cast<caf::scheduled_actor*>(caf::actor_cast<caf::abstract_actor*>(e.handle));
  e.now = phase::active;
  e.started = clock::now();
  ++activations;
  self->monitor(e.handle);
  by_address.emplace(e.handle.address(), who);
  e.use = recent.insert(recent.end(), who);
  trim();
  if (!sweeping) {
    sweeping = true;
    sweep_at = e.started + settings.entity_idle;
    ticks->wake(caf::actor_cast<caf::actor>(self), sweep_at);
  }
}

/// Asks the least recently used ones to leave when too many are in memory. One that is busy says so, and
/// moves on to the other end of the line.
void shard_state::trim() {
  auto excess = recent.size() > settings.active_limit ? recent.size() - settings.active_limit : 0;
  for (auto it = recent.begin(); excess > 0 && it != recent.end(); ++it, --excess) {
    auto& e = table[*it];
    if (e.now != phase::active || !e.handle) continue;
    e.now = phase::passivating;
    self->send(e.handle, passivate{});
  }
}

/// Who asked gets the failure. An error that answers a plain message would be taken for the sender's own end:
/// then the listener hears of it instead.
void shard_state::refuse(const entity_ref& to, failure f, milliseconds again) {
  if (self->current_mailbox_element()->mid.is_request())
    self->make_response_promise().deliver(to_error(f));
  else if (listener)
    caf::anon_send(listener, entity_refused{to, again.count()});
}

void shard_state::route(routed& r) {
  if (closing) return refuse(r.to, {ec::fence_lost}, settings.restart_window);
  if (r.payload.match_elements<write_row>()) {
    if (!settings.write) return refuse(r.to, {ec::not_found}, settings.restart_window);
    return settings.write(self, id, r.payload.get_as<write_row>(0), self->make_response_promise());
  }
  auto now = clock::now();
  auto& e = table[r.to];
  e.last_message = now;
  if (waiting(e) == 0) e.handled = e.messages;
  ++e.messages;
  switch (e.now) {
  case phase::quarantined: return refuse(r.to, {ec::quarantined}, settings.restart_window);
  case phase::backoff:
    if (now < e.retry_at) {
      auto wait = std::chrono::duration_cast<milliseconds>(e.retry_at - now) + milliseconds{1};
      failure f{ec::unavailable};
      f.retry_after_ms = wait.count();
      return refuse(r.to, std::move(f), wait);
    }
    e.now = phase::active;
    break;
  case phase::passivating:
    if (e.stash.size() >= settings.stash_limit) return refuse(r.to, {ec::overloaded}, milliseconds{1'000});
    e.stash.emplace_back(self->make_response_promise(), std::move(r.payload));
    return;
  case phase::active: break;
  }
  if (e.handle)
    recent.splice(recent.end(), recent, e.use);
  else
    activate(r.to, e);
  self->make_response_promise().delegate(e.handle, std::move(r.payload));
}

void shard_state::down(const caf::down_msg& m) {
  auto found = by_address.find(m.source);
  if (found == by_address.end()) return;
  auto who = found->second;
  by_address.erase(found);
  auto it = table.find(who);
  if (it == table.end()) return;
  auto& e = it->second;
  if (e.handle) recent.erase(e.use);
  e.handle = nullptr;
  e.local = nullptr;
  auto stash = std::move(e.stash);
  e.stash.clear();
  if (closing) {
    for (auto& [promise, message] : stash) promise.deliver(to_error({ec::fence_lost}));
    table.erase(it);
    if (table.empty()) self->quit(caf::exit_reason::user_shutdown);
    return;
  }
  bool clean =
      !m.reason || m.reason == caf::exit_reason::normal || m.reason == caf::exit_reason::user_shutdown;
  if (clean) {
    if (stash.empty()) {
      table.erase(it);
      return;
    }
    activate(who, e);
    for (auto& [promise, message] : stash) promise.delegate(e.handle, std::move(message));
    return;
  }
  ++crashes;
  auto now = clock::now();
  if (e.crashes == 0 || now - e.first_crash > settings.restart_window) {
    e.crashes = e.faults = 0;
    e.first_crash = now;
  }
  ++e.crashes;
  // What an entity needs and cannot have just now comes back: for as long as that takes it waits, and no
  // operator has to lift anything afterwards.
  bool something_away = m.reason == to_error({ec::unavailable});
  if (!something_away) ++e.faults;
  e.last_error = reason_text(m.reason);
  bool give_up = !something_away && e.faults >= settings.restart_limit;
  if (give_up) {
    e.now = phase::quarantined;
  } else {
    auto backoff = std::min(settings.restart_backoff_max,
                            settings.restart_backoff_min * (1 << std::min(e.crashes - 1, 20)));
    // Full jitter on the upper half, so that entities that died together do not come back together.
    auto half = std::max<std::int64_t>(backoff.count() / 2, 1);
    e.retry_at =
        now + milliseconds{half + static_cast<std::int64_t>(random() % static_cast<unsigned>(half + 1))};
    e.now = phase::backoff;
  }
  log::error("entity.crashed", {{"kind", to_string(who.kind)},
                                {"id", troupe::to_string(who.id)},
                                {"shard", id},
                                {"crashes", e.crashes},
                                {"quarantined", give_up},
                                {"error", e.last_error}});
  for (auto& [promise, message] : stash)
    promise.deliver(to_error({give_up ? ec::quarantined : ec::unavailable}));
  if (listener) caf::anon_send(listener, entity_failed{who, give_up});
}

/// Asks idle entities to stop; what comes in for them meanwhile is stashed until they have quit or refused.
void shard_state::sweep(clock::time_point now) {
  for (auto it = table.begin(); it != table.end();) {
    auto& e = it->second;
    bool idle = now - e.last_message >= settings.entity_idle;
    if (e.now == phase::active && e.handle && idle) {
      e.now = phase::passivating;
      self->send(e.handle, passivate{});
    } else if (e.now == phase::backoff && idle && now - e.first_crash > settings.restart_window) {
      it = table.erase(it);
      continue;
    }
    ++it;
  }
  sweeping = !table.empty();
  sweep_at = now + settings.entity_idle / 2;
  if (sweeping) ticks->wake(caf::actor_cast<caf::actor>(self), sweep_at);
}

void shard_state::keep(const entity_ref& who) {
  auto it = table.find(who);
  if (it == table.end() || it->second.now != phase::passivating) return;
  auto& e = it->second;
  e.now = phase::active;
  recent.splice(recent.end(), recent, e.use);
  auto stash = std::move(e.stash);
  e.stash.clear();
  for (auto& [promise, message] : stash) promise.delegate(e.handle, std::move(message));
}

/// Leaving costs as much as a step of a delivery does, and can wait until the burst is over.
void shard_state::rest(const entity_ref& who) {
  auto it = table.find(who);
  if (it == table.end()) return;
  if (at_rest.empty()) ticks->wake(caf::actor_cast<caf::actor>(self), clock::now() + settings.rest_delay);
  at_rest.emplace_back(who, it->second.messages);
}

void shard_state::close() {
  if (closing) return;
  closing = true;
  closing_since = clock::now();
  close_on();
}

/// Asks everybody to leave, and those that were busy again and again.
void shard_state::close_on() {
  bool enough = clock::now() - closing_since > settings.close_limit;
  for (auto it = table.begin(); it != table.end();) {
    auto& e = it->second;
    if (!e.handle) {
      it = table.erase(it);
      continue;
    }
    if (enough) {
      caf::anon_send_exit(e.handle, caf::exit_reason::user_shutdown);
    } else if (e.now == phase::active) {
      e.now = phase::passivating;
      self->send(e.handle, passivate{});
    }
    ++it;
  }
  if (table.empty()) return self->quit(caf::exit_reason::user_shutdown);
  ticks->wake(caf::actor_cast<caf::actor>(self), clock::now() + settings.close_pause);
}

void shard_state::woken() {
  if (closing) return close_on();
  auto now = clock::now();
  for (auto& [who, messages] : std::exchange(at_rest, {})) {
    auto it = table.find(who);
    if (it == table.end()) continue;
    auto& e = it->second;
    if (e.now != phase::active || !e.handle || e.messages != messages) continue;
    e.now = phase::passivating;
    self->send(e.handle, passivate{});
  }
  if (!sweeping) return;
  if (now >= sweep_at) return sweep(now);
  ticks->wake(caf::actor_cast<caf::actor>(self), sweep_at); // this wake-up took its place
}

bool shard_state::lift(const entity_ref& who) {
  auto it = table.find(who);
  if (it == table.end() || it->second.now != phase::quarantined) return false;
  log::info("entity.quarantine_lifted", {{"kind", to_string(who.kind)}, {"id", troupe::to_string(who.id)}});
  table.erase(it);
  if (listener) caf::anon_send(listener, entity_failed{who, false});
  return true;
}

/// How many messages an entity has at most before it. An actor's mailbox may be counted by the actor alone:
/// counting it from here would take away the mark by which senders know that it sleeps, and nobody would ever
/// wake it. Whether it sleeps is one atomic load.
std::uint64_t shard_state::waiting(const entry& e) noexcept {
  if (!e.local || e.local->mailbox().blocked()) return 0;
  return e.messages - e.handled;
}

std::string shard_state::list(std::uint32_t limit) const {
  auto now = clock::now();
  boost::json::array entities;
  for (auto& [who, e] : table) {
    if (entities.size() >= limit) break;
    entities.push_back(
        {{"kind", std::string(to_string(who.kind))},
         {"id", troupe::to_string(who.id)},
         {"home", troupe::to_string(who.home)},
         {"state", phase_name(e.now)},
         {"mailbox", waiting(e)},
         {"messages", e.messages},
         {"crashes", e.crashes},
         {"last_error", e.last_error},
         {"age_ms", e.handle ? std::chrono::duration_cast<milliseconds>(now - e.started).count() : 0}});
  }
  boost::json::object out{{"group", std::string(to_string(which))},
                          {"shard", id},
                          {"entities", table.size()},
                          {"mailbox", self->mailbox().size()},
                          {"activations", activations},
                          {"crashes", crashes},
                          {"restarts", past.restarts},
                          {"last_error", past.last_error},
                          {"listed", std::move(entities)}};
  return boost::json::serialize(out);
}

caf::behavior shard(caf::stateful_actor<shard_state>* self, group which, shard_id id, shard_settings settings,
                    entity_factory make, wakeups* ticks, caf::actor listener, shard_past past) {
  auto& s = self->state;
  s.self = self;
  s.which = which;
  s.id = id;
  s.random.seed(settings.seed ? *settings.seed + id : std::random_device{}());
  s.settings = settings;
  s.make = std::move(make);
  s.ticks = ticks;
  s.listener = std::move(listener);
  s.past = std::move(past);
  self->set_down_handler([=](caf::down_msg& m) { self->state.down(m); });
  return {
      [=](routed& r) { self->state.route(r); },
      [=](tick) { self->state.woken(); },
      [=](const busy& b) { self->state.keep(b.who); },
      [=](const resting& r) { self->state.rest(r.who); },
      [=](close_shard) { self->state.close(); },
      [=](list_entities q) { return json_text{self->state.list(q.limit)}; },
      [=](const lift_quarantine& q) -> caf::result<json_text> {
        if (!self->state.lift(q.who)) return to_error({ec::not_found, "no such entity is quarantined here"});
        return json_text{R"({"lifted":true})"};
      },
  };
}

} // namespace troupe
