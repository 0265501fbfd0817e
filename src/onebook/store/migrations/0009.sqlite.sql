-- Pictures of a property are records of their own, and nothing in the property; who belongs to a team say the users.
CREATE TEMP TABLE moved_at AS SELECT unixepoch() * 1000000 AS micros, strftime('%Y-%m-%dT%H:%M:%SZ', 'now') AS text;

CREATE TEMP TABLE moved_pictures AS
  SELECT account_id, property_id, place, url, title, thumbnail_url,
    row_number() OVER (PARTITION BY account_id ORDER BY property_id, place) AS number
  FROM (
    SELECT r.account_id, r.id AS property_id, i.key + 1 AS place, json_extract(i.value, '$.url') AS url,
      json_extract(i.value, '$.title') AS title,
      CASE WHEN i.key = 0 THEN json_extract(r.doc, '$.thumbnail_url') END AS thumbnail_url
    FROM records r, json_each(r.doc, '$.images') i WHERE r.resource = 'properties'
    UNION ALL
    SELECT account_id, id, 1, coalesce(json_extract(doc, '$.image_url'), json_extract(doc, '$.thumbnail_url')), NULL,
      json_extract(doc, '$.thumbnail_url')
    FROM records WHERE resource = 'properties' AND coalesce(json_array_length(doc, '$.images'), 0) = 0
      AND coalesce(json_extract(doc, '$.image_url'), json_extract(doc, '$.thumbnail_url')) IS NOT NULL
  ) AS told
  WHERE NOT EXISTS (
    SELECT 1 FROM record_keys k JOIN records p
      ON p.account_id = k.account_id AND p.resource = k.resource AND p.id = k.record_id
    WHERE k.account_id = told.account_id AND k.resource = 'images' AND k.kind = 'property'
      AND k.value = CAST(told.property_id AS TEXT) AND json_extract(p.doc, '$.url') = told.url
  );
-- Each account that has some gets a block of ids for them, with a thousand more behind.
CREATE TEMP TABLE moved_blocks AS
  SELECT account_id, count(*) AS many, (SELECT next_id FROM account_state WHERE account_id = 0) + coalesce(
    sum(count(*) + 1000) OVER (ORDER BY account_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS first
  FROM moved_pictures GROUP BY account_id;

INSERT INTO records (account_id, resource, id, position, created_at, updated_at, deleted_at, doc)
  SELECT m.account_id, 'images', b.first + m.number - 1, b.first + m.number - 1, t.micros, t.micros, 0,
    json_patch('{}', json_object('id', b.first + m.number - 1, 'version', 1, 'created_at', t.text, 'updated_at', t.text,
      'title', m.title, 'url', m.url, 'thumbnail_url', m.thumbnail_url, 'property_id', m.property_id,
      'position', m.place))
  FROM moved_pictures m JOIN moved_blocks b ON b.account_id = m.account_id, moved_at t;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT m.account_id, 'images', 'property', CAST(m.property_id AS TEXT), b.first + m.number - 1
  FROM moved_pictures m JOIN moved_blocks b ON b.account_id = m.account_id;
INSERT INTO changes (account_id, seq, resource, record_id, version, at, actor, via, action, changes)
  SELECT m.account_id, s.seq + m.number, 'images', b.first + m.number - 1, 1, t.micros, 'onebook', 'migration', 'created',
    json_patch('{}', json_object(
      'title', CASE WHEN m.title IS NOT NULL THEN json_array(NULL, m.title) END,
      'url', json_array(NULL, m.url),
      'thumbnail_url', CASE WHEN m.thumbnail_url IS NOT NULL THEN json_array(NULL, m.thumbnail_url) END,
      'property_id', json_array(NULL, m.property_id), 'position', json_array(NULL, m.place)))
  FROM moved_pictures m JOIN moved_blocks b ON b.account_id = m.account_id
    JOIN account_state s ON s.account_id = m.account_id, moved_at t;
UPDATE account_state SET next_id = b.first + b.many, end_id = b.first + b.many + 1000, seq = seq + b.many
  FROM moved_blocks b WHERE b.account_id = account_state.account_id;
UPDATE account_state SET next_id = next_id + (SELECT coalesce(sum(many + 1000), 0) FROM moved_blocks) WHERE account_id = 0;
UPDATE records SET doc = json_remove(doc, '$.images', '$.image_url', '$.thumbnail_url')
  WHERE resource = 'properties' AND coalesce(json_type(doc, '$.images'), json_type(doc, '$.image_url'),
    json_type(doc, '$.thumbnail_url')) IS NOT NULL;

CREATE TEMP TABLE moved_users AS
  SELECT u.account_id, u.id AS user_id, min(t.id) AS team_id, json_extract(u.doc, '$.version') + 1 AS version,
    row_number() OVER (PARTITION BY u.account_id ORDER BY u.id) AS number
  FROM records t, json_each(t.doc, '$.user_ids') m
    JOIN records u ON u.account_id = t.account_id AND u.resource = 'users' AND u.id = m.value
  WHERE t.resource = 'teams' AND t.deleted_at = 0 AND u.deleted_at = 0 AND json_extract(u.doc, '$.team_id') IS NULL
  GROUP BY u.account_id, u.id;
INSERT INTO changes (account_id, seq, resource, record_id, version, at, actor, via, action, changes)
  SELECT m.account_id, s.seq + m.number, 'users', m.user_id, m.version, t.micros, 'onebook', 'migration', 'changed',
    json_object('team_id', json_array(NULL, m.team_id))
  FROM moved_users m JOIN account_state s ON s.account_id = m.account_id, moved_at t;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, 'users', 'team', CAST(team_id AS TEXT), user_id FROM moved_users;
UPDATE records SET updated_at = t.micros,
    doc = json_set(doc, '$.team_id', m.team_id, '$.version', m.version, '$.updated_at', t.text)
  FROM moved_users m, moved_at t
  WHERE records.account_id = m.account_id AND records.resource = 'users' AND records.id = m.user_id;
UPDATE account_state SET seq = seq + m.many, stamp = stamp + 1
  FROM (SELECT account_id, count(*) AS many FROM moved_users GROUP BY account_id) m
  WHERE m.account_id = account_state.account_id;
UPDATE records SET doc = json_remove(doc, '$.user_ids')
  WHERE resource = 'teams' AND json_type(doc, '$.user_ids') IS NOT NULL;
DELETE FROM record_keys WHERE resource = 'teams' AND kind = 'user';

DROP TABLE moved_pictures;
DROP TABLE moved_blocks;
DROP TABLE moved_users;
DROP TABLE moved_at;
