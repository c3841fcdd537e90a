#include "tests/simulation/world.hpp"

#include "system/actor/supervisor.hpp"
#include "system/cluster/envelope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

namespace troupe::test {

namespace {

/// No threads: a message is handled when the world says so.
class simulated_config final : public caf::actor_system_config {
 public:
  simulated_config() {
    add_message_types<caf::id_block::troupe_actor>();
    add_message_types<caf::id_block::troupe_group>();
    add_message_types<caf::id_block::troupe_journal>();
    add_message_types<caf::id_block::troupe_users>();
    add_message_types<caf::id_block::troupe_social>();
    add_message_types<caf::id_block::troupe_content>();
    add_message_types<caf::id_block::troupe_window>();
    add_message_types<caf::id_block::troupe_dispatcher>();
    add_message_types<caf::id_block::troupe_cluster>();
    set("scheduler.policy", caf::atom("testing"));
  }
};

secrets::key_ring make_keys() {
  secrets::init();
  auto path = std::filesystem::temp_directory_path() / fmt::format("troupe-simulation-{}", ::getpid());
  if (!secrets::key_ring::create(path)) throw std::runtime_error("no key file");
  auto ring = secrets::key_ring::load(path);
  std::filesystem::remove(path);
  return *ring;
}

std::unique_ptr<platforms::registry> make_networks(network_kind kind) {
  auto made = std::make_unique<platforms::registry>("http://network");
  auto& d = const_cast<platforms::description&>(made->find("sandbox")->describe());
  if (kind == network_kind::keys_for_ever) return made;
  d.safe_forever = d.repeat_while_running = d.safe_repeat = false;
  d.absence_is_proof = d.can_find = kind == network_kind::can_be_asked;
  if (kind == network_kind::keys_for_a_day) {
    d.key_window = seconds{86'400};
    d.safe_repeat = true;
  }
  return made;
}

} // namespace

const secrets::key_ring& world::keys() const {
  static const auto ring = make_keys();
  return ring;
}

platforms::registry& world::networks() const {
  static std::array<std::unique_ptr<platforms::registry>, 4> made;
  auto& one = made[static_cast<std::size_t>(scenario_.network)];
  if (!one) one = make_networks(scenario_.network);
  return *one;
}

world::turn::turn(world& w, process* p) : w_(w), before_(w.current_), clock_(p ? p->clock : w.people_clock_) {
  w.claim();
  w.current_ = p;
}

world::turn::~turn() {
  w_.claim();
  w_.current_ = before_;
}

/// Whatever has been spawned since the last time is the current process' own.
void world::claim() {
  auto last = system_->latest_actor_id();
  while (owners_.size() <= last) owners_.push_back(current_);
}

process* world::owner_of(caf::resumable* job) {
  auto* actor = dynamic_cast<caf::scheduled_actor*>(job);
  claim();
  return actor && actor->id() < owners_.size() ? owners_[actor->id()] : nullptr;
}

void world::note(std::string_view what, std::int64_t which) {
  for (unsigned char c : what) digest_ = (digest_ ^ c) * 1099511628211ull;
  digest_ =
      (digest_ ^ static_cast<std::uint64_t>(which) ^ static_cast<std::uint64_t>(now_us_)) * 1099511628211ull;
}

void world::fail(const std::string& what) const {
  throw std::runtime_error(fmt::format("{} (step {}, {:.3f} s)", what, steps_,
                                       static_cast<double>(now_us_ - 1'700'000'000'000'000) / 1e6));
}

virtual_clock world::fresh_clock() {
  virtual_clock c;
  c.true_us = &now_us_;
  c.started_us = now_us_;
  c.steady_base_us = 1'000'000'000 + static_cast<std::int64_t>(pick(1'000'000)) * 1'000;
  c.drift_ppm = static_cast<std::int64_t>(pick(61)) - 30;
  return c;
}

world::world(const scenario& s) : network(s.network), scenario_(s), random_(s.seed) {
  people_clock_.true_us = &now_us_;
  people_clock_.started_us = now_us_;
  in_time_of start(people_clock_);
  config_ = std::make_unique<simulated_config>();
  system_ = std::make_unique<caf::actor_system>(*config_);
  jobs_ = &dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  tables.advance(microseconds{now_us_ - to_micros(tables.now())});
  network.on_applied = [this](const std::string& what) { check_applied(what); };
  populate();
  for (int i = 0; i < scenario_.nodes; ++i) restart_at_[std::string(1, static_cast<char>('a' + i))] = now_us_;
  restart_missing(true);
  trouble_until_us_ = now_us_ + microseconds(scenario_.trouble).count();
}

world::~world() {
  for (auto& p : processes_)
    if (p->alive) p->die(true);
  for (auto& b : server.open()) b.done = {};
  // Whoever still waits for an answer hears that there is none.
  in_time_of end(people_clock_);
  jobs_->advance_time(std::chrono::minutes{2});
  while (!jobs_->jobs.empty()) run_job(0);
  processes_.clear();
  system_->await_actors_before_shutdown(false);
  system_.reset();
}

process* world::find(const cluster::node_id& id) {
  for (auto& p : processes_)
    if (p->me == id) return p.get();
  return nullptr;
}

void world::run() {
  while (now_us_ < trouble_until_us_) step();
  settle();
  check_end();
}

void world::settle() {
  mend();
  auto until = now_us_ + 600'000'000;
  while (!at_rest()) {
    if (now_us_ > until) fail("does not come to rest:" + unrest());
    for (int i = 0; i < 50; ++i) step();
    restart_missing(true); // who was told that it is dead
  }
  // Late receipts and what else is still on its way.
  for (until = now_us_ + 5'000'000; now_us_ < until;) step();
}

bool world::at_rest() const {
  for (auto& x : wishes_)
    if (!x.acknowledged && !x.refused) return false;
  for (auto& [id, d] : server.rows.deliveries)
    if (d.is_open) return false;
  return true;
}

std::string world::unrest() const {
  std::string out;
  for (auto& x : wishes_)
    if (!x.acknowledged && !x.refused)
      out +=
          fmt::format(" '{}' about {} (asked {} times, {});", x.key, posts_[x.post].text, x.tries, x.refusal);
  for (auto& [what, d] : known_deliveries())
    if (d->is_open)
      out += fmt::format(" {} is {}, attempt {}, version {};", what, d->state, d->attempt, d->version);
  return out;
}

// -- time ---------------------------------------------------------------------------------------

void world::advance(std::int64_t us) {
  now_us_ += us;
  tables.advance(microseconds{us});
  jobs_->advance_time(std::chrono::microseconds{us});
  serve_timers();
}

void world::serve_timers() {
  for (auto& p : processes_) {
    if (!p->alive) continue;
    if (p->paused && now_us_ >= p->paused_until_us) {
      p->paused = false;
      for (auto& b : server.open())
        if (b.application == p->database.application()) b.stuck = false;
    }
    if (p->away_until_us != 0 && now_us_ >= p->away_until_us) {
      p->away_until_us = 0;
      p->set_away(false);
    }
    if (p->paused) continue;
    turn its(*this, p.get());
    p->database.give_up_waiting();
    p->ticks.serve();
  }
}

/// Nothing can be done now: to the next moment at which something can.
void world::advance_to_next() {
  constexpr std::int64_t most = 100'000; // the timers of CAF's own do not say when they are due
  auto next = now_us_ + most;
  auto at = [&](std::int64_t us) { next = std::min(next, std::max(us, now_us_ + 1)); };
  for (auto& p : processes_) {
    if (!p->alive) continue;
    if (p->paused) {
      at(p->paused_until_us);
      continue;
    }
    if (p->away_until_us != 0) at(p->away_until_us);
    if (!p->lease.under_way && p->away_until_us == 0) at(p->next_renewal_us);
    if (!p->keeper_runs) at(p->next_look_us);
    if (auto t = p->ticks.next()) {
      auto left =
          std::chrono::duration_cast<microseconds>(t->time_since_epoch()).count() - p->clock.steady_us();
      at(now_us_ + left - left * p->clock.drift_ppm / 1'000'000 + 1);
    }
  }
  for (auto& c : network.open())
    for (auto us : {c.until_us, c.arrives_us})
      if (us > now_us_) at(us);
  for (auto& x : wishes_)
    if (!x.acknowledged && !x.refused && !x.under_way) at(x.next_try_us);
  if (stalled_until_us_ > now_us_) at(stalled_until_us_);
  advance(next - now_us_);
}

} // namespace troupe::test
