-- What was imported: one row a run, with how far it has come, written in the transaction of the rows it speaks of.
CREATE TABLE import_runs (
  account_id bigint NOT NULL REFERENCES accounts (account_id),
  run_id bigint NOT NULL,
  doc text NOT NULL,
  PRIMARY KEY (account_id, run_id)
);

-- Entries that were not taken, until the run is over and they are in a file.
CREATE TABLE import_rejects (
  account_id bigint NOT NULL,
  run_id bigint NOT NULL,
  number bigint NOT NULL,     -- the row or card of the file
  reason text NOT NULL,
  raw text NOT NULL,          -- its cells or lines, JSON
  PRIMARY KEY (account_id, run_id, number),
  FOREIGN KEY (account_id, run_id) REFERENCES import_runs (account_id, run_id)
);

ALTER TABLE import_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE import_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY import_runs_of_account ON import_runs USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE import_rejects ENABLE ROW LEVEL SECURITY;
ALTER TABLE import_rejects FORCE ROW LEVEL SECURITY;
CREATE POLICY import_rejects_of_account ON import_rejects USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
