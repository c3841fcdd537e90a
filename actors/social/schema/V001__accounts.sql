-- Connected social accounts. Credentials are sealed (XChaCha20-Poly1305); the key id is their first four bytes.
CREATE TABLE account (
  id              uuid PRIMARY KEY,
  workspace_id    uuid NOT NULL,
  shard_id        int NOT NULL,
  platform        text NOT NULL,
  remote_id       text NOT NULL,
  handle          text NOT NULL,
  display_name    text NOT NULL DEFAULT '',
  server          text NOT NULL DEFAULT '',
  state           text NOT NULL CHECK (state IN ('active', 'paused', 'reconnect_required', 'restricted', 'disconnected')),
  state_reason    text NOT NULL DEFAULT '',
  sealed          bytea NOT NULL,
  token_expires_at timestamptz,
  refreshing_until timestamptz,              -- intent of a refresh: nobody else may use the old token before
  limits          jsonb NOT NULL DEFAULT '{}',
  last_checked_at timestamptz,
  version         int NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX account_by_workspace ON account (workspace_id, created_at, id);
CREATE UNIQUE INDEX account_identity ON account (workspace_id, platform, server, remote_id)
  WHERE state <> 'disconnected';

-- Fresh tokens as they came, append only and never fenced: evidence is welcome even from a node that has lost
-- its shards, because a rotated refresh token exists only in this answer.
CREATE TABLE token_grant (
  account_id       uuid NOT NULL,
  refreshed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  sealed           bytea NOT NULL,
  token_expires_at timestamptz
);
CREATE INDEX token_grant_by_account ON token_grant (account_id, refreshed_at DESC);

-- An OAuth connect between "send the browser away" and "it comes back".
CREATE TABLE oauth_flow (
  state_hash   bytea PRIMARY KEY,
  workspace_id uuid NOT NULL,
  user_id      uuid NOT NULL,
  platform     text NOT NULL,
  sealed       bytea NOT NULL,
  return_url   text NOT NULL DEFAULT '',
  account_id   uuid,                          -- set when an existing account is being reconnected
  expires_at   timestamptz NOT NULL
);
