-- Whoever a property names as an owner stands to it so by a relationship, too.
-- The owner is under row-level security as well; it is lifted for the length of this transaction.
ALTER TABLE records NO FORCE ROW LEVEL SECURITY;
ALTER TABLE record_keys NO FORCE ROW LEVEL SECURITY;
ALTER TABLE changes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_state NO FORCE ROW LEVEL SECURITY;
CREATE TEMP TABLE owned_at ON COMMIT DROP AS
  SELECT extract(epoch FROM date_trunc('second', now()))::bigint * 1000000 AS micros,
    to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS text;
CREATE TEMP TABLE owned ON COMMIT DROP AS
  SELECT p.account_id, p.id AS property_id, o.contact_id::bigint AS contact_id,
    row_number() OVER (PARTITION BY p.account_id ORDER BY p.id, o.place) AS number
  FROM records p, jsonb_array_elements_text(coalesce(p.doc::jsonb -> 'owner_contact_ids', '[]'))
    WITH ORDINALITY AS o (contact_id, place)
  WHERE p.resource = 'properties' AND p.deleted_at = 0 AND NOT EXISTS (
    SELECT 1 FROM record_keys c
      JOIN record_keys h ON h.account_id = c.account_id AND h.resource = c.resource AND h.kind = 'property'
        AND h.value = p.id::text AND h.record_id = c.record_id
      JOIN record_keys k ON k.account_id = c.account_id AND k.resource = c.resource AND k.kind = 'kind'
        AND k.value = 'ownership' AND k.record_id = c.record_id
    WHERE c.account_id = p.account_id AND c.resource = 'relationships' AND c.kind = 'contact' AND c.value = o.contact_id
  );
-- Each account that has some gets a block of ids for them, with a thousand more behind.
CREATE TEMP TABLE owned_blocks ON COMMIT DROP AS
  SELECT account_id, count(*) AS many, (SELECT next_id FROM account_state WHERE account_id = 0) + coalesce(
    sum(count(*) + 1000) OVER (ORDER BY account_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS first
  FROM owned GROUP BY account_id;
INSERT INTO records (account_id, resource, id, position, created_at, updated_at, deleted_at, doc)
  SELECT m.account_id, 'relationships', b.first + m.number - 1, b.first + m.number - 1, t.micros, t.micros, 0,
    jsonb_build_object('id', b.first + m.number - 1, 'version', 1, 'created_at', t.text, 'updated_at', t.text,
      'kind', 'ownership', 'contact_id', m.contact_id, 'property_id', m.property_id)::text
  FROM owned m JOIN owned_blocks b ON b.account_id = m.account_id, owned_at t;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT m.account_id, 'relationships', w.kind, w.value, b.first + m.number - 1
  FROM owned m JOIN owned_blocks b ON b.account_id = m.account_id,
    LATERAL (VALUES ('kind', 'ownership'), ('contact', m.contact_id::text), ('property', m.property_id::text))
      AS w (kind, value);
INSERT INTO changes (account_id, seq, resource, record_id, version, at, actor, via, action, changes)
  SELECT m.account_id, s.seq + m.number, 'relationships', b.first + m.number - 1, 1, t.micros, 'onebook', 'migration',
    'created', jsonb_build_object('kind', jsonb_build_array(NULL, 'ownership'),
      'contact_id', jsonb_build_array(NULL, m.contact_id), 'property_id', jsonb_build_array(NULL, m.property_id))::text
  FROM owned m JOIN owned_blocks b ON b.account_id = m.account_id
    JOIN account_state s ON s.account_id = m.account_id, owned_at t;
UPDATE account_state SET next_id = b.first + b.many, end_id = b.first + b.many + 1000, seq = seq + b.many
  FROM owned_blocks b WHERE b.account_id = account_state.account_id;
UPDATE account_state SET next_id = next_id + (SELECT coalesce(sum(many + 1000), 0) FROM owned_blocks) WHERE account_id = 0;
ALTER TABLE records FORCE ROW LEVEL SECURITY;
ALTER TABLE record_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE changes FORCE ROW LEVEL SECURITY;
ALTER TABLE account_state FORCE ROW LEVEL SECURITY;
