-- The bodies of documents that are kept in the database, in parts of at most 1 MiB; the same body is there once.
CREATE TABLE document_bodies (
  account_id bigint NOT NULL REFERENCES accounts (account_id),
  sha256 text COLLATE "C" NOT NULL,
  part bigint NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (account_id, sha256, part)
);
ALTER TABLE document_bodies ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_bodies FORCE ROW LEVEL SECURITY;
CREATE POLICY document_bodies_of_account ON document_bodies USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
