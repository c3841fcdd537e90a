-- The server half of the built-in sandbox network: what was published there, as durable as a real network's own
-- database would be. Nothing of Troupe's own state is in it.

-- How often a key was presented, whatever became of it.
CREATE TABLE sandbox_key (
  handle   text NOT NULL,
  key      text NOT NULL,
  requests int NOT NULL DEFAULT 1,
  last_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (handle, key)
);
CREATE INDEX sandbox_key_by_age ON sandbox_key (last_at);

-- `identity` is the key, or, for an account that ignores keys, something fresh: so it cannot tell a repeat.
CREATE TABLE sandbox_post (
  handle        text NOT NULL,
  identity      text NOT NULL,
  key           text NOT NULL,
  id            uuid NOT NULL,
  body_hash     bytea NOT NULL,
  text          text NOT NULL,
  media_ids     jsonb NOT NULL DEFAULT '[]',
  scheduled_for text NOT NULL DEFAULT '',
  repeats       int NOT NULL DEFAULT 0,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (handle, identity)
);
CREATE INDEX sandbox_post_by_key ON sandbox_post (handle, key);
CREATE INDEX sandbox_post_by_handle ON sandbox_post (handle, at DESC);
CREATE INDEX sandbox_post_by_age ON sandbox_post (at);
