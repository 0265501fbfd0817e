-- Whose book it is. Every primary, foreign and unique key begins with account_id.
CREATE TABLE accounts (
  account_id bigint NOT NULL PRIMARY KEY,
  customer_id text NOT NULL,
  name text NOT NULL,
  doc text NOT NULL
);

-- One row an account: whoever holds it writes. Row 0 is the whole book's: its next_id is where the next block starts.
CREATE TABLE account_state (
  account_id bigint NOT NULL PRIMARY KEY,
  stamp bigint NOT NULL,     -- grows when keys, users, tags, … of the account change
  next_id bigint NOT NULL,   -- the next id of a contact or record, out of the account's block of ids
  end_id bigint NOT NULL,    -- the first id that is no longer the block's
  seq bigint NOT NULL,       -- the last position of the account's change feed
  top_external_id bigint NOT NULL  -- the highest number that a contact answers to in place of its own id
);
INSERT INTO account_state VALUES (0, 0, 1, 2147483647, 0, 0);

CREATE TABLE access_keys (
  account_id bigint NOT NULL REFERENCES accounts (account_id),
  key_id bigint NOT NULL,
  hash text NOT NULL,
  doc text NOT NULL,
  PRIMARY KEY (account_id, key_id),
  UNIQUE (account_id, hash)
);

-- The contact is the document; the columns beside it are what is filtered and sorted on, derived from it.
-- Moments are microseconds since 1970 in UTC, 0 for none; sort names are folded, empty for none.
CREATE TABLE contacts (
  account_id bigint NOT NULL REFERENCES accounts (account_id),
  id bigint NOT NULL,
  kind text NOT NULL,
  first_name text COLLATE "C" NOT NULL,
  last_name text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  last_contact_at bigint NOT NULL,
  deleted_at bigint NOT NULL,
  is_archived boolean NOT NULL,
  owner_id bigint,
  source_id bigint,
  status_id bigint,
  reason_id bigint,
  parent_id bigint,
  consent_status text NOT NULL,
  newsletter boolean,
  accept_contact boolean,
  language text,
  words text NOT NULL,             -- all its words, each with a space before it
  doc text NOT NULL,
  PRIMARY KEY (account_id, id)
);
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
  account_id bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  contact_id bigint NOT NULL,
  PRIMARY KEY (account_id, kind, value, contact_id),
  FOREIGN KEY (account_id, contact_id) REFERENCES contacts (account_id, id)
);

-- Words of a contact, one row each, and for each word of the account its pieces: what is left when characters at its
-- beginning are taken away. Plain B-trees on purpose: behind row-level security an index is used only through
-- operators that the server calls leakproof, and those of GIN indexes are not (docs/decisions/0003).
CREATE TABLE contact_words (
  account_id bigint NOT NULL,
  word text COLLATE "C" NOT NULL,
  contact_id bigint NOT NULL,
  PRIMARY KEY (account_id, word, contact_id)  -- and no foreign key: its check would cost more than the row
);
CREATE TABLE word_pieces (
  account_id bigint NOT NULL,
  piece text COLLATE "C" NOT NULL,
  word text COLLATE "C" NOT NULL,
  PRIMARY KEY (account_id, piece, word)
);

-- Every other table of the book: users, tags, properties, leads, …
CREATE TABLE records (
  account_id bigint NOT NULL REFERENCES accounts (account_id),
  resource text NOT NULL,
  id bigint NOT NULL,
  position bigint NOT NULL,   -- what its list is sorted by, a moment where it has one, else the id
  updated_at bigint NOT NULL,
  deleted_at bigint NOT NULL,
  doc text NOT NULL,
  PRIMARY KEY (account_id, resource, id)
);
CREATE INDEX records_by_position ON records (account_id, resource, position, id);
CREATE INDEX records_by_updated ON records (account_id, resource, updated_at, id);

CREATE TABLE record_keys (
  account_id bigint NOT NULL,
  resource text NOT NULL,
  kind text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  record_id bigint NOT NULL,
  PRIMARY KEY (account_id, resource, kind, value, record_id),
  FOREIGN KEY (account_id, resource, record_id) REFERENCES records (account_id, resource, id)
);

-- Every write appends here, and nothing else records what happened.
CREATE TABLE changes (
  account_id bigint NOT NULL,
  seq bigint NOT NULL,
  resource text NOT NULL,
  record_id bigint NOT NULL,
  version bigint NOT NULL,
  at bigint NOT NULL,
  actor text NOT NULL,
  via text NOT NULL,
  action text NOT NULL,
  changes text NOT NULL,
  PRIMARY KEY (account_id, seq)
);
CREATE INDEX changes_by_record ON changes (account_id, resource, record_id, seq);

-- What was answered to a POST with an Idempotency-Key.
CREATE TABLE idempotent_answers (
  account_id bigint NOT NULL,
  key_id bigint NOT NULL,
  idempotency_key text NOT NULL,
  request_hash text NOT NULL,
  answered_at bigint NOT NULL,
  status bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (account_id, key_id, idempotency_key)
);
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (account_id, answered_at);

-- Row-level security stands behind every query: a statement that forgot its account sees nothing. It holds for the
-- owner too. 0 is the operator, who sees the list of accounts and row 0 of account_state, and nothing else.
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_of_account ON accounts USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint OR nullif(current_setting('onebook.account', true), '')::bigint = 0);
ALTER TABLE account_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_state FORCE ROW LEVEL SECURITY;
CREATE POLICY account_state_of_account ON account_state USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE access_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY access_keys_of_account ON access_keys USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE contacts FORCE ROW LEVEL SECURITY;
CREATE POLICY contacts_of_account ON contacts USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE contact_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY contact_keys_of_account ON contact_keys USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE contact_words ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_words FORCE ROW LEVEL SECURITY;
CREATE POLICY contact_words_of_account ON contact_words USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE word_pieces ENABLE ROW LEVEL SECURITY;
ALTER TABLE word_pieces FORCE ROW LEVEL SECURITY;
CREATE POLICY word_pieces_of_account ON word_pieces USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE records ENABLE ROW LEVEL SECURITY;
ALTER TABLE records FORCE ROW LEVEL SECURITY;
CREATE POLICY records_of_account ON records USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE record_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE record_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY record_keys_of_account ON record_keys USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE changes FORCE ROW LEVEL SECURITY;
CREATE POLICY changes_of_account ON changes USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE idempotent_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotent_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotent_answers_of_account ON idempotent_answers USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE schema_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE schema_version FORCE ROW LEVEL SECURITY;
CREATE POLICY schema_version_of_account ON schema_version USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
