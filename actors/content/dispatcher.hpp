#pragma once

#include "actors/content/due_heap.hpp"
#include "actors/content/interface.hpp"
#include "actors/content/loaded_bound.hpp"
#include "actors/content/send_window.hpp"
#include "system/actor/runtime.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <deque>
#include <set>

/// DISPATCHER: knows what of its shard is due when, and whose turn it is. It holds a compact row per open
/// delivery of the near window, takes credits of the node's send window, and hands deliveries to their POSTs,
/// one account after the other. It never writes: the database is the truth, and every POST tells it how a
/// delivery stands.
///
///   (far future) --load--> heap --due--> ready (per account) --turn, credit--> out --delivery_stands--> heap
///   | gone
namespace troupe {

struct dispatcher_settings {
  milliseconds arm_lead{100}; // hand over this long before the due time where a repeat is safe
  milliseconds prepare_lead{600'000};
  milliseconds near_window{600'000}; // rows due within this are held in memory
  int load_rows = 5'000;             // rows per load
  // What is due elsewhere waits behind what one workspace's burst has under way: not the whole window.
  int max_out = 512;
  int max_out_per_account = 256;
};

/// Asks for numbers: answers json_text.
struct dispatcher_status {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, dispatcher_status&) {
    return f();
  }
};
/// The shards stand: begin to load and to hand out. Nothing where it has begun already.
struct start_dispatching {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, start_dispatching&) {
    return f();
  }
};
/// Hands out nothing more; answers done once everything that is out has come back. `recall`: another node
/// goes on, so what is not yet released is asked back.
struct stop_dispatching {
  bool recall = false;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, stop_dispatching& x) {
    return f(x.recall);
  }
};

/// The shard is not this node's any more: forgets everything. Answers done.
struct abandon_desk {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, abandon_desk&) {
    return f();
  }
};

/// The content SHARD died with all its POSTs: what was in their hands must be looked up.
struct shard_restarted {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, shard_restarted&) {
    return f();
  }
};

struct dispatcher_context {
  runtime* rt = nullptr;
  platforms::registry* networks = nullptr;
  send_window* window = nullptr;
  loaded_bound* bound = nullptr; // beyond: what is due later stays in the database
  dispatcher_settings settings;
  bool restored = false; // a restored database: nothing is published
};

struct dispatcher_state {
  enum class place : std::uint8_t { heap, ready, out, gone };

  struct row {
    uuid delivery, post;
    std::int64_t due_us = 0, wake_us = 0, call_deadline_us = 0;
    std::uint32_t account = 0;
    std::uint32_t heap_position = due_heap<dispatcher_state>::none;
    std::int32_t version = 0;
    std::int16_t attempt = 0, burnt = 0;
    delivery_state state = delivery_state::scheduled;
    place where = place::gone;
    bool media = false, prepared = false, inherited = false;
  };
  struct account {
    uuid id, workspace;
    const platforms::description* network = nullptr;
    std::string platform;
    std::int64_t held_until_us = 0;
    int out = 0;
    bool in_ring = false;
    std::deque<std::uint32_t> ready;
  };

  dispatcher_state() : heap(*this) {}
  ~dispatcher_state();
  std::uint32_t& position(std::uint32_t slot) { return rows[slot].heap_position; }

  caf::stateful_actor<dispatcher_state>* self = nullptr;
  dispatcher_context* context = nullptr;
  shard_id shard = 0;
  std::deque<row> rows;
  std::vector<std::uint32_t> free_rows;
  boost::unordered_flat_map<uuid, std::uint32_t, std::hash<uuid>> by_delivery;
  std::vector<account> accounts;
  boost::unordered_flat_map<uuid, std::uint32_t, std::hash<uuid>> by_account;
  due_heap<dispatcher_state> heap;
  std::deque<std::uint32_t> ring; // accounts with something ready, in turn
  // What is due before (or then, with an id up to this one) is in `rows`. While a load is under way its query
  // may have missed what a POST stores meanwhile, so that what is due before `loading_until_us` is taken from
  // the POST.
  std::int64_t loaded_until_us = 0, loading_until_us = 0;
  uuid loaded_until_id;
  bool loading = false, loaded = false;
  bool open = false; // between start_dispatching and abandon_desk
  bool stopping = false;
  std::uint64_t times_opened =
      0; // what was asked for before the shard left and came back is not wanted any more
  int credits = 0;
  int out_total = 0;
  std::vector<caf::response_promise> stoppers;
  std::uint64_t handed_out = 0, loads = 0;
  const char* name = "dispatcher";

  bool has_room() const { return context->bound->has_room(by_delivery.size()); }
  void take_up();
  void abandon();
  static constexpr milliseconds load_retry{500}; // after a load that failed
  void load();
  void take_rows(const storage::rows& r, std::int64_t edge_us, int limit);
  bool beyond_loaded(const due_delivery& d) const;
  void stands(const due_delivery& d, bool from_database = false);
  void release(row& r);
  std::uint32_t account_of(const due_delivery& d);
  std::int64_t act_at(const row& r) const;
  void hold(const account_hold& h);
  void collect_due();
  void make_ready(std::uint32_t slot);
  void pump();
  void hand_out(std::uint32_t slot);
  void set_wake();
  void failed(const entity_failed& f);
  void refused(const entity_refused& m);
  void reload(const uuid& post);
  void reload_all_out();
  void recall();
  void check_stopped();
  std::string status() const;
};

caf::behavior dispatcher(caf::stateful_actor<dispatcher_state>* self, shard_id shard,
                         dispatcher_context* context);

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_dispatcher, first_custom_type_id + 245)
CAF_ADD_TYPE_ID(troupe_dispatcher, (troupe::dispatcher_status))
CAF_ADD_TYPE_ID(troupe_dispatcher, (troupe::start_dispatching))
CAF_ADD_TYPE_ID(troupe_dispatcher, (troupe::stop_dispatching))
CAF_ADD_TYPE_ID(troupe_dispatcher, (troupe::shard_restarted))
CAF_ADD_TYPE_ID(troupe_dispatcher, (troupe::abandon_desk))
CAF_END_TYPE_ID_BLOCK(troupe_dispatcher)
