#pragma once

#include "actors/content/types.hpp"
#include "system/actor/journal.hpp"
#include "system/storage/database.hpp"

/// The content group's SQL beside its row mapping.
namespace troupe::content_store {

// -- reads ------------------------------------------------------------------------------------

/// $1 post, $2 workspace. Steps of one batch: the post (no row: none), then its deliveries.
extern const storage::statement load_post;
extern const storage::statement load_deliveries;
post read_post(const storage::rows& r, std::size_t row);
delivery read_delivery(const storage::rows& r, std::size_t row);

/// Receipts of one delivery, oldest first: outcome, remote_id, permalink, when (us). $1 delivery.
extern const storage::statement receipts;
/// Receipts that say more than their deliveries: delivery, post, workspace. $1 limit, $2 int[] shards.
extern const storage::statement unsettled_receipts;
/// body_hash of the request that made a post under its key (NULL: not known any more). $1 post, $2 user, $3
/// key.
extern const storage::statement made_for;
/// body_hash, subject of the kept key of a change. $1 user, $2 key.
extern const storage::statement kept_key;
/// id, content_type, bytes, width, height, sha256, file_name. $1 workspace, $2 uuid[].
extern const storage::statement media_of;

/// Open deliveries of a shard for the DISPATCHER, by due time and id. $1 shard, $2 due before (us), $3 and $4
/// after this due time (us) and id, $5 limit.
extern const storage::statement open_deliveries;
/// The same columns for one post. $1 post.
extern const storage::statement open_of_post;

// -- changes through the JOURNAL (arrays from $4 on) ------------------------------------------

extern const wide_statement create;
extern const storage::statement edit;
extern const storage::statement move_post; // schedule, unschedule, cancel, remove
extern const storage::statement decide;    // a person's word on one delivery, with its Idempotency-Key
extern const wide_statement arm;           // scheduled -> sending
extern const wide_statement published;     // sending -> published, at the first call
extern const wide_statement transition;    // every other step of one delivery
extern const wide_statement prepared;      // remote_handle of a scheduled delivery

/// Evidence, never fenced: $1 delivery, $2 attempt, $3 node, $4 outcome, $5 remote_id, $6 permalink, $7
/// detail.
extern const storage::statement keep_receipt;

} // namespace troupe::content_store
