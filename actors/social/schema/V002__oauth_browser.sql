-- Which browser began a connect: the hash of a cookie that only it has. Flows live for ten minutes; those under way
-- are begun again.
DELETE FROM oauth_flow;
ALTER TABLE oauth_flow ADD COLUMN browser_hash bytea NOT NULL;
