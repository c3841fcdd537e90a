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
          draft, full, [this, m, promise, draft, removed](ec code, std::vector<field_error> errors) mutable {
            if (code != ec::none) return fail(promise, {code});
            if (!errors.empty())
              return fail(promise,
                          {ec::validation_failed, "the post cannot be taken as it is", std::move(errors)});
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
                   [this, promise](change_result r) mutable {
                     if (!r.applied())
                       return fail(promise, {r.code == ec::row_changed ? ec::conflict : r.code});
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
         [this, promise](change_result r) mutable {
           if (!r.applied()) return fail(promise, {r.code == ec::row_changed ? ec::conflict : r.code});
           changed(promise);
         });
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
  if (all.empty()) return fail(promise, {ec::conflict, "nothing of this post can be scheduled any more"});
  quiesce(all, [this, origin, at, local, zone, reason, all, promise](bool free) mutable {
    if (!free) return fail(promise, {ec::already_sending});
    auto draft = std::make_shared<post>(row);
    std::erase_if(draft->deliveries,
                  [&](auto& d) { return std::find(all.begin(), all.end(), d.id) == all.end(); });
    check_targets(
        draft, true,
        [this, origin, at, local, zone, reason, all, promise](ec code,
                                                              std::vector<field_error> errors) mutable {
          if (code != ec::none) return fail(promise, {code});
          if (!errors.empty())
            return fail(promise,
                        {ec::validation_failed, "the post cannot be scheduled as it is", std::move(errors)});
          move(origin, all, "scheduled", at, true, local, zone, false, reason, "post.scheduled", promise);
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
  begin_change(m.origin, promise, [this, m, promise]() mutable {
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
      if (d->state == published || d->state == cancelled) return refuse("anything that is not final");
      break;
    }
    quiesce({m.delivery}, [this, m, promise](bool free) mutable {
      if (!free) return fail(promise, {ec::already_sending});
      auto* now = find(m.delivery);
      if (!now) return fail(promise, {ec::not_found});
      flight f;
      f.what = due_of(*now);
      step s{delivery_state::cancelled};
      s.reason = "cancelled by a member";
      s.event = "delivery.cancelled";
      if (m.action == delivery_action::resolve_published) {
        s = step{delivery_state::published};
        s.reason = "a member says that it is published";
        s.receipt = platforms::receipt{{}, m.permalink};
        s.published_us = to_micros(context->rt->owner->now());
        s.event = "delivery.published";
      } else if (m.action != delivery_action::cancel) {
        s = step{delivery_state::scheduled};
        s.reason = m.action == delivery_action::retry ? "retried by a member"
                                                      : "a member says that it is not published";
        s.next_us = to_micros(context->rt->owner->now());
        s.burnt = -static_cast<int>(now->burnt);
        s.event = "delivery.scheduled";
      }
      f.on_lost = [this, promise](ec code) mutable {
        fail(promise, {code == ec::row_changed ? ec::conflict : code});
      };
      flights.emplace(m.delivery, std::move(f));
      transition(m.delivery, std::move(s), [this, m, promise]() mutable {
        flights.erase(m.delivery);
        changed(promise, m.delivery);
      });
    });
  });
}

void post_state_::validate(caf::response_promise promise) {
  load([this, promise]() mutable {
    if (!exists) return promise.deliver(to_error({ec::not_found}));
    auto draft = std::make_shared<post>(row);
    std::erase_if(draft->deliveries, [](auto& d) { return d.state == delivery_state::cancelled; });
    check_targets(draft, true, [promise, draft](ec code, std::vector<field_error> errors) mutable {
      if (code != ec::none) return promise.deliver(to_error({code}));
      boost::json::array issues;
      for (auto& e : errors) {
        boost::json::object o{
            {"account_id", nullptr}, {"field", e.pointer}, {"code", e.code}, {"detail", e.detail}};
        // "/targets/<i>/<field>": the account it concerns.
        std::size_t index = 0;
        if (std::sscanf(e.pointer.c_str(), "/targets/%zu/", &index) == 1 &&
            index < draft->deliveries.size()) {
          o["account_id"] = to_string(draft->deliveries[index].account);
          auto last = e.pointer.find('/', 9);
          if (last != std::string::npos) o["field"] = e.pointer.substr(last + 1);
        }
        issues.push_back(std::move(o));
      }
      boost::json::object out{{"valid", issues.empty()}, {"issues", std::move(issues)}};
      promise.deliver(json_text{boost::json::serialize(out)});
    });
  });
}

} // namespace troupe
