-- The cluster's own tables: who is alive, who owns which shard, the outbox of events, and answers kept for
-- repeated requests. Design: ownership and fencing by one epoch per shard.

CREATE TABLE cluster (
  id                int PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  shards            int NOT NULL,
  key_fingerprint   text NOT NULL,
  system_identifier text NOT NULL,
  timeline          bigint NOT NULL,
  media_marker      text NOT NULL DEFAULT '',
  restored          boolean NOT NULL DEFAULT false,   -- set by a restore, cleared by `troupe restored`
  created_at        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE node (
  name         text NOT NULL,
  incarnation  bigint NOT NULL,
  state        text NOT NULL CHECK (state IN ('active', 'draining', 'stopped', 'dead')),
  http_address text NOT NULL DEFAULT '',
  version      text NOT NULL DEFAULT '',
  started_at   timestamptz NOT NULL DEFAULT now(),
  lease_until  timestamptz NOT NULL,
  PRIMARY KEY (name, incarnation)
) WITH (fillfactor = 50);
CREATE SEQUENCE node_incarnation;

CREATE TABLE shard (
  shard_id          int PRIMARY KEY,
  owner_node        text,
  owner_incarnation bigint,
  epoch             bigint NOT NULL DEFAULT 0,
  adoptions         int NOT NULL DEFAULT 0,
  changed_at        timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- First step of every batch that writes data owned by shards. Holds FOR SHARE on their rows until the
-- commit, which excludes the epoch bump; raises TF001 when an epoch has moved on, so that the whole implicit
-- transaction stands or falls with the ownership. (FOR KEY SHARE would let a stale write commit after the bump.)
CREATE FUNCTION troupe_fence(p_shards int[], p_epochs bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  held int;
BEGIN
  PERFORM 1 FROM shard s JOIN unnest(p_shards, p_epochs) AS f(shard_id, epoch) USING (shard_id, epoch)
    ORDER BY s.shard_id FOR SHARE OF s;
  GET DIAGNOSTICS held = ROW_COUNT;
  IF held <> cardinality(p_shards) THEN
    RAISE EXCEPTION 'fence lost: of % shards % are at the epochs %', p_shards, held, p_epochs USING ERRCODE = 'TF001';
  END IF;
END $$;

-- Instants cross the wire as whole microseconds since 1970. The planner inlines both.
CREATE FUNCTION micros(at timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT (extract(epoch FROM at) * 1000000)::bigint $$;
CREATE FUNCTION instant(us bigint) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT timestamptz 'epoch' + us * interval '1 us' $$;

-- The outbox. One writer per shard, so `seq` rises in commit order within a shard.
CREATE TABLE event (
  seq          bigint GENERATED ALWAYS AS IDENTITY,
  at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  shard_id     int NOT NULL,
  workspace_id uuid NOT NULL,
  kind         text NOT NULL,
  subject      uuid NOT NULL,
  payload      jsonb NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (at);
CREATE INDEX event_by_workspace ON event (workspace_id, seq);
CREATE TABLE event_default PARTITION OF event DEFAULT;

-- Answers to requests that carried an Idempotency-Key, written in the statement that has the effect.
-- `scope` is the user; `body_hash` tells a repeat from another request under the same key.
CREATE TABLE idempotency (
  scope      uuid NOT NULL,
  key        text NOT NULL,
  body_hash  bytea NOT NULL,
  subject    uuid NOT NULL,
  at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_by_age ON idempotency (at);

-- Daily partitions from today to `p_ahead` days ahead; drops those whose last day is older than `p_keep` days.
-- What landed in the default partition meanwhile keeps that day there; retention then deletes it by row.
CREATE FUNCTION troupe_partitions(p_table text, p_ahead int, p_keep int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  d date;
  name text;
  part record;
BEGIN
  FOR d IN SELECT generate_series(current_date + 1, current_date + p_ahead, interval '1 day')::date LOOP
    name := format('%s_%s', p_table, to_char(d, 'YYYYMMDD'));
    IF to_regclass(name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, p_table, d, d + 1);
    END IF;
  END LOOP;
  FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
               WHERE i.inhparent = p_table::regclass AND c.relname ~ '_[0-9]{8}$' LOOP
    IF to_date(right(part.relname, 8), 'YYYYMMDD') < current_date - p_keep THEN
      EXECUTE format('DROP TABLE %I', part.relname);
    END IF;
  END LOOP;
  EXECUTE format('DELETE FROM %I WHERE at < now() - make_interval(days => %s)', p_table || '_default', p_keep);
END $$;
