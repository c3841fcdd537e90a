-- Keys are written in the order of their age and looked for by it only when old ones are deleted: a summary of ranges of pages
-- costs an insert nothing.
CREATE INDEX idempotency_age ON idempotency USING brin (at);
DROP INDEX idempotency_by_age;
