-- Many nodes. `view` counts the changes of who is there and who owns what, so that a node that renews its lease learns
-- from one number whether there is anything to look at.
ALTER TABLE cluster ADD COLUMN view bigint NOT NULL DEFAULT 0;

-- Where other nodes reach this one ('' : nowhere), and whether it wants shards at all.
ALTER TABLE node ADD COLUMN cluster_address text NOT NULL DEFAULT '';
ALTER TABLE node ADD COLUMN entities boolean NOT NULL DEFAULT true;

-- Who owned a shard when, and why it changed hands. Deleted by age, with the ledgers.
CREATE TABLE shard_history (
  shard_id    int NOT NULL,
  epoch       bigint NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  what        text NOT NULL CHECK (what IN ('taken', 'released')),
  node        text NOT NULL,
  incarnation bigint NOT NULL,
  reason      text NOT NULL
);
CREATE INDEX shard_history_by_shard ON shard_history (shard_id, at);
CREATE INDEX shard_history_by_age ON shard_history (at);
