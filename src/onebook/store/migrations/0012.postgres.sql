-- A property's texts are fields of it, as they are a project's.
-- The owner is under row-level security as well; it is lifted for the length of this transaction.
ALTER TABLE records NO FORCE ROW LEVEL SECURITY;
UPDATE records SET doc = (jsonb_set(doc::jsonb, '{location_text}', doc::jsonb #> '{extras,propstack,location_note}')
    #- '{extras,propstack,location_note}')::text
  WHERE resource = 'properties' AND jsonb_typeof(doc::jsonb #> '{extras,propstack,location_note}') = 'string';
UPDATE records SET doc = (jsonb_set(doc::jsonb, '{furnishing_text}', doc::jsonb #> '{extras,propstack,furnishing_note}')
    #- '{extras,propstack,furnishing_note}')::text
  WHERE resource = 'properties' AND jsonb_typeof(doc::jsonb #> '{extras,propstack,furnishing_note}') = 'string';
UPDATE records SET doc = (jsonb_set(doc::jsonb, '{other_text}', doc::jsonb #> '{extras,propstack,other_note}')
    #- '{extras,propstack,other_note}')::text
  WHERE resource = 'properties' AND jsonb_typeof(doc::jsonb #> '{extras,propstack,other_note}') = 'string';
ALTER TABLE records FORCE ROW LEVEL SECURITY;
