#include "system/actor/supervisor.hpp"

#include "system/core/log.hpp"

#include <fmt/format.h>

namespace troupe {

group_state::~group_state() {
  for (auto& m : members)
    if (m) caf::anon_send_exit(m, caf::exit_reason::user_shutdown);
}

void group_state::make(shard_id shard) {
  members[shard] = plan.make(shard, pasts[shard]);
  stages[shard] = stage::open;
  self->monitor(members[shard]);
  by_address.emplace(members[shard].address(), shard);
  route->set(plan.which, shard, members[shard]);
}

void group_state::open(shard_id shard) {
  if (shard >= plan.shards) return;
  if (stages[shard] == stage::closing) stages[shard] = stage::closing_to_open;
  if (stages[shard] != stage::closed) return;
  make(shard);
  if (plan.opened) plan.opened(shard);
}

void group_state::close(shard_id shard) {
  if (shard >= plan.shards) return;
  if (stages[shard] == stage::closing_to_open) stages[shard] = stage::closing;
  if (stages[shard] != stage::open) return;
  stages[shard] = stage::closing;
  self->send(members[shard], close_shard{});
}

void group_state::down(const caf::down_msg& m) {
  auto found = by_address.find(m.source);
  if (found == by_address.end()) return;
  auto shard = found->second;
  by_address.erase(found);
  members[shard] = nullptr;
  if (stages[shard] != stage::open) {
    bool again = stages[shard] == stage::closing_to_open;
    stages[shard] = stage::closed;
    if (again) open(shard);
    return;
  }
  stages[shard] = stage::closed;
  auto now = clock::now();
  while (!deaths.empty() && now - deaths.front() > settings.restart_window) deaths.pop_front();
  deaths.push_back(now);
  auto& past = pasts[shard];
  ++past.restarts;
  past.last_error = reason_text(m.reason);
  bool too_often = static_cast<int>(deaths.size()) > settings.restart_limit;
  log::error("shard.crashed", {{"group", to_string(plan.which)},
                               {"shard", shard},
                               {"restarts", past.restarts},
                               {"escalated", too_often},
                               {"error", past.last_error}});
  if (escalated) return;
  if (too_often) {
    escalated = true;
    plan.escalate(fmt::format("group {}: its shards died {} times within {} s, the last one with {}",
                              to_string(plan.which), deaths.size(), settings.restart_window.count() / 1000,
                              past.last_error));
    return;
  }
  make(shard);
  if (plan.restarted) plan.restarted(shard);
}

caf::behavior supervise_group(caf::stateful_actor<group_state>* self, group_plan plan,
                              group_settings settings, router* route) {
  auto& s = self->state;
  s.self = self;
  s.plan = std::move(plan);
  s.settings = settings;
  s.route = route;
  s.members.resize(s.plan.shards);
  s.pasts.resize(s.plan.shards);
  s.stages.resize(s.plan.shards, group_state::stage::closed);
  self->set_down_handler([=](caf::down_msg& m) { self->state.down(m); });
  return {
      [=](const open_shards& m) {
        for (auto i : m.which) self->state.open(i);
        return done{};
      },
      [=](const close_shards& m) {
        for (auto i : m.which) self->state.close(i);
        return done{};
      },
  };
}

caf::behavior watch_over(caf::event_based_actor* self, const std::vector<caf::actor>& actors,
                         std::function<void(std::string)> escalate) {
  for (auto& a : actors) self->monitor(a);
  self->set_down_handler([escalate = std::move(escalate)](caf::down_msg& m) {
    if (!m.reason || m.reason == caf::exit_reason::user_shutdown) return;
    log::error("vital_actor.crashed", {{"error", to_string(m.reason)}});
    escalate("an actor that the node cannot do without died: " + to_string(m.reason));
  });
  return {[](describe) { return json_text{"{}"}; }}; // has nothing to say; a behaviour must not be empty
}

} // namespace troupe
