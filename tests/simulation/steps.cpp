#include "tests/simulation/world.hpp"

#include <algorithm>

// One step of anything: which one, the seed decides.
namespace troupe::test {

namespace {

constexpr std::uint64_t most_steps = 400'000;

} // namespace

std::vector<std::size_t> world::runnable() {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < jobs_->jobs.size(); ++i) {
    auto* p = owner_of(jobs_->jobs[i]);
    if (!p || !p->paused) out.push_back(i);
  }
  return out;
}

bool world::run_job(std::size_t which) {
  auto& queue = jobs_->jobs;
  auto at = queue.begin() + static_cast<std::ptrdiff_t>(which);
  std::rotate(queue.begin(), at, at + 1);
  auto* p = owner_of(queue.front());
  note("job", static_cast<std::int64_t>(dynamic_cast<caf::scheduled_actor*>(queue.front())->id()));
  turn its(*this, p);
  jobs_->run_once();
  return true;
}

/// Ends what the dead have left.
void world::purge() {
  for (std::size_t i = 0; i < jobs_->jobs.size();) {
    auto* p = owner_of(jobs_->jobs[i]);
    if (!p || p->alive) {
      ++i;
      continue;
    }
    run_job(i);
    i = 0;
  }
}

void world::step() {
  if (++steps_ > most_steps) fail("too many steps");
  if (scenario_.faults && !peace_) disturb();
  auto todo = runnable();
  auto what = pick(16);
  if (what < 9 && !todo.empty()) {
    run_job(todo[pick(static_cast<unsigned>(todo.size()))]);
    return;
  }
  bool done = false;
  switch (what) {
  case 0:
  case 9:
  case 10: done = step_server(); break;
  case 1:
  case 11: done = step_network(); break;
  case 2:
  case 12: done = step_leases(); break;
  case 3:
  case 13: done = step_keepers(); break;
  case 14: done = step_people(); break;
  default:
    if (chance(4)) {
      advance(1 + pick(chance(20) ? 50'000 : 2'000));
      done = true;
    }
    break;
  }
  if (done) return;
  if (!todo.empty()) {
    run_job(todo[pick(static_cast<unsigned>(todo.size()))]);
    return;
  }
  if (!step_server() && !step_network() && !step_leases() && !step_keepers() && !step_people())
    advance_to_next();
}

bool world::step_server() {
  if (stalled_until_us_ > now_us_) return false;
  std::vector<memory_server::backend*> can;
  for (auto& b : server.open())
    if (!(b.stuck && b.now == memory_server::stage::begun)) can.push_back(&b);
  if (can.empty()) return false;
  auto& b = *can[pick(static_cast<unsigned>(can.size()))];
  note("server", b.pid);
  bool commits = b.now == memory_server::stage::begun;
  auto lost = scenario_.faults && !peace_ && b.done && chance(80);
  turn nobody(*this, nullptr);
  if (lost) {
    note("cut", b.pid);
    server.cut(b);
  } else {
    server.advance(b);
  }
  if (commits) check_commits();
  return true;
}

bool world::step_network() {
  if (network.open().empty()) return false;
  std::vector<recording_network::call*> can;
  for (auto& c : network.open()) can.push_back(&c);
  auto& c = *can[pick(static_cast<unsigned>(can.size()))];
  auto* p = processes_[c.node].get();
  note("network", static_cast<std::int64_t>(c.now));
  bool calm = peace_ || !scenario_.faults;
  using stage = recording_network::stage;
  if (now_us_ >= c.until_us && (c.done || c.now != stage::released)) {
    if (p->paused) return false;
    turn its(*this, p);
    network.give_up(c);
    return true;
  }
  if (c.now == stage::waiting) {
    if (!p->runs()) return false;
    turn its(*this, p);
    if (!calm && chance(12)) {
      network.refuse_connection(c);
    } else {
      auto request = c; // as it is before its gate is asked
      if (!network.connect(c)) return true;
      if (!calm && chance(3)) c.arrives_us = now_us_ + static_cast<std::int64_t>(pick(2'500)) * 1'000;
      check_release(request);
    }
    return true;
  }
  if (c.now == stage::released) {
    // Where nothing tells a repeat from the first call, a network does not carry out what was cut off long
    // ago.
    if (now_us_ < c.arrives_us) return false;
    bool too_late = network.kind() != network_kind::keys_for_ever && now_us_ > c.until_us + 200'000;
    if (too_late || (!calm && chance(15)))
      network.swallow(c);
    else if (!calm && chance(15))
      network.refuse(c, pick(4) == 0 ? 422 : pick(2) == 0 ? 429 : 503);
    else if (calm || !chance(3)) // slow
      network.apply(c, now_us_);
    else
      return false;
    return true;
  }
  if (p->paused) return false;
  turn its(*this, p);
  network.finish(c, !calm && chance(6));
  return true;
}

/// Sent, carried out, answered: each at its own time.
bool world::step_leases() {
  for (auto& [name, p] : running_) {
    if (!p->alive) continue;
    if (p->must_end) {
      crash(*p, false);
      return true;
    }
    if (!p->lease.under_way) {
      if (p->paused || p->away_until_us != 0 || now_us_ < p->next_renewal_us) continue;
      note("renew", static_cast<std::int64_t>(p->index));
      turn its(*this, p);
      p->lease.send();
      p->next_renewal_us = now_us_ + 250'000;
      return true;
    }
    if (!p->lease.remote_time) {
      if (stalled_until_us_ > now_us_) continue;
      if (!tables.renew(p->me, simulated_lease::ttl)) {
        if (p->paused) continue;
        note("told", static_cast<std::int64_t>(p->index));
        crash(*p, false); // told that it is dead: the process ends
        return true;
      }
      tables.nodes.at(p->me).lock_held = true; // each renewal asks for it again
      p->lease.carried_out(tables.now());
      return true;
    }
    if (p->paused || chance(3)) continue;
    turn its(*this, p);
    p->lease.answered();
    if (p->view != tables.view) p->next_look_us = 0;
    p->view = tables.view;
    return true;
  }
  return false;
}

bool world::step_keepers() {
  for (auto& [name, p] : running_) {
    if (!p->runs() || p->keeper_runs || now_us_ < p->next_look_us) continue;
    note("keeper", static_cast<std::int64_t>(p->index));
    p->step_keeper();
    return true;
  }
  return false;
}

} // namespace troupe::test
