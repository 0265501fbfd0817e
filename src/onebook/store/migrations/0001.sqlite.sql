-- Whose book it is. Every primary, foreign and unique key begins with account_id.
CREATE TABLE accounts (
  account_id INTEGER NOT NULL PRIMARY KEY,
  customer_id TEXT NOT NULL,
  name TEXT NOT NULL,
  doc TEXT NOT NULL
) STRICT;

-- One row an account: whoever holds it writes. Row 0 is the whole book's: its next_id is where the next block starts.
CREATE TABLE account_state (
  account_id INTEGER NOT NULL PRIMARY KEY,
  stamp INTEGER NOT NULL,     -- grows when keys, users, tags, … of the account change
  next_id INTEGER NOT NULL,   -- the next id of a contact or record, out of the account's block of ids
  end_id INTEGER NOT NULL,    -- the first id that is no longer the block's
  seq INTEGER NOT NULL,       -- the last position of the account's change feed
  top_external_id INTEGER NOT NULL  -- the highest number that a contact answers to in place of its own id
) STRICT;
INSERT INTO account_state VALUES (0, 0, 1, 2147483647, 0, 0);

CREATE TABLE access_keys (
  account_id INTEGER NOT NULL REFERENCES accounts (account_id),
  key_id INTEGER NOT NULL,
  hash TEXT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (account_id, key_id),
  UNIQUE (account_id, hash)
) STRICT, WITHOUT ROWID;

-- The contact is the document; the columns beside it are what is filtered and sorted on, derived from it.
-- Moments are microseconds since 1970 in UTC, 0 for none; sort names are folded, empty for none.
CREATE TABLE contacts (
  account_id INTEGER NOT NULL REFERENCES accounts (account_id),
  id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_contact_at INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL,
  is_archived INTEGER NOT NULL,
  owner_id INTEGER,
  source_id INTEGER,
  status_id INTEGER,
  reason_id INTEGER,
  parent_id INTEGER,
  consent_status TEXT NOT NULL,
  newsletter INTEGER,
  accept_contact INTEGER,
  language TEXT,
  doc TEXT NOT NULL,
  PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contacts_by_created ON contacts (account_id, created_at, id);
CREATE INDEX contacts_by_updated ON contacts (account_id, updated_at, id);
CREATE INDEX contacts_by_last_contact ON contacts (account_id, last_contact_at, id);
CREATE INDEX contacts_by_first_name ON contacts (account_id, first_name, id);
CREATE INDEX contacts_by_last_name ON contacts (account_id, last_name, id);
CREATE INDEX contacts_by_owner ON contacts (account_id, owner_id, id) WHERE owner_id IS NOT NULL;
CREATE INDEX contacts_by_source ON contacts (account_id, source_id, id) WHERE source_id IS NOT NULL;
CREATE INDEX contacts_by_status ON contacts (account_id, status_id, id) WHERE status_id IS NOT NULL;
CREATE INDEX contacts_by_parent ON contacts (account_id, parent_id, id) WHERE parent_id IS NOT NULL;
CREATE INDEX contacts_by_deleted ON contacts (account_id, deleted_at, id) WHERE deleted_at <> 0;

-- Every way to find a contact is a key (store/keys.py lists the kinds). Trashed contacts have none.
CREATE TABLE contact_keys (
  account_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  contact_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, kind, value, contact_id),
  FOREIGN KEY (account_id, contact_id) REFERENCES contacts (account_id, id)
) STRICT, WITHOUT ROWID;

-- Words of a contact; rowid is the contact's id, which is unique in the whole book.
-- Beginnings of one and two characters, and every piece of three or more.
CREATE VIRTUAL TABLE contact_starts USING fts5 (
  words, content='', contentless_delete=1, detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE contact_pieces USING fts5 (
  words, phones, content='', contentless_delete=1, tokenize='trigram case_sensitive 1');

-- Every other table of the book: users, tags, properties, leads, …
CREATE TABLE records (
  account_id INTEGER NOT NULL REFERENCES accounts (account_id),
  resource TEXT NOT NULL,
  id INTEGER NOT NULL,
  position INTEGER NOT NULL,   -- what its list is sorted by, a moment where it has one, else the id
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (account_id, resource, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX records_by_position ON records (account_id, resource, position, id);
CREATE INDEX records_by_updated ON records (account_id, resource, updated_at, id);

CREATE TABLE record_keys (
  account_id INTEGER NOT NULL,
  resource TEXT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  record_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, resource, kind, value, record_id),
  FOREIGN KEY (account_id, resource, record_id) REFERENCES records (account_id, resource, id)
) STRICT, WITHOUT ROWID;

-- Every write appends here, and nothing else records what happened.
CREATE TABLE changes (
  account_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  resource TEXT NOT NULL,
  record_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  via TEXT NOT NULL,
  action TEXT NOT NULL,
  changes TEXT NOT NULL,
  PRIMARY KEY (account_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX changes_by_record ON changes (account_id, resource, record_id, seq);

-- What was answered to a POST with an Idempotency-Key.
CREATE TABLE idempotent_answers (
  account_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  answered_at INTEGER NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (account_id, key_id, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (account_id, answered_at);

-- What the planner assumes of a large book, since a new one has no statistics and ANALYZE of an old one takes a while:
-- rows, and how many share the first column, the first two, … of each index (sqlite.org/fileformat2.html#stat1tab).
-- Without it a filter by owner, sorted by id, would walk every contact.
ANALYZE;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('contacts', 'contacts', '1000000 1000000 1'),
  ('contacts', 'contacts_by_created', '1000000 1000000 2 1'),
  ('contacts', 'contacts_by_updated', '1000000 1000000 2 1'),
  ('contacts', 'contacts_by_last_contact', '1000000 1000000 20 1'),
  ('contacts', 'contacts_by_first_name', '1000000 1000000 500 1'),
  ('contacts', 'contacts_by_last_name', '1000000 1000000 100 1'),
  ('contacts', 'contacts_by_owner', '1000000 1000000 20000 1'),
  ('contacts', 'contacts_by_source', '1000000 1000000 50000 1'),
  ('contacts', 'contacts_by_status', '1000000 1000000 50000 1'),
  ('contacts', 'contacts_by_parent', '100000 100000 3 1'),
  ('contacts', 'contacts_by_deleted', '10000 10000 2 1'),
  ('contact_keys', 'contact_keys', '8000000 8000000 500000 2 1'),
  ('records', 'records', '200000 200000 20000 1'),
  ('records', 'records_by_position', '200000 200000 20000 2 1'),
  ('records', 'records_by_updated', '200000 200000 20000 2 1'),
  ('record_keys', 'record_keys', '400000 400000 40000 20000 3 1'),
  ('changes', 'changes', '2000000 2000000 1'),
  ('changes', 'changes_by_record', '2000000 2000000 500000 2 1');
