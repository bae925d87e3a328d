-- A session's row changes at each refresh, and none of what changes is in an index: with room left in its page the new
-- version lies beside the old one and no index is touched (a HOT update). Pages that are full already stay so until they
-- are written anew.
ALTER TABLE sessions SET (fillfactor = 80);
