-- Signing keys of access tokens (Ed25519). The private half is sealed by the secret key file.
CREATE TABLE signing_key (
  kid        text PRIMARY KEY,
  public_key bytea NOT NULL,
  sealed_seed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  retired_at timestamptz            -- verifies until retired_at + access token life, signs no more
);
