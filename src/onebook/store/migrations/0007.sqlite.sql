-- The bodies of documents that are kept in the database, in parts of at most 1 MiB; the same body is there once.
CREATE TABLE document_bodies (
  account_id INTEGER NOT NULL REFERENCES accounts (account_id),
  sha256 TEXT NOT NULL,
  part INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (account_id, sha256, part)
) STRICT;
