-- What a post was made for under its Idempotency-Key: its id comes from the key, so the row itself is what the key is kept by.
-- Posts from before this have none; their keys are in `idempotency`.
ALTER TABLE post ADD COLUMN key_hash bytea;
