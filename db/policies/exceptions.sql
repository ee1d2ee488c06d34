-- The only policies besides tenant_isolation. Each reads rows before the tenant is known, or rows that
-- every tenant may read. The isolation tests hold this list against the database.

-- Workers find work: without a tenant's context, in the queue that bears their role's name, and nothing
-- but when it is due and who has it. With a context set they see that tenant's rows like everybody.
DROP POLICY IF EXISTS workers_find_work ON job_ready;
CREATE POLICY workers_find_work ON job_ready FOR SELECT TO bulkhead_rag, bulkhead_agent
	USING (queue = (SELECT substr(current_user::text, 10))
		AND (SELECT nullif(current_setting('bulkhead.tenant_id', true), '') IS NULL));
DROP POLICY IF EXISTS workers_take_work ON job_ready;
CREATE POLICY workers_take_work ON job_ready FOR UPDATE TO bulkhead_rag, bulkhead_agent
	USING (queue = (SELECT substr(current_user::text, 10))
		AND (SELECT nullif(current_setting('bulkhead.tenant_id', true), '') IS NULL));
DROP POLICY IF EXISTS workers_find_work ON job_tenant;
CREATE POLICY workers_find_work ON job_tenant FOR SELECT TO bulkhead_rag, bulkhead_agent
	USING (queue = (SELECT substr(current_user::text, 10))
		AND (SELECT nullif(current_setting('bulkhead.tenant_id', true), '') IS NULL));
DROP POLICY IF EXISTS workers_take_work ON job_tenant;
CREATE POLICY workers_take_work ON job_tenant FOR UPDATE TO bulkhead_rag, bulkhead_agent
	USING (queue = (SELECT substr(current_user::text, 10))
		AND (SELECT nullif(current_setting('bulkhead.tenant_id', true), '') IS NULL));

DROP POLICY IF EXISTS workers_find_work ON retention;
CREATE POLICY workers_find_work ON retention FOR SELECT
	TO bulkhead_auth, bulkhead_model, bulkhead_rag, bulkhead_agent
	USING (queue = (SELECT substr(current_user::text, 10))
		AND (SELECT nullif(current_setting('bulkhead.tenant_id', true), '') IS NULL));

-- Public models belong to the platform; every tenant's calls may be routed to them.
DROP POLICY IF EXISTS platform_rows_read ON model;
CREATE POLICY platform_rows_read ON model FOR SELECT TO bulkhead_model
	USING (tenant_id = '00000000-0000-0000-0000-000000000001');
DROP POLICY IF EXISTS platform_rows_read ON model_default;
CREATE POLICY platform_rows_read ON model_default FOR SELECT TO bulkhead_model
	USING (tenant_id = '00000000-0000-0000-0000-000000000001');

-- The register of tenants belongs to the platform; a tenant may read its own row there.
DROP POLICY IF EXISTS tenant_own_row_read ON tenant;
CREATE POLICY tenant_own_row_read ON tenant FOR SELECT TO bulkhead_auth
	USING (id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
