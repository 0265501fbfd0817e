-- What was imported: one row a run, with how far it has come, written in the transaction of the rows it speaks of.
CREATE TABLE import_runs (
  account_id INTEGER NOT NULL REFERENCES accounts (account_id),
  run_id INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (account_id, run_id)
) STRICT, WITHOUT ROWID;

-- Entries that were not taken, until the run is over and they are in a file.
CREATE TABLE import_rejects (
  account_id INTEGER NOT NULL,
  run_id INTEGER NOT NULL,
  number INTEGER NOT NULL,    -- the row or card of the file
  reason TEXT NOT NULL,
  raw TEXT NOT NULL,          -- its cells or lines, JSON
  PRIMARY KEY (account_id, run_id, number),
  FOREIGN KEY (account_id, run_id) REFERENCES import_runs (account_id, run_id)
) STRICT, WITHOUT ROWID;
