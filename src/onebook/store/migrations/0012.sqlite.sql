-- A property's texts are fields of it, as they are a project's.
UPDATE records SET doc = json_remove(
    json_set(doc, '$.location_text', json_extract(doc, '$.extras.propstack.location_note')), '$.extras.propstack.location_note')
  WHERE resource = 'properties' AND json_type(doc, '$.extras.propstack.location_note') = 'text';
UPDATE records SET doc = json_remove(
    json_set(doc, '$.furnishing_text', json_extract(doc, '$.extras.propstack.furnishing_note')), '$.extras.propstack.furnishing_note')
  WHERE resource = 'properties' AND json_type(doc, '$.extras.propstack.furnishing_note') = 'text';
UPDATE records SET doc = json_remove(
    json_set(doc, '$.other_text', json_extract(doc, '$.extras.propstack.other_note')), '$.extras.propstack.other_note')
  WHERE resource = 'properties' AND json_type(doc, '$.extras.propstack.other_note') = 'text';
