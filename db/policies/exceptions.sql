-- SPDX-License-Identifier: Apache-2.0
-- The only policies besides tenant_isolation. Each reads rows before the tenant is known, or rows that
-- every tenant may read. The isolation tests hold this list against the database.

-- Workers find work: without a tenant's context, in the queue that bears their role's name, and nothing
-- but when it is due and who has it. With a context set they see that tenant's rows like everybody. And
-- each service finds whose rows have become old.
DO $workers$
DECLARE
	services constant jsonb := current_setting('bulkhead.services')::jsonb -> 'data';
	wanted record;
BEGIN
	FOR wanted IN
		SELECT shared.*, string_agg(quote_ident(service.role), ', ') AS roles
		  FROM (VALUES
			('workers_find_work', 'job_ready',  'SELECT', true),
			('workers_take_work', 'job_ready',  'UPDATE', true),
			('workers_find_work', 'job_tenant', 'SELECT', true),
			('workers_take_work', 'job_tenant', 'UPDATE', true),
			('workers_find_work', 'retention',  'SELECT', false),
			('workers_find_work', 'job_wanted', 'SELECT', false)
		  ) AS shared (name, of_table, command, of_queue),
		       jsonb_to_recordset(services) AS service (role text, works_queue boolean)
		 WHERE service.works_queue OR NOT shared.of_queue
		 GROUP BY 1, 2, 3, 4
	LOOP
		EXECUTE format('DROP POLICY IF EXISTS %I ON %I', wanted.name, wanted.of_table);
		-- The queues are read often and lie on one server in any case; the others' policies have no sub-select, as Citus
		-- wants them.
		EXECUTE format('CREATE POLICY %I ON %I FOR %s TO %s USING (%s)', wanted.name, wanted.of_table, wanted.command, wanted.roles,
			CASE WHEN wanted.of_queue THEN 'queue = (SELECT substr(current_user::text, 10))'
				' AND (SELECT nullif(current_setting(''bulkhead.tenant_id'', true), '''') IS NULL)'
			ELSE 'queue = substr(current_user::text, 10)'
				' AND nullif(current_setting(''bulkhead.tenant_id'', true), '''') IS NULL' END);
	END LOOP;
END
$workers$;

-- Public models belong to the platform; every tenant's calls may be routed to them.
DROP POLICY IF EXISTS platform_rows_read ON model;
CREATE POLICY platform_rows_read ON model FOR SELECT TO bulkhead_model
	USING (tenant_id = '00000000-0000-0000-0000-000000000001');
DROP POLICY IF EXISTS platform_rows_read ON model_default;
CREATE POLICY platform_rows_read ON model_default FOR SELECT TO bulkhead_model
	USING (tenant_id = '00000000-0000-0000-0000-000000000001');

-- The platform's prices are those of its public models.
DROP POLICY IF EXISTS platform_rows_read ON price;
CREATE POLICY platform_rows_read ON price FOR SELECT
	TO bulkhead_model, bulkhead_rag, bulkhead_agent, bulkhead_billing
	USING (tenant_id = '00000000-0000-0000-0000-000000000001');
DROP POLICY IF EXISTS platform_rows_read ON price_unit;
CREATE POLICY platform_rows_read ON price_unit FOR SELECT
	TO bulkhead_model, bulkhead_rag, bulkhead_agent, bulkhead_billing
	USING (tenant_id = '00000000-0000-0000-0000-000000000001');

-- The register of tenants belongs to the platform; a tenant may read its own row there.
DROP POLICY IF EXISTS tenant_own_row_read ON tenant;
CREATE POLICY tenant_own_row_read ON tenant FOR SELECT TO bulkhead_auth
	USING (id = nullif(current_setting('bulkhead.tenant_id', true), '')::uuid);
