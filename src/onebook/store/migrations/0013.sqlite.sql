-- What a transaction adds to the search index is kept in memory up to so many bytes and written in one piece. At SQLite's
-- own 1 MB an import of 20,000 contacts writes a dozen small ones, and merging them takes most of its time.
INSERT INTO contact_pieces (contact_pieces, rank) VALUES ('hashsize', 16777216);
