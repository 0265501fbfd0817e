-- Ids of another system that records of the book point to and that nobody answers to yet, each with the id that is
-- kept for whoever comes: a dump shows the other system's again, and a later import gives its row the one kept here.
CREATE TABLE awaited_ids (
  account_id bigint NOT NULL REFERENCES accounts (account_id),
  resource text COLLATE "C" NOT NULL,
  dialect text COLLATE "C" NOT NULL,
  shown bigint NOT NULL,
  record_id bigint NOT NULL,
  PRIMARY KEY (account_id, resource, dialect, shown)
);
ALTER TABLE awaited_ids ENABLE ROW LEVEL SECURITY;
ALTER TABLE awaited_ids FORCE ROW LEVEL SECURITY;
CREATE POLICY awaited_ids_of_account ON awaited_ids USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
