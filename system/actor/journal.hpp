#pragma once

#include "system/actor/change_count.hpp"
#include "system/actor/ownership.hpp"
#include "system/actor/reply_slot.hpp"
#include "system/storage/database.hpp"

#include <caf/all.hpp>

#include <deque>
#include <memory>
#include <vector>

/// JOURNAL: the one writer of the shards that share a writer connection. Entities hand it single-row changes;
/// it commits them in batches (group commit): while one batch is on its way, the next one gathers, whatever
/// shard its changes are of. See records/20261123-journal-per-writer.md. A patient change, for whose commit
/// nobody waits, stays `gather` long until others come, a hurried one among them, or enough.
///
/// A batch is one implicit transaction: `troupe_fence(shards, epochs)` first, then one set-based statement
/// per kind of change. A kind is a plain statement and a shard: $1 = shard, $2 = epoch, $3 = node name, then
/// one text-format array per column; or a wide statement, for rows of any shards: $1 and $2 are then arrays
/// too, the shard and epoch of each row. It must answer at most one row per change, ordered, whose first
/// column is the change's ordinality (1-based), only for those changes that were applied. A change whose row
/// is missing from the answer was not applied: someone else changed that row; reload.
///
/// Faults: fence lost -> the batch is repeated shard by shard; the changes of a shard that is lost fail with
/// fence_lost and the owner is told. Connection lost with the commit unanswered -> that backend is
/// terminated, then the batch is repeated: version checks and deterministic keys make a change that had been
/// committed come back as not applied. A statement that fails poisons only itself: the batch is repeated in
/// halves until the culprit is alone. Not connected -> tried again until the ownership ends.
namespace troupe {

/// A statement whose rows may be of many shards; see above.
struct wide_statement : storage::statement {};

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

/// One row of one shard for one statement. LOCAL ONLY: never crosses a node.
struct change {
  shard_id shard = 0;
  const storage::statement* sql = nullptr;
  bool wide = false; // `sql` is a wide_statement
  storage::params row;
  reply_slot<change_result> reply;
  bool patient = false; // it may be committed a little later, and so in company
};

/// For how long a patient change is kept for company, at most.
constexpr milliseconds longest_gathering{10};

struct journal_settings {
  std::size_t batch_rows = 256;            // 1 .. 1000
  std::size_t queue_limit = 20'000;        // changes waiting; beyond: overloaded at once
  milliseconds retry_delay{50};            // after "not connected"
  milliseconds gather = longest_gathering; // patient changes: at most so long
  std::size_t enough = 64;                 // patient changes: not when there are so many
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
/// `writer`: the writer connection, i.e. the one that serves each shard with shard % writers == writer.
/// `changes` is told of each change before it can reach the database, and of its end before anybody else is.
caf::behavior journal(caf::stateful_actor<journal_state>* self, std::uint32_t writer,
                      journal_settings settings, storage::database* database, ownership* owner,
                      change_count* changes);

struct journal_state {
  caf::stateful_actor<journal_state>* self = nullptr;
  std::uint32_t writer = 0;
  journal_settings settings;
  storage::database* database = nullptr;
  ownership* owner = nullptr;
  change_count* counted = nullptr;
  std::deque<change> waiting;
  std::vector<change> in_flight;         // sorted by kind
  std::vector<std::size_t> kind_ends;    // of `in_flight`, one per statement of the batch
  std::deque<std::vector<change>> parts; // of a batch that failed, to be repeated before anything else
  bool sending = false;
  std::size_t hurried = 0;                  // of `waiting`
  bool gathering = false, gathered = false; // the time of patient ones runs, or is over
  std::vector<caf::response_promise> flushers;
  std::uint64_t batches = 0, changes = 0, repeats = 0;
  const char* name = "journal";

  void add(change c);
  void answer(change& c, change_result r);
  bool is_time() const;
  void gather();
  bool send_another();
  void send_next();
  bool next_batch();
  void drop_what_is_not_ours();
  void submit();
  void on_batch(storage::batch_result& r);
  void committed(storage::batch_result& r);
  void fence_lost();
  void divide();
  void repeat();
  void settle();
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::change)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::change_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::batch_done)
CAF_BEGIN_TYPE_ID_BLOCK(troupe_journal, first_custom_type_id + 40)
CAF_ADD_TYPE_ID(troupe_journal, (troupe::flush))
CAF_END_TYPE_ID_BLOCK(troupe_journal)
