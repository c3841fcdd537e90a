#include "tests/simulation/world.hpp"

// What goes wrong, and how it is set right again.
namespace troupe::test {

process* world::any_alive() {
  std::vector<process*> can;
  for (auto& [name, p] : running_)
    if (p->alive) can.push_back(p);
  return can.empty() ? nullptr : can[pick(static_cast<unsigned>(can.size()))];
}

void world::disturb() {
  restart_missing(false);
  if (!chance(120)) return;
  auto* p = any_alive();
  if (!p) return;
  auto what = pick(12);
  note("fault", what);
  static constexpr const char* names[] = {"crash",      "power cut", "pause",        "pause",
                                          "cut off",    "cut off",   "server stall", "broken link",
                                          "wall clock", "drain",     "lost lock",    "long pause"};
  injected_.emplace_back(names[what], static_cast<int>(p->index));
  auto spell = static_cast<std::int64_t>(20 + pick(1'500)) * 1'000;
  switch (what) {
  case 0: return crash(*p, false);
  case 1: return crash(*p, true);
  case 2:
  case 3:
  case 11:
    p->paused = true;
    p->paused_until_us = now_us_ + (what == 11 ? spell * 4 : spell);
    for (auto& b : server.open())
      if (b.application == p->database.application() && b.fenced && chance(2)) b.stuck = true;
    return;
  case 4:
  case 5:
    p->set_away(true);
    p->away_until_us = now_us_ + spell;
    return;
  case 6:
    stalled_until_us_ = now_us_ + spell * 2;
    for (auto& [name, each] : running_)
      if (each->alive) {
        each->set_away(true);
        each->away_until_us = stalled_until_us_;
      }
    return;
  case 7: {
    auto* other = any_alive();
    if (other && other != p) cut_wires(p->me.name, other->me.name);
    return;
  }
  case 8: p->clock.wall_off_us += (chance(2) ? 1 : -1) * 3'600'000'000; return;
  case 9: (void)p->tables.begin_draining(p->me); return;
  case 10: // its connection was reset, and one to another node broke: it looks dead, and is not
    tables.nodes.at(p->me).lock_held = false;
    lock_was_lost_ = true;
    for (auto& [name, other] : running_)
      if (other != p && other->alive) cut_wires(p->me.name, name);
    return;
  default: return;
  }
}

/// A connection between two nodes breaks, in both directions, and may stay broken for a while.
void world::cut_wires(const std::string& a, const std::string& b) {
  for (auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
    auto it = running_.find(from);
    if (it == running_.end()) continue;
    if (!peace_ && chance(2)) cut_.emplace(from, to);
    for (auto& [peer, handle] : it->second->wires)
      if (peer.name == to) caf::anon_send_exit(handle, caf::exit_reason::kill);
  }
}

void world::crash(process& p, bool with_its_machine) {
  note("crash", static_cast<std::int64_t>(p.index));
  p.die(with_its_machine);
  restart_at_[p.me.name] = now_us_ + static_cast<std::int64_t>(50 + pick(3'000)) * 1'000;
  // Its own ends of the connections are gone, so the others learn of it, unless nothing is left to tell them.
  for (auto& [name, other] : running_)
    for (auto& [peer, handle] : other->wires)
      if (peer == p.me && !with_its_machine) caf::anon_send_exit(handle, caf::exit_reason::kill);
  purge();
}

void world::restart_missing(bool now) {
  for (auto& [name, at] : restart_at_) {
    auto it = running_.find(name);
    if (it != running_.end() && it->second->alive) continue;
    if (!now && now_us_ < at) continue;
    note("start", static_cast<std::int64_t>(processes_.size()));
    processes_.push_back(std::make_unique<process>(*this, processes_.size(), name));
    running_[name] = processes_.back().get();
  }
  if (!now && chance(200)) cut_.clear();
}

/// From now on nothing goes wrong any more.
void world::mend() {
  peace_ = true;
  cut_.clear();
  stalled_until_us_ = 0;
  for (auto& [name, p] : running_) {
    if (!p->alive) continue;
    if (tables.nodes.at(p->me).state != "active") {
      crash(*p, false);
      continue;
    }
    tables.nodes.at(p->me).lock_held = true;
    p->paused_until_us = now_us_;
    p->away_until_us = 0;
    p->set_away(false);
  }
  serve_timers();
  restart_missing(true);
}

} // namespace troupe::test
