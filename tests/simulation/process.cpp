#include "tests/simulation/process.hpp"

#include "actors/users/interface.hpp"
#include "system/actor/supervisor.hpp"
#include "system/cluster/join.hpp"
#include "tests/simulation/world.hpp"

namespace troupe::test {

// -- lease ------------------------------------------------------------------------------------

void simulated_lease::answered() {
  under_way = false;
  auto remote = std::exchange(remote_time, {});
  auto received = std::chrono::steady_clock::now();
  time_.measured(*remote, sent_, received);
  if (received > ends_ || received - sent_ > ttl) healthy_since_ = received;
  ends_ = sent_ + ttl - ttl / 5;
}

void simulated_lease::failed() {
  under_way = false;
  remote_time.reset();
  healthy_since_ = std::chrono::steady_clock::now();
}

// -- wake-ups ---------------------------------------------------------------------------------

void simulated_wakeups::wake(const caf::actor& who, time_point when) {
  auto [it, fresh] = waiting_.try_emplace(who.id(), when, who.address());
  if (!fresh && when < it->second.first) it->second.first = when;
}

void simulated_wakeups::wake_all() {
  for (auto& [id, w] : waiting_) w.first = std::chrono::steady_clock::now();
}

void simulated_wakeups::serve() {
  auto now = std::chrono::steady_clock::now();
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    if (it->second.first > now) {
      ++it;
      continue;
    }
    auto who = caf::actor_cast<caf::actor>(it->second.second);
    it = waiting_.erase(it);
    if (who) caf::anon_send(who, tick{});
  }
}

std::optional<wakeups::time_point> simulated_wakeups::next() const {
  std::optional<time_point> out;
  for (auto& [id, w] : waiting_)
    if (!out || w.first < *out) out = w.first;
  return out;
}

// -- process ----------------------------------------------------------------------------------

namespace {

/// Everybody may do everything; only the rules of the workspace are asked for.
caf::behavior open_workspace(caf::event_based_actor* self) {
  return {[](get_rules) {
            return workspace_rules{"Europe/Berlin", 21'600};
          },
          [](describe) { return json_text{"{}"}; }, [=](passivate) { self->quit(); }};
}

/// The way to another node's GATEWAY. Like a proxy of CAF's network layer it passes on what it gets, in
/// order, and ends when the connection breaks, with all that it has not passed on.
caf::behavior wire(caf::event_based_actor* self, caf::actor to) {
  auto pass_on = [self, to](auto& m) { self->make_response_promise().delegate(to, std::move(m)); };
  return {[=](cluster::hello& m) { pass_on(m); }, [=](cluster::envelope& m) { pass_on(m); },
          [=](cluster::notice& m) { pass_on(m); }};
}

} // namespace

process::process(world& world_, std::size_t index_, const std::string& name)
    : w(world_), index(index_), me(w.tables.join(name, simulated_lease::ttl)), clock(w.fresh_clock()),
      database(w.server, application_name(me.name, me.incarnation), 2), tables(w.tables),
      owned(world::shards), lease(me, owned), route(world::shards), changes(world::shards),
      outbound(w.network, index, [this] { return w.now_us(); }) {
  world::turn mine(w, this);
  rt.database = &database;
  rt.owner = &lease;
  rt.ticks = &ticks;
  rt.route = &route;
  rt.keys = &w.keys();
  social.rt = content.rt = dispatching.rt = &rt;
  social.out = &outbound;
  social.networks = content.networks = dispatching.networks = &w.networks();
  social.settings.call_timeout = world::call_timeout;
  auto& s = content.settings;
  s.send_window = milliseconds{3'000};
  s.call_timeout = world::call_timeout;
  s.in_doubt_grace = world::grace;
  s.retry_backoff_min = milliseconds{50};
  s.retry_backoff_max = milliseconds{2'000};
  s.receipt_interval = milliseconds{1'000};
  content.media_path = [](std::string_view) { return std::string{}; };
  dispatching.window = &window;
  dispatching.bound = &bound;
  lease.lost = [this](shard_id shard) {
    if (keeping) keeping->lost(shard);
    next_look_us = 0;
  };
  start_actors();
  start_cluster();
  lease.send();
  lease.carried_out(w.tables.now());
  lease.answered();
  (void)tables.begin_owning(me);
  next_renewal_us = w.now_us() + 250'000;
}

process::~process() = default;

void process::start_actors() {
  auto& system = w.system();
  for (std::uint32_t i = 0; i < 2; ++i)
    rt.journals.push_back(system.spawn(journal, i, journal_settings{}, rt.database, rt.owner, &changes));
  for (shard_id i = 0; i < world::shards; ++i)
    dispatchers.push_back(system.spawn(dispatcher, i, &dispatching));
  social.dispatchers = content.dispatchers = dispatchers;
  shard_settings sharding;
  sharding.seed = static_cast<std::uint32_t>(index);
  auto supervise = [&](group which, entity_factory make, const std::vector<caf::actor>& listeners) {
    group_plan plan;
    plan.which = which;
    plan.shards = world::shards;
    plan.make = [this, which, sharding, make, listeners](shard_id i, const shard_past& past) {
      return w.system().spawn(shard, which, i, sharding, make, &ticks,
                              listeners.empty() ? caf::actor{} : listeners[i], past);
    };
    if (!listeners.empty()) {
      plan.opened = [listeners](shard_id i) { caf::anon_send(listeners[i], start_dispatching{}); };
      plan.restarted = [listeners](shard_id i) { caf::anon_send(listeners[i], shard_restarted{}); };
    }
    plan.escalate = [this](const std::string&) { must_end = true; };
    groups.push_back(system.spawn(supervise_group, std::move(plan), group_settings{}, &route));
  };
  supervise(
      group::users,
      [](caf::scheduled_actor* shard_actor, const entity_ref&) { return shard_actor->spawn(open_workspace); },
      {});
  supervise(group::social,
            [this](caf::scheduled_actor* shard_actor, const entity_ref& who) {
              return make_account(shard_actor, &social, who);
            },
            {});
  supervise(
      group::content,
      [this](caf::scheduled_actor* shard_actor, const entity_ref& who) {
        return make_post(shard_actor, &content, who);
      },
      dispatchers);
  receipt_watch = system.spawn(watch_receipts, &content);
}

void process::start_cluster() {
  node::local_host::parts parts;
  parts.rt = &rt;
  parts.may_judge = [this] { return lease.may_judge(); };
  parts.me = me;
  parts.groups = groups;
  parts.dispatchers = dispatchers;
  parts.reachable = true;
  parts.ask = [this](auto& who, auto& what, auto within) { return ask(who, what, within); };
  parts.reach = [this](const cluster::node_id& to) { return reach(to); };
  host = std::make_unique<node::local_host>(w.system(), route, std::move(parts));
  keeping = std::make_unique<cluster::keeper>(me, cluster::keeper_settings{}, tables, owned, *host);
  host->listen({[this](const cluster::node_id& n) { keeping->trust(n); },
                [this](const cluster::node_id& n) {
                  keeping->suspect(n);
                  next_look_us = 0;
                }});
  gateway = w.system().spawn(cluster::gateway, &route, me, [this](const caf::message&) { next_look_us = 0; });
}

/// As local_host's own, which blocks: here the world goes on meanwhile.
bool process::ask(const std::vector<caf::actor>& who, const caf::message& what, milliseconds within) {
  auto left = std::make_shared<std::size_t>(who.size());
  auto all = std::make_shared<bool>(true);
  {
    world::turn mine(w, this);
    w.system().spawn([=](caf::event_based_actor* self) {
      for (auto& a : who)
        self->request(a, within, what)
            .then([=](done) { --*left; },
                  [=](const caf::error&) {
                    *all = false;
                    --*left;
                  });
    });
  }
  auto until = w.now_us() + microseconds(within).count();
  while (alive && *left > 0 && w.now_us() < until) w.step();
  return alive && *left == 0 && *all;
}

caf::actor process::reach(const cluster::node_id& to) {
  auto* other = w.find(to);
  if (!alive || !other || !other->alive || w.is_cut(me.name, to.name)) return {};
  auto& known = wires[to];
  if (known) caf::anon_send_exit(known, caf::exit_reason::kill);
  known = w.system().spawn(wire, other->gateway);
  return known;
}

void process::step_keeper() {
  world::turn mine(w, this);
  keeper_runs = true;
  next_look_us = std::numeric_limits<std::int64_t>::max(); // unless somebody asks for it sooner
  auto again = keeping->step();
  keeper_runs = false;
  next_look_us = std::min(next_look_us, w.now_us() + microseconds(again).count());
}

void process::set_away(bool away) {
  tables.cut = away;
  database.set_away(away);
  if (!away) return;
  std::vector<std::int32_t> broken;
  for (auto& b : w.server.open())
    if (b.application == database.application() && b.done) broken.push_back(b.pid);
  world::turn mine(w, this);
  for (auto pid : broken)
    for (auto& b : w.server.open())
      if (b.pid == pid) {
        w.server.cut(b);
        break;
      }
  if (lease.under_way) lease.failed();
}

void process::die(bool with_its_machine) {
  alive = paused = false;
  tables.cut = true;
  lease.gone = true;
  ticks.clear();
  database.die(with_its_machine);
  w.network.die(index);
  w.tables.nodes.at(me).lock_held = with_its_machine;
  world::turn mine(w, this);
  for (auto& [to, link] : host->peers()) caf::anon_send_exit(link, caf::exit_reason::kill);
  for (auto& [to, a] : wires) caf::anon_send_exit(a, caf::exit_reason::kill);
  for (auto* actors : {&rt.journals, &dispatchers, &groups})
    for (auto& a : *actors) caf::anon_send_exit(a, caf::exit_reason::kill);
  caf::anon_send_exit(receipt_watch, caf::exit_reason::kill);
  caf::anon_send_exit(gateway, caf::exit_reason::kill);
}

} // namespace troupe::test
