-- Records are listed by when they were made, too, and what is in the trash is found without looking at the rest.
-- The owner is under row-level security as well; it is lifted for the length of this transaction.
ALTER TABLE records NO FORCE ROW LEVEL SECURITY;
ALTER TABLE record_keys NO FORCE ROW LEVEL SECURITY;
ALTER TABLE records ADD COLUMN created_at bigint NOT NULL DEFAULT 0;
UPDATE records SET created_at = (extract(epoch FROM (doc::jsonb ->> 'created_at')::timestamptz) * 1000000)::bigint
  WHERE doc::jsonb ->> 'created_at' IS NOT NULL;
CREATE INDEX records_by_created ON records (account_id, resource, created_at, id);
CREATE INDEX records_by_deleted ON records (account_id, resource, deleted_at, id) WHERE deleted_at <> 0;

-- Records are found by what they point to.
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, resource, 'agent', doc::jsonb ->> 'agent_id', id FROM records
  WHERE resource = 'properties' AND deleted_at = 0 AND doc::jsonb ->> 'agent_id' IS NOT NULL;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, resource, 'is_archived', '0', id FROM records WHERE resource = 'properties' AND deleted_at = 0;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, resource, 'group', doc::jsonb ->> 'group_id', id FROM records
  WHERE resource = 'tags' AND deleted_at = 0 AND doc::jsonb ->> 'group_id' IS NOT NULL;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, resource, 'entity', 'contacts', record_id FROM record_keys
  WHERE resource = 'custom_fields' AND kind = 'name';
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, resource, 'field', 'contacts' || chr(10) || value, record_id FROM record_keys
  WHERE resource = 'custom_fields' AND kind = 'name' AND length(value) < 190;
ALTER TABLE records FORCE ROW LEVEL SECURITY;
ALTER TABLE record_keys FORCE ROW LEVEL SECURITY;
