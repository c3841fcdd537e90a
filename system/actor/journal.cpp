#include "system/actor/journal.hpp"

#include "system/actor/messages.hpp"
#include "system/core/crash_point.hpp"
#include "system/core/log.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace troupe {

namespace {

const storage::statement fence_sql{"journal_fence", "SELECT troupe_fence($1::int[], $2::bigint[])"};
// Only one of ours: after a restart of the server the number may be somebody else's.
const storage::statement terminate_sql{
    "journal_terminate", "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE pid = $1 AND "
                         "application_name = current_setting('application_name')"};

struct retry_now {};
struct gather_over {};

} // namespace

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::retry_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::gather_over)

namespace troupe {

void journal_state::add(change c) {
  if (waiting.size() >= settings.queue_limit) {
    c.reply({ec::overloaded, nullptr, 0});
    return;
  }
  counted->begun(c.shard);
  if (!c.patient) ++hurried;
  waiting.push_back(std::move(c));
  if (!sending) send_next();
}

void journal_state::answer(change& c, change_result r) {
  counted->ended(c.shard);
  c.reply(std::move(r));
}

/// Two changes of one kind become rows of one statement.
bool before(const change& a, const change& b) {
  if (a.sql != b.sql) return std::less<>{}(a.sql, b.sql);
  return !a.wide && a.shard < b.shard;
}

/// Takes the next batch: a part of one that failed, else what waits, at most `batch_rows`.
bool journal_state::next_batch() {
  if (!parts.empty()) {
    in_flight = std::move(parts.front());
    parts.pop_front();
    return true;
  }
  auto count = static_cast<std::ptrdiff_t>(std::min(waiting.size(), settings.batch_rows));
  in_flight.assign(std::make_move_iterator(waiting.begin()),
                   std::make_move_iterator(waiting.begin() + count));
  waiting.erase(waiting.begin(), waiting.begin() + count);
  hurried -= static_cast<std::size_t>(
      std::count_if(in_flight.begin(), in_flight.end(), [](auto& c) { return !c.patient; }));
  gathered = false;
  // The order of kinds is the same in every batch, so that two journals do not lock rows crosswise.
  std::stable_sort(in_flight.begin(), in_flight.end(), before);
  return !in_flight.empty();
}

/// Whether the next batch has to leave, whoever might still come.
bool journal_state::is_time() const {
  if (!parts.empty()) return true;
  return !waiting.empty() &&
         (hurried > 0 || gathered || waiting.size() >= settings.enough || !flushers.empty());
}

void journal_state::gather() {
  if (waiting.empty() || std::exchange(gathering, true)) return;
  self->delayed_send(self, settings.gather, gather_over{});
}

/// False when nothing has to leave now.
bool journal_state::send_another() {
  while (is_time() && next_batch()) {
    drop_what_is_not_ours();
    if (in_flight.empty()) continue;
    submit();
    return true;
  }
  return false;
}

void journal_state::send_next() {
  if (!send_another()) settle();
}

void journal_state::drop_what_is_not_ours() {
  std::erase_if(in_flight, [this](change& c) {
    if (owner->epoch_of(c.shard)) return false;
    answer(c, {ec::fence_lost, nullptr, 0});
    return true;
  });
}

void journal_state::submit() {
  sending = true;
  ++batches;
  std::map<shard_id, std::int64_t> epochs;
  for (auto& c : in_flight)
    if (!epochs.contains(c.shard)) epochs[c.shard] = owner->epoch_of(c.shard).value_or(0);
  storage::array_builder fence_shards, fence_epochs;
  for (auto& [shard, epoch] : epochs) {
    fence_shards.add(static_cast<std::int64_t>(shard));
    fence_epochs.add(epoch);
  }
  std::vector<storage::step> steps;
  steps.push_back({&fence_sql, {fence_shards.take(), fence_epochs.take()}});
  kind_ends.clear();
  for (std::size_t i = 0; i < in_flight.size();) {
    auto& first = in_flight[i];
    auto columns = first.row.size();
    storage::array_builder shards, shard_epochs;
    std::vector<storage::array_builder> arrays(columns);
    for (; i < in_flight.size() && !before(first, in_flight[i]); ++i) {
      auto& c = in_flight[i];
      if (c.wide) {
        shards.add(static_cast<std::int64_t>(c.shard));
        shard_epochs.add(epochs[c.shard]);
      }
      for (std::size_t column = 0; column < columns; ++column) arrays[column].add(c.row[column]);
    }
    kind_ends.push_back(i);
    storage::params values;
    values.reserve(columns + 3);
    values.emplace_back(first.wide ? shards.take() : std::to_string(first.shard));
    values.emplace_back(first.wide ? shard_epochs.take() : std::to_string(epochs[first.shard]));
    values.emplace_back(owner->node_name());
    for (auto& a : arrays) values.emplace_back(a.take());
    steps.push_back({first.sql, std::move(values)});
  }
  crash_point("journal.before_commit");
  database->writer_of(writer).submit(
      std::move(steps), [to = caf::actor_cast<caf::actor>(self)](storage::batch_result r) {
        caf::anon_send(to, batch_done{std::make_shared<storage::batch_result>(std::move(r))});
      });
}

void journal_state::on_batch(storage::batch_result& r) {
  switch (r.status) {
  case storage::batch_status::committed: return committed(r);
  case storage::batch_status::failed:
    if (r.sqlstate == "TF001") return fence_lost();
    log::error("journal.batch_failed", {{"writer", writer},
                                        {"sqlstate", r.sqlstate},
                                        {"changes", in_flight.size()},
                                        {"message", r.message}});
    return divide();
  case storage::batch_status::unknown: {
    // The old backend may still be running the batch: end it first, then repeat.
    ++repeats;
    log::warning("journal.commit_unknown", {{"writer", writer}, {"backend", r.backend_pid}});
    database->read({{&terminate_sql, {std::to_string(r.backend_pid)}}},
                   [to = caf::actor_cast<caf::actor>(self)](const storage::batch_result&) {
                     caf::anon_send(to, retry_now{});
                   });
    return;
  }
  case storage::batch_status::not_sent: self->delayed_send(self, settings.retry_delay, retry_now{}); return;
  }
}

void journal_state::committed(storage::batch_result& r) {
  crash_point("journal.after_commit");
  // The next batch leaves before this one's answers are told, so that the database need not wait for that.
  auto done = std::exchange(in_flight, {});
  auto ends = std::exchange(kind_ends, {});
  bool more = send_another();
  changes += done.size();
  std::size_t i = 0;
  for (std::size_t kind = 0; kind < ends.size(); ++kind) {
    auto rows = std::make_shared<const storage::rows>(std::move(r.results[kind + 1]));
    std::size_t row = 0;
    for (std::int64_t ordinality = 1; i < ends[kind]; ++i, ++ordinality) {
      if (row < rows->size() && rows->get_int(row, 0) == ordinality)
        answer(done[i], {ec::none, rows, row++});
      else
        answer(done[i], {ec::row_changed, nullptr, 0});
    }
  }
  if (!more) settle();
}

/// Some shard of the batch is not ours any more. Alone, each shard finds out for itself.
void journal_state::fence_lost() {
  ++repeats;
  std::map<shard_id, std::vector<change>> by_shard;
  for (auto& c : in_flight) by_shard[c.shard].push_back(std::move(c));
  in_flight.clear();
  if (by_shard.size() == 1) {
    auto& [shard, lost] = *by_shard.begin();
    log::warning("journal.fence_lost", {{"shard", shard}, {"changes", lost.size()}});
    owner->fence_lost(shard);
    for (auto& c : lost) answer(c, {ec::fence_lost, nullptr, 0});
  } else {
    for (auto it = by_shard.rbegin(); it != by_shard.rend(); ++it) parts.push_front(std::move(it->second));
  }
  send_next();
}

/// One poisonous change must not take its neighbours with it: the batch is repeated in halves.
void journal_state::divide() {
  if (in_flight.size() == 1) {
    answer(in_flight.front(), {ec::storage_failed, nullptr, 0});
  } else {
    ++repeats;
    auto middle = in_flight.begin() + static_cast<std::ptrdiff_t>(in_flight.size() / 2);
    parts.emplace_front(std::make_move_iterator(middle), std::make_move_iterator(in_flight.end()));
    parts.emplace_front(std::make_move_iterator(in_flight.begin()), std::make_move_iterator(middle));
  }
  in_flight.clear();
  send_next();
}

/// The same batch again, under the epochs of now.
void journal_state::repeat() {
  drop_what_is_not_ours();
  if (in_flight.empty())
    send_next();
  else
    submit();
}

void journal_state::settle() {
  sending = false;
  gather();
  for (auto& f : flushers) f.deliver(done{});
  flushers.clear();
}

caf::behavior journal(caf::stateful_actor<journal_state>* self, std::uint32_t writer,
                      journal_settings settings, storage::database* database, ownership* owner,
                      change_count* changes) {
  auto& s = self->state;
  s.self = self;
  s.writer = writer;
  s.settings = settings;
  s.database = database;
  s.owner = owner;
  s.counted = changes;
  return {
      [=](change& c) { self->state.add(std::move(c)); },
      [=](batch_done& b) { self->state.on_batch(*b.result); },
      [=](retry_now) { self->state.repeat(); },
      [=](gather_over) {
        auto& st = self->state;
        st.gathering = false;
        st.gathered = !st.waiting.empty();
        if (!st.sending) st.send_next();
      },
      [=](flush) -> caf::result<done> {
        auto promise = self->make_response_promise();
        self->state.flushers.push_back(promise);
        if (!self->state.sending) self->state.send_next();
        return caf::delegated<done>{};
      },
  };
}

} // namespace troupe
