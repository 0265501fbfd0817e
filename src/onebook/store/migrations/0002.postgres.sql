-- How often each address on the internet has made contacts lately; what is older than the window is let go.
CREATE TABLE flood_hits (
  account_id bigint NOT NULL,
  address text COLLATE "C" NOT NULL,
  at bigint NOT NULL,     -- microseconds since 1970 in UTC
  hits bigint NOT NULL,
  PRIMARY KEY (account_id, address, at)
);
CREATE INDEX flood_hits_by_age ON flood_hits (account_id, at);

-- The operator's list of spammers, the whole book's (account 0). A new list is written beside the old one, as the next
-- generation; the newest complete one counts.
CREATE TABLE spam_lists (
  account_id bigint NOT NULL,
  generation bigint NOT NULL,
  is_complete boolean NOT NULL,
  loaded_at bigint NOT NULL,
  PRIMARY KEY (account_id, generation)
);
-- Ranges that do not overlap, by the text form of addresses that store/spam.py makes.
CREATE TABLE spam_ranges (
  account_id bigint NOT NULL,
  generation bigint NOT NULL,
  first text COLLATE "C" NOT NULL,
  last text COLLATE "C" NOT NULL,
  PRIMARY KEY (account_id, generation, first)
);

ALTER TABLE flood_hits ENABLE ROW LEVEL SECURITY;
ALTER TABLE flood_hits FORCE ROW LEVEL SECURITY;
CREATE POLICY flood_hits_of_account ON flood_hits USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE spam_lists ENABLE ROW LEVEL SECURITY;
ALTER TABLE spam_lists FORCE ROW LEVEL SECURITY;
CREATE POLICY spam_lists_of_account ON spam_lists USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
ALTER TABLE spam_ranges ENABLE ROW LEVEL SECURITY;
ALTER TABLE spam_ranges FORCE ROW LEVEL SECURITY;
CREATE POLICY spam_ranges_of_account ON spam_ranges USING (account_id = nullif(current_setting('onebook.account', true), '')::bigint);
