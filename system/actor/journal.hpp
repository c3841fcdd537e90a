#pragma once

#include "system/actor/ownership.hpp"
#include "system/actor/reply_slot.hpp"
#include "system/storage/database.hpp"

#include <caf/all.hpp>

#include <memory>
#include <vector>

/// JOURNAL: the one writer of a shard. Entities hand it single-row changes; it commits them in batches (group
/// commit): while one batch is on its way, the next one gathers.
///
/// A batch is one implicit transaction: `troupe_fence(shard, epoch)` first, then one set-based statement per
/// kind of change. Each change statement gets $1 = shard, $2 = epoch, $3 = node name, then one text-format
/// array per column; it must answer at most one row per change, ordered, whose first column is the change's
/// ordinality (1-based), only for those changes that were applied. A change whose row is missing from the
/// answer was not applied: someone else changed that row; reload.
///
/// Faults: fence lost -> every change fails with fence_lost and the owner is told. Connection lost with the
/// commit unanswered -> that backend is terminated, then the batch is repeated: version checks and
/// deterministic keys make a change that had been committed come back as not applied. A statement that fails
/// poisons only itself: the batch is repeated one change at a time. Not connected -> tried again until the
/// ownership ends.
namespace troupe {

/// How a change ended. `row` is valid when applied.
struct change_result {
  ec code =
      ec::unavailable; // none: applied; row_changed; fence_lost; storage_failed; overloaded; unavailable
  std::shared_ptr<const storage::rows> rows;
  std::size_t row = 0;

  bool applied() const noexcept { return code == ec::none; }
  std::string_view get(std::size_t column) const { return rows->get(row, column); }
  std::int64_t get_int(std::size_t column) const { return rows->get_int(row, column); }
  bool is_null(std::size_t column) const { return rows->is_null(row, column); }
};

/// One row for one statement. LOCAL ONLY: never crosses a node.
struct change {
  const storage::statement* sql = nullptr;
  storage::params row;
  reply_slot<change_result> reply;
};

struct journal_settings {
  std::size_t batch_rows = 256;     // 1 .. 1000
  std::size_t queue_limit = 20'000; // changes waiting; beyond: overloaded at once
  milliseconds retry_delay{50};     // after "not connected"
};

/// INTERNAL: a batch came back.
struct batch_done {
  std::shared_ptr<storage::batch_result> result;
};

/// Tells the JOURNAL to answer `done` once everything it holds has been committed or has failed.
struct flush {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, flush&) {
    return f();
  }
};

struct journal_state;
caf::behavior journal(caf::stateful_actor<journal_state>* self, shard_id shard, journal_settings settings,
                      storage::database* database, ownership* owner);

struct journal_state {
  caf::stateful_actor<journal_state>* self = nullptr;
  shard_id shard = 0;
  journal_settings settings;
  storage::database* database = nullptr;
  ownership* owner = nullptr;
  std::vector<change> waiting;
  std::vector<change> in_flight;
  bool one_by_one = false; // the last batch failed: isolate the culprit
  std::size_t isolate_left = 0;
  bool sending = false;
  std::vector<caf::response_promise> flushers;
  std::uint64_t batches = 0, changes = 0, repeats = 0;
  const char* name = "journal";

  void add(change c);
  void send_next();
  void submit();
  void on_batch(storage::batch_result& r);
  void answer_all(ec code);
  void settle();
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::change)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::change_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::batch_done)
CAF_BEGIN_TYPE_ID_BLOCK(troupe_journal, first_custom_type_id + 40)
CAF_ADD_TYPE_ID(troupe_journal, (troupe::flush))
CAF_END_TYPE_ID_BLOCK(troupe_journal)
