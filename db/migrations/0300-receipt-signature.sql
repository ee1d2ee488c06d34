SELECT register_patch('0300-receipt-signature');

ALTER TABLE tenant_deletion ADD COLUMN key_destroyed_at timestamptz, ADD COLUMN receipt_signature text;
COMMENT ON COLUMN tenant_deletion.key_destroyed_at IS 'When the last key of the tenant''s objects was destroyed; NULL: it had none, or the deletion goes on.';
COMMENT ON COLUMN tenant_deletion.receipt_signature IS 'A JWS of the audit chain''s key over the id, the tenant, the end and the hash of the receipt; NULL until the end, and of receipts from before there was one.';
