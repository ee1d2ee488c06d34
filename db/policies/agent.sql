-- Who may do what in agent's tables. Run after every migration; may run again at any time.

DROP POLICY IF EXISTS tenant_isolation ON response;
CREATE POLICY tenant_isolation ON response
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS tenant_isolation ON response_item;
CREATE POLICY tenant_isolation ON response_item
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS tenant_isolation ON response_event;
CREATE POLICY tenant_isolation ON response_event
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));
DROP POLICY IF EXISTS tenant_isolation ON response_change;
CREATE POLICY tenant_isolation ON response_change
	USING (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid))
	WITH CHECK (tenant_id = (SELECT nullif(current_setting('bulkhead.tenant_id', true), '')::uuid));

-- Events and items are never changed, only added, and removed with their response; events before it. What a run was asked
-- to do is not changed either: only the columns of its course are granted.
REVOKE ALL ON response, response_item, response_event, response_change FROM PUBLIC, bulkhead_agent;
GRANT SELECT, INSERT, DELETE ON response TO bulkhead_agent;
GRANT UPDATE (journal_gone, status, completed_at, error_code, error_message, incomplete_reason, input_tokens,
	cached_tokens, output_tokens, reasoning_tokens) ON response TO bulkhead_agent;
GRANT SELECT, INSERT ON response_item, response_event TO bulkhead_agent;
GRANT DELETE ON response_event TO bulkhead_agent;
GRANT SELECT, INSERT, UPDATE, DELETE ON response_change TO bulkhead_agent;
