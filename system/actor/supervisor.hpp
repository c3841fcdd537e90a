#pragma once

#include "system/actor/router.hpp"
#include "system/actor/shard.hpp"

#include <caf/all.hpp>

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

/// GROUP: the supervisor of one domain group's SHARDs on this node. A SHARD that dies takes its entities with
/// it, is made anew and put into the router in its place; one that dies again and again is more than a SHARD
/// can mend: then the node ends, and whoever supervises the process starts a new incarnation.
namespace troupe {

struct group_settings {
  int restart_limit =
      5; // deaths of its SHARDs, all together, within `restart_window`; the next one is escalated
  milliseconds restart_window{60'000};
};

/// What a GROUP is made of. Outlives it. `make` is called in the GROUP's own thread of control.
struct group_plan {
  group which = group::users;
  std::uint32_t shards = 0;
  std::function<caf::actor(shard_id, const shard_past&)> make;
  std::function<void(shard_id)> opened;      // the SHARD is in the router; may be empty
  std::function<void(shard_id)> restarted;   // may be empty
  std::function<void(std::string)> escalate; // must end the node; called at most once
};

/// Makes these SHARDs and answers `done` when they are in the router. One that is still ending from before is
/// made when it has ended: never two of one number on a node.
struct open_shards {
  std::vector<shard_id> which;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, open_shards& x) {
    return f(x.which);
  }
};

/// Lets these SHARDs end; they are out of the router already. Answers `done` at once.
struct close_shards {
  std::vector<shard_id> which;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, close_shards& x) {
    return f(x.which);
  }
};

struct group_state {
  using clock = std::chrono::steady_clock;

  caf::stateful_actor<group_state>* self = nullptr;
  group_plan plan;
  group_settings settings;
  router* route = nullptr;
  enum class stage : std::uint8_t { closed, open, closing, closing_to_open };
  std::vector<caf::actor> members; // by shard
  std::vector<stage> stages;
  std::vector<shard_past> pasts;
  std::unordered_map<caf::actor_addr, shard_id> by_address;
  std::deque<clock::time_point> deaths; // within the window
  bool escalated = false;
  const char* name = "group";

  ~group_state();
  void make(shard_id shard);
  void open(shard_id shard);
  void close(shard_id shard);
  void down(const caf::down_msg& m);
};

caf::behavior supervise_group(caf::stateful_actor<group_state>* self, group_plan plan,
                              group_settings settings, router* route);

/// Ends the node through `escalate` when one of `actors` dies otherwise than told to: those that cannot be
/// replaced while entities hold on to them (JOURNALs, DISPATCHERs).
caf::behavior watch_over(caf::event_based_actor* self, const std::vector<caf::actor>& actors,
                         std::function<void(std::string)> escalate);

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_group, first_custom_type_id + 35)
CAF_ADD_TYPE_ID(troupe_group, (troupe::open_shards))
CAF_ADD_TYPE_ID(troupe_group, (troupe::close_shards))
CAF_END_TYPE_ID_BLOCK(troupe_group)
