#pragma once

// The pieces that the statements of this group share; for its .cpp files only.
// What every change statement begins with. `own` names all three of the JOURNAL's parameters: the server must
// know their types, used or not.
#define OWN "WITH own AS (SELECT $1::int AS shard, $2::bigint AS epoch, $3::text AS node), "
#define MICROS(column) "micros(" column ")"
#define INSTANT(us) "instant(" us ")"
// The claim of an Idempotency-Key of the rows in `input`; a row without a key needs none.
#define CLAIM(scope, subject, condition)                                                                     \
  "claimed AS (INSERT INTO idempotency (scope, key, body_hash, subject) "                                    \
  "SELECT " scope ", key, body_hash, " subject " FROM input i WHERE key IS NOT NULL AND " condition          \
  " ORDER BY " scope ", key ON CONFLICT DO NOTHING RETURNING scope, key), "
#define HAS_CLAIM(scope)                                                                                     \
  "(i.key IS NULL OR EXISTS (SELECT 1 FROM claimed c WHERE c.scope = " scope " AND c.key = i.key))"
#define EMIT(source, workspace, kind, subject, payload)                                                      \
  "emitted AS (INSERT INTO event (shard_id, workspace_id, kind, subject, payload) SELECT "                   \
  "own.shard, " workspace ", '" kind "', " subject ", " payload " FROM own, " source ") "
