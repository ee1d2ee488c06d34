-- Who may touch the answers kept for an Idempotency-Key: each service its own table. Run again after each
-- migration.

DROP POLICY IF EXISTS tenant_isolation ON idempotency_auth;
CREATE POLICY tenant_isolation ON idempotency_auth
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS tenant_isolation ON idempotency_model;
CREATE POLICY tenant_isolation ON idempotency_model
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS tenant_isolation ON idempotency_rag;
CREATE POLICY tenant_isolation ON idempotency_rag
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS tenant_isolation ON idempotency_agent;
CREATE POLICY tenant_isolation ON idempotency_agent
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

REVOKE ALL ON idempotency_auth, idempotency_model, idempotency_rag, idempotency_agent
	FROM PUBLIC, bulkhead_auth, bulkhead_model, bulkhead_rag, bulkhead_agent;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_auth TO bulkhead_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_model TO bulkhead_model;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_rag TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_agent TO bulkhead_agent;
