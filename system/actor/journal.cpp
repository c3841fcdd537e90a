#include "system/actor/journal.hpp"

#include "system/actor/messages.hpp"
#include "system/core/crash_point.hpp"
#include "system/core/log.hpp"

#include <map>

namespace troupe {

namespace {

const storage::statement fence_sql{"journal_fence", "SELECT troupe_fence($1, $2)"};
const storage::statement terminate_sql{"journal_terminate", "SELECT pg_terminate_backend($1, 2000)"};

struct retry_now {};

} // namespace

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::retry_now)

namespace troupe {

void journal_state::add(change c) {
  if (waiting.size() >= settings.queue_limit) {
    c.reply({ec::overloaded, nullptr, 0});
    return;
  }
  waiting.push_back(std::move(c));
  if (!sending) send_next();
}

/// Takes the next batch from the queue: at most `batch_rows`, or one while a culprit is being isolated.
void journal_state::send_next() {
  if (waiting.empty()) {
    settle();
    return;
  }
  auto count = std::min(waiting.size(), isolate_left > 0 ? std::size_t{1} : settings.batch_rows);
  if (isolate_left > 0) --isolate_left;
  in_flight.assign(std::make_move_iterator(waiting.begin()),
                   std::make_move_iterator(waiting.begin() + static_cast<std::ptrdiff_t>(count)));
  waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
  submit();
}

void journal_state::submit() {
  auto epoch = owner->epoch_of(shard);
  if (!epoch) {
    sending = false;
    answer_all(ec::fence_lost);
    return;
  }
  sending = true;
  ++batches;
  auto shard_text = std::to_string(shard), epoch_text = std::to_string(*epoch);
  std::vector<storage::step> steps;
  steps.push_back({&fence_sql, {shard_text, epoch_text}});
  // Changes of one kind become one statement; the order of kinds is the order of first appearance.
  std::stable_sort(in_flight.begin(), in_flight.end(),
                   [](const change& a, const change& b) { return std::less<>{}(a.sql, b.sql); });
  for (std::size_t i = 0; i < in_flight.size();) {
    auto* sql = in_flight[i].sql;
    auto columns = in_flight[i].row.size();
    std::vector<storage::array_builder> arrays(columns);
    for (; i < in_flight.size() && in_flight[i].sql == sql; ++i)
      for (std::size_t c = 0; c < columns; ++c) arrays[c].add(in_flight[i].row[c]);
    storage::params values{shard_text, epoch_text, owner->node_name()};
    for (auto& a : arrays) values.emplace_back(a.take());
    steps.push_back({sql, std::move(values)});
  }
  crash_point("journal.before_commit");
  database->writer_of(shard).submit(
      std::move(steps), [to = caf::actor_cast<caf::actor>(self)](storage::batch_result r) {
        caf::anon_send(to, batch_done{std::make_shared<storage::batch_result>(std::move(r))});
      });
}

void journal_state::on_batch(storage::batch_result& r) {
  switch (r.status) {
  case storage::batch_status::committed: {
    crash_point("journal.after_commit");
    changes += in_flight.size();
    std::size_t i = 0;
    for (std::size_t s = 1; s < r.results.size(); ++s) {
      auto rows = std::make_shared<const storage::rows>(std::move(r.results[s]));
      auto* sql = in_flight[i].sql;
      std::size_t row = 0;
      for (std::int64_t ordinality = 1; i < in_flight.size() && in_flight[i].sql == sql; ++i, ++ordinality) {
        if (row < rows->size() && rows->get_int(row, 0) == ordinality)
          in_flight[i].reply({ec::none, rows, row++});
        else
          in_flight[i].reply({ec::row_changed, nullptr, 0});
      }
    }
    in_flight.clear();
    send_next();
    return;
  }
  case storage::batch_status::failed: {
    if (r.sqlstate == "TF001") {
      log::warning("journal.fence_lost", {{"shard", shard}, {"changes", in_flight.size()}});
      owner->fence_lost(shard);
      answer_all(ec::fence_lost);
      return;
    }
    log::error(
        "journal.batch_failed",
        {{"shard", shard}, {"sqlstate", r.sqlstate}, {"changes", in_flight.size()}, {"message", r.message}});
    if (in_flight.size() == 1) {
      in_flight.front().reply({ec::storage_failed, nullptr, 0});
      in_flight.clear();
      send_next();
      return;
    }
    // One poisonous change must not take its neighbours with it: repeat them one at a time.
    isolate_left = in_flight.size();
    waiting.insert(waiting.begin(), std::make_move_iterator(in_flight.begin()),
                   std::make_move_iterator(in_flight.end()));
    in_flight.clear();
    ++repeats;
    send_next();
    return;
  }
  case storage::batch_status::unknown: {
    // The old backend may still be running the batch: end it first, then repeat.
    ++repeats;
    log::warning("journal.commit_unknown", {{"shard", shard}, {"backend", r.backend_pid}});
    database->read({{&terminate_sql, {std::to_string(r.backend_pid)}}},
                   [to = caf::actor_cast<caf::actor>(self)](const storage::batch_result&) {
                     caf::anon_send(to, retry_now{});
                   });
    return;
  }
  case storage::batch_status::not_sent: self->delayed_send(self, settings.retry_delay, retry_now{}); return;
  }
}

void journal_state::answer_all(ec code) {
  for (auto& c : in_flight) c.reply({code, nullptr, 0});
  for (auto& c : waiting) c.reply({code, nullptr, 0});
  in_flight.clear();
  waiting.clear();
  settle();
}

void journal_state::settle() {
  sending = false;
  isolate_left = 0;
  for (auto& f : flushers) f.deliver(done{});
  flushers.clear();
}

caf::behavior journal(caf::stateful_actor<journal_state>* self, shard_id shard, journal_settings settings,
                      storage::database* database, ownership* owner) {
  auto& s = self->state;
  s.self = self;
  s.shard = shard;
  s.settings = settings;
  s.database = database;
  s.owner = owner;
  return {
      [=](change& c) { self->state.add(std::move(c)); },
      [=](batch_done& b) { self->state.on_batch(*b.result); },
      [=](retry_now) { self->state.submit(); },
      [=](flush) -> caf::result<done> {
        auto promise = self->make_response_promise();
        if (!self->state.sending && self->state.waiting.empty())
          promise.deliver(done{});
        else
          self->state.flushers.push_back(promise);
        return caf::delegated<done>{};
      },
  };
}

} // namespace troupe
