-- model.sql: who may touch the model service's tables. Run again after each migration.

ALTER TABLE model ENABLE ROW LEVEL SECURITY;
ALTER TABLE model FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON model;
CREATE POLICY tenant_isolation ON model
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE model_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE model_default FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON model_default;
CREATE POLICY tenant_isolation ON model_default
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE budget ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON budget;
CREATE POLICY tenant_isolation ON budget
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE budget_reservation ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget_reservation FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON budget_reservation;
CREATE POLICY tenant_isolation ON budget_reservation
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE usage_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_record FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON usage_record;
CREATE POLICY tenant_isolation ON usage_record
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE usage_total ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_total FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON usage_total;
CREATE POLICY tenant_isolation ON usage_total
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE usage_quarantine ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_quarantine FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON usage_quarantine;
CREATE POLICY tenant_isolation ON usage_quarantine
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE, DELETE ON model, model_default TO bulkhead_model;
GRANT SELECT, INSERT, UPDATE ON budget TO bulkhead_model;
GRANT SELECT, INSERT, DELETE, UPDATE (renewed_at, expired_month) ON budget_reservation TO bulkhead_model;
GRANT SELECT, INSERT ON usage_record, usage_quarantine TO bulkhead_model;
GRANT DELETE ON usage_record, usage_quarantine, usage_total TO bulkhead_model;
GRANT SELECT, INSERT, UPDATE ON usage_total TO bulkhead_model;
