#include "actors/content/post.hpp"
#include "actors/content/post_rows.hpp"
#include "actors/content/store.hpp"
#include "system/core/crash_point.hpp"
#include "system/core/log.hpp"

// The publish protocol: every step of a delivery is committed here, with its ledger row and its event.
namespace troupe {

namespace {

template <class T>
storage::param number_or_null(const std::optional<T>& v) {
  if (!v) return std::nullopt;
  return std::to_string(*v);
}

} // namespace

storage::params post_state_::transition_row(const uuid& id, std::int64_t version, delivery_state from,
                                            const step& s) {
  return {to_string(id),
          std::to_string(version),
          std::string(to_string(from)),
          std::string(to_string(s.to)),
          is_open(s.to) ? "true" : "false",
          s.reason,
          s.detail,
          number_or_null(s.next_us),
          s.receipt ? text_or_null(s.receipt->remote_id) : std::nullopt,
          s.receipt ? text_or_null(s.receipt->permalink) : std::nullopt,
          text_or_null(s.error_kind),
          text_or_null(s.error_detail),
          std::to_string(s.burnt),
          number_or_null(s.published_us),
          number_or_null(s.repeat_ms),
          text_or_null(s.event)};
}

/// Published at the first call: nothing to tell but the receipt.
bool post_state_::is_plain_success(delivery_state from, const step& s) {
  return from == delivery_state::sending && s.to == delivery_state::published && s.receipt &&
         s.published_us && s.reason == "published" && s.detail.empty() && s.error_kind.empty() &&
         s.burnt == 0 && !s.repeat_ms && !s.next_us;
}

storage::params post_state_::published_row(const uuid& id, std::int64_t version, const step& s) {
  return {to_string(id), std::to_string(version), text_or_null(s.receipt->remote_id),
          text_or_null(s.receipt->permalink), std::to_string(*s.published_us)};
}

/// Commits one step of the delivery, with its ledger row and event. Then `then`, or the delivery lands.
void post_state_::transition(const uuid& id, step s, std::function<void()> then) {
  auto& f = flights.at(id);
  auto from = f.what.state;
  if (!may_become(from, s.to)) {
    log::error("delivery.no_such_transition",
               {{"delivery", to_string(id)}, {"from", to_string(from)}, {"to", to_string(s.to)}});
    return lost(id, ec::internal, nullptr);
  }
  if (!then) f.now = flight::phase::storing;
  bool plain = is_plain_success(from, s);
  auto values = plain ? published_row(id, f.what.version, s) : transition_row(id, f.what.version, from, s);
  crash_point("publish.before_outcome");
  // Who waits: a call that is to follow, or a person who wants it back. For an outcome nobody does.
  bool patient = !then && !f.recall;
  commit(
      self, *context->rt, shard_number(), plain ? content_store::published : content_store::transition,
      std::move(values),
      [this, id, s = std::move(s), then = std::move(then)](change_result r) {
        auto it = flights.find(id);
        if (it == flights.end()) return;
        if (!r.applied()) return lost(id, r.code, &s);
        crash_point("publish.outcome_stored");
        auto& g = it->second;
        count(g, s);
        g.what.version = r.get_int(1);
        g.what.attempt = r.get_int(2);
        g.what.state = s.to;
        g.what.burnt += s.burnt;
        if (!r.is_null(3)) g.what.call_deadline_us = r.get_int(3);
        g.what.wake_us = s.next_us.value_or(s.to == delivery_state::scheduled ? g.what.due_us : 0);
        if (auto* d = find(id)) {
          d->version = g.what.version;
          d->attempt = g.what.attempt;
          d->state = s.to;
          d->burnt = g.what.burnt;
          d->error_kind = s.error_kind;
          d->error_detail = s.error_detail;
          d->next_attempt_at.reset();
          if (s.next_us) d->next_attempt_at = from_micros(*s.next_us);
          if (s.published_us) d->published_at = from_micros(*s.published_us);
          if (s.receipt) {
            d->remote_id = s.receipt->remote_id;
            d->permalink = s.receipt->permalink;
          }
          cached_json.clear();
        }
        if (then)
          then();
        else
          landed(id);
      },
      patient);
}

void post_state_::count(const flight& f, const step& s) {
  auto& m = *context->metrics;
  switch (s.to) {
  case delivery_state::published:
    m.published_late_by((s.published_us.value_or(f.what.due_us) - f.what.due_us) / 1000);
    break;
  case delivery_state::failed: ++m.failed; break;
  case delivery_state::in_doubt: ++(s.repeat_ms ? m.repeats : m.in_doubt); break;
  case delivery_state::needs_review: ++m.needs_review; break;
  case delivery_state::scheduled: ++(f.recall ? m.recalled : m.rescheduled); break;
  default: break;
  }
}

/// The flight is over, for good or until its next wake-up: tell the dispatcher and whoever waited.
void post_state_::landed(const uuid& id) {
  auto node = flights.extract(id);
  if (node.empty()) return;
  tell_dispatcher(node.mapped().what);
  bool quiet = std::none_of(flights.begin(), flights.end(), [](auto& f) { return f.second.recall; });
  if (quiet) {
    auto waiting = std::move(when_quiet);
    when_quiet.clear();
    for (auto& w : waiting) w();
  }
  rest();
}

/// A write was refused. What the network has said must not be lost with it: it is kept as a receipt,
/// unfenced.
void post_state_::lost(const uuid& id, ec code, const step* s) {
  auto it = flights.find(id);
  if (it == flights.end()) return;
  ++context->metrics->writes_refused;
  log::warning("delivery.write_refused", {{"delivery", to_string(id)}, {"code", slug(code)}});
  if (s && s->receipt) {
    keeper_of(it->second, s->reason)(*s->receipt);
  }
  flights.erase(it);
  loaded = false; // what is in memory is not what is in the database
  cached_json.clear();
  auto number = shard_number();
  if (number < context->dispatchers.size()) caf::anon_send(context->dispatchers[number], reload_post{who.id});
  auto waiting = std::move(when_quiet);
  when_quiet.clear();
  for (auto& w : waiting) w();
  rest();
}

} // namespace troupe
