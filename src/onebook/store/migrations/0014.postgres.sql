-- A key is written in the transaction of its record, and `onebook check` compares the two, as it does for contacts. The
-- check of each new key went through all new records where PostgreSQL did not know yet how many there are.
ALTER TABLE record_keys DROP CONSTRAINT record_keys_account_id_resource_record_id_fkey;
