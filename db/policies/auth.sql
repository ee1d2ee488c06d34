-- auth.sql: who may touch the auth service's tables. Run again after each migration.

ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON tenant;
CREATE POLICY tenant_isolation ON tenant
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON account;
CREATE POLICY tenant_isolation ON account
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE account_email ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_email FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON account_email;
CREATE POLICY tenant_isolation ON account_email
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE account_directory ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_directory FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON account_directory;
CREATE POLICY tenant_isolation ON account_directory
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE membership FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON membership;
CREATE POLICY tenant_isolation ON membership
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON api_key;
CREATE POLICY tenant_isolation ON api_key
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE session ENABLE ROW LEVEL SECURITY;
ALTER TABLE session FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON session;
CREATE POLICY tenant_isolation ON session
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE refresh_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_token FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON refresh_token;
CREATE POLICY tenant_isolation ON refresh_token
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE one_time_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE one_time_link FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON one_time_link;
CREATE POLICY tenant_isolation ON one_time_link
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE signing_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE signing_key FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON signing_key;
CREATE POLICY tenant_isolation ON signing_key
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE revocation_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocation_counter FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON revocation_counter;
CREATE POLICY tenant_isolation ON revocation_counter
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE revocation ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocation FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON revocation;
CREATE POLICY tenant_isolation ON revocation
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE request_limit ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_limit FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON request_limit;
CREATE POLICY tenant_isolation ON request_limit
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE key_expiry ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_expiry FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON key_expiry;
CREATE POLICY tenant_isolation ON key_expiry
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

ALTER TABLE account_client ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_client FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON account_client;
CREATE POLICY tenant_isolation ON account_client
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE ON tenant, account, account_email, membership, signing_key, request_limit TO bulkhead_auth;
GRANT SELECT, INSERT ON account_directory TO bulkhead_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON session, refresh_token, revocation, api_key, key_expiry, one_time_link, account_client TO bulkhead_auth;
GRANT SELECT, UPDATE ON revocation_counter TO bulkhead_auth;

-- Every service reads the log, in the platform's context.
GRANT SELECT ON revocation TO bulkhead_model, bulkhead_rag, bulkhead_agent;
