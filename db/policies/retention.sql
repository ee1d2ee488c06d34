-- Who may find what has become old. What workers see without a tenant is in exceptions.sql.

DROP POLICY IF EXISTS tenant_isolation ON retention;
CREATE POLICY tenant_isolation ON retention
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

REVOKE ALL ON retention FROM PUBLIC, bulkhead_auth, bulkhead_model, bulkhead_rag, bulkhead_agent;
GRANT SELECT, INSERT, UPDATE (oldest_at) ON retention
	TO bulkhead_auth, bulkhead_model, bulkhead_rag, bulkhead_agent;
