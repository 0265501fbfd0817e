-- Records are listed by when they were made, too, and what is in the trash is found without looking at the rest.
ALTER TABLE records ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
UPDATE records SET created_at =
  unixepoch(substr(json_extract(doc, '$.created_at'), 1, 19)) * 1000000
  + CASE WHEN substr(json_extract(doc, '$.created_at'), 20, 1) = '.'
    THEN CAST(substr(rtrim(json_extract(doc, '$.created_at'), 'Z') || '000000', 21, 6) AS INTEGER) ELSE 0 END
  WHERE json_extract(doc, '$.created_at') IS NOT NULL;
CREATE INDEX records_by_created ON records (account_id, resource, created_at, id);
CREATE INDEX records_by_deleted ON records (account_id, resource, deleted_at, id) WHERE deleted_at <> 0;

-- Records are found by what they point to.
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, resource, 'agent', json_extract(doc, '$.agent_id'), id FROM records
  WHERE resource = 'properties' AND deleted_at = 0 AND json_extract(doc, '$.agent_id') IS NOT NULL;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, resource, 'is_archived', '0', id FROM records WHERE resource = 'properties' AND deleted_at = 0;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, resource, 'group', json_extract(doc, '$.group_id'), id FROM records
  WHERE resource = 'tags' AND deleted_at = 0 AND json_extract(doc, '$.group_id') IS NOT NULL;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, resource, 'entity', 'contacts', record_id FROM record_keys
  WHERE resource = 'custom_fields' AND kind = 'name';
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, resource, 'field', 'contacts' || char(10) || value, record_id FROM record_keys
  WHERE resource = 'custom_fields' AND kind = 'name' AND length(value) < 190;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('records', 'records_by_created', '200000 200000 20000 2 1'),
  ('records', 'records_by_deleted', '2000 2000 200 2 1');
