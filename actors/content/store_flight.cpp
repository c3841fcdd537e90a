#include "actors/content/store.hpp"

// What a delivery goes through: statements that JOURNALs run, set-based, one row of the arrays per change.
namespace troupe::content_store {

// Answers the frozen content, so that a due delivery needs no read of its own.
const wide_statement arm{{"delivery_arm", R"sql(
  WITH u AS (
    SELECT * FROM unnest($1::int[], $2::bigint[], $4::uuid[], $5::int[], $6::int[], $7::int[])
      WITH ORDINALITY AS t(shard, epoch, id, version, window_ms, call_ms, ord)),
  changed AS (
    UPDATE delivery d SET state = 'sending', version = d.version + 1, attempt = d.attempt + 1, epoch = u.epoch,
                          first_sending_at = coalesce(d.first_sending_at, clock_timestamp()),
                          send_not_after = clock_timestamp() + u.window_ms * interval '1 ms',
                          call_deadline = clock_timestamp() + (u.window_ms + u.call_ms) * interval '1 ms',
                          next_attempt_at = NULL
    FROM u WHERE d.id = u.id AND d.version = u.version AND d.state = 'scheduled'
    RETURNING u.ord, d.id, d.shard_id, d.epoch, d.version, d.attempt, d.send_not_after, d.post_id, d.text, d.title,
              d.media, d.options, d.remote_handle, d.idempotency_key),
  logged AS (
    INSERT INTO ledger (delivery_id, shard_id, from_state, to_state, node, epoch, attempt, reason)
    SELECT id, shard_id, 'scheduled', 'sending', $3, epoch, attempt, 'due' FROM changed)
  SELECT c.ord, c.version, c.attempt, micros(c.send_not_after), coalesce(c.text, p.text), coalesce(c.title, p.title),
         p.language, coalesce(c.media, p.media)::text, c.options::text, c.remote_handle::text, c.idempotency_key
  FROM changed c JOIN post p ON p.id = c.post_id ORDER BY c.ord)sql"}};

const wide_statement transition{{"delivery_transition", R"sql(
  WITH u AS (
    SELECT * FROM unnest($1::int[], $2::bigint[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::bool[], $9::text[],
                         $10::text[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::int[],
                         $17::bigint[], $18::int[], $19::text[])
      WITH ORDINALITY AS t(shard, epoch, id, version, from_state, to_state, is_open, reason, detail, next_us, remote_id,
                           permalink, error_kind, error_detail, burnt, published_us, repeat_ms, event_kind, ord)),
  changed AS (
    UPDATE delivery d SET state = u.to_state, is_open = u.is_open, version = d.version + 1, epoch = u.epoch,
                          attempt = d.attempt + CASE WHEN u.repeat_ms IS NULL THEN 0 ELSE 1 END,
                          call_deadline = CASE WHEN u.repeat_ms IS NULL THEN d.call_deadline
                                               ELSE greatest(d.call_deadline,
                                                             clock_timestamp() + u.repeat_ms * interval '1 ms') END,
                          next_attempt_at = instant(u.next_us), remote_id = coalesce(u.remote_id, d.remote_id),
                          permalink = coalesce(u.permalink, d.permalink), error_kind = u.error_kind,
                          error_detail = u.error_detail, burnt = d.burnt + u.burnt,
                          published_at = coalesce(instant(u.published_us), d.published_at)
    FROM u WHERE d.id = u.id AND d.version = u.version AND d.state = u.from_state
    RETURNING u.ord, u.id, u.shard, u.epoch, u.from_state, u.to_state, u.reason, u.detail, u.event_kind, u.repeat_ms,
              d.version, d.attempt, d.workspace_id, d.post_id, d.call_deadline),
  logged AS (
    INSERT INTO ledger (delivery_id, shard_id, from_state, to_state, node, epoch, attempt, reason, detail)
    SELECT id, shard, from_state, to_state, $3, epoch, attempt, reason, detail FROM changed),
  emitted AS (
    INSERT INTO event (shard_id, workspace_id, kind, subject, payload)
    SELECT shard, workspace_id, event_kind, id, jsonb_build_object('post_id', post_id, 'reason', reason)
    FROM changed WHERE event_kind IS NOT NULL)
  SELECT ord, version, attempt, CASE WHEN repeat_ms IS NOT NULL THEN micros(call_deadline) END
  FROM changed ORDER BY ord)sql"}};

// What `transition` does, for the one step that nearly every delivery ends with: a third of the columns to
// send, to parse and to unnest, which is half of what the step costs PostgreSQL.
const wide_statement published{{"delivery_published", R"sql(
  WITH u AS (
    SELECT * FROM unnest($1::int[], $2::bigint[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::bigint[])
      WITH ORDINALITY AS t(shard, epoch, id, version, remote_id, permalink, published_us, ord)),
  changed AS (
    UPDATE delivery d SET state = 'published', is_open = false, version = d.version + 1, epoch = u.epoch,
                          next_attempt_at = NULL, remote_id = coalesce(u.remote_id, d.remote_id),
                          permalink = coalesce(u.permalink, d.permalink), error_kind = NULL, error_detail = NULL,
                          published_at = instant(u.published_us)
    FROM u WHERE d.id = u.id AND d.version = u.version AND d.state = 'sending'
    RETURNING u.ord, u.id, u.shard, u.epoch, d.version, d.attempt, d.workspace_id, d.post_id),
  logged AS (
    INSERT INTO ledger (delivery_id, shard_id, from_state, to_state, node, epoch, attempt, reason)
    SELECT id, shard, 'sending', 'published', $3, epoch, attempt, 'published' FROM changed),
  emitted AS (
    INSERT INTO event (shard_id, workspace_id, kind, subject, payload)
    SELECT shard, workspace_id, 'delivery.published', id, jsonb_build_object('post_id', post_id, 'reason', 'published')
    FROM changed)
  SELECT ord, version, attempt, NULL FROM changed ORDER BY ord)sql"}};

const wide_statement prepared{{"delivery_prepared", R"sql(
  WITH u AS (
    SELECT * FROM unnest($1::int[], $2::bigint[], $4::uuid[], $5::int[], $6::text[])
      WITH ORDINALITY AS t(shard, epoch, id, version, handle, ord)),
  changed AS (
    UPDATE delivery d SET remote_handle = u.handle::jsonb, version = d.version + 1, epoch = u.epoch
    FROM u WHERE d.id = u.id AND d.version = u.version AND d.state = 'scheduled' RETURNING u.ord, d.version),
  prepared_by AS (SELECT $3::text)
  SELECT ord, version FROM changed ORDER BY ord)sql"}};

const storage::statement keep_receipt{"keep_receipt", R"sql(
  INSERT INTO receipt (delivery_id, attempt, node, outcome, remote_id, permalink, detail)
  VALUES ($1, $2::int, $3, $4, $5, $6, $7))sql"};

} // namespace troupe::content_store
