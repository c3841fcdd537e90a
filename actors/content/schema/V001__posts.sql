-- Posts, their deliveries (one per target account), the ledger of every transition, receipts and media.

CREATE TABLE post (
  id             uuid PRIMARY KEY,
  workspace_id   uuid NOT NULL,
  shard_id       int NOT NULL,
  author_id      uuid NOT NULL,
  text           text NOT NULL,
  title          text NOT NULL DEFAULT '',
  language       text NOT NULL DEFAULT '',
  media          jsonb NOT NULL DEFAULT '[]',      -- [{"media_id","alt"}]
  scheduled_at   timestamptz,
  schedule_local text,                             -- wall clock and zone as the author gave them
  schedule_zone  text,
  version        int NOT NULL DEFAULT 1,
  deleted        boolean NOT NULL DEFAULT false,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX post_by_workspace ON post (workspace_id, created_at, id) WHERE NOT deleted;

-- `is_open` is true until the state is final or needs a person; the index that a new owner scans depends on it
-- and not on `state`, so that the step to `sending` stays a heap-only update.
CREATE TABLE delivery (
  id               uuid PRIMARY KEY,
  post_id          uuid NOT NULL,
  workspace_id     uuid NOT NULL,
  shard_id         int NOT NULL,
  account_id       uuid NOT NULL,
  platform         text NOT NULL,
  due_at           timestamptz,
  state            text NOT NULL,
  is_open          boolean NOT NULL,
  version          int NOT NULL DEFAULT 1,
  attempt          int NOT NULL DEFAULT 0,           -- how often it was armed
  burnt            int NOT NULL DEFAULT 0,           -- attempts that count against the retry limit
  epoch            bigint NOT NULL DEFAULT 0,
  idempotency_key  text NOT NULL,
  text             text,                           -- variants; NULL: the post's own
  title            text,
  media            jsonb,
  options          jsonb NOT NULL DEFAULT '{}',
  first_sending_at timestamptz,
  send_not_after   timestamptz,
  call_deadline    timestamptz,
  next_attempt_at  timestamptz,
  remote_handle    jsonb,
  remote_id        text,
  permalink        text,
  error_kind       text,
  error_detail     text,
  published_at     timestamptz
) WITH (fillfactor = 70);
CREATE INDEX delivery_by_post ON delivery (post_id);
CREATE INDEX delivery_open ON delivery (shard_id, due_at) WHERE is_open;
CREATE INDEX delivery_by_workspace ON delivery (workspace_id, due_at, id);

-- What a DISPATCHER must know of a delivery, in the order in which it reads the columns.
CREATE VIEW open_delivery AS
  SELECT d.id, d.post_id, d.workspace_id, d.account_id, d.state, d.version, d.attempt, d.burnt,
         micros(d.due_at) AS due_us, micros(d.next_attempt_at) AS next_us, micros(d.call_deadline) AS deadline_us,
         d.platform, coalesce(d.media, p.media) <> '[]'::jsonb AS has_media,
         coalesce(d.remote_handle ? 'prepared', false) AS prepared, d.epoch, d.shard_id, d.due_at
  FROM delivery d JOIN post p ON p.id = d.post_id
  WHERE d.is_open;

-- Every transition, append only.
CREATE TABLE ledger (
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  delivery_id uuid NOT NULL,
  shard_id    int NOT NULL,
  from_state  text NOT NULL,
  to_state    text NOT NULL,
  node        text NOT NULL,
  epoch       bigint NOT NULL,
  attempt     int NOT NULL,
  reason      text NOT NULL,
  detail      text NOT NULL DEFAULT ''
) PARTITION BY RANGE (at);
CREATE INDEX ledger_by_delivery ON ledger (delivery_id, at);
CREATE TABLE ledger_default PARTITION OF ledger DEFAULT;

-- What a network answered when the outcome could not be written under the fence. Append only, never fenced.
CREATE TABLE receipt (
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  delivery_id uuid NOT NULL,
  attempt     int NOT NULL,
  node        text NOT NULL,
  outcome     text NOT NULL,
  remote_id   text NOT NULL DEFAULT '',
  permalink   text NOT NULL DEFAULT '',
  detail      text NOT NULL DEFAULT ''
);
CREATE INDEX receipt_by_delivery ON receipt (delivery_id);

CREATE TABLE media (
  id           uuid PRIMARY KEY,
  workspace_id uuid NOT NULL,
  shard_id     int NOT NULL,
  uploaded_by  uuid NOT NULL,
  content_type text NOT NULL,
  bytes        bigint NOT NULL,
  width        int NOT NULL,
  height       int NOT NULL,
  sha256       bytea NOT NULL,
  file_name    text NOT NULL DEFAULT '',
  created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX media_by_workspace ON media (workspace_id, created_at, id);
