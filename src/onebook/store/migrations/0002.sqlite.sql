-- How often each address on the internet has made contacts lately; what is older than the window is let go.
CREATE TABLE flood_hits (
  account_id INTEGER NOT NULL,
  address TEXT NOT NULL,
  at INTEGER NOT NULL,     -- microseconds since 1970 in UTC
  hits INTEGER NOT NULL,
  PRIMARY KEY (account_id, address, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX flood_hits_by_age ON flood_hits (account_id, at);

-- The operator's list of spammers, the whole book's (account 0). A new list is written beside the old one, as the next
-- generation; the newest complete one counts.
CREATE TABLE spam_lists (
  account_id INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  is_complete INTEGER NOT NULL,
  loaded_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, generation)
) STRICT, WITHOUT ROWID;
-- Ranges that do not overlap, by the text form of addresses that store/spam.py makes.
CREATE TABLE spam_ranges (
  account_id INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  first TEXT NOT NULL,
  last TEXT NOT NULL,
  PRIMARY KEY (account_id, generation, first)
) STRICT, WITHOUT ROWID;
