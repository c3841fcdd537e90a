#pragma once

#include "actors/social/budgets.hpp"
#include "actors/social/interface.hpp"
#include "actors/social/types.hpp"
#include "system/actor/runtime.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>

/// ACCOUNT: one connected social account. Owns its tokens (refreshed once, however many ask) and its rate
/// window.
///
///   (absent) --connect--> active <--resume/pause--> paused
///                          |  ^
///          refused keys    v  | reconnect
///                   reconnect_required / restricted          any --disconnect--> disconnected (final)
namespace troupe {

struct social_settings {
  milliseconds call_timeout{20'000};    // one call to a network
  milliseconds refresh_margin{300'000}; // refresh this long before the access token ends
  milliseconds refresh_life{30'000};    // how long an intent to refresh keeps others away
  seconds oauth_life = troupe::oauth_life;
  bool allow_private = false;            // servers on private addresses (the operator's word)
  int max_calls = 256;                   // calls of one account at the same time
  std::size_t max_waiting_calls = 5'000; // beyond: not_sent
};

/// What all ACCOUNTs of a node share. Outlives them.
struct social_context {
  runtime* rt = nullptr;
  outbound::engine* out = nullptr;
  platforms::registry* networks = nullptr;
  social_settings settings;
  shared_budgets budgets;
  std::vector<caf::actor> dispatchers; // by shard: who is told about holds; may be empty in tests
};

struct account_state;
using account_self = caf::stateful_actor<account_state>;

/// The adapter's way to the outside, bound to one ACCOUNT.
class account_io final : public platforms::io {
 public:
  account_io(account_self* self, social_context* context) : self_(self), context_(context) {}
  void start(outbound::request what, std::function<void(outbound::response)> done) override;
  timestamp now() const override { return context_->rt->owner->now(); }
  void saw_rate(const platforms::rate_window& window) override;

 private:
  account_self* self_;
  social_context* context_;
};

struct account_state {
  account_self* self = nullptr;
  social_context* context = nullptr;
  entity_ref who;
  caf::actor shard;
  std::unique_ptr<account_io> io;
  platforms::adapter* network = nullptr;

  bool loaded = false;
  bool exists = false;
  account_row row;
  platforms::credentials keys;
  std::optional<platforms::rate_window> rate;
  std::optional<timestamp> rate_resets_at;
  std::int64_t held_until_us = 0;

  /// Calls under way: the coroutine of each, kept alive here. The number is only a handle.
  std::map<std::uint64_t, std::shared_ptr<void>> running;
  std::uint64_t next_call = 0;
  std::deque<std::function<void()>> waiting; // for a slot, or for the refresh to end
  bool refreshing = false;
  bool call_is_counted = false; // the next request has been taken from the shared budgets already
  bool committing = false;      // a change of the row is on its way
  std::uint64_t calls_done = 0, refreshes = 0;
  const char* name = "account";

  void load(std::function<void()> then);
  void adopt(account_row fresh);
  document view() const;

  // account.cpp: what people ask; connecting.cpp: how it is connected
  void connect(const connect_account& m, caf::response_promise promise);
  void reconnect(platforms::outcome<platforms::connection> c, caf::response_promise promise);
  void insert(platforms::connection c, caf::response_promise promise);
  void act(account_action action, caf::response_promise promise);
  void begin(const begin_oauth& m, caf::response_promise promise);
  void finish(const finish_oauth& m, caf::response_promise promise);
  void set_state(std::string state, std::string reason, std::string limits, std::function<void(ec)> then);
  boost::json::object connect_fields(const std::string& text) const;

  // calls.cpp: what POSTs ask
  content_verdict judge(const platforms::publication& p) const;
  void call(network_call c);
  void run(network_call c);
  bool within_shared_budgets(const network_call& c);
  /// `begun_with`: the value of `refreshes` when the call went out.
  void settle(const network_call& c, call_result r, std::uint64_t begun_with);
  void with_fresh_token(std::function<void()> then);
  void refresh();
  void refreshed(platforms::outcome<platforms::credentials> r);
  void refresh_ended();
  void drain_waiting();
  void hold(std::int64_t until_us, std::string reason);

  /// Runs a task to its end and hands its value to `then`, in this actor; a defect inside is reported as
  /// `broken`.
  template <class T, class F>
  void drive(platforms::task<T> t, T broken, F then) {
    auto id = ++next_call;
    auto kept = std::make_shared<platforms::task<T>>(std::move(t));
    running.emplace(id, kept);
    kept->start([this, id, broken = std::move(broken),
                 then = std::move(then)](std::optional<T> value, std::exception_ptr error) mutable {
      // Keeps the frame alive until this handler has returned.
      auto node = running.extract(id);
      then(value && !error ? std::move(*value) : std::move(broken));
    });
  }
};

/// INTERNAL: a predecessor's intent to refresh has run out; look for its grant, then go on.
struct refresh_wait_over {};
/// INTERNAL: never sent; the behaviour of an ACCOUNT that is being loaded, when everything else is skipped.
struct loading_only {};

/// Made by the SHARD of the social group.
caf::actor make_account(caf::scheduled_actor* shard, social_context* context, const entity_ref& who);

/// A network's failure as the API's.
failure to_api_failure(const platforms::publish_failure& f);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::refresh_wait_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::loading_only)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<troupe::outbound::response>)
