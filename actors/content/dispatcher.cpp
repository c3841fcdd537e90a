#include "actors/content/dispatcher.hpp"

#include "actors/content/store.hpp"
#include "system/core/log.hpp"

namespace troupe {

dispatcher_state::~dispatcher_state() {
  if (context) context->bound->moved(by_delivery.size(), 0);
}

void dispatcher_state::take_up() {
  if (open) return;
  open = true;
  stopping = false;
  ++times_opened;
  load();
}

void dispatcher_state::abandon() {
  if (!open) return;
  open = false;
  ++times_opened;
  context->bound->moved(by_delivery.size(), 0);
  context->window->give_back(out_total + std::exchange(credits, 0));
  heap.clear();
  rows.clear();
  free_rows.clear();
  by_delivery.clear();
  accounts.clear();
  by_account.clear();
  ring.clear();
  loaded_until_us = loading_until_us = 0;
  loaded_until_id = {};
  loading = loaded = false;
  out_total = 0;
  check_stopped();
}

/// The next load brings it.
bool dispatcher_state::beyond_loaded(const due_delivery& d) const {
  if (!loaded || d.state != delivery_state::scheduled) return false;
  if (loading) return d.due_us >= loading_until_us;
  return std::tie(d.due_us, d.delivery) > std::tie(loaded_until_us, loaded_until_id);
}

std::uint32_t dispatcher_state::account_of(const due_delivery& d) {
  auto [it, fresh] = by_account.try_emplace(d.account, static_cast<std::uint32_t>(accounts.size()));
  if (fresh) accounts.emplace_back().id = d.account;
  auto& a = accounts[it->second];
  if (!a.network && !d.platform.empty()) {
    a.workspace = d.workspace;
    a.platform = d.platform;
    if (auto* adapter = context->networks->find(d.platform)) a.network = &adapter->describe();
  }
  return it->second;
}

/// When the POST must be woken: a lead before the due time, much earlier where there is something to prepare.
std::int64_t dispatcher_state::act_at(const row& r) const {
  if (r.state != delivery_state::scheduled) return r.wake_us;
  auto& a = accounts[r.account];
  if (!a.network) return r.wake_us;
  if (!r.prepared && needs_prepare(*a.network, r.media) && r.wake_us <= r.due_us)
    return r.wake_us - microseconds(context->settings.prepare_lead).count();
  if (a.network->safe_repeat && r.wake_us <= r.due_us)
    return r.wake_us - microseconds(context->settings.arm_lead).count();
  return r.wake_us;
}

/// Takes over what a POST (or the database) says about a delivery.
void dispatcher_state::stands(const due_delivery& d, bool from_database) {
  auto known = by_delivery.find(d.delivery);
  bool stays = is_open(d.state);
  if (known == by_delivery.end()) {
    if (!stays || (!from_database && beyond_loaded(d))) return;
    std::uint32_t slot;
    if (free_rows.empty()) {
      slot = static_cast<std::uint32_t>(rows.size());
      rows.emplace_back();
    } else {
      slot = free_rows.back();
      free_rows.pop_back();
      rows[slot] = row{};
    }
    known = by_delivery.emplace(d.delivery, slot).first;
    context->bound->moved(by_delivery.size() - 1, by_delivery.size());
  }
  auto slot = known->second;
  auto& r = rows[slot];
  release(r);
  if (!stays) {
    heap.remove(slot);
    by_delivery.erase(d.delivery);
    context->bound->moved(by_delivery.size() + 1, by_delivery.size());
    // A slot that still stands in a ready line is freed when its turn comes.
    bool queued = r.where == place::ready;
    r.where = place::gone;
    r.delivery = {};
    if (!queued) free_rows.push_back(slot);
    return;
  }
  r.delivery = d.delivery;
  r.post = d.post;
  r.due_us = d.due_us;
  r.wake_us = d.wake_us;
  r.call_deadline_us = d.call_deadline_us;
  r.account = account_of(d);
  r.version = static_cast<std::int32_t>(d.version);
  r.attempt = static_cast<std::int16_t>(std::min<std::int64_t>(d.attempt, 32'000));
  r.burnt = static_cast<std::int16_t>(std::min<std::int64_t>(d.burnt, 32'000));
  r.state = d.state;
  r.media = d.media;
  r.prepared = d.prepared;
  r.inherited = d.inherited;
  if (r.where == place::ready && act_at(r) <= to_micros(context->rt->owner->now())) return; // keeps its turn
  if (r.where == place::ready) {
    auto& line = accounts[r.account].ready;
    line.erase(std::find(line.begin(), line.end(), slot));
  }
  r.where = place::heap;
  heap.set(slot, act_at(r));
}

void dispatcher_state::release(row& r) {
  if (r.where != place::out) return;
  r.where = place::heap;
  --accounts[r.account].out;
  --out_total;
  context->window->give_back(1);
  if (auto& a = accounts[r.account]; !a.ready.empty() && !a.in_ring) {
    a.in_ring = true;
    ring.push_back(r.account);
  }
}

void dispatcher_state::hold(const account_hold& h) {
  due_delivery d;
  d.account = h.account;
  auto index = account_of(d);
  auto& a = accounts[index];
  a.held_until_us = h.until_us;
  if (!a.ready.empty() && !a.in_ring) {
    a.in_ring = true;
    ring.push_back(index);
  }
}

void dispatcher_state::make_ready(std::uint32_t slot) {
  auto& r = rows[slot];
  r.where = place::ready;
  auto& a = accounts[r.account];
  a.ready.push_back(slot);
  if (!a.in_ring) {
    a.in_ring = true;
    ring.push_back(r.account);
  }
}

/// Moves what is due from the heap into the lines of its accounts, then hands out as far as credits go.
void dispatcher_state::collect_due() {
  auto now = to_micros(context->rt->owner->now());
  while (!heap.empty() && heap.first_time() <= now) {
    auto slot = heap.first();
    heap.pop();
    make_ready(slot);
  }
  if (!loading && loaded_until_us - now < microseconds(context->settings.near_window).count() / 2 &&
      has_room())
    load();
  pump();
  set_wake();
}

void dispatcher_state::pump() {
  if (stopping || context->restored) return;
  if (!context->rt->owner->may_dispatch()) {
    if (!ring.empty())
      context->rt->ticks->wake(caf::actor_cast<caf::actor>(self),
                               std::chrono::steady_clock::now() + load_retry / 10);
    return;
  }
  auto now = to_micros(context->rt->owner->now());
  std::int64_t soonest_hold = never_us;
  std::size_t passed = 0; // accounts in a row that could not be served
  while (!ring.empty() && passed < ring.size() && out_total < context->settings.max_out) {
    auto index = ring.front();
    auto& a = accounts[index];
    while (!a.ready.empty() && rows[a.ready.front()].where == place::gone) {
      free_rows.push_back(a.ready.front());
      a.ready.pop_front();
    }
    // The more is under way, the less one account may have of it: there is always room for one that has
    // nothing out, also where others hang (dynamic thresholds: Choudhury and Hahne, IEEE/ACM ToN 6(2), 1998).
    auto most = std::min(context->settings.max_out_per_account, context->settings.max_out - out_total);
    if (a.ready.empty() || a.out >= most) {
      // Comes back into the ring with its next delivery, or when one that is out comes back.
      ring.pop_front();
      a.in_ring = false;
      continue;
    }
    // What is in doubt may be looked up whatever the account's state; the rest waits for the hold to end.
    bool held = a.held_until_us > now && rows[a.ready.front()].state != delivery_state::in_doubt;
    if (held) {
      soonest_hold = std::min(soonest_hold, a.held_until_us);
      ring.pop_front();
      ring.push_back(index);
      ++passed;
      continue;
    }
    if (credits == 0) {
      credits = context->window->take(send_window::quantum, caf::actor_cast<caf::actor>(self));
      if (credits == 0) break; // a window_grant will come
    }
    passed = 0;
    --credits;
    auto slot = a.ready.front();
    a.ready.pop_front();
    ++a.out;
    ring.pop_front();
    if (a.ready.empty())
      a.in_ring = false;
    else
      ring.push_back(index);
    hand_out(slot);
  }
  if (credits > 0) {
    context->window->give_back(std::exchange(credits, 0));
  }
  if (soonest_hold != never_us)
    context->rt->ticks->wake(caf::actor_cast<caf::actor>(self),
                             context->rt->owner->steady_at(from_micros(soonest_hold)) +
                                 std::chrono::milliseconds{1});
}

void dispatcher_state::hand_out(std::uint32_t slot) {
  auto& r = rows[slot];
  r.where = place::out;
  ++out_total;
  ++handed_out;
  auto& a = accounts[r.account];
  due_delivery d;
  d.delivery = r.delivery;
  d.post = r.post;
  d.workspace = a.workspace;
  d.account = a.id;
  d.state = r.state;
  d.version = r.version;
  d.attempt = r.attempt;
  d.burnt = r.burnt;
  d.due_us = r.due_us;
  d.wake_us = r.wake_us;
  d.call_deadline_us = r.call_deadline_us;
  d.platform = a.platform;
  d.media = r.media;
  d.prepared = r.prepared;
  d.inherited = r.inherited;
  auto to = post_ref(a.workspace, r.post);
  // Anonymous: nobody answers this, and an error that did would end this actor. While the shard is being
  // closed there is nobody to send to; what is out then is forgotten with the rest.
  if (auto posts = context->rt->route->find_local(group::content, shard))
    caf::anon_send(posts, routed{to, caf::make_message(take_delivery{std::move(d)})});
}

/// The SHARD did not let what was handed out through: back into the heap until it may be tried again.
void dispatcher_state::refused(const entity_refused& m) {
  auto again = to_micros(context->rt->owner->now() + milliseconds{m.retry_after_ms});
  for (std::uint32_t slot = 0; slot < rows.size(); ++slot) {
    auto& r = rows[slot];
    if (r.where != place::out || r.post != m.who.id) continue;
    release(r);
    r.wake_us = again;
    heap.set(slot, again);
  }
  check_stopped();
  pump();
  set_wake();
}

void dispatcher_state::set_wake() {
  auto* owner = context->rt->owner;
  std::int64_t next = heap.empty() ? never_us : heap.first_time();
  // Wake up in time to load more, too; with as many rows as may be held, the next that leaves wakes us.
  if (has_room())
    next = std::min(next, loaded_until_us - microseconds(context->settings.near_window).count() / 2 + 1'000);
  if (next != never_us)
    context->rt->ticks->wake(caf::actor_cast<caf::actor>(self), owner->steady_at(from_micros(next)));
}

void dispatcher_state::recall() {
  std::set<std::pair<uuid, uuid>> posts; // workspace, post
  for (auto& r : rows)
    if (r.where == place::out) posts.emplace(accounts[r.account].workspace, r.post);
  auto to = context->rt->route->find_local(group::content, shard);
  for (auto& [workspace, post] : posts)
    if (to) caf::anon_send(to, routed{post_ref(workspace, post), caf::make_message(give_back{})});
}

void dispatcher_state::check_stopped() {
  if (!stopping || out_total > 0) return;
  for (auto& s : stoppers) s.deliver(done{});
  stoppers.clear();
}

std::string dispatcher_state::status() const {
  std::size_t ready = 0;
  for (auto& a : accounts) ready += a.ready.size();
  boost::json::object out{{"shard", shard},           {"rows", by_delivery.size()},
                          {"heap", heap.size()},      {"ready", ready},
                          {"out", out_total},         {"accounts", accounts.size()},
                          {"handed_out", handed_out}, {"loads", loads},
                          {"loaded", loaded},         {"open", open},
                          {"stopping", stopping},     {"mailbox", self->mailbox().size()}};
  return boost::json::serialize(out);
}

caf::behavior dispatcher(caf::stateful_actor<dispatcher_state>* self, shard_id shard,
                         dispatcher_context* context) {
  auto& s = self->state;
  s.self = self;
  s.shard = shard;
  s.context = context;
  // Nothing that somebody failed to do is a reason to stop dispatching.
  self->set_error_handler([](caf::error& e) { log::warning("dispatcher.error", {{"error", to_string(e)}}); });
  return {
      [=](start_dispatching) { self->state.take_up(); },
      [=](abandon_desk) {
        self->state.abandon();
        return done{};
      },
      [=](tick) {
        auto& st = self->state;
        if (!st.open) return;
        if (!st.loaded) return st.load();
        st.collect_due();
      },
      [=](const delivery_stands& m) {
        auto& st = self->state;
        if (!st.open) return;
        st.stands(m.what);
        st.check_stopped();
        st.pump();
        st.set_wake();
      },
      [=](window_grant g) {
        auto& st = self->state;
        st.credits += g.credits;
        st.pump();
        if (st.credits > 0) st.context->window->give_back(std::exchange(st.credits, 0));
      },
      [=](const account_hold& h) {
        if (!self->state.open) return;
        self->state.hold(h);
        self->state.pump();
      },
      [=](const entity_failed& f) { self->state.failed(f); },
      [=](const entity_refused& r) {
        if (self->state.open) self->state.refused(r);
      },
      [=](const reload_post& m) { self->state.reload(m.post); },
      [=](shard_restarted) { self->state.reload_all_out(); },
      [=](dispatcher_status) { return json_text{self->state.status()}; },
      [=](const stop_dispatching& m) -> caf::result<done> {
        auto& st = self->state;
        if (m.recall && !st.stopping) st.recall();
        st.stopping = true;
        st.stoppers.push_back(self->make_response_promise());
        st.check_stopped();
        return caf::delegated<done>{};
      },
  };
}

} // namespace troupe
