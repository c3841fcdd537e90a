#include "actors/content/store.hpp"

// What people change: statements that JOURNALs run, set-based, one row of the arrays per change.
namespace troupe::content_store {

const wide_statement create{{"post_create", R"sql(
  WITH u AS (
    SELECT * FROM unnest($1::int[], $2::bigint[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],
                         $10::text[], $11::bigint[], $12::text[], $13::text[], $14::bigint[], $15::text[], $16::bytea[])
      WITH ORDINALITY AS t(shard, epoch, id, workspace_id, author_id, text, title, language, media, scheduled_us, local,
                           zone, created_us, targets, key_hash, ord)),
  made AS (
    INSERT INTO post (id, workspace_id, shard_id, author_id, text, title, language, media, scheduled_at,
                      schedule_local, schedule_zone, created_at, updated_at, key_hash)
    SELECT id, workspace_id, shard, author_id, text, title, language, media::jsonb, instant(scheduled_us), local, zone,
           instant(created_us), instant(created_us), key_hash
    FROM u ON CONFLICT (id) DO NOTHING RETURNING id),
  ok AS (SELECT u.* FROM u JOIN made USING (id)),
  targets AS (
    INSERT INTO delivery (id, post_id, workspace_id, shard_id, account_id, platform, due_at, state, is_open,
                          idempotency_key, text, title, media, options)
    SELECT t.id, ok.id, ok.workspace_id, ok.shard, t.account_id, t.platform, instant(ok.scheduled_us),
           CASE WHEN ok.scheduled_us IS NULL THEN 'draft' ELSE 'scheduled' END, ok.scheduled_us IS NOT NULL, t.id::text,
           t.text, t.title, t.media, coalesce(t.options, '{}')
    FROM ok, jsonb_to_recordset(ok.targets::jsonb)
      AS t(id uuid, account_id uuid, platform text, text text, title text, media jsonb, options jsonb)
    RETURNING id, post_id, state),
  logged AS (
    INSERT INTO ledger (delivery_id, shard_id, from_state, to_state, node, epoch, attempt, reason)
    SELECT t.id, ok.shard, 'draft', 'scheduled', $3, ok.epoch, 0, 'scheduled'
    FROM targets t JOIN ok ON ok.id = t.post_id WHERE t.state = 'scheduled'),
  emitted AS (
    INSERT INTO event (shard_id, workspace_id, kind, subject) SELECT shard, workspace_id, 'post.created', id FROM ok)
  SELECT ord FROM ok ORDER BY ord)sql"}};

const storage::statement edit{"post_edit", R"sql(
  WITH u AS (
    SELECT * FROM unnest($4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                         $12::uuid[], $13::text[], $14::bytea[])
      WITH ORDINALITY AS t(id, version, text, title, language, media, targets, removed, scope, key, body_hash, ord)),
  changed AS (
    UPDATE post p SET text = u.text, title = u.title, language = u.language, media = u.media::jsonb,
                      version = p.version + 1, updated_at = clock_timestamp()
    FROM u WHERE p.id = u.id AND p.version = u.version AND NOT p.deleted
    RETURNING u.*, p.workspace_id, p.scheduled_at),
  targets AS (
    INSERT INTO delivery AS d (id, post_id, workspace_id, shard_id, account_id, platform, due_at, state, is_open,
                               idempotency_key, text, title, media, options)
    SELECT t.id, c.id, c.workspace_id, $1, t.account_id, t.platform,
           CASE WHEN t.state = 'scheduled' THEN c.scheduled_at END, t.state, t.state = 'scheduled', t.id::text, t.text,
           t.title, t.media, coalesce(t.options, '{}')
    FROM changed c, jsonb_to_recordset(c.targets::jsonb)
      AS t(id uuid, account_id uuid, platform text, state text, text text, title text, media jsonb, options jsonb)
    ON CONFLICT (id) DO UPDATE SET text = excluded.text, title = excluded.title, media = excluded.media,
      options = excluded.options, remote_handle = NULL, version = d.version + 1
      WHERE d.state NOT IN ('sending', 'in_doubt', 'published')
    RETURNING d.id),
  gone AS (
    UPDATE delivery d SET state = 'cancelled', is_open = false, version = d.version + 1
    FROM changed c WHERE d.post_id = c.id AND d.id::text = ANY (string_to_array(c.removed, ','))
    RETURNING d.id, d.attempt),
  logged AS (
    INSERT INTO ledger (delivery_id, shard_id, from_state, to_state, node, epoch, attempt, reason)
    SELECT g.id, $1, old.state, 'cancelled', $3, $2, g.attempt, 'target removed'
    FROM gone g JOIN delivery old ON old.id = g.id),
  keyed AS (
    INSERT INTO idempotency (scope, key, body_hash, subject)
    SELECT scope, key, body_hash, id FROM changed WHERE key IS NOT NULL ON CONFLICT DO NOTHING),
  emitted AS (
    INSERT INTO event (shard_id, workspace_id, kind, subject) SELECT $1, workspace_id, 'post.edited', id FROM changed)
  SELECT ord FROM changed ORDER BY ord)sql"};

const storage::statement move_post{"post_move", R"sql(
  WITH u AS (
    SELECT * FROM unnest($4::uuid[], $5::int[], $6::text[], $7::text[], $8::bool[], $9::bigint[], $10::text[],
                         $11::text[], $12::bool[], $13::text[], $14::text[], $15::uuid[], $16::text[], $17::bytea[])
      WITH ORDINALITY AS t(id, version, deliveries, to_state, set_due, due_us, local, zone, remove, reason, event_kind,
                           scope, key, body_hash, ord)),
  changed AS (
    UPDATE post p SET scheduled_at = CASE WHEN u.set_due THEN instant(u.due_us) ELSE p.scheduled_at END,
                      schedule_local = CASE WHEN u.set_due THEN u.local ELSE p.schedule_local END,
                      schedule_zone = CASE WHEN u.set_due THEN u.zone ELSE p.schedule_zone END,
                      deleted = u.remove, version = p.version + 1, updated_at = clock_timestamp()
    FROM u WHERE p.id = u.id AND p.version = u.version AND NOT p.deleted
    RETURNING u.*, p.workspace_id),
  moved AS (
    UPDATE delivery d SET state = c.to_state, is_open = c.to_state = 'scheduled',
                          due_at = CASE WHEN c.set_due THEN instant(c.due_us) ELSE d.due_at END,
                          remote_handle = CASE WHEN c.set_due AND c.due_us IS DISTINCT FROM micros(d.due_at) THEN NULL
                                               ELSE d.remote_handle END,
                          next_attempt_at = NULL, error_kind = NULL, error_detail = NULL, burnt = 0,
                          version = d.version + 1
    FROM changed c
    WHERE d.post_id = c.id AND d.state NOT IN ('sending', 'in_doubt', 'published')
      AND d.id::text = ANY (string_to_array(c.deliveries, ','))
    RETURNING d.id, d.attempt, c.to_state, c.reason),
  logged AS (
    INSERT INTO ledger (delivery_id, shard_id, from_state, to_state, node, epoch, attempt, reason)
    SELECT m.id, $1, old.state, m.to_state, $3, $2, m.attempt, m.reason
    FROM moved m JOIN delivery old ON old.id = m.id),
  keyed AS (
    INSERT INTO idempotency (scope, key, body_hash, subject)
    SELECT scope, key, body_hash, id FROM changed WHERE key IS NOT NULL ON CONFLICT DO NOTHING),
  emitted AS (
    INSERT INTO event (shard_id, workspace_id, kind, subject) SELECT $1, workspace_id, event_kind, id FROM changed)
  SELECT ord FROM changed ORDER BY ord)sql"};

// A delivery that goes out again is due now: its old time may be past what the workspace allows. What was
// prepared is kept and brought up to date, so that a draft on the network is used again and not left behind.
const storage::statement decide{"delivery_decide", R"sql(
  WITH u AS (
    SELECT * FROM unnest($4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[],
                         $11::bigint[], $12::text[], $13::uuid[], $14::text[], $15::bytea[])
      WITH ORDINALITY AS t(id, version, from_state, to_state, reason, due_us, permalink, published_us, event_kind,
                           scope, key, body_hash, ord)),
  changed AS (
    UPDATE delivery d SET state = u.to_state, is_open = u.to_state = 'scheduled', version = d.version + 1, epoch = $2,
                          due_at = coalesce(instant(u.due_us), d.due_at),
                          remote_handle = CASE WHEN u.due_us IS NULL THEN d.remote_handle
                                               ELSE d.remote_handle - 'prepared' END,
                          burnt = CASE WHEN u.due_us IS NULL THEN d.burnt ELSE 0 END, next_attempt_at = NULL,
                          permalink = coalesce(u.permalink, d.permalink), error_kind = NULL, error_detail = NULL,
                          published_at = coalesce(instant(u.published_us), d.published_at)
    FROM u WHERE d.id = u.id AND d.version = u.version AND d.state = u.from_state
    RETURNING u.*, d.attempt, d.workspace_id, d.post_id),
  logged AS (
    INSERT INTO ledger (delivery_id, shard_id, from_state, to_state, node, epoch, attempt, reason)
    SELECT id, $1, from_state, to_state, $3, $2, attempt, reason FROM changed),
  keyed AS (
    INSERT INTO idempotency (scope, key, body_hash, subject)
    SELECT scope, key, body_hash, id FROM changed WHERE key IS NOT NULL ON CONFLICT DO NOTHING),
  emitted AS (
    INSERT INTO event (shard_id, workspace_id, kind, subject, payload)
    SELECT $1, workspace_id, event_kind, id, jsonb_build_object('post_id', post_id, 'reason', reason) FROM changed)
  SELECT ord FROM changed ORDER BY ord)sql"};

} // namespace troupe::content_store
