SELECT register_patch('0253-tenant-deletion-again');

-- A tenant that was deleted and then restored from a backup can be deleted again: both receipts stay, and only one
-- deletion of a tenant is under way.
ALTER TABLE tenant_deletion DROP CONSTRAINT tenant_deletion_tenant_id_target_tenant_id_key;
CREATE UNIQUE INDEX tenant_deletion_one ON tenant_deletion (tenant_id, target_tenant_id) WHERE completed_at IS NULL;
CREATE INDEX tenant_deletion_target ON tenant_deletion (tenant_id, target_tenant_id, created_at);
COMMENT ON COLUMN tenant_deletion.target_tenant_id IS 'The tenant that goes or has gone; more than once if it was restored in between.';
