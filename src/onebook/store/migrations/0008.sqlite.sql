-- Ids of another system that records of the book point to and that nobody answers to yet, each with the id that is
-- kept for whoever comes: a dump shows the other system's again, and a later import gives its row the one kept here.
CREATE TABLE awaited_ids (
  account_id INTEGER NOT NULL REFERENCES accounts (account_id),
  resource TEXT NOT NULL,
  dialect TEXT NOT NULL,
  shown INTEGER NOT NULL,
  record_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, resource, dialect, shown)
) STRICT, WITHOUT ROWID;
