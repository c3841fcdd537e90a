#include "actors/content/post.hpp"
#include "actors/content/post_rows.hpp"
#include "actors/content/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

// The POST: making one, and checking it against its targets.
namespace troupe {

std::vector<field_error> field_errors(const std::vector<target_issue>& issues) {
  std::vector<field_error> out;
  for (auto& i : issues) out.push_back({i.pointer, i.what.code, i.what.detail});
  return out;
}

/// Asks every target's ACCOUNT whether it takes its part. `full`: every limit counts (scheduling); otherwise
/// only that the accounts are there (a draft may be unfinished).
void post_state_::check_targets(std::shared_ptr<post> draft, bool full,
                                std::function<void(ec, std::vector<target_issue>)> then) {
  // The answers come in any order; the issues are told in the order of the targets.
  struct gathering {
    std::size_t left = 0;
    ec code = ec::none;
    std::vector<std::vector<target_issue>> by_target;
  };
  if (draft->deliveries.empty()) {
    std::vector<target_issue> none;
    if (full)
      none.push_back(
          {"/targets", {"targets", "empty", "at least one account is needed to schedule"}, std::nullopt});
    return then(ec::none, std::move(none));
  }
  auto all = std::make_shared<gathering>();
  all->left = draft->deliveries.size();
  all->by_target.resize(draft->deliveries.size());
  auto ended = [all, then] {
    if (--all->left != 0) return;
    std::vector<target_issue> found;
    for (auto& of_one : all->by_target) std::move(of_one.begin(), of_one.end(), std::back_inserter(found));
    then(all->code, std::move(found));
  };
  for (std::size_t i = 0; i < draft->deliveries.size(); ++i) {
    auto& d = draft->deliveries[i];
    auto content = std::make_shared<platforms::publication>(publication_of(*draft, d));
    auto media = d.media.value_or(draft->content.media);
    load_images(content, media, [=, this, &d](const std::string& missing) {
      auto where = fmt::format("/targets/{}", i);
      if (!missing.empty()) {
        all->by_target[i].push_back(
            {d.media ? where + "/media" : "/media", {"media", "not-found", missing}, d.account});
        return ended();
      }
      auto to = account_ref(who.home, d.account);
      auto handler = context->rt->route->find_local(to);
      if (!handler) {
        all->code = ec::fence_lost; // the home is moving
        return ended();
      }
      self->request(handler, std::chrono::seconds{5}, routed{to, caf::make_message(check_content{content})})
          .then(
              [=](const content_verdict& v) {
                auto& here = draft->deliveries[i];
                if (v.code != ec::none)
                  all->by_target[i].push_back(
                      {where + "/account_id",
                       {"account", "not-found", "no such account is connected in this workspace"},
                       here.account});
                here.platform = v.platform;
                if (full)
                  for (auto issue : v.issues) {
                    issue.detail = fmt::format("account {}: {}", to_string(here.account), issue.detail);
                    auto pointer = where + "/" + issue.field;
                    all->by_target[i].push_back({std::move(pointer), std::move(issue), here.account});
                  }
                ended();
              },
              [=](const caf::error& e) {
                all->code = to_failure(e).code;
                ended();
              });
    });
  }
}

/// The id is a fresh one, or derived from the Idempotency-Key: then an earlier try may have made the post.
/// The insert finds that out, so that nothing is read before it. Whatever is asked meanwhile waits as for a
/// load.
void post_state_::create(to_create m, caf::response_promise promise) {
  if (!loaded && !loading) {
    loading = true;
    return make(m, promise);
  }
  load([this, m, promise]() mutable { is_there() ? answer_repeat(m, promise) : make(m, promise); }, promise);
}

bool post_state_::is_there() const { return exists || (row.deleted && !row.id.is_nil()); }

/// The same id can only come from the same Idempotency-Key.
void post_state_::answer_repeat(const to_create& m, caf::response_promise promise) {
  read_database(self, *context->rt,
                {{&content_store::made_for, {to_string(row.id), to_string(m->origin.user), m->origin.key}}},
                [this, m, promise](db_reply r) mutable {
                  if (!r.ok()) return fail(promise, {ec::unavailable});
                  if (r.rows().empty() || storage::from_bytea(r.rows().get(0, 0)) != m->origin.body_hash)
                    return fail(promise, {ec::idempotency_mismatch});
                  if (!exists) return fail(promise, {ec::not_found, "the post was deleted since"});
                  tell_all(); // the earlier try may have died before it could
                  promise.deliver(view());
                  operation_done();
                });
}

/// Nothing was made. A repeat is answered as the first try was, also where its wish would not be taken any
/// more: its time may have passed since.
void post_state_::refuse(const to_create& m, failure f, caf::response_promise promise) {
  loading = false;
  bool repeatable = !m->origin.key.empty();
  if (!repeatable) {
    loaded = true;
    finished_loading();
  } else if (!when_loaded.empty()) {
    load([] {}); // for those who asked meanwhile
  }
  if (!repeatable || (f.code != ec::conflict && f.code != ec::validation_failed))
    return fail(promise, std::move(f));
  reload(
      [this, m, f, promise]() mutable {
        if (is_there()) return answer_repeat(m, promise);
        fail(promise, std::move(f));
      },
      promise);
}

void post_state_::make(const to_create& m, caf::response_promise promise) {
  auto draft = std::make_shared<post>();
  draft->id = who.id;
  draft->workspace = who.home;
  draft->author = m->origin.user;
  draft->content = m->content;
  auto now = context->rt->owner->now();
  draft->created_at = draft->updated_at = now;
  for (auto& t : m->targets) {
    delivery d;
    // Deterministic, so that a repeat under the same key makes the same rows.
    d.id = m->origin.key.empty() ? new_uuid(now)
                                 : derived_uuid("delivery:" + to_string(who.id) + to_string(t.account));
    d.idempotency_key = to_string(d.id);
    apply(t, d);
    draft->deliveries.push_back(std::move(d));
  }
  bool scheduling = m->schedule.what != schedule_spec::kind::none;
  auto check = [this, m, promise, draft, scheduling]() mutable {
    check_targets(
        draft, scheduling, [this, m, promise, draft](ec code, std::vector<target_issue> wrong) mutable {
          if (code != ec::none) return refuse(m, {code}, promise);
          if (!wrong.empty())
            return refuse(m,
                          {ec::validation_failed, "the post cannot be taken as it is", field_errors(wrong)},
                          promise);
          insert(m, std::move(draft), promise);
        });
  };
  if (!scheduling) return check();
  resolve_time(m->schedule, [this, m, promise, draft, check](expected<timestamp> at, std::string local,
                                                             std::string zone) mutable {
    if (!at) return refuse(m, at.error(), promise);
    draft->scheduled_at = *at;
    draft->schedule_local = std::move(local);
    draft->schedule_zone = std::move(zone);
    for (auto& d : draft->deliveries) {
      d.due_at = *at;
      d.state = delivery_state::scheduled;
    }
    check();
  });
}

void post_state_::insert(const to_create& m, std::shared_ptr<post> draft, caf::response_promise promise) {
  storage::params values{
      to_string(draft->id),
      to_string(draft->workspace),
      to_string(draft->author),
      draft->content.text,
      draft->content.title,
      draft->content.language,
      boost::json::serialize(media_json(draft->content.media)),
      draft->scheduled_at ? storage::param{std::to_string(to_micros(*draft->scheduled_at))} : std::nullopt,
      text_or_null(draft->schedule_local),
      text_or_null(draft->schedule_zone),
      std::to_string(to_micros(draft->created_at)),
      targets_json(draft->deliveries),
      m->origin.key.empty() ? std::nullopt : storage::param{storage::bytea(m->origin.body_hash)}};
  commit(self, *context->rt, shard_number(), content_store::create, std::move(values),
         [this, m, promise, draft](change_result r) mutable {
           if (r.code == ec::row_changed && m->origin.key.empty()) {
             // A fresh id that is there already: the answer to the commit was lost, and its repeat found it.
             loading = false;
             return changed(promise);
           }
           if (!r.applied()) // row_changed: made by an earlier try
             return refuse(m, {r.code == ec::row_changed ? ec::conflict : r.code}, promise);
           row = std::move(*draft);
           loading = false;
           exists = loaded = true;
           cached_json.clear();
           finished_loading();
           if (row.scheduled_at) tell_all();
           promise.deliver(view());
           operation_done();
         });
}

/// Turns the wish into an instant. The wall clock and zone are kept, so that a new zone database can be
/// applied.
void post_state_::resolve_time(const schedule_spec& s,
                               std::function<void(expected<timestamp>, std::string, std::string)> then) {
  auto in_future = [this](timestamp at) -> expected<timestamp> {
    auto now = context->rt->owner->now();
    if (at < now - seconds{1})
      return failure{ec::validation_failed,
                     {},
                     {{"/schedule/at", "in-the-past",
                       fmt::format("{} is past; it is {} now", format_utc(at), format_utc(now))}}};
    if (at > now + std::chrono::hours{24 * 366 * 5})
      return failure{ec::validation_failed, {}, {{"/schedule/at", "too-far", "at most five years ahead"}}};
    return at;
  };
  if (s.what == schedule_spec::kind::at) return then(in_future(from_micros(s.at_us)), {}, {});
  auto with_zone = [s, in_future, then](const std::string& zone) {
    auto at = resolve_local(s.local, zone, static_cast<ambiguity>(s.if_ambiguous));
    if (at) at = in_future(*at);
    then(std::move(at), s.local, zone);
  };
  if (!s.zone.empty()) return with_zone(s.zone);
  auto to = context->rt->route->find_local(workspace_ref(who.home));
  if (!to) return then(failure{ec::fence_lost}, {}, {});
  self->request(to, std::chrono::seconds{5}, routed{workspace_ref(who.home), caf::make_message(get_rules{})})
      .then([with_zone](const workspace_rules& r) { with_zone(r.time_zone); },
            [then](const caf::error& e) { then(to_failure(e), {}, {}); });
}

} // namespace troupe
