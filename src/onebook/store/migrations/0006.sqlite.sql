-- A list sorted by name or moment and filtered by what is common walks the order itself: so the order's index also holds
-- the columns that are filtered by, and no document is read but those that are shown.
DROP INDEX contacts_by_created;
DROP INDEX contacts_by_updated;
DROP INDEX contacts_by_last_contact;
DROP INDEX contacts_by_first_name;
DROP INDEX contacts_by_last_name;
CREATE INDEX contacts_by_created ON contacts (
  account_id, created_at, id, deleted_at, is_archived, parent_id, owner_id, status_id, source_id, kind);
CREATE INDEX contacts_by_updated ON contacts (
  account_id, updated_at, id, deleted_at, is_archived, parent_id, owner_id, status_id, source_id, kind);
CREATE INDEX contacts_by_last_contact ON contacts (
  account_id, last_contact_at, id, deleted_at, is_archived, parent_id, owner_id, status_id, source_id, kind);
CREATE INDEX contacts_by_first_name ON contacts (
  account_id, first_name, id, deleted_at, is_archived, parent_id, owner_id, status_id, source_id, kind);
CREATE INDEX contacts_by_last_name ON contacts (
  account_id, last_name, id, deleted_at, is_archived, parent_id, owner_id, status_id, source_id, kind);
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('contacts', 'contacts_by_created', '1000000 1000000 2 1'),
  ('contacts', 'contacts_by_updated', '1000000 1000000 2 1'),
  ('contacts', 'contacts_by_last_contact', '1000000 1000000 20 1'),
  ('contacts', 'contacts_by_first_name', '1000000 1000000 500 1'),
  ('contacts', 'contacts_by_last_name', '1000000 1000000 100 1');
