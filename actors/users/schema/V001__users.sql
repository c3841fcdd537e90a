-- Users, their sign-in families, workspaces and who belongs to them.

CREATE TABLE app_user (
  id               uuid PRIMARY KEY,
  shard_id         int NOT NULL,
  email            text NOT NULL,
  display_name     text NOT NULL,
  password_hash    text NOT NULL,
  token_generation int NOT NULL DEFAULT 1,   -- rises at "logout everywhere" and at a password change
  version          int NOT NULL DEFAULT 1,
  created_at       timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX app_user_email ON app_user (lower(email));

-- One row per sign-in. `token_hash` is the one refresh token that is good now. Tokens that were rotated away need no
-- rows: half of a token proves that we made it for this sign-in, so that any old one, presented again, revokes it.
CREATE TABLE sign_in (
  id           uuid PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES app_user (id),
  shard_id     int NOT NULL,
  token_hash   bytea NOT NULL,
  expires_at   timestamptz NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  revoked_at   timestamptz
);
CREATE INDEX sign_in_by_user ON sign_in (user_id) WHERE revoked_at IS NULL;
CREATE INDEX sign_in_revoked ON sign_in (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE workspace (
  id            uuid PRIMARY KEY,
  shard_id      int NOT NULL,
  name          text NOT NULL,
  time_zone     text NOT NULL,
  max_lateness_s int NOT NULL DEFAULT 21600,
  version       int NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE member (
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  user_id      uuid NOT NULL,
  shard_id     int NOT NULL,
  role         text NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'viewer')),
  joined_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX member_by_user ON member (user_id);

CREATE TABLE invite (
  id           uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  shard_id     int NOT NULL,
  role         text NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
  email        text,
  token_hash   bytea NOT NULL,
  created_by   uuid NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  accepted_by  uuid,
  revoked      boolean NOT NULL DEFAULT false
);
CREATE INDEX invite_by_workspace ON invite (workspace_id);

-- Work across shards: a USER that was promised a workspace. Written with the user; `done` when the WORKSPACE
-- has confirmed. What is not done is taken up again when the USER is activated.
CREATE TABLE workspace_intent (
  workspace_id uuid PRIMARY KEY,
  user_id      uuid NOT NULL,
  shard_id     int NOT NULL,
  name         text NOT NULL,
  time_zone    text NOT NULL,
  done         boolean NOT NULL DEFAULT false
);
CREATE INDEX workspace_intent_open ON workspace_intent (shard_id) WHERE NOT done;
