#include "actors/content/post.hpp"

#include "actors/content/store.hpp"
#include "system/actor/unreadable.hpp"
#include "system/core/log.hpp"

#include <fmt/format.h>

#include <array>

// The POST: its state, its operations' frame, its behaviour. Operations run one at a time; each change first
// takes back what is armed, commits, and then reads the post again, so that memory never drifts from the
// database.
namespace troupe {

// -- state -----------------------------------------------------------------------------------

void post_state_::load(std::function<void()> then, caf::response_promise asked) {
  if (loaded) return then();
  when_loaded.push_back(std::move(then));
  if (asked.pending()) asked_meanwhile.push_back(std::move(asked));
  if (loading) return;
  loading = true;
  read_database(self, *context->rt,
                {{&content_store::load_post, {to_string(who.id), to_string(who.home)}},
                 {&content_store::load_deliveries, {to_string(who.id)}}},
                [this](db_reply r) {
                  loading = false;
                  auto asking = std::move(asked_meanwhile);
                  asked_meanwhile.clear();
                  if (!r.ok()) {
                    for (auto& promise : asking) promise.deliver(to_error({ec::unavailable}));
                    self->quit(to_error({unreadable(r), "the post could not be loaded"}));
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
  asked_meanwhile.clear();
  auto waiting = std::move(when_loaded);
  when_loaded.clear();
  for (auto& w : waiting) w();
}

void post_state_::reload(std::function<void()> then, caf::response_promise asked) {
  loaded = false;
  load(std::move(then), std::move(asked));
}

document post_state_::view() {
  if (cached_json.empty()) {
    // Some sixty small values that all go at once.
    std::array<unsigned char, 8'192> room;
    boost::json::monotonic_resource arena(room.data(), room.size());
    cached_json = boost::json::serialize(post_view(row, &arena));
  }
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
  if (flights.empty() && !loaded && !loading && operations.empty() && !operating)
    self->send(shard, resting{who});
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
                    if (!found)
                      return then(fmt::format("media {} is not in this workspace", to_string(m.media)));
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

/// What every change begins with: the post is there, the caller's version is the current one, and a repeat of
/// a kept Idempotency-Key answers what stands instead of doing it again.
void post_state_::begin_change(const request_origin& origin, caf::response_promise promise,
                               std::function<void()> work, std::optional<uuid> of_delivery) {
  load(
      [this, origin, promise, of_delivery, work = std::move(work)]() mutable {
        if (!exists) return fail(promise, {ec::not_found});
        auto go_on = [this, origin, promise, work]() mutable {
          if (origin.if_version != 0 && origin.if_version != row.version)
            return fail(promise,
                        {ec::precondition_failed, fmt::format("the current version is {}", row.version)});
          work();
        };
        if (origin.key.empty()) return go_on();
        read_database(self, *context->rt, {{&content_store::kept_key, {to_string(origin.user), origin.key}}},
                      [this, origin, promise, of_delivery, go_on](db_reply r) mutable {
                        if (!r.ok()) return fail(promise, {ec::unavailable});
                        if (r.rows().empty()) return go_on();
                        if (storage::from_bytea(r.rows().get(0, 0)) != origin.body_hash)
                          return fail(promise, {ec::idempotency_mismatch});
                        answer(promise, of_delivery);
                        operation_done();
                      });
      },
      promise);
}

/// Takes back those of `deliveries` that are on their way. `then(false)`: one has been released already.
void post_state_::quiesce(std::vector<uuid> deliveries, std::function<void(bool)> then) {
  bool pending = false;
  for (auto& id : deliveries) {
    auto it = flights.find(id);
    if (it == flights.end()) {
      auto* d = find(id);
      if (d && (d->state == delivery_state::sending || d->state == delivery_state::in_doubt))
        return then(false);
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

void post_state_::give_back_all() {
  for (auto& [id, f] : flights) {
    if (f.now == flight::phase::calling || f.now == flight::phase::storing) continue;
    f.recall = true;
    if (f.now == flight::phase::waiting && f.content) self->send(self, tick{}); // as above
  }
}

/// A change has been committed: read, tell the dispatcher, answer.
void post_state_::changed(caf::response_promise promise, std::optional<uuid> of_delivery) {
  reload(
      [this, promise, of_delivery]() mutable {
        tell_all();
        answer(promise, of_delivery);
        operation_done();
      },
      promise);
}

void post_state_::answer(caf::response_promise& promise, const std::optional<uuid>& of_delivery) {
  if (!of_delivery) return promise.deliver(view());
  auto* d = find(*of_delivery);
  if (!d) return promise.deliver(to_error({ec::not_found}));
  promise.deliver(document{boost::json::serialize(delivery_view(row, *d)), d->version});
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
      [=](give_back) { self->state.give_back_all(); },
      [=](tick) { self->state.woken(); },
      [=](const look_at_receipts& m) { self->state.look_at_receipts(m.delivery); },
      [=](read_post) -> caf::result<document> {
        auto& st = self->state;
        if (st.loaded) {
          if (!st.context->rt->may_answer(st.shard_number())) return to_error({ec::fence_lost});
          if (!st.exists) return to_error({ec::not_found});
          return st.view();
        }
        auto promise = self->make_response_promise();
        st.load(
            [self, promise]() mutable {
              if (!self->state.exists) return promise.deliver(to_error({ec::not_found}));
              promise.deliver(self->state.view());
            },
            promise);
        return caf::delegated<document>{};
      },
      [=](create_post& m) {
        auto asked = std::make_shared<const create_post>(std::move(m));
        return queued([self, asked](caf::response_promise p) { self->state.create(asked, p); });
      },
      [=](const edit_post& m) {
        return queued([self, m](caf::response_promise p) { self->state.edit(m, p); });
      },
      [=](const schedule_post& m) {
        return queued([self, m](caf::response_promise p) { self->state.schedule(m.origin, m.schedule, p); });
      },
      [=](const act_on_post& m) {
        return queued([self, m](caf::response_promise p) { self->state.act(m, p); });
      },
      [=](const act_on_delivery& m) {
        return queued([self, m](caf::response_promise p) { self->state.act(m, p); });
      },
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
