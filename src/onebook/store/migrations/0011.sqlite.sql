-- Whoever a property names as an owner stands to it so by a relationship, too.
CREATE TEMP TABLE moved_at AS SELECT unixepoch() * 1000000 AS micros, strftime('%Y-%m-%dT%H:%M:%SZ', 'now') AS text;
CREATE TEMP TABLE moved_owners AS
  SELECT p.account_id, p.id AS property_id, o.value AS contact_id,
    row_number() OVER (PARTITION BY p.account_id ORDER BY p.id, o.key) AS number
  FROM records p, json_each(p.doc, '$.owner_contact_ids') o
  WHERE p.resource = 'properties' AND p.deleted_at = 0 AND NOT EXISTS (
    SELECT 1 FROM record_keys c
      JOIN record_keys h ON h.account_id = c.account_id AND h.resource = c.resource AND h.kind = 'property'
        AND h.value = CAST(p.id AS TEXT) AND h.record_id = c.record_id
      JOIN record_keys k ON k.account_id = c.account_id AND k.resource = c.resource AND k.kind = 'kind'
        AND k.value = 'ownership' AND k.record_id = c.record_id
    WHERE c.account_id = p.account_id AND c.resource = 'relationships' AND c.kind = 'contact'
      AND c.value = CAST(o.value AS TEXT)
  );
-- Each account that has some gets a block of ids for them, with a thousand more behind.
CREATE TEMP TABLE moved_blocks AS
  SELECT account_id, count(*) AS many, (SELECT next_id FROM account_state WHERE account_id = 0) + coalesce(
    sum(count(*) + 1000) OVER (ORDER BY account_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS first
  FROM moved_owners GROUP BY account_id;
INSERT INTO records (account_id, resource, id, position, created_at, updated_at, deleted_at, doc)
  SELECT m.account_id, 'relationships', b.first + m.number - 1, b.first + m.number - 1, t.micros, t.micros, 0,
    json_object('id', b.first + m.number - 1, 'version', 1, 'created_at', t.text, 'updated_at', t.text,
      'kind', 'ownership', 'contact_id', m.contact_id, 'property_id', m.property_id)
  FROM moved_owners m JOIN moved_blocks b ON b.account_id = m.account_id, moved_at t;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT m.account_id, 'relationships', w.kind, w.value, b.first + m.number - 1
  FROM moved_owners m JOIN moved_blocks b ON b.account_id = m.account_id
    JOIN (SELECT account_id, number, 'kind' AS kind, 'ownership' AS value FROM moved_owners
      UNION ALL SELECT account_id, number, 'contact', CAST(contact_id AS TEXT) FROM moved_owners
      UNION ALL SELECT account_id, number, 'property', CAST(property_id AS TEXT) FROM moved_owners) w
    ON w.account_id = m.account_id AND w.number = m.number;
INSERT INTO changes (account_id, seq, resource, record_id, version, at, actor, via, action, changes)
  SELECT m.account_id, s.seq + m.number, 'relationships', b.first + m.number - 1, 1, t.micros, 'onebook', 'migration',
    'created', json_object('kind', json_array(NULL, 'ownership'), 'contact_id', json_array(NULL, m.contact_id),
      'property_id', json_array(NULL, m.property_id))
  FROM moved_owners m JOIN moved_blocks b ON b.account_id = m.account_id
    JOIN account_state s ON s.account_id = m.account_id, moved_at t;
UPDATE account_state SET next_id = b.first + b.many, end_id = b.first + b.many + 1000, seq = seq + b.many
  FROM moved_blocks b WHERE b.account_id = account_state.account_id;
UPDATE account_state SET next_id = next_id + (SELECT coalesce(sum(many + 1000), 0) FROM moved_blocks) WHERE account_id = 0;
DROP TABLE moved_owners;
DROP TABLE moved_blocks;
DROP TABLE moved_at;
