#include "actors/content/post.hpp"
#include "actors/content/store.hpp"
#include "system/core/crash_point.hpp"
#include "system/core/log.hpp"

// The publish protocol of one delivery:
//
//   due -> (prepare) -> arm: `sending` committed -> wait for the due time -> release through the gate ->
//   outcome
//                          \ recalled: back to `scheduled`                     \ no answer: in doubt ->
//                          resolve
//
// No call leaves without a committed `sending` row; the gate is asked once, right before the first request
// byte.
namespace troupe {

namespace {

using platforms::publish_error;

/// Nobody is asked for the workspace's rule before a delivery is this late (the least that can be
/// configured).
constexpr std::int64_t never_too_late_us = 60'000'000;

} // namespace

std::uint64_t post_state_::random() {
  rng ^= rng << 13;
  rng ^= rng >> 7;
  rng ^= rng << 17;
  return rng;
}

const platforms::description* post_state_::network_of(const flight& f) const {
  auto* adapter = context->networks->find(f.what.platform);
  return adapter ? &adapter->describe() : nullptr;
}

/// The DISPATCHER hands a delivery over.
void post_state_::take(const due_delivery& d) {
  if (flights.contains(d.delivery)) return; // It is on its way already; that flight will report.
  // A change that is under way has made sure that nothing moves: it must stay so until it is committed.
  if (operating) {
    deferred.push_back(d);
    return;
  }
  auto& f = flights[d.delivery];
  f.what = d;
  begin(f);
}

void post_state_::begin(flight& f) {
  auto id = f.what.delivery;
  switch (f.what.state) {
  case delivery_state::scheduled: {
    auto late = to_micros(context->rt->owner->now()) - f.what.due_us;
    if (late < never_too_late_us) break;
    check_lateness(id, [this, id](bool too_late) {
      if (too_late) {
        step s{delivery_state::needs_review};
        s.reason = "later than the workspace's max_lateness";
        s.error_kind = "too_late";
        s.error_detail =
            "This delivery is later than the workspace allows; a person decides whether it still goes out.";
        s.event = "delivery.needs_review";
        return transition(id, std::move(s));
      }
      auto it = flights.find(id);
      if (it == flights.end()) return;
      auto* network = network_of(it->second);
      if (network && !it->second.what.prepared && needs_prepare(*network, it->second.what.media))
        return prepare(id);
      arm(id);
    });
    return;
  }
  case delivery_state::sending: {
    // Found under way: the previous owner died, or this POST did, or its write was refused. Armed by a
    // previous owner and due after that one's lease had ended means that it was never sent.
    auto predecessor = context->rt->owner->predecessor_lease(shard_number());
    bool never_sent = f.what.inherited && f.what.attempt <= 1 && predecessor.time_since_epoch().count() > 0 &&
                      from_micros(f.what.due_us) > predecessor;
    step s{never_sent ? delivery_state::scheduled : delivery_state::in_doubt};
    s.reason =
        never_sent ? "armed by a node whose lease ended before the due time" : "found sending by a new owner";
    transition(id, std::move(s));
    return;
  }
  case delivery_state::in_doubt: resolve(id); return;
  default: landed(id); return;
  }
  auto* network = network_of(f);
  if (network && !f.what.prepared && needs_prepare(*network, f.what.media)) return prepare(id);
  arm(id);
}

void post_state_::check_lateness(const uuid& id, std::function<void(bool)> then) {
  auto late_us = [this, id]() -> std::int64_t {
    auto it = flights.find(id);
    return it == flights.end() ? 0 : to_micros(context->rt->owner->now()) - it->second.what.due_us;
  };
  auto to = context->rt->route->find_local(workspace_ref(who.home));
  if (!to) return then(late_us() > microseconds(context->settings.max_lateness).count());
  self->request(to, std::chrono::seconds{5}, routed{workspace_ref(who.home), caf::make_message(get_rules{})})
      .then([late_us, then](const workspace_rules& r) { then(late_us() > r.max_lateness_s * 1'000'000); },
            [this, late_us, then](const caf::error&) {
              then(late_us() > microseconds(context->settings.max_lateness).count());
            });
}

// -- prepare ---------------------------------------------------------------------------------

void post_state_::prepare(const uuid& id) {
  flights.at(id).now = flight::phase::preparing;
  load([this, id] {
    auto it = flights.find(id);
    auto* d = find(id);
    if (it == flights.end()) return;
    if (!exists || !d || d->state != delivery_state::scheduled) return lost(id, ec::row_changed, nullptr);
    it->second.what.version = d->version;
    auto content = std::make_shared<platforms::publication>(publication_of(row, *d));
    it->second.content = content;
    load_images(
        content, d->media.value_or(row.content.media), [this, id, content](const std::string& missing) {
          if (!flights.contains(id)) return;
          if (!missing.empty()) {
            call_result r;
            r.error = {publish_error::validation, missing, {}, 0};
            return prepared(id, std::move(r));
          }
          auto slot =
              reply_slot<call_result>::make(self, [this, id](call_result r) { prepared(id, std::move(r)); });
          network_call c{call_kind::prepare, content, nullptr, slot};
          context->rt->route->tell(account_ref(who.home, flights.at(id).what.account), std::move(c));
        });
  });
}

void post_state_::prepared(const uuid& id, call_result r) {
  auto it = flights.find(id);
  if (it == flights.end()) return;
  auto& f = it->second;
  if (!r.ok && !r.error.progress) return failed_call(id, r.error);
  crash_point("publish.prepared");
  // Half of the work is kept too, so that nothing is uploaded twice; only the whole of it counts as prepared.
  auto handle = r.ok ? std::move(r.handle) : std::move(*r.error.progress);
  if (r.ok) handle["prepared"] = true;
  auto text = boost::json::serialize(handle);
  f.content->remote_handle = std::move(handle);
  commit(self, *context->rt, shard_number(), content_store::prepared,
         {to_string(id), std::to_string(f.what.version), std::move(text)},
         [this, id, ok = r.ok, error = r.error](change_result c) {
           auto at = flights.find(id);
           if (at == flights.end()) return;
           if (!c.applied()) return lost(id, c.code, nullptr);
           auto& g = at->second;
           g.what.version = c.get_int(1);
           g.what.prepared = ok;
           if (auto* d = find(id)) {
             d->version = g.what.version;
             d->remote_handle = g.content->remote_handle;
             cached_json.clear();
           }
           if (!ok) return failed_call(id, error);
           auto* network = network_of(g);
           auto lead = network && network->safe_repeat ? 250'000 : 0;
           bool due = to_micros(context->rt->owner->now()) >= std::max(g.what.wake_us, g.what.due_us) - lead;
           if (g.recall || !due) return landed(id); // The dispatcher brings it again when it is due.
           arm(id);
         });
}

// -- arm -------------------------------------------------------------------------------------

void post_state_::arm(const uuid& id) {
  auto& f = flights.at(id);
  if (f.recall || !context->rt->owner->may_dispatch()) return landed(id);
  f.now = flight::phase::arming;
  f.epoch = context->rt->owner->epoch_of(shard_number()).value_or(0);
  crash_point("publish.before_arm");
  // Armed ahead of its time it may wait for company, as long as that is a small part of the time left.
  auto left_us = f.what.due_us - to_micros(context->rt->owner->now());
  bool in_good_time = left_us > 3 * microseconds(longest_gathering).count();
  commit(
      self, *context->rt, shard_number(), content_store::arm,
      {to_string(id), std::to_string(f.what.version), std::to_string(context->settings.send_window.count()),
       std::to_string(context->settings.call_timeout.count())},
      [this, id](change_result r) { armed(id, r); }, in_good_time);
}

void post_state_::armed(const uuid& id, const change_result& r) {
  auto it = flights.find(id);
  if (it == flights.end()) return;
  auto& f = it->second;
  if (!r.applied()) return lost(id, r.code, nullptr);
  crash_point("publish.armed");
  ++context->metrics->armed;
  f.what.version = r.get_int(1);
  f.what.attempt = r.get_int(2);
  f.what.state = delivery_state::sending;
  f.send_not_after_us = r.get_int(3);
  f.what.call_deadline_us = f.send_not_after_us + microseconds(context->settings.call_timeout).count();
  auto content = std::make_shared<platforms::publication>();
  content->delivery_id = id;
  content->text = r.get(4);
  content->title = r.get(5);
  content->language = r.get(6);
  auto media = media_from_json(r.get(7));
  boost::system::error_code ignored;
  auto object = [&](std::size_t column) {
    auto text = r.get(column);
    if (text.empty() || text == "{}") return boost::json::object{};
    auto v = boost::json::parse(boost::json::string_view(text.data(), text.size()), ignored);
    return v.is_object() ? v.get_object() : boost::json::object{};
  };
  content->options = object(8);
  content->remote_handle = object(9);
  content->idempotency_key = r.get(10);
  content->scheduled_for = from_micros(f.what.due_us);
  f.content = content;
  if (auto* d = find(id)) {
    d->version = f.what.version;
    d->attempt = f.what.attempt;
    d->state = delivery_state::sending;
    if (!d->first_sending_at)
      d->first_sending_at = from_micros(f.send_not_after_us) - context->settings.send_window;
    d->call_deadline = from_micros(f.what.call_deadline_us);
    cached_json.clear();
  }
  auto may_send = [owner = context->rt->owner, number = shard_number(), epoch = f.epoch, due = f.what.due_us,
                   until = f.send_not_after_us] {
    auto now = to_micros(owner->now());
    auto bound = owner->error_bound().count();
    return owner->may_dispatch() && owner->epoch_of(number) == epoch && now - bound >= due &&
           now + bound <= until;
  };
  f.gate = std::make_shared<outbound::send_gate>(may_send);
  f.now = flight::phase::waiting;
  if (media.empty()) return wait_or_call(id);
  load_images(content, std::move(media), [this, id](const std::string& missing) {
    if (!flights.contains(id)) return;
    if (!missing.empty()) return failed_call(id, {publish_error::validation, missing, {}, 0});
    wait_or_call(id);
  });
}

void post_state_::wait_or_call(const uuid& id) {
  auto& f = flights.at(id);
  auto* owner = context->rt->owner;
  if (f.recall) {
    f.gate->revoke();
    step s{delivery_state::scheduled};
    s.reason = "taken back before release";
    return transition(id, std::move(s));
  }
  auto ready_us = f.what.due_us + owner->error_bound().count();
  if (to_micros(owner->now()) < ready_us) {
    context->rt->ticks->wake(caf::actor_cast<caf::actor>(self), owner->steady_at(from_micros(ready_us)));
    return;
  }
  call(id);
}

void post_state_::woken() {
  std::vector<uuid> waiting;
  for (auto& [id, f] : flights)
    if (f.now == flight::phase::waiting && f.content) waiting.push_back(id);
  for (auto& id : waiting) wait_or_call(id);
}

// -- release and outcome ---------------------------------------------------------------------

void post_state_::call(const uuid& id) {
  auto& f = flights.at(id);
  f.now = flight::phase::calling;
  crash_point("publish.before_call");
  auto slot = reply_slot<call_result>::make(self, [this, id](call_result r) { answered(id, std::move(r)); });
  network_call c{call_kind::publish, f.content, f.gate, slot,
                 keeper_of(f, "nobody waited for the answer any more")};
  // When nobody takes the call the slot answers "not sent" by itself.
  context->rt->route->tell(account_ref(who.home, f.what.account), std::move(c));
}

void post_state_::answered(const uuid& id, call_result r) {
  auto it = flights.find(id);
  if (it == flights.end()) return;
  crash_point("publish.answered");
  if (!r.ok) return failed_call(id, r.error);
  step s{delivery_state::published};
  s.reason = it->second.what.state == delivery_state::in_doubt
                 ? "published, found by a repeat with the same key"
                 : "published";
  s.receipt = std::move(r.receipt);
  s.published_us = to_micros(context->rt->owner->now());
  s.event = "delivery.published";
  transition(id, std::move(s));
}

/// Sorts a failure of prepare or publish into what happens next.
void post_state_::failed_call(const uuid& id, const platforms::publish_failure& e) {
  auto& f = flights.at(id);
  auto now = to_micros(context->rt->owner->now());
  bool doubtful = f.what.state == delivery_state::in_doubt;
  // Nothing was released: any failure is one of preparing, and the state stays as it is.
  step s{doubtful ? delivery_state::in_doubt : delivery_state::scheduled};
  s.error_kind = std::string(to_string(e.kind));
  s.error_detail = e.detail;
  s.detail = e.detail;
  auto backoff = retry_backoff(f.what.burnt, context->settings.retry_backoff_min,
                               context->settings.retry_backoff_max, random());
  auto wait = [&](std::optional<milliseconds> asked, milliseconds otherwise) {
    s.next_us = now + microseconds(asked.value_or(otherwise)).count();
  };
  switch (e.kind) {
  case publish_error::validation:
  case publish_error::permission:
  case publish_error::target_not_found:
    if (doubtful && f.earlier_call_runs) {
      s.reason = "refused, while an earlier call may still arrive";
      s.next_us = calls_end_us(f);
      break;
    }
    s.to = delivery_state::failed;
    s.reason = "the network refused it";
    s.event = "delivery.failed";
    break;
  case publish_error::auth_expired:
    s.reason = "the access token had expired";
    s.burnt = 1;
    wait({}, milliseconds{0});
    break;
  case publish_error::reconnect_required:
  case publish_error::account_restricted:
    // The ACCOUNT holds its deliveries back until a person has acted; no attempt is burnt.
    s.reason = "the account is not in service";
    wait({}, milliseconds{1'000});
    break;
  case publish_error::rate_limited:
  case publish_error::quota_exhausted:
    s.reason = "the network asks to wait";
    wait(e.retry_after, milliseconds{60'000});
    break;
  case publish_error::media_processing:
    s.reason = "the network still works on the media";
    wait(e.retry_after, milliseconds{2'000});
    break;
  case publish_error::not_sent:
    s.reason = "not sent";
    s.burnt = f.now == flight::phase::calling ? 0 : 1;
    // Where this node's own lease was the reason, the network has nothing to recover from.
    wait(e.retry_after, context->rt->owner->may_dispatch() ? backoff : milliseconds{20});
    break;
  case publish_error::provider_unavailable:
    s.reason = "the network did not answer while preparing";
    s.burnt = 1;
    wait(e.retry_after, backoff);
    break;
  case publish_error::revoked: s.reason = "taken back before release"; break;
  case publish_error::duplicate:
  case publish_error::unknown_outcome:
    s.to = delivery_state::in_doubt;
    s.reason =
        e.kind == publish_error::duplicate ? "the network says it has this already" : "no trustworthy answer";
    s.burnt = 1;
    if (f.now == flight::phase::preparing && !doubtful) {
      // Preparing makes nothing public: simply again.
      s.to = delivery_state::scheduled;
      wait({}, backoff);
    } else if (doubtful) {
      wait({}, backoff);
    }
    break;
  }
  bool out_of_tries = s.burnt > 0 && f.what.burnt + s.burnt >= context->settings.retry_limit;
  if (doubtful && s.to == delivery_state::in_doubt && out_of_tries)
    return give_up(id, "in doubt after every attempt");
  if (!doubtful && s.to == delivery_state::scheduled && out_of_tries) {
    s.to = delivery_state::failed;
    s.reason = "out of attempts: " + s.reason;
    s.next_us.reset();
    s.event = "delivery.failed";
  }
  transition(id, std::move(s));
}

} // namespace troupe
