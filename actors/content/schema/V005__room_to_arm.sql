-- Arming a batch writes a second version of every row in it before any first one may be cleared away. With room for all of them
-- on their own pages the step stays a heap-only update however large the batch is. Pages that are full already stay as they are.
ALTER TABLE delivery SET (fillfactor = 50);
