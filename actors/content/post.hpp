#pragma once

#include "actors/content/dispatcher.hpp"
#include "actors/content/interface.hpp"
#include "actors/content/metrics.hpp"
#include "actors/users/interface.hpp"
#include "system/actor/runtime.hpp"

#include <caf/all.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>

/// POST: one post and its deliveries. The serialisation point of everything that happens to them.
///
/// What people ask (post.cpp) and what is due (flight.cpp) meet here: a change first takes back what is armed
/// (`quiesce`), is committed, and the post is then read again from the database. A POST that was only woken
/// for a due delivery never loads its content: the arming statement brings the frozen content with it.
namespace troupe {

struct content_settings {
  milliseconds send_window{30'000};  // from arming to the latest moment of release
  milliseconds call_timeout{20'000}; // from release to the end of the call
  milliseconds in_doubt_grace{2'000};
  milliseconds retry_backoff_min{1'000};
  milliseconds retry_backoff_max{300'000};
  int retry_limit = 8; // burnt attempts
  int find_attempts = 5;
  milliseconds receipt_interval{30'000};
  milliseconds max_lateness{21'600'000}; // where the workspace cannot be asked
  std::string media_directory;
};

struct content_context {
  runtime* rt = nullptr;
  platforms::registry* networks = nullptr;
  content_settings settings;
  std::shared_ptr<publish_metrics> metrics = std::make_shared<publish_metrics>();
  std::vector<caf::actor> dispatchers; // by shard
  // Where the bytes of a media row lie, by its sha256 (raw bytes).
  std::function<std::string(std::string_view sha256)> media_path;
};

/// What one target does not take.
struct target_issue {
  std::string pointer; // "/targets/<i>/<field>", "/media"
  platforms::content_issue what;
  std::optional<uuid> account; // none: about the whole post
};
std::vector<field_error> field_errors(const std::vector<target_issue>& issues);

struct post_state_;
using post_self = caf::stateful_actor<post_state_>;

/// One delivery on its way through the publish protocol.
struct flight {
  enum class phase : std::uint8_t { preparing, arming, waiting, calling, storing, resolving };
  due_delivery what;
  phase now = phase::preparing;
  std::shared_ptr<platforms::publication> content;
  std::shared_ptr<outbound::send_gate> gate;
  std::int64_t send_not_after_us = 0;
  std::int64_t first_sending_us = 0;
  std::int64_t epoch = 0;
  bool recall = false; // someone wants it back before it is released
  /// An earlier call may still arrive: what the network says to this one settles nothing but success.
  bool earlier_call_runs = false;
};

struct post_state_ {
  post_self* self = nullptr;
  content_context* context = nullptr;
  entity_ref who;
  caf::actor shard;
  bool loaded = false, loading = false, exists = false;
  post row;
  std::string cached_json;                      // the view, until something changes
  std::map<uuid, flight> flights;               // by delivery
  std::deque<std::function<void()>> operations; // what people asked, one at a time
  bool operating = false;
  std::vector<due_delivery> deferred; // handed over while an operation runs; given back when it is done
  std::vector<std::function<void()>> when_loaded;
  std::vector<caf::response_promise> asked_meanwhile; // of those in when_loaded
  std::vector<std::function<void()>> when_quiet;      // waiting for recalled flights to come back
  std::uint64_t rng = 0x9E3779B97F4A7C15ull;
  const char* name = "post";

  // -- shared
  shard_id shard_number() const { return context->rt->shard_of(who); }
  /// `asked`: hears that the post cannot be read, when it cannot.
  void load(std::function<void()> then, caf::response_promise asked = {});
  void reload(std::function<void()> then, caf::response_promise asked = {});
  void finished_loading();
  void give_back_deferred();
  document view();
  delivery* find(const uuid& id);
  void tell_dispatcher(const due_delivery& d);
  void tell_all();
  due_delivery due_of(const delivery& d) const;
  void rest();
  void load_images(std::shared_ptr<platforms::publication> p, std::vector<media_ref> media,
                   std::function<void(std::string missing)> then);

  // -- post.cpp: what people ask
  void operate(std::function<void()> work);
  void operation_done();
  void fail(caf::response_promise& promise, failure f);
  /// `of_delivery`: the answer is about this delivery, not about the post.
  void begin_change(const request_origin& origin, caf::response_promise promise, std::function<void()> work,
                    std::optional<uuid> of_delivery = std::nullopt);
  void answer(caf::response_promise& promise, const std::optional<uuid>& of_delivery);
  void decide(const act_on_delivery& m, caf::response_promise promise);
  /// What is to be made goes from step to step, each of which waits for somebody: shared, not copied.
  using to_create = std::shared_ptr<const create_post>;
  void create(to_create m, caf::response_promise promise);
  bool is_there() const; // also when it was deleted since
  void answer_repeat(const to_create& m, caf::response_promise promise);
  void refuse(const to_create& m, failure f, caf::response_promise promise);
  void make(const to_create& m, caf::response_promise promise);
  void insert(const to_create& m, std::shared_ptr<post> draft, caf::response_promise promise);
  void edit(const edit_post& m, caf::response_promise promise);
  void schedule(const request_origin& origin, const schedule_spec& s, caf::response_promise promise);
  void schedule_at(const request_origin& origin, timestamp at, std::string local, std::string zone,
                   std::string reason, caf::response_promise promise);
  void act(const act_on_post& m, caf::response_promise promise);
  void act(const act_on_delivery& m, caf::response_promise promise);
  void validate(caf::response_promise promise);
  void resolve_time(const schedule_spec& s,
                    std::function<void(expected<timestamp>, std::string local, std::string zone)> then);
  void move(const request_origin& origin, std::vector<uuid> deliveries, std::string to_state,
            std::optional<timestamp> due, bool set_due, std::string local, std::string zone, bool remove,
            std::string reason, std::string event, caf::response_promise promise);
  void not_applied(ec code, std::function<bool()> ours, caf::response_promise promise,
                   std::optional<uuid> of_delivery = std::nullopt);
  void check_targets(std::shared_ptr<post> draft, bool full,
                     std::function<void(ec, std::vector<target_issue>)> then);
  void give_back_all();
  void quiesce(std::vector<uuid> deliveries, std::function<void(bool)> then);
  void changed(caf::response_promise promise, std::optional<uuid> of_delivery = std::nullopt);

  // -- flight.cpp: what is due
  void take(const due_delivery& d);
  void begin(flight& f);
  void check_lateness(const uuid& id, std::function<void(bool too_late)> then);
  void prepare(const uuid& id);
  void prepared(const uuid& id, call_result r);
  void arm(const uuid& id);
  void armed(const uuid& id, const change_result& r);
  void wait_or_call(const uuid& id);
  void woken();
  void call(const uuid& id);
  void answered(const uuid& id, call_result r);
  void resolve(const uuid& id);
  void look_up(const uuid& id);
  void repeat(const uuid& id);
  std::int64_t calls_end_us(const flight& f) const;
  void give_up(const uuid& id, std::string reason);

  struct step {
    explicit step(delivery_state state) : to(state) {}
    delivery_state to;
    std::string reason, detail;
    std::optional<std::int64_t> next_us;
    std::optional<platforms::receipt> receipt;
    std::string error_kind, error_detail;
    int burnt = 0;
    std::optional<std::int64_t> published_us;
    std::optional<std::int64_t> repeat_ms;
    std::string event;
  };
  static storage::params transition_row(const uuid& id, std::int64_t version, delivery_state from,
                                        const step& s);
  static bool is_plain_success(delivery_state from, const step& s);
  static storage::params published_row(const uuid& id, std::int64_t version, const step& s);
  void transition(const uuid& id, step s, std::function<void()> then = {});
  void count(const flight& f, const step& s);
  void landed(const uuid& id);
  void lost(const uuid& id, ec code, const step* s);
  void failed_call(const uuid& id, const platforms::publish_failure& e);

  // -- receipts.cpp: what a network has said when its outcome could not be stored
  std::function<void(const platforms::receipt&)> keeper_of(const flight& f, std::string reason) const;
  void look_at_receipts(const uuid& id);
  void settle_receipts(const delivery& d, const storage::rows& receipts);
  const platforms::description* network_of(const flight& f) const;
  std::uint64_t random();
};

/// Looks, in an interval, for receipts that say more than their deliveries, and tells the POSTs. One per
/// node.
caf::behavior watch_receipts(caf::event_based_actor* self, content_context* context);

caf::actor make_post(caf::scheduled_actor* shard, content_context* context, const entity_ref& who);

} // namespace troupe
