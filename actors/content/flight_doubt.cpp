#include "actors/content/post.hpp"
#include "actors/content/store.hpp"

// The publish protocol: what becomes of a delivery that may or may not have reached its network.
namespace troupe {

namespace {

using platforms::publish_error;

} // namespace

/// From then on no call of this delivery can reach its network any more.
std::int64_t post_state_::calls_end_us(const flight& f) const {
  return f.what.call_deadline_us + microseconds(context->settings.in_doubt_grace).count();
}

/// A receipt, else a look at the network, else a repeat with the same key, else a person.
void post_state_::resolve(const uuid& id) {
  auto& f = flights.at(id);
  f.now = flight::phase::resolving;
  auto* network = network_of(f);
  if (!network) return give_up(id, "this build has no adapter for " + f.what.platform);
  // Armed ahead by an owner that is gone: a repeat may not come before its time either.
  auto due_us = f.what.due_us + context->rt->owner->error_bound().count();
  if (to_micros(context->rt->owner->now()) < due_us) {
    f.what.wake_us = due_us;
    return landed(id);
  }
  if (!network->repeat_while_running && to_micros(context->rt->owner->now()) < calls_end_us(f)) {
    // The first call may still be running somewhere: nothing is decided before its deadline has passed.
    f.what.wake_us = calls_end_us(f);
    return landed(id);
  }
  read_database(self, *context->rt, {{&content_store::receipts, {to_string(id)}}}, [this, id](db_reply r) {
    if (!flights.contains(id)) return;
    if (!r.ok()) {
      flights.at(id).what.wake_us = to_micros(context->rt->owner->now()) + 1'000'000;
      return landed(id);
    }
    for (std::size_t i = 0; i < r.rows().size(); ++i)
      if (r.rows().get(i, 0) == "published") {
        step s{delivery_state::published};
        s.reason = "a late receipt";
        s.receipt = platforms::receipt{std::string(r.rows().get(i, 1)), std::string(r.rows().get(i, 2))};
        s.published_us = to_micros(context->rt->owner->now());
        s.event = "delivery.published";
        return transition(id, std::move(s));
      }
    load([this, id] {
      auto it = flights.find(id);
      auto* d = find(id);
      if (it == flights.end()) return;
      if (!exists || !d || d->state != delivery_state::in_doubt) return lost(id, ec::row_changed, nullptr);
      it->second.what.version = d->version;
      it->second.content = std::make_shared<platforms::publication>(publication_of(row, *d));
      it->second.first_sending_us = d->first_sending_at ? to_micros(*d->first_sending_at) : 0;
      look_up(id);
    });
  });
}

void post_state_::look_up(const uuid& id) {
  auto& f = flights.at(id);
  auto* network = network_of(f);
  // Where a repeat is always safe, one repeat says as much as a look and a repeat.
  if (!network->can_find || network->repeat_while_running) return repeat(id);
  auto slot = reply_slot<call_result>::make(self, [this, id](call_result r) {
    auto it = flights.find(id);
    if (it == flights.end()) return;
    if (!r.ok) {
      if (r.error.kind == publish_error::reconnect_required ||
          it->second.what.burnt + 1 < context->settings.find_attempts)
        return failed_call(
            id, {publish_error::unknown_outcome, "could not look it up: " + r.error.detail, {}, 0});
      return give_up(id, "could not be looked up: " + r.error.detail);
    }
    switch (r.found.what) {
    case platforms::presence::published: {
      step s{delivery_state::published};
      s.reason = "found on the network";
      s.receipt = std::move(r.found.found);
      s.published_us = to_micros(context->rt->owner->now());
      s.event = "delivery.published";
      return transition(id, std::move(s));
    }
    case platforms::presence::absent:
      if (network_of(it->second)->absence_is_proof) {
        step s{delivery_state::scheduled};
        s.reason = "proved not to be on the network";
        s.next_us = to_micros(context->rt->owner->now());
        return transition(id, std::move(s));
      }
      return repeat(id);
    case platforms::presence::cannot_tell: return repeat(id);
    }
  });
  network_call c{call_kind::find, f.content, nullptr, slot};
  context->rt->route->tell(account_ref(who.home, f.what.account), std::move(c));
}

/// Sends again under the same key, where the network promises that this cannot make a second one. The repeat
/// is an attempt of its own: committed (in_doubt -> in_doubt) before the call.
void post_state_::repeat(const uuid& id) {
  auto& f = flights.at(id);
  auto* network = network_of(f);
  auto now = to_micros(context->rt->owner->now());
  auto window = microseconds(network->key_window).count();
  constexpr std::int64_t margin = 60'000'000;
  auto key_until = network->safe_forever                  ? never_us
                   : window > 0 && f.first_sending_us > 0 ? f.first_sending_us + window - margin
                                                          : 0;
  bool safe = now < key_until;
  if (!safe) return give_up(id, "whether it was published cannot be found out");
  if (!context->rt->owner->may_dispatch()) return landed(id);
  f.earlier_call_runs = now < calls_end_us(f);
  // The row's deadline covers all calls, this one's gate only its own time.
  auto own_until = std::min(now + microseconds(context->settings.call_timeout).count(), key_until);
  auto* d = find(id);
  load_images(f.content, d ? d->media.value_or(row.content.media) : std::vector<media_ref>{},
              [this, id, own_until](const std::string&) {
                if (!flights.contains(id)) return;
                step s{delivery_state::in_doubt};
                s.reason = "repeat with the same key";
                s.repeat_ms = context->settings.call_timeout.count();
                transition(id, std::move(s), [this, id, own_until] {
                  auto at = flights.find(id);
                  if (at == flights.end()) return;
                  auto& g = at->second;
                  g.epoch = context->rt->owner->epoch_of(shard_number()).value_or(0);
                  // The commit may have taken its time: the end is looked at once more before the first byte.
                  auto may_send = [owner = context->rt->owner, number = shard_number(), epoch = g.epoch,
                                   due = g.what.due_us, own_until] {
                    auto then = to_micros(owner->now());
                    return owner->may_dispatch() && owner->epoch_of(number) == epoch &&
                           then - owner->error_bound().count() >= due && then < own_until;
                  };
                  g.gate = std::make_shared<outbound::send_gate>(may_send);
                  call(id);
                });
              });
}

void post_state_::give_up(const uuid& id, std::string reason) {
  step s{delivery_state::needs_review};
  s.reason = std::move(reason);
  s.error_kind = "unknown_outcome";
  s.error_detail = "It may or may not be on the network. Please look, and say which.";
  s.event = "delivery.needs_review";
  transition(id, std::move(s));
}

} // namespace troupe
