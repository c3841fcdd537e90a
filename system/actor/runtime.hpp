#pragma once

#include "system/actor/change_count.hpp"
#include "system/actor/journal.hpp"
#include "system/actor/messages.hpp"
#include "system/actor/ownership.hpp"
#include "system/actor/reply_slot.hpp"
#include "system/actor/router.hpp"
#include "system/actor/wakeups.hpp"
#include "system/core/secrets.hpp"
#include "system/storage/database.hpp"

#include <caf/all.hpp>

#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// The engine room as entities see it. One per node, made by the composition root, outlives every actor. All
/// of it may be used from any thread.
struct runtime {
  storage::database* database = nullptr;
  ownership* owner = nullptr;
  wakeups* ticks = nullptr;
  router* route = nullptr;
  const secrets::key_ring* keys = nullptr;
  std::vector<caf::actor> journals; // by writer: a shard's is at shard % size
  change_count* changes = nullptr;  // what the journals count

  shard_id shard_of(const entity_ref& ref) const { return route->shard_of(ref); }
  /// True while an entity's memory is the truth: the shard is this node's, and by its own view its lease
  /// holds. Else somebody else may have changed the rows, and the answer is `fence_lost`: whoever asked looks
  /// for the owner then.
  bool may_answer(shard_id shard) const { return owner->may_dispatch() && owner->epoch_of(shard); }
};

/// LOCAL ONLY: what a database read brings back to an actor.
struct db_reply {
  std::shared_ptr<storage::batch_result> result;
  bool ok() const noexcept { return result && result->ok(); }
  const storage::rows& rows(std::size_t step = 0) const { return result->results[step]; }
};

/// Runs `steps` on a reader; `then(db_reply)` runs in `self`, always, also when the database is away.
template <class F>
void read_database(caf::scheduled_actor* self, const runtime& rt, std::vector<storage::step> steps, F then) {
  auto slot = reply_slot<db_reply>::make(self, std::move(then));
  rt.database->read(std::move(steps), [slot](storage::batch_result r) {
    slot(db_reply{std::make_shared<storage::batch_result>(std::move(r))});
  });
}

/// To the JOURNAL of its shard; the change's reply is called in any case.
inline void hand_over(const runtime& rt, change c) {
  caf::anon_send(rt.journals[c.shard % rt.journals.size()], std::move(c));
}
/// Commits one change of `shard` through its JOURNAL; `then(change_result)` runs in `self` after the commit.
template <class F>
void commit(caf::scheduled_actor* self, const runtime& rt, shard_id shard, const storage::statement& sql,
            storage::params row, F then) {
  hand_over(rt, {shard, &sql, false, std::move(row), reply_slot<change_result>::make(self, std::move(then))});
}
/// `patient`: nobody waits for it; a few milliseconds later it is committed together with others, for less.
template <class F>
void commit(caf::scheduled_actor* self, const runtime& rt, shard_id shard, const wide_statement& sql,
            storage::params row, F then, bool patient = false) {
  hand_over(rt, {shard, &sql, true, std::move(row), reply_slot<change_result>::make(self, std::move(then)),
                 patient});
}

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::db_reply)
