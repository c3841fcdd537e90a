#include "actors/content/dispatcher.hpp"

#include "actors/content/store.hpp"
#include "actors/social/store.hpp"
#include "system/core/log.hpp"

namespace troupe {

namespace {

constexpr auto forever = std::numeric_limits<std::int64_t>::max();
constexpr auto retry_load = std::chrono::milliseconds{500};

due_delivery read_open(const storage::rows& r, std::size_t i, std::int64_t epoch) {
  due_delivery d;
  d.delivery = parse_uuid(r.get(i, 0)).value_or(uuid{});
  d.post = parse_uuid(r.get(i, 1)).value_or(uuid{});
  d.workspace = parse_uuid(r.get(i, 2)).value_or(uuid{});
  d.account = parse_uuid(r.get(i, 3)).value_or(uuid{});
  d.state = parse_delivery_state(r.get(i, 4)).value_or(delivery_state::scheduled);
  d.version = r.get_int(i, 5);
  d.attempt = r.get_int(i, 6);
  d.burnt = r.get_int(i, 7);
  d.due_us = r.get_int(i, 8);
  d.wake_us = r.is_null(i, 9) ? d.due_us : std::max(d.due_us, r.get_int(i, 9));
  d.call_deadline_us = r.get_int(i, 10);
  d.platform = r.get(i, 11);
  d.media = r.get_bool(i, 12);
  d.prepared = r.get_bool(i, 13);
  d.inherited = r.get_int(i, 14) != epoch;
  // What was found under way is looked at at once: the POST knows what to do with it.
  if (d.state != delivery_state::scheduled) d.wake_us = 0;
  return d;
}

} // namespace

/// Loads the next part of the near window; at the first time also everything under way and who must be held back.
void dispatcher_state::load() {
  if (loading || stopping) return;
  loading = true;
  ++loads;
  auto now = to_micros(context->rt->owner->now());
  auto edge = std::max(now + microseconds(context->settings.near_window).count(), loaded_until_us);
  loading_until_us = edge;
  auto limit = context->settings.load_rows;
  auto shard_text = std::to_string(shard);
  std::vector<storage::step> steps{
    {&content_store::open_deliveries,
     {shard_text, std::to_string(edge), std::to_string(loaded_until_us), to_string(loaded_until_id), std::to_string(limit)}}};
  if (!loaded) steps.push_back({&social_store::held, {shard_text}});
  read_database(self, *context->rt, std::move(steps), [this, edge, limit](db_reply r) {
    loading = false;
    if (!r.ok()) {
      context->rt->ticks->wake(caf::actor_cast<caf::actor>(self), std::chrono::steady_clock::now() + retry_load);
      return;
    }
    if (!loaded)
      for (std::size_t i = 0; i < r.rows(1).size(); ++i) {
        due_delivery d;
        d.account = parse_uuid(r.rows(1).get(i, 0)).value_or(uuid{});
        accounts[account_of(d)].held_until_us = forever;
      }
    loaded = true;
    take_rows(r.rows(), edge, limit);
    collect_due();
  });
}

void dispatcher_state::take_rows(const storage::rows& r, std::int64_t edge_us, int limit) {
  auto epoch = context->rt->owner->epoch_of(shard).value_or(0);
  bool more = r.size() >= static_cast<std::size_t>(limit);
  if (!more) {
    loaded_until_us = edge_us;
    loaded_until_id = {};
  }
  for (std::size_t i = 0; i < r.size(); ++i) {
    auto d = read_open(r, i, epoch);
    // With more to come the edge is the last row: thousands may be due at one instant, so its id counts too.
    if (more && i + 1 == r.size()) {
      loaded_until_us = d.due_us;
      loaded_until_id = d.delivery;
    }
    auto known = by_delivery.find(d.delivery);
    // A POST may have told something newer while the load was on its way.
    if (known != by_delivery.end() && rows[known->second].version >= d.version) continue;
    stands(d, true);
  }
  if (more && by_delivery.size() < context->settings.max_rows) load();
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
  if (a.network->safe_repeat && r.wake_us <= r.due_us) return r.wake_us - microseconds(context->settings.arm_lead).count();
  return r.wake_us;
}

/// Takes over what a POST (or the database) says about a delivery.
void dispatcher_state::stands(const due_delivery& d, bool from_database) {
  auto known = by_delivery.find(d.delivery);
  bool open = is_open(d.state);
  if (known == by_delivery.end()) {
    if (!open || (!from_database && beyond_loaded(d))) return;
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
  }
  auto slot = known->second;
  auto& r = rows[slot];
  release(r);
  if (!open) {
    heap.remove(slot);
    by_delivery.erase(d.delivery);
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
      by_delivery.size() < context->settings.max_rows)
    load();
  pump();
  set_wake();
}

void dispatcher_state::pump() {
  if (stopping || context->restored) return;
  if (!context->rt->owner->may_dispatch()) {
    if (!ring.empty())
      context->rt->ticks->wake(caf::actor_cast<caf::actor>(self), std::chrono::steady_clock::now() + retry_load / 10);
    return;
  }
  auto now = to_micros(context->rt->owner->now());
  std::int64_t soonest_hold = forever;
  std::size_t passed = 0; // accounts in a row that could not be served
  while (!ring.empty() && passed < ring.size()) {
    auto index = ring.front();
    auto& a = accounts[index];
    while (!a.ready.empty() && rows[a.ready.front()].where == place::gone) {
      free_rows.push_back(a.ready.front());
      a.ready.pop_front();
    }
    if (a.ready.empty() || a.out >= context->settings.max_out_per_account) {
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
  if (soonest_hold != forever)
    context->rt->ticks->wake(caf::actor_cast<caf::actor>(self),
                             context->rt->owner->steady_at(from_micros(soonest_hold)) + std::chrono::milliseconds{1});
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
  self->send(context->rt->route->find(group::content, shard), routed{to, caf::make_message(take_delivery{std::move(d)})});
}

void dispatcher_state::set_wake() {
  auto* owner = context->rt->owner;
  std::int64_t next = heap.empty() ? forever : heap.first_time();
  // Wake up in time to load more, too; with as many rows as may be held, the next that leaves wakes us.
  if (by_delivery.size() < context->settings.max_rows)
    next = std::min(next, loaded_until_us - microseconds(context->settings.near_window).count() / 2 + 1'000);
  if (next != forever)
    context->rt->ticks->wake(caf::actor_cast<caf::actor>(self), owner->steady_at(from_micros(next)));
}

/// A POST died with what it had in hand: the database knows how its deliveries stand.
void dispatcher_state::failed(const entity_failed& f) {
  if (f.who.kind != entity_kind::post) return;
  reload(f.who.id);
}

void dispatcher_state::reload(const uuid& post) {
  read_database(self, *context->rt, {{&content_store::open_of_post, {to_string(post)}}}, [this, post](db_reply r) {
    if (!r.ok()) {
      self->delayed_send(self, retry_load, reload_post{post});
      return;
    }
    std::set<uuid> seen;
    auto floor = to_micros(context->rt->owner->now() + retry_load);
    for (std::size_t i = 0; i < r.rows().size(); ++i) {
      auto d = read_open(r.rows(), i, context->rt->owner->epoch_of(shard).value_or(0));
      seen.insert(d.delivery);
      // Not at once: what failed just now gets a moment before it is tried again.
      d.wake_us = std::max(d.wake_us, floor);
      stands(d);
    }
    std::vector<uuid> closed;
    for (auto& known : rows)
      if (known.where != place::gone && known.post == post && !seen.contains(known.delivery))
        closed.push_back(known.delivery);
    for (auto& id : closed) {
      due_delivery d;
      d.delivery = id;
      d.state = delivery_state::cancelled; // whatever final state it has, it is not ours any more
      stands(d);
    }
    collect_due();
  });
}

void dispatcher_state::check_stopped() {
  if (!stopping || out_total > 0) return;
  for (auto& s : stoppers) s.deliver(done{});
  stoppers.clear();
}

std::string dispatcher_state::status() const {
  std::size_t ready = 0;
  for (auto& a : accounts) ready += a.ready.size();
  boost::json::object out{{"shard", shard},           {"rows", by_delivery.size()},      {"heap", heap.size()},
                          {"ready", ready},           {"out", out_total},                {"accounts", accounts.size()},
                          {"handed_out", handed_out}, {"loads", loads},                  {"loaded", loaded},
                          {"stopping", stopping},     {"mailbox", self->mailbox().size()}};
  return boost::json::serialize(out);
}

caf::behavior dispatcher(caf::stateful_actor<dispatcher_state>* self, shard_id shard, dispatcher_context* context) {
  auto& s = self->state;
  s.self = self;
  s.shard = shard;
  s.context = context;
  return {
    [=](start_dispatching) { self->state.load(); },
    [=](tick) {
      auto& st = self->state;
      if (!st.loaded) return st.load();
      st.collect_due();
    },
    [=](const delivery_stands& m) {
      auto& st = self->state;
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
      self->state.hold(h);
      self->state.pump();
    },
    [=](const entity_failed& f) { self->state.failed(f); },
    [=](const reload_post& m) { self->state.reload(m.post); },
    [=](dispatcher_status) { return json_text{self->state.status()}; },
    [=](stop_dispatching) -> caf::result<done> {
      auto& st = self->state;
      st.stopping = true;
      st.stoppers.push_back(self->make_response_promise());
      st.check_stopped();
      return caf::delegated<done>{};
    },
  };
}

} // namespace troupe
