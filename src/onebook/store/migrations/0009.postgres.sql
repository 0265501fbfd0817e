-- Pictures of a property are records of their own, and nothing in the property; who belongs to a team say the users.
-- The owner is under row-level security as well; it is lifted for the length of this transaction.
ALTER TABLE records NO FORCE ROW LEVEL SECURITY;
ALTER TABLE record_keys NO FORCE ROW LEVEL SECURITY;
ALTER TABLE changes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_state NO FORCE ROW LEVEL SECURITY;
CREATE TEMP TABLE moved_at ON COMMIT DROP AS
  SELECT extract(epoch FROM date_trunc('second', now()))::bigint * 1000000 AS micros,
    to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS text;

CREATE TEMP TABLE moved_pictures ON COMMIT DROP AS
  SELECT account_id, property_id, place, url, title, thumbnail_url,
    row_number() OVER (PARTITION BY account_id ORDER BY property_id, place) AS number
  FROM (
    SELECT r.account_id, r.id AS property_id, i.place, i.image ->> 'url' AS url, i.image ->> 'title' AS title,
      CASE WHEN i.place = 1 THEN r.doc::jsonb ->> 'thumbnail_url' END AS thumbnail_url
    FROM records r, jsonb_array_elements(coalesce(r.doc::jsonb -> 'images', '[]')) WITH ORDINALITY AS i (image, place)
    WHERE r.resource = 'properties'
    UNION ALL
    SELECT account_id, id, 1, coalesce(doc::jsonb ->> 'image_url', doc::jsonb ->> 'thumbnail_url'), NULL,
      doc::jsonb ->> 'thumbnail_url'
    FROM records WHERE resource = 'properties' AND jsonb_array_length(coalesce(doc::jsonb -> 'images', '[]')) = 0
      AND coalesce(doc::jsonb ->> 'image_url', doc::jsonb ->> 'thumbnail_url') IS NOT NULL
  ) AS told
  WHERE NOT EXISTS (
    SELECT 1 FROM record_keys k JOIN records p
      ON p.account_id = k.account_id AND p.resource = k.resource AND p.id = k.record_id
    WHERE k.account_id = told.account_id AND k.resource = 'images' AND k.kind = 'property'
      AND k.value = told.property_id::text AND p.doc::jsonb ->> 'url' = told.url
  );
-- Each account that has some gets a block of ids for them, with a thousand more behind.
CREATE TEMP TABLE moved_blocks ON COMMIT DROP AS
  SELECT account_id, count(*) AS many, (SELECT next_id FROM account_state WHERE account_id = 0) + coalesce(
    sum(count(*) + 1000) OVER (ORDER BY account_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS first
  FROM moved_pictures GROUP BY account_id;

INSERT INTO records (account_id, resource, id, position, created_at, updated_at, deleted_at, doc)
  SELECT m.account_id, 'images', b.first + m.number - 1, b.first + m.number - 1, t.micros, t.micros, 0,
    jsonb_strip_nulls(jsonb_build_object('id', b.first + m.number - 1, 'version', 1, 'created_at', t.text,
      'updated_at', t.text, 'title', m.title, 'url', m.url, 'thumbnail_url', m.thumbnail_url,
      'property_id', m.property_id, 'position', m.place))::text
  FROM moved_pictures m JOIN moved_blocks b ON b.account_id = m.account_id, moved_at t;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT m.account_id, 'images', 'property', m.property_id::text, b.first + m.number - 1
  FROM moved_pictures m JOIN moved_blocks b ON b.account_id = m.account_id;
INSERT INTO changes (account_id, seq, resource, record_id, version, at, actor, via, action, changes)
  SELECT m.account_id, s.seq + m.number, 'images', b.first + m.number - 1, 1, t.micros, 'onebook', 'migration', 'created',
    (jsonb_build_object('url', jsonb_build_array(NULL, m.url), 'property_id', jsonb_build_array(NULL, m.property_id),
      'position', jsonb_build_array(NULL, m.place))
    || CASE WHEN m.title IS NULL THEN '{}' ELSE jsonb_build_object('title', jsonb_build_array(NULL, m.title)) END
    || CASE WHEN m.thumbnail_url IS NULL THEN '{}'
      ELSE jsonb_build_object('thumbnail_url', jsonb_build_array(NULL, m.thumbnail_url)) END)::text
  FROM moved_pictures m JOIN moved_blocks b ON b.account_id = m.account_id
    JOIN account_state s ON s.account_id = m.account_id, moved_at t;
UPDATE account_state SET next_id = b.first + b.many, end_id = b.first + b.many + 1000, seq = seq + b.many
  FROM moved_blocks b WHERE b.account_id = account_state.account_id;
UPDATE account_state SET next_id = next_id + (SELECT coalesce(sum(many + 1000), 0) FROM moved_blocks) WHERE account_id = 0;
UPDATE records SET doc = (doc::jsonb - '{images,image_url,thumbnail_url}'::text[])::text
  WHERE resource = 'properties' AND doc::jsonb ?| '{images,image_url,thumbnail_url}'::text[];

CREATE TEMP TABLE moved_users ON COMMIT DROP AS
  SELECT u.account_id, u.id AS user_id, min(t.id) AS team_id, (u.doc::jsonb ->> 'version')::bigint + 1 AS version,
    row_number() OVER (PARTITION BY u.account_id ORDER BY u.id) AS number
  FROM records t, jsonb_array_elements_text(coalesce(t.doc::jsonb -> 'user_ids', '[]')) AS m (user_id), records u
  WHERE t.resource = 'teams' AND t.deleted_at = 0 AND u.account_id = t.account_id AND u.resource = 'users'
    AND u.id = m.user_id::bigint AND u.deleted_at = 0 AND u.doc::jsonb ->> 'team_id' IS NULL
  GROUP BY u.account_id, u.id, u.doc;
INSERT INTO changes (account_id, seq, resource, record_id, version, at, actor, via, action, changes)
  SELECT m.account_id, s.seq + m.number, 'users', m.user_id, m.version, t.micros, 'onebook', 'migration', 'changed',
    jsonb_build_object('team_id', jsonb_build_array(NULL, m.team_id))::text
  FROM moved_users m JOIN account_state s ON s.account_id = m.account_id, moved_at t;
INSERT INTO record_keys (account_id, resource, kind, value, record_id)
  SELECT account_id, 'users', 'team', team_id::text, user_id FROM moved_users;
UPDATE records SET updated_at = t.micros, doc = (doc::jsonb
    || jsonb_build_object('team_id', m.team_id, 'version', m.version, 'updated_at', t.text))::text
  FROM moved_users m, moved_at t
  WHERE records.account_id = m.account_id AND records.resource = 'users' AND records.id = m.user_id;
UPDATE account_state SET seq = seq + m.many, stamp = stamp + 1
  FROM (SELECT account_id, count(*) AS many FROM moved_users GROUP BY account_id) m
  WHERE m.account_id = account_state.account_id;
UPDATE records SET doc = (doc::jsonb - 'user_ids')::text WHERE resource = 'teams' AND doc::jsonb ? 'user_ids';
DELETE FROM record_keys WHERE resource = 'teams' AND kind = 'user';
ALTER TABLE records FORCE ROW LEVEL SECURITY;
ALTER TABLE record_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE changes FORCE ROW LEVEL SECURITY;
ALTER TABLE account_state FORCE ROW LEVEL SECURITY;
