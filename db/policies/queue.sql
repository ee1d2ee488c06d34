-- Jobs: whoever has work adds and claims it. What workers see without a tenant is in exceptions.sql.

DROP POLICY IF EXISTS tenant_isolation ON job;
CREATE POLICY tenant_isolation ON job
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS tenant_isolation ON job_ready;
CREATE POLICY tenant_isolation ON job_ready
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS tenant_isolation ON job_tenant;
CREATE POLICY tenant_isolation ON job_tenant
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

-- A claimed row never changes its tenant, its job or its queue: those columns are not granted.
REVOKE ALL ON job, job_ready, job_tenant FROM bulkhead_auth, bulkhead_model, bulkhead_rag, bulkhead_agent;
GRANT SELECT, INSERT, DELETE ON job, job_ready TO bulkhead_rag, bulkhead_agent;
GRANT UPDATE (state, attempts, error, cancel_asked_at, finished_at) ON job TO bulkhead_rag, bulkhead_agent;
GRANT UPDATE (due_at, epoch, worker, fresh, lapses, cancel_asked, watched_at) ON job_ready TO bulkhead_rag, bulkhead_agent;
GRANT SELECT, INSERT, UPDATE (served_at, look_at, background_look_at, looks) ON job_tenant TO bulkhead_rag, bulkhead_agent;
