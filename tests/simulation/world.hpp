#pragma once

#include "tests/simulation/process.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace troupe::test {

/// What a simulation begins with; all of it follows from its seed.
struct scenario {
  unsigned seed = 1;
  network_kind network = network_kind::keys_for_ever;
  int nodes = 1;
  int posts = 6;
  milliseconds trouble{8'000}; // faults are injected for so long
  bool faults = true;
};

/// What somebody asked for, and what was answered. One per Idempotency-Key: asked again until there is an
/// answer.
struct wish {
  enum class kind : std::uint8_t { create, edit, move, cancel, read };
  kind what = kind::create;
  std::size_t post = 0;
  std::string key;
  std::string text;          // edit
  std::int64_t due_us = 0;   // create, move
  std::int64_t at_least = 0; // read: what had been acknowledged when it was asked
  bool acknowledged = false, refused = false, under_way = false;
  std::int64_t next_try_us = 0;
  int tries = 0; // how often it was asked
  std::string refusal;
};

struct simulated_post {
  uuid id, workspace;
  std::vector<std::size_t> accounts; // of world's
  std::string text;                  // as it was made
  bool made = false;                 // acknowledged
  std::int64_t version = 0;          // of the newest change that was acknowledged
  std::string stands;                // the text that was acknowledged with it
  int takes = 0;                     // how often somebody wished for another text
  std::set<std::string> cancelled;   // deliveries: acknowledged, and never in doubt before
};

struct simulated_account {
  uuid id, workspace;
  std::string handle;
};

/// A few nodes, one database, one network, some people, and time: every delivery of a message, step of the
/// server, call and timer is a step that the seed chooses. Throws std::runtime_error where an invariant does
/// not hold.
class world {
 public:
  static constexpr std::uint32_t shards = 3;
  static constexpr milliseconds call_timeout{2'000};
  static constexpr milliseconds grace{500};

  explicit world(const scenario& s);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// The whole history: trouble, then peace until everything has come to rest.
  void run();
  /// One step of anything.
  void step();

  std::int64_t now_us() const { return now_us_; }
  caf::actor_system& system() { return *system_; }
  const secrets::key_ring& keys() const;
  platforms::registry& networks() const;
  virtual_clock fresh_clock();
  process* find(const cluster::node_id& id);
  bool is_cut(const std::string& from, const std::string& to) const { return cut_.contains({from, to}); }
  std::uint64_t steps() const { return steps_; }
  /// A digest of all that has happened, to see that a seed replays.
  std::uint64_t digest() const { return digest_; }
  const std::vector<std::pair<std::string, int>>& injected() const { return injected_; }
  /// How many deliveries ended in each state, and how many wishes were granted.
  const std::map<std::string, int>& outcomes() const { return outcomes_; }

  /// While it lives, what is done is done by this process (nullptr: by people): on its clock, and what is
  /// spawned is its own.
  class turn {
   public:
    turn(world& w, process* p);
    ~turn();
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

   private:
    world& w_;
    process* before_;
    in_time_of clock_;
  };

  memory_tables tables{shards};
  memory_server server{tables};
  recording_network network;

 private:
  friend class turn;

  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool chance(unsigned one_in) { return pick(one_in) == 0; }
  void claim();
  process* owner_of(caf::resumable* job);
  void note(std::string_view what, std::int64_t which = 0);
  [[noreturn]] void fail(const std::string& what) const;

  // -- world.cpp
  void settle();
  bool at_rest() const;
  std::string unrest() const; // what has not
  void advance(std::int64_t us);
  void advance_to_next();
  void serve_timers();

  // -- steps.cpp
  void purge();
  bool run_job(std::size_t which);
  std::vector<std::size_t> runnable();
  bool step_server();
  bool step_network();
  bool step_leases();
  bool step_keepers();

  // -- faults.cpp
  void disturb();
  void mend();
  void crash(process& p, bool with_its_machine);
  void restart_missing(bool now);
  void cut_wires(const std::string& a, const std::string& b);
  process* any_alive();

  // -- people.cpp
  void populate();
  bool step_people();
  void ask(std::size_t which);
  void answered(std::size_t which, const document& d);
  void refused(std::size_t which, const failure& f);
  void think_of_something();

  // -- checks.cpp
  void check_commits();
  void check_release(const recording_network::call& c);
  void check_applied(const std::string& what);
  void check_end();
  std::vector<std::pair<std::string, const memory_delivery*>> known_deliveries() const;

  scenario scenario_;
  std::mt19937 random_;
  std::int64_t now_us_ = 1'700'000'000'000'000;
  virtual_clock people_clock_;
  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* jobs_ = nullptr;
  std::vector<process*> owners_; // by actor id
  process* current_ = nullptr;
  std::vector<std::unique_ptr<process>> processes_; // all runs
  std::map<std::string, process*> running_;         // by name: the newest run
  std::map<std::string, std::int64_t> restart_at_;
  std::set<std::pair<std::string, std::string>> cut_;
  std::int64_t stalled_until_us_ = 0, trouble_until_us_ = 0;
  bool peace_ = false;
  bool lock_was_lost_ = false; // a living node may have lost its shards before its lease was over
  std::uint64_t steps_ = 0, digest_ = 1469598103934665603ull;
  std::vector<std::pair<std::string, int>> injected_;

  std::vector<simulated_account> accounts_;
  std::vector<simulated_post> posts_;
  std::vector<wish> wishes_;
  std::map<std::string, std::size_t> post_of_text_;
  int next_key_ = 0;
  struct heard {
    std::size_t which;
    std::optional<document> doc;
    failure why;
  };
  std::vector<heard> answers_;

  std::size_t ledger_seen_ = 0;
  std::map<shard_id, std::int64_t> epochs_seen_;
  std::map<std::pair<shard_id, std::int64_t>, std::string> writers_;
  std::set<std::string> ever_in_doubt_; // deliveries
  std::map<std::string, int> outcomes_;
};

} // namespace troupe::test
