#include "actors/content/post.hpp"

#include "actors/content/store.hpp"
#include "system/core/log.hpp"

#include <fmt/format.h>

// The half of the POST that answers people. Operations run one at a time; each change first takes back what is
// armed, commits, and then reads the post again, so that memory never drifts from the database.
namespace troupe {

namespace {

/// Not handed to the network yet, and a person may still move it.
bool movable(delivery_state s) noexcept {
  using enum delivery_state;
  return s == draft || s == awaiting_approval || s == scheduled;
}

storage::param text_or_null(const std::string& s) {
  if (s.empty()) return std::nullopt;
  return s;
}

std::string joined(const std::vector<uuid>& ids) {
  std::string out;
  for (auto& id : ids) {
    if (!out.empty()) out += ',';
    out += to_string(id);
  }
  return out;
}

boost::json::value optional_text(const std::optional<std::string>& s) {
  return s ? boost::json::value(*s) : boost::json::value(nullptr);
}

/// The targets of a post as the create and edit statements take them.
std::string targets_json(const std::vector<delivery>& deliveries) {
  boost::json::array out;
  for (auto& d : deliveries) {
    boost::json::object o{{"id", to_string(d.id)},
                          {"account_id", to_string(d.account)},
                          {"platform", d.platform},
                          {"state", std::string(to_string(d.state))},
                          {"text", optional_text(d.text)},
                          {"title", optional_text(d.title)},
                          {"media", d.media ? boost::json::value(media_json(*d.media)) : nullptr},
                          {"options", d.options}};
    out.push_back(std::move(o));
  }
  return boost::json::serialize(out);
}

void apply(const target_spec& t, delivery& d) {
  d.account = t.account;
  d.text = t.has_text ? std::optional(t.text) : std::nullopt;
  d.title = t.has_title ? std::optional(t.title) : std::nullopt;
  d.media = t.has_media ? std::optional(t.media) : std::nullopt;
  boost::system::error_code ignored;
  auto v = boost::json::parse(t.options, ignored);
  d.options = v.is_object() ? v.get_object() : boost::json::object{};
}

} // namespace

// -- state -----------------------------------------------------------------------------------

void post_state_::load(std::function<void()> then) {
  if (loaded) return then();
  when_loaded.push_back(std::move(then));
  if (loading) return;
  loading = true;
  read_database(self, *context->rt,
                {{&content_store::load_post, {to_string(who.id), to_string(who.home)}},
                 {&content_store::load_deliveries, {to_string(who.id)}}},
                [this](db_reply r) {
                  loading = false;
                  if (!r.ok()) {
                    self->quit(to_error({ec::unavailable, "the post could not be loaded"}));
                    return;
                  }
                  exists = !r.rows(0).empty();
                  if (exists) {
                    row = content_store::read_post(r.rows(0), 0);
                    for (std::size_t i = 0; i < r.rows(1).size(); ++i)
                      row.deliveries.push_back(content_store::read_delivery(r.rows(1), i));
                    exists = !row.deleted;
                  }
                  loaded = true;
                  cached_json.clear();
                  finished_loading();
                });
}

void post_state_::finished_loading() {
  auto waiting = std::move(when_loaded);
  when_loaded.clear();
  for (auto& w : waiting) w();
}

void post_state_::reload(std::function<void()> then) {
  loaded = false;
  load(std::move(then));
}

document post_state_::view() {
  if (cached_json.empty()) cached_json = boost::json::serialize(post_view(row));
  return {cached_json, row.version};
}

delivery* post_state_::find(const uuid& id) {
  if (!loaded || !exists) return nullptr;
  for (auto& d : row.deliveries)
    if (d.id == id) return &d;
  return nullptr;
}

due_delivery post_state_::due_of(const delivery& d) const {
  due_delivery out;
  out.delivery = d.id;
  out.post = row.id;
  out.workspace = row.workspace;
  out.account = d.account;
  out.state = d.state;
  out.version = d.version;
  out.attempt = d.attempt;
  out.burnt = d.burnt;
  out.due_us = d.due_at ? to_micros(*d.due_at) : 0;
  out.wake_us = d.next_attempt_at ? std::max(out.due_us, to_micros(*d.next_attempt_at)) : out.due_us;
  out.call_deadline_us = d.call_deadline ? to_micros(*d.call_deadline) : 0;
  out.platform = d.platform;
  out.media = !d.media.value_or(row.content.media).empty();
  out.prepared = d.remote_handle.contains("prepared");
  return out;
}

void post_state_::tell_dispatcher(const due_delivery& d) {
  auto number = shard_number();
  if (number < context->dispatchers.size()) caf::anon_send(context->dispatchers[number], delivery_stands{d});
}

/// After a change: how every delivery that is not in a flight stands now.
void post_state_::tell_all() {
  for (auto& d : row.deliveries)
    if (!flights.contains(d.id)) tell_dispatcher(due_of(d));
}

/// A POST that was only woken for its deliveries leaves memory with the last of them.
void post_state_::rest() {
  if (flights.empty() && !loaded && !loading && operations.empty() && !operating) self->send(shard, resting{who});
}

/// Fills in the images of a publication. `missing` says in plain words what is not there.
void post_state_::load_images(std::shared_ptr<platforms::publication> p, std::vector<media_ref> media,
                              std::function<void(std::string)> then) {
  p->images.clear();
  if (media.empty()) return then({});
  storage::array_builder ids;
  for (auto& m : media) ids.add(to_string(m.media));
  read_database(self, *context->rt, {{&content_store::media_of, {to_string(who.home), ids.take()}}},
                [this, p, media, then](db_reply r) {
                  if (!r.ok()) return then("the media could not be looked up");
                  for (auto& m : media) {
                    bool found = false;
                    for (std::size_t i = 0; i < r.rows().size() && !found; ++i) {
                      if (parse_uuid(r.rows().get(i, 0)) != m.media) continue;
                      found = true;
                      platforms::image image;
                      image.content_type = r.rows().get(i, 1);
                      image.bytes = static_cast<std::size_t>(r.rows().get_int(i, 2));
                      image.width = static_cast<int>(r.rows().get_int(i, 3));
                      image.height = static_cast<int>(r.rows().get_int(i, 4));
                      image.path = context->media_path(storage::from_bytea(r.rows().get(i, 5)));
                      image.file_name = r.rows().get(i, 6);
                      image.alt = m.alt;
                      p->images.push_back(std::move(image));
                    }
                    if (!found) return then(fmt::format("media {} is not in this workspace", to_string(m.media)));
                  }
                  then({});
                });
}

// -- operations ------------------------------------------------------------------------------

void post_state_::operate(std::function<void()> work) {
  operations.push_back(std::move(work));
  if (operating) return;
  operating = true;
  auto next = std::move(operations.front());
  operations.pop_front();
  next();
}

void post_state_::operation_done() {
  if (operations.empty()) {
    operating = false;
    give_back_deferred();
    rest();
    return;
  }
  auto next = std::move(operations.front());
  operations.pop_front();
  next();
}

/// What was handed over meanwhile goes back as it stands now; the dispatcher brings it again when it is due.
void post_state_::give_back_deferred() {
  auto waiting = std::move(deferred);
  deferred.clear();
  for (auto& d : waiting) {
    if (flights.contains(d.delivery)) continue;
    auto* known = find(d.delivery);
    tell_dispatcher(known ? due_of(*known) : d);
  }
}

void post_state_::fail(caf::response_promise& promise, failure f) {
  promise.deliver(to_error(f));
  operation_done();
}

/// What every change begins with: the post is there, the caller's version is the current one, and a repeat of a
/// kept Idempotency-Key answers what stands instead of doing it again.
void post_state_::begin_change(const request_origin& origin, caf::response_promise promise, std::function<void()> work) {
  load([this, origin, promise, work = std::move(work)]() mutable {
    if (!exists) return fail(promise, {ec::not_found});
    auto go_on = [this, origin, promise, work]() mutable {
      if (origin.if_version != 0 && origin.if_version != row.version)
        return fail(promise, {ec::precondition_failed, fmt::format("the current version is {}", row.version)});
      work();
    };
    if (origin.key.empty()) return go_on();
    read_database(self, *context->rt, {{&content_store::kept_key, {to_string(origin.user), origin.key}}},
                  [this, origin, promise, go_on](db_reply r) mutable {
                    if (!r.ok()) return fail(promise, {ec::unavailable});
                    if (r.rows().empty()) return go_on();
                    if (storage::from_bytea(r.rows().get(0, 0)) != origin.body_hash)
                      return fail(promise, {ec::idempotency_mismatch});
                    promise.deliver(view());
                    operation_done();
                  });
  });
}

/// Takes back those of `deliveries` that are on their way. `then(false)`: one has been released already.
void post_state_::quiesce(std::vector<uuid> deliveries, std::function<void(bool)> then) {
  bool pending = false;
  for (auto& id : deliveries) {
    auto it = flights.find(id);
    if (it == flights.end()) {
      auto* d = find(id);
      if (d && (d->state == delivery_state::sending || d->state == delivery_state::in_doubt)) return then(false);
      continue;
    }
    auto& f = it->second;
    if (f.what.state == delivery_state::in_doubt) return then(false);
    if (f.now == flight::phase::calling || f.now == flight::phase::storing) {
      if (!f.gate || !f.gate->revoke()) return then(false);
    }
    f.recall = true;
    pending = true;
    // Through the mailbox, so that the flights do not change under this loop.
    if (f.now == flight::phase::waiting && f.content) self->send(self, tick{});
  }
  if (!pending) return then(true);
  when_quiet.push_back([this, deliveries, then] {
    // What came back has changed rows: look at them again before going on.
    reload([this, deliveries, then] {
      bool free = exists;
      for (auto& id : deliveries) {
        auto* d = find(id);
        free = free && !flights.contains(id) &&
               (!d || (d->state != delivery_state::sending && d->state != delivery_state::in_doubt));
      }
      then(free);
    });
  });
}

/// A change has been committed: read, tell the dispatcher, answer.
void post_state_::changed(caf::response_promise promise, std::optional<uuid> of_delivery) {
  reload([this, promise, of_delivery]() mutable {
    tell_all();
    if (of_delivery) {
      auto* d = find(*of_delivery);
      if (d)
        promise.deliver(document{boost::json::serialize(delivery_view(row, *d)), d->version});
      else
        promise.deliver(to_error({ec::not_found}));
    } else {
      promise.deliver(document{boost::json::serialize(post_view(row)), row.version});
    }
    operation_done();
  });
}

// -- create ----------------------------------------------------------------------------------

/// Asks every target's ACCOUNT whether it takes its part. `full`: every limit counts (scheduling); otherwise only
/// that the accounts are there (a draft may be unfinished).
void post_state_::check_targets(std::shared_ptr<post> draft, bool full,
                                std::function<void(ec, std::vector<field_error>)> then) {
  struct gathering {
    std::size_t left = 0;
    ec code = ec::none;
    std::vector<field_error> errors;
  };
  if (draft->deliveries.empty()) {
    std::vector<field_error> none;
    if (full) none.push_back({"/targets", "empty", "at least one account is needed to schedule"});
    return then(ec::none, std::move(none));
  }
  auto all = std::make_shared<gathering>();
  all->left = draft->deliveries.size();
  auto ended = [all, then] {
    if (--all->left == 0) then(all->code, std::move(all->errors));
  };
  for (std::size_t i = 0; i < draft->deliveries.size(); ++i) {
    auto& d = draft->deliveries[i];
    auto content = std::make_shared<platforms::publication>(publication_of(*draft, d));
    auto media = d.media.value_or(draft->content.media);
    load_images(content, media, [=, this, &d](const std::string& missing) {
      auto where = fmt::format("/targets/{}", i);
      if (!missing.empty()) {
        all->errors.push_back({d.media ? where + "/media" : "/media", "not-found", missing});
        return ended();
      }
      auto to = account_ref(who.home, d.account);
      auto handler = context->rt->route->find(to);
      if (!handler) {
        all->code = ec::unavailable;
        return ended();
      }
      self->request(handler, std::chrono::seconds{5}, routed{to, caf::make_message(check_content{content})})
        .then(
          [=](const content_verdict& v) {
            if (v.code != ec::none)
              all->errors.push_back({where + "/account_id", "not-found", "no such account is connected in this workspace"});
            draft->deliveries[i].platform = v.platform;
            if (full)
              for (auto& issue : v.issues)
                all->errors.push_back({where + "/" + issue.field, issue.code,
                                       fmt::format("account {}: {}", to_string(draft->deliveries[i].account), issue.detail)});
            ended();
          },
          [=](const caf::error& e) {
            all->code = to_failure(e).code;
            ended();
          });
    });
  }
}

void post_state_::create(const create_post& m, caf::response_promise promise) {
  // Without a key the id is a fresh one: there is nothing to look for.
  if (m.origin.key.empty() && !loaded && !loading) loaded = true;
  load([this, m, promise]() mutable {
    if (exists || (row.deleted && !row.id.is_nil())) {
      // The same id can only come from the same Idempotency-Key.
      read_database(self, *context->rt, {{&content_store::kept_key, {to_string(m.origin.user), m.origin.key}}},
                    [this, m, promise](db_reply r) mutable {
                      if (!r.ok()) return fail(promise, {ec::unavailable});
                      if (r.rows().empty() || storage::from_bytea(r.rows().get(0, 0)) != m.origin.body_hash)
                        return fail(promise, {ec::idempotency_mismatch});
                      if (!exists) return fail(promise, {ec::not_found, "the post was deleted since"});
                      promise.deliver(view());
                      operation_done();
                    });
      return;
    }
    auto draft = std::make_shared<post>();
    draft->id = who.id;
    draft->workspace = who.home;
    draft->author = m.origin.user;
    draft->content = m.content;
    auto now = context->rt->owner->now();
    draft->created_at = draft->updated_at = now;
    for (auto& t : m.targets) {
      delivery d;
      // Deterministic, so that a repeat under the same key makes the same rows.
      d.id = m.origin.key.empty() ? new_uuid(now) : derived_uuid("delivery:" + to_string(who.id) + to_string(t.account));
      d.idempotency_key = to_string(d.id);
      apply(t, d);
      draft->deliveries.push_back(std::move(d));
    }
    bool scheduling = m.schedule.what != schedule_spec::kind::none;
    auto store = [this, m, promise, draft]() mutable {
      storage::params values{to_string(draft->id),
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
                             text_or_null(m.origin.key),
                             storage::bytea(m.origin.body_hash)};
      commit(self, *context->rt, shard_number(), content_store::create, std::move(values),
             [this, promise, draft](change_result r) mutable {
               if (r.code == ec::row_changed) {
                 // Made by an earlier try whose answer was lost.
                 reload([this, promise]() mutable {
                   if (!exists) return fail(promise, {ec::conflict});
                   tell_all();
                   promise.deliver(view());
                   operation_done();
                 });
                 return;
               }
               if (!r.applied()) return fail(promise, {r.code});
               row = std::move(*draft);
               exists = loaded = true;
               cached_json.clear();
               if (row.scheduled_at) tell_all();
               promise.deliver(view());
               operation_done();
             });
    };
    auto check = [this, promise, draft, scheduling, store]() mutable {
      check_targets(draft, scheduling, [this, promise, store](ec code, std::vector<field_error> errors) mutable {
        if (code != ec::none) return fail(promise, {code});
        if (!errors.empty()) return fail(promise, {ec::validation_failed, "the post cannot be taken as it is", std::move(errors)});
        store();
      });
    };
    if (!scheduling) return check();
    resolve_time(m.schedule, [this, promise, draft, check](expected<timestamp> at, std::string local, std::string zone) mutable {
      if (!at) return fail(promise, at.error());
      draft->scheduled_at = *at;
      draft->schedule_local = std::move(local);
      draft->schedule_zone = std::move(zone);
      for (auto& d : draft->deliveries) {
        d.due_at = *at;
        d.state = delivery_state::scheduled;
      }
      check();
    });
  });
}

/// Turns the wish into an instant. The wall clock and zone are kept, so that a new zone database can be applied.
void post_state_::resolve_time(const schedule_spec& s,
                               std::function<void(expected<timestamp>, std::string, std::string)> then) {
  auto in_future = [this](timestamp at) -> expected<timestamp> {
    auto now = context->rt->owner->now();
    if (at < now - seconds{1})
      return failure{ec::validation_failed, {}, {{"/schedule/at", "in-the-past", fmt::format("{} is past; it is {} now", format_utc(at), format_utc(now))}}};
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
  auto to = context->rt->route->find(workspace_ref(who.home));
  if (!to) return then(failure{ec::unavailable}, {}, {});
  self->request(to, std::chrono::seconds{5}, routed{workspace_ref(who.home), caf::make_message(get_rules{})})
    .then([with_zone](const workspace_rules& r) { with_zone(r.time_zone); },
          [then](const caf::error& e) { then(to_failure(e), {}, {}); });
}

// -- change ----------------------------------------------------------------------------------

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
            d.state = draft->scheduled_at && post_state(draft->deliveries) == "scheduled" ? delivery_state::scheduled
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
      check_targets(draft, full, [this, m, promise, draft, removed](ec code, std::vector<field_error> errors) mutable {
        if (code != ec::none) return fail(promise, {code});
        if (!errors.empty())
          return fail(promise, {ec::validation_failed, "the post cannot be taken as it is", std::move(errors)});
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
                 if (!r.applied()) return fail(promise, {r.code == ec::row_changed ? ec::conflict : r.code});
                 changed(promise);
               });
      });
    });
  });
}

void post_state_::move(const request_origin& origin, std::vector<uuid> deliveries, std::string to_state,
                       std::optional<timestamp> due, bool set_due, std::string local, std::string zone, bool remove,
                       std::string reason, std::string event, caf::response_promise promise) {
  storage::params values{to_string(row.id),
                         std::to_string(row.version),
                         joined(deliveries),
                         std::move(to_state),
                         set_due ? "true" : "false",
                         due ? storage::param{std::to_string(to_micros(*due))} : std::nullopt,
                         text_or_null(local),
                         text_or_null(zone),
                         remove ? "true" : "false",
                         std::move(reason),
                         std::move(event),
                         to_string(origin.user),
                         text_or_null(origin.key),
                         storage::bytea(origin.body_hash)};
  commit(self, *context->rt, shard_number(), content_store::move_post, std::move(values),
         [this, promise](change_result r) mutable {
           if (!r.applied()) return fail(promise, {r.code == ec::row_changed ? ec::conflict : r.code});
           changed(promise);
         });
}

void post_state_::schedule(const request_origin& origin, const schedule_spec& s, caf::response_promise promise) {
  begin_change(origin, promise, [this, origin, s, promise]() mutable {
    resolve_time(s, [this, origin, promise](expected<timestamp> at, std::string local, std::string zone) mutable {
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
    std::erase_if(draft->deliveries, [&](auto& d) { return std::find(all.begin(), all.end(), d.id) == all.end(); });
    check_targets(draft, true, [this, origin, at, local, zone, reason, all, promise](ec code, std::vector<field_error> errors) mutable {
      if (code != ec::none) return fail(promise, {code});
      if (!errors.empty())
        return fail(promise, {ec::validation_failed, "the post cannot be scheduled as it is", std::move(errors)});
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
        if (movable(d.state) || on_its_way || d.state == failed || d.state == needs_review) affected.push_back(d.id);
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
      // Already there: a repeat, or nothing left to do.
      promise.deliver(view());
      return operation_done();
    }
    quiesce(affected, [this, m, affected, promise](bool free) mutable {
      if (!free) return fail(promise, {ec::already_sending});
      if (m.action == post_action::unschedule)
        return move(m.origin, affected, "draft", std::nullopt, true, {}, {}, false, "taken off the schedule", "post.unscheduled", promise);
      if (m.action == post_action::cancel)
        return move(m.origin, affected, "cancelled", std::nullopt, false, {}, {}, false, "cancelled by a member", "post.cancelled", promise);
      move(m.origin, affected, "cancelled", std::nullopt, false, {}, {}, true, "post deleted", "post.deleted", promise);
    });
  });
}

void post_state_::act(const act_on_delivery& m, caf::response_promise promise) {
  begin_change(m.origin, promise, [this, m, promise]() mutable {
    using enum delivery_state;
    auto* d = find(m.delivery);
    if (!d) return fail(promise, {ec::not_found});
    auto refuse = [&](std::string_view allowed) {
      fail(promise, {ec::conflict, fmt::format("this delivery is {}; allowed is {}", to_string(d->state), allowed)});
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
        s.reason = m.action == delivery_action::retry ? "retried by a member" : "a member says that it is not published";
        s.next_us = to_micros(context->rt->owner->now());
        s.burnt = -static_cast<int>(now->burnt);
        s.event = "delivery.scheduled";
      }
      f.on_lost = [this, promise](ec code) mutable { fail(promise, {code == ec::row_changed ? ec::conflict : code}); };
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
        boost::json::object o{{"account_id", nullptr}, {"field", e.pointer}, {"code", e.code}, {"detail", e.detail}};
        // "/targets/<i>/<field>": the account it concerns.
        std::size_t index = 0;
        if (std::sscanf(e.pointer.c_str(), "/targets/%zu/", &index) == 1 && index < draft->deliveries.size()) {
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

// -- behaviour -------------------------------------------------------------------------------

namespace {

caf::behavior make_behavior(post_self* self, content_context* context, caf::actor shard, entity_ref who) {
  auto& s = self->state;
  s.self = self;
  s.context = context;
  s.who = who;
  s.shard = std::move(shard);
  s.rng ^= who.id.lo;
  // A request that changes something: queued behind the one before it.
  auto queued = [self](auto work) -> caf::result<document> {
    auto promise = self->make_response_promise();
    self->state.operate([promise, work = std::move(work)] { work(promise); });
    return caf::delegated<document>{};
  };
  return {
    [=](const take_delivery& m) { self->state.take(m.what); },
    [=](tick) { self->state.woken(); },
    [=](read_post) -> caf::result<document> {
      auto& st = self->state;
      if (st.loaded) {
        if (!st.exists) return to_error({ec::not_found});
        return st.view();
      }
      auto promise = self->make_response_promise();
      st.load([self, promise]() mutable {
        if (!self->state.exists) return promise.deliver(to_error({ec::not_found}));
        promise.deliver(self->state.view());
      });
      return caf::delegated<document>{};
    },
    [=](const create_post& m) { return queued([self, m](caf::response_promise p) { self->state.create(m, p); }); },
    [=](const edit_post& m) { return queued([self, m](caf::response_promise p) { self->state.edit(m, p); }); },
    [=](const schedule_post& m) {
      return queued([self, m](caf::response_promise p) { self->state.schedule(m.origin, m.schedule, p); });
    },
    [=](const act_on_post& m) { return queued([self, m](caf::response_promise p) { self->state.act(m, p); }); },
    [=](const act_on_delivery& m) { return queued([self, m](caf::response_promise p) { self->state.act(m, p); }); },
    [=](validate_post) -> caf::result<json_text> {
      self->state.validate(self->make_response_promise());
      return caf::delegated<json_text>{};
    },
    [=](describe) {
      auto& st = self->state;
      boost::json::object out{{"loaded", st.loaded}, {"operations", st.operations.size()}};
      boost::json::array flying;
      for (auto& [id, f] : st.flights)
        flying.push_back({{"delivery", to_string(id)},
                          {"state", std::string(to_string(f.what.state))},
                          {"phase", static_cast<int>(f.now)},
                          {"attempt", f.what.attempt}});
      out["flights"] = std::move(flying);
      if (st.loaded && st.exists) out["post"] = post_view(st.row);
      return json_text{boost::json::serialize(out)};
    },
    [=](passivate) {
      auto& st = self->state;
      if (st.flights.empty() && !st.operating && !st.loading && st.operations.empty())
        self->quit();
      else
        self->send(st.shard, busy{st.who});
    },
  };
}

} // namespace

caf::actor make_post(caf::scheduled_actor* shard, content_context* context, const entity_ref& who) {
  return shard->spawn(make_behavior, context, caf::actor_cast<caf::actor>(shard), who);
}

} // namespace troupe
