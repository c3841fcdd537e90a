-- An order of events in which readers may remember how far they are. `seq` is given before the commit, so that whoever
-- remembers the highest one seen loses what commits later with a smaller one. `xid` is the transaction's own number:
-- below the oldest transaction that is still running (pg_snapshot_xmin) nothing can appear any more, so what lies there,
-- in the order (xid, seq), is complete, and the same for every reader. Writers need not know: it is a default.
-- Events from before this have 0 and come first.
ALTER TABLE event ADD COLUMN xid xid8 NOT NULL DEFAULT '0'::xid8;
ALTER TABLE event ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
CREATE INDEX event_in_order ON event (xid, seq);
DROP INDEX event_by_workspace;
CREATE INDEX event_by_workspace ON event (workspace_id, xid, seq);

-- Which run of history this is: made anew by `troupe restored`, so that a position remembered from before is known to be
-- of another one.
ALTER TABLE cluster ADD COLUMN history uuid NOT NULL DEFAULT gen_random_uuid();
