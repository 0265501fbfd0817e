-- A property's texts are fields of it, as they are a project's, and no longer what one dialect only knows.
-- The owner is under row-level security as well; it is lifted for the length of this transaction.
ALTER TABLE records NO FORCE ROW LEVEL SECURITY;
UPDATE records SET doc = (jsonb_set(doc::jsonb, '{location_text}', told.text)
    #- ARRAY['extras', told.dialect, 'location_note'])::text
  FROM (SELECT r.account_id, r.id, e.key AS dialect, e.value -> 'location_note' AS text
    FROM records r, jsonb_each(coalesce(r.doc::jsonb -> 'extras', '{}')) e
    WHERE r.resource = 'properties' AND jsonb_typeof(e.value -> 'location_note') = 'string') told
  WHERE records.account_id = told.account_id AND records.resource = 'properties' AND records.id = told.id;
UPDATE records SET doc = (jsonb_set(doc::jsonb, '{furnishing_text}', told.text)
    #- ARRAY['extras', told.dialect, 'furnishing_note'])::text
  FROM (SELECT r.account_id, r.id, e.key AS dialect, e.value -> 'furnishing_note' AS text
    FROM records r, jsonb_each(coalesce(r.doc::jsonb -> 'extras', '{}')) e
    WHERE r.resource = 'properties' AND jsonb_typeof(e.value -> 'furnishing_note') = 'string') told
  WHERE records.account_id = told.account_id AND records.resource = 'properties' AND records.id = told.id;
UPDATE records SET doc = (jsonb_set(doc::jsonb, '{other_text}', told.text)
    #- ARRAY['extras', told.dialect, 'other_note'])::text
  FROM (SELECT r.account_id, r.id, e.key AS dialect, e.value -> 'other_note' AS text
    FROM records r, jsonb_each(coalesce(r.doc::jsonb -> 'extras', '{}')) e
    WHERE r.resource = 'properties' AND jsonb_typeof(e.value -> 'other_note') = 'string') told
  WHERE records.account_id = told.account_id AND records.resource = 'properties' AND records.id = told.id;
ALTER TABLE records FORCE ROW LEVEL SECURITY;
