#include "actors/content/post.hpp"
#include "actors/content/post_rows.hpp"
#include "actors/content/store.hpp"

#include <fmt/format.h>

// The POST: what people change about it.
namespace troupe {

void post_state_::edit(const edit_post& m, caf::response_promise promise) {
  begin_change(m.origin, promise, [this, m, promise]() mutable {
    std::vector<uuid> all;
    for (auto& d : row.deliveries) {
      if (d.state == delivery_state::published)
        return fail(promise, {ec::conflict, "a post that has been published can no longer be edited"});
      all.push_back(d.id);
    }
    quiesce(all, [this, m, promise](bool free) mutable {
      if (!free) return fail(promise, {ec::already_sending});
      auto draft = std::make_shared<post>(row);
      if (m.has_text) draft->content.text = m.content.text;
      if (m.has_title) draft->content.title = m.content.title;
      if (m.has_language) draft->content.language = m.content.language;
      if (m.has_media) draft->content.media = m.content.media;
      std::vector<uuid> removed;
      if (m.has_targets) {
        std::vector<delivery> kept;
        for (auto& t : m.targets) {
          auto known = std::find_if(draft->deliveries.begin(), draft->deliveries.end(), [&](auto& d) {
            return d.account == t.account && d.state != delivery_state::cancelled;
          });
          delivery d;
          if (known != draft->deliveries.end()) {
            d = *known;
          } else {
            d.id = new_uuid(context->rt->owner->now());
            d.idempotency_key = to_string(d.id);
            d.state = draft->scheduled_at && post_state(draft->deliveries) == "scheduled"
                          ? delivery_state::scheduled
                          : delivery_state::draft;
            d.due_at = draft->scheduled_at;
          }
          apply(t, d);
          kept.push_back(std::move(d));
        }
        for (auto& d : draft->deliveries)
          if (d.state != delivery_state::cancelled &&
              std::none_of(kept.begin(), kept.end(), [&](auto& k) { return k.id == d.id; }))
            removed.push_back(d.id);
        draft->deliveries = std::move(kept);
      } else {
        std::erase_if(draft->deliveries, [](auto& d) { return d.state == delivery_state::cancelled; });
      }
      bool full = std::any_of(draft->deliveries.begin(), draft->deliveries.end(),
                              [](auto& d) { return d.state == delivery_state::scheduled; });
      check_targets(
          draft, full, [this, m, promise, draft, removed](ec code, std::vector<target_issue> wrong) mutable {
            if (code != ec::none) return fail(promise, {code});
            if (!wrong.empty())
              return fail(promise,
                          {ec::validation_failed, "the post cannot be taken as it is", field_errors(wrong)});
            storage::params values{to_string(row.id),
                                   std::to_string(row.version),
                                   draft->content.text,
                                   draft->content.title,
                                   draft->content.language,
                                   boost::json::serialize(media_json(draft->content.media)),
                                   targets_json(draft->deliveries),
                                   joined(removed),
                                   to_string(m.origin.user),
                                   text_or_null(m.origin.key),
                                   storage::bytea(m.origin.body_hash)};
            commit(self, *context->rt, shard_number(), content_store::edit, std::move(values),
                   [this, promise, next = row.version + 1](change_result r) mutable {
                     if (!r.applied())
                       return not_applied(
                           r.code, [this, next] { return row.version == next; }, promise);
                     changed(promise);
                   });
          });
    });
  });
}

void post_state_::move(const request_origin& origin, std::vector<uuid> deliveries, std::string to_state,
                       std::optional<timestamp> due, bool set_due, std::string local, std::string zone,
                       bool remove, std::string reason, std::string event, caf::response_promise promise) {
  storage::params values{
      to_string(row.id),          std::to_string(row.version),
      joined(deliveries),         std::move(to_state),
      set_due ? "true" : "false", due ? storage::param{std::to_string(to_micros(*due))} : std::nullopt,
      text_or_null(local),        text_or_null(zone),
      remove ? "true" : "false",  std::move(reason),
      std::move(event),           to_string(origin.user),
      text_or_null(origin.key),   storage::bytea(origin.body_hash)};
  commit(self, *context->rt, shard_number(), content_store::move_post, std::move(values),
         [this, promise, next = row.version + 1](change_result r) mutable {
           if (!r.applied())
             return not_applied(
                 r.code, [this, next] { return row.version == next; }, promise);
           changed(promise);
         });
}

/// A change found another version than it was made for. Nobody else changes this post: so the answer to its
/// commit was lost, and what was repeated found itself. Either way the database says what stands, and the
/// DISPATCHER hears of it. `ours`: whether what stands then is this change.
void post_state_::not_applied(ec code, std::function<bool()> ours, caf::response_promise promise,
                              std::optional<uuid> of_delivery) {
  if (code != ec::row_changed) return fail(promise, {code});
  reload(
      [this, ours = std::move(ours), promise, of_delivery]() mutable {
        tell_all();
        if (!ours()) return fail(promise, {ec::conflict});
        answer(promise, of_delivery);
        operation_done();
      },
      promise);
}

void post_state_::schedule(const request_origin& origin, const schedule_spec& s,
                           caf::response_promise promise) {
  begin_change(origin, promise, [this, origin, s, promise]() mutable {
    resolve_time(
        s, [this, origin, promise](expected<timestamp> at, std::string local, std::string zone) mutable {
          if (!at) return fail(promise, at.error());
          schedule_at(origin, *at, std::move(local), std::move(zone), "scheduled", promise);
        });
  });
}

void post_state_::schedule_at(const request_origin& origin, timestamp at, std::string local, std::string zone,
                              std::string reason, caf::response_promise promise) {
  std::vector<uuid> all;
  for (auto& d : row.deliveries)
    if (movable(d.state) || d.state == delivery_state::failed || d.state == delivery_state::sending ||
        d.state == delivery_state::in_doubt)
      all.push_back(d.id);
  if (row.deliveries.empty())
    return fail(promise, {ec::validation_failed,
                          "the post cannot be scheduled as it is",
                          {{"/targets", "empty", "at least one account is needed to schedule"}}});
  if (all.empty()) return fail(promise, {ec::conflict, "nothing of this post can be scheduled any more"});
  quiesce(all, [this, origin, at, local, zone, reason, all, promise](bool free) mutable {
    if (!free) return fail(promise, {ec::already_sending});
    auto draft = std::make_shared<post>(row);
    std::erase_if(draft->deliveries,
                  [&](auto& d) { return std::find(all.begin(), all.end(), d.id) == all.end(); });
    check_targets(draft, true,
                  [this, origin, at, local, zone, reason, all,
                   promise](ec code, std::vector<target_issue> wrong) mutable {
                    if (code != ec::none) return fail(promise, {code});
                    if (!wrong.empty())
                      return fail(promise, {ec::validation_failed, "the post cannot be scheduled as it is",
                                            field_errors(wrong)});
                    move(origin, all, "scheduled", at, true, local, zone, false, reason, "post.scheduled",
                         promise);
                  });
  });
}

void post_state_::act(const act_on_post& m, caf::response_promise promise) {
  begin_change(m.origin, promise, [this, m, promise]() mutable {
    if (m.action == post_action::publish_now)
      return schedule_at(m.origin, context->rt->owner->now(), {}, {}, "publish now", promise);
    std::vector<uuid> affected;
    for (auto& d : row.deliveries) {
      using enum delivery_state;
      bool on_its_way = d.state == sending || d.state == in_doubt;
      switch (m.action) {
      case post_action::unschedule:
        if (movable(d.state) || on_its_way) affected.push_back(d.id);
        break;
      case post_action::cancel:
        if (movable(d.state) || on_its_way || d.state == failed || d.state == needs_review)
          affected.push_back(d.id);
        break;
      case post_action::remove:
        if (d.state == published || d.state == needs_review)
          return fail(promise, {ec::conflict, "a post that is (or may be) on a network cannot be deleted"});
        if (d.state != cancelled) affected.push_back(d.id);
        break;
      case post_action::publish_now: break;
      }
    }
    if (affected.empty() && m.action != post_action::remove) {
      // Whoever hears "cancelled" may rely on it: what is out already is not.
      bool out = std::any_of(row.deliveries.begin(), row.deliveries.end(),
                             [](auto& d) { return d.state == delivery_state::published; });
      if (out) return fail(promise, {ec::conflict, "nothing of this post can be taken back any more"});
      // Already there: a repeat, or nothing left to do.
      promise.deliver(view());
      return operation_done();
    }
    quiesce(affected, [this, m, affected, promise](bool free) mutable {
      if (!free) return fail(promise, {ec::already_sending});
      if (m.action == post_action::unschedule)
        return move(m.origin, affected, "draft", std::nullopt, true, {}, {}, false, "taken off the schedule",
                    "post.unscheduled", promise);
      if (m.action == post_action::cancel)
        return move(m.origin, affected, "cancelled", std::nullopt, false, {}, {}, false,
                    "cancelled by a member", "post.cancelled", promise);
      move(m.origin, affected, "cancelled", std::nullopt, false, {}, {}, true, "post deleted", "post.deleted",
           promise);
    });
  });
}

void post_state_::act(const act_on_delivery& m, caf::response_promise promise) {
  auto work = [this, m, promise]() mutable {
    using enum delivery_state;
    auto* d = find(m.delivery);
    if (!d) return fail(promise, {ec::not_found});
    auto refuse = [&](std::string_view allowed) {
      fail(promise,
           {ec::conflict, fmt::format("this delivery is {}; allowed is {}", to_string(d->state), allowed)});
    };
    switch (m.action) {
    case delivery_action::retry:
      if (d->state != failed) return refuse("failed");
      break;
    case delivery_action::resolve_published:
    case delivery_action::resolve_not_published:
      if (d->state != needs_review) return refuse("needs_review");
      break;
    case delivery_action::cancel:
      if (d->state == cancelled) {
        answer(promise, m.delivery);
        return operation_done();
      }
      if (d->state == published || d->state == in_doubt) return refuse("anything that may still be stopped");
      break;
    }
    quiesce({m.delivery}, [this, m, promise](bool free) mutable {
      if (!free) return fail(promise, {ec::already_sending});
      decide(m, promise);
    });
  };
  begin_change(m.origin, promise, std::move(work), m.delivery);
}

/// What a person decided about one delivery, once nothing of it is on its way.
void post_state_::decide(const act_on_delivery& m, caf::response_promise promise) {
  auto* d = find(m.delivery);
  if (!d) return fail(promise, {ec::not_found});
  auto now = std::to_string(to_micros(context->rt->owner->now()));
  auto to = delivery_state::scheduled;
  std::string reason = "retried by a member", event = "delivery.scheduled";
  storage::param due = now, published;
  switch (m.action) {
  case delivery_action::retry: break;
  case delivery_action::resolve_not_published: reason = "a member says that it is not published"; break;
  case delivery_action::cancel:
    to = delivery_state::cancelled;
    reason = "cancelled by a member", event = "delivery.cancelled";
    due.reset();
    break;
  case delivery_action::resolve_published:
    to = delivery_state::published;
    reason = "a member says that it is published", event = "delivery.published";
    due.reset(), published = now;
    break;
  }
  // What was taken back may have ended in another state than the one that was asked for.
  if (!may_become(d->state, to))
    return fail(promise, {ec::conflict, fmt::format("this delivery is {} now", to_string(d->state))});
  storage::params values{
      to_string(d->id),           std::to_string(d->version), std::string(to_string(d->state)),
      std::string(to_string(to)), std::move(reason),          std::move(due),
      text_or_null(m.permalink),  std::move(published),       std::move(event),
      to_string(m.origin.user),   text_or_null(m.origin.key), storage::bytea(m.origin.body_hash)};
  commit(self, *context->rt, shard_number(), content_store::decide, std::move(values),
         [this, promise, id = m.delivery, next = d->version + 1](change_result r) mutable {
           auto ours = [this, id, next] {
             auto* known = find(id);
             return known && known->version == next;
           };
           if (!r.applied()) return not_applied(r.code, ours, promise, id);
           changed(promise, id);
         });
}

void post_state_::validate(caf::response_promise promise) {
  load(
      [this, promise]() mutable {
        if (!exists) return promise.deliver(to_error({ec::not_found}));
        auto draft = std::make_shared<post>(row);
        std::erase_if(draft->deliveries, [](auto& d) { return d.state == delivery_state::cancelled; });
        check_targets(draft, true, [promise](ec code, std::vector<target_issue> wrong) mutable {
          if (code != ec::none) return promise.deliver(to_error({code}));
          auto number = [](const std::optional<std::int64_t>& n) -> boost::json::value {
            if (!n) return nullptr;
            return *n;
          };
          boost::json::array issues;
          for (auto& i : wrong)
            issues.push_back(
                {{"account_id", i.account ? boost::json::value(to_string(*i.account)) : boost::json::value()},
                 {"field", i.what.field},
                 {"code", i.what.code},
                 {"detail", i.what.detail},
                 {"limit", number(i.what.limit)},
                 {"count", number(i.what.count)}});
          boost::json::object out{{"valid", issues.empty()}, {"issues", std::move(issues)}};
          promise.deliver(json_text{boost::json::serialize(out)});
        });
      },
      promise);
}

} // namespace troupe
