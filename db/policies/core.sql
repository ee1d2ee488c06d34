-- The schema itself, and the record of migrations, which no service reads.

GRANT USAGE ON SCHEMA bulkhead TO bulkhead_auth, bulkhead_model, bulkhead_rag, bulkhead_agent,
	bulkhead_maintenance;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bulkhead TO bulkhead_maintenance;

DROP POLICY IF EXISTS tenant_isolation ON schema_patch;
CREATE POLICY tenant_isolation ON schema_patch
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
