-- A property's texts are fields of it, as they are a project's, and no longer what one dialect only knows.
UPDATE records SET doc = json_remove(json_set(doc, '$.location_text', told.text), '$.extras.' || told.dialect || '.location_note')
  FROM (SELECT r.account_id, r.id, e.key AS dialect, json_extract(e.value, '$.location_note') AS text
    FROM records r, json_each(r.doc, '$.extras') e
    WHERE r.resource = 'properties' AND e.type = 'object' AND json_type(e.value, '$.location_note') = 'text') told
  WHERE records.account_id = told.account_id AND records.resource = 'properties' AND records.id = told.id;
UPDATE records SET doc = json_remove(json_set(doc, '$.furnishing_text', told.text), '$.extras.' || told.dialect || '.furnishing_note')
  FROM (SELECT r.account_id, r.id, e.key AS dialect, json_extract(e.value, '$.furnishing_note') AS text
    FROM records r, json_each(r.doc, '$.extras') e
    WHERE r.resource = 'properties' AND e.type = 'object' AND json_type(e.value, '$.furnishing_note') = 'text') told
  WHERE records.account_id = told.account_id AND records.resource = 'properties' AND records.id = told.id;
UPDATE records SET doc = json_remove(json_set(doc, '$.other_text', told.text), '$.extras.' || told.dialect || '.other_note')
  FROM (SELECT r.account_id, r.id, e.key AS dialect, json_extract(e.value, '$.other_note') AS text
    FROM records r, json_each(r.doc, '$.extras') e
    WHERE r.resource = 'properties' AND e.type = 'object' AND json_type(e.value, '$.other_note') = 'text') told
  WHERE records.account_id = told.account_id AND records.resource = 'properties' AND records.id = told.id;
