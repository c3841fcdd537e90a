-- A DISPATCHER reads what is open in pages, in the order (due_at, id): the index now has that order whole, so that a page costs
-- its own rows also where thousands are due at one instant. Whether the post has media is looked up per row read: as a
-- join it made the planner choose to read all posts.
CREATE INDEX delivery_open_in_order ON delivery (shard_id, due_at, id) WHERE is_open;
DROP INDEX delivery_open;

CREATE OR REPLACE VIEW open_delivery AS
  SELECT d.id, d.post_id, d.workspace_id, d.account_id, d.state, d.version, d.attempt, d.burnt,
         micros(d.due_at) AS due_us, micros(d.next_attempt_at) AS next_us, micros(d.call_deadline) AS deadline_us,
         d.platform,
         coalesce(d.media, (SELECT p.media FROM post p WHERE p.id = d.post_id)) <> '[]'::jsonb AS has_media,
         coalesce(d.remote_handle ? 'prepared', false) AS prepared, d.epoch, d.shard_id, d.due_at
  FROM delivery d
  WHERE d.is_open;
