-- ANALYZE of the empty book has told the planner that the tables beneath the search index have two rows, so that each of
-- them was read whole whenever a few of its rows were deleted: seconds in a book of a million. Without a word of theirs
-- it looks them up.
DELETE FROM sqlite_stat1 WHERE tbl LIKE 'contact\_pieces\_%' ESCAPE '\' OR tbl LIKE 'contact\_starts\_%' ESCAPE '\';
DELETE FROM sqlite_stat1 WHERE tbl = 'account_state' OR (tbl = 'contacts' AND stat LIKE '0 0%');
-- What a transaction adds to the search index is kept in memory up to so many bytes and written in one piece; smaller
-- ones, of SQLite's own 1 MB, have to be merged again and again while contacts are imported.
INSERT INTO contact_pieces (contact_pieces, rank) VALUES ('hashsize', 16777216);
