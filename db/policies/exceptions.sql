-- SPDX-License-Identifier: Apache-2.0
-- The only policies besides tenant_isolation. Each reads rows before the tenant is known, or rows that
-- every tenant may read. The isolation tests hold this list against the database.
--
-- Making a policy locks its table against everybody. So each is made only if it is not there as it is written here: its
-- comment is a hash of what is written and of what the catalogue has made of it.

-- Workers find work: without a tenant's context, in the queue that bears their role's name, and nothing
-- but when it is due and who has it. With a context set they see that tenant's rows like everybody. And
-- each service finds whose rows have become old.
DO $workers$
DECLARE
	services constant jsonb := current_setting('bulkhead.services')::jsonb -> 'data';
	wanted record;
	written text;
	state text;
	noted text;
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
		-- The queues are read often and lie on one server in any case; the others' policies have no sub-select and no
		-- IS NULL, of which Citus takes none in a policy of a table that is spread already.
		written := format('CREATE POLICY %I ON %I FOR %s TO %s USING (%s)', wanted.name, wanted.of_table, wanted.command, wanted.roles,
			CASE WHEN wanted.of_queue THEN 'queue = (SELECT substr(current_user::text, 10))'
				' AND (SELECT nullif(current_setting(''bulkhead.tenant_id'', true), '''') IS NULL)'
			ELSE 'queue = substr(current_user::text, 10)'
				' AND coalesce(current_setting(''bulkhead.tenant_id'', true), '''') = ''''' END);
		FOR made IN 0..1 LOOP
			SELECT 'Made of ' || md5(written || p.polpermissive::text || p.polcmd::text || p.polroles::text || pg_get_expr(p.polqual, p.polrelid)
			        || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')), obj_description(p.oid, 'pg_policy')
			  INTO state, noted
			  FROM pg_policy AS p
			 WHERE p.polrelid = format('bulkhead.%I', wanted.of_table)::regclass AND p.polname = wanted.name;
			EXIT WHEN noted = state;
			IF made = 0 THEN
				EXECUTE format('DROP POLICY IF EXISTS %I ON %I', wanted.name, wanted.of_table);
				EXECUTE written;
			ELSE
				EXECUTE format('COMMENT ON POLICY %I ON %I IS %L', wanted.name, wanted.of_table, state);
			END IF;
		END LOOP;
	END LOOP;
END
$workers$;

-- Public models belong to the platform, and every tenant's calls may be routed to them; the platform's prices are those of
-- its public models; and a tenant may read its own row in the register of tenants, which belongs to the platform as well.
-- Each is a statement of its own: Citus hands on the text in which it stands.
DO $readers$
DECLARE
	platform constant text := 'tenant_id = ''00000000-0000-0000-0000-000000000001''';
	readers constant text := 'bulkhead_model, bulkhead_rag, bulkhead_agent, bulkhead_billing';
	wanted record;
	written text;
	state text;
	noted text;
BEGIN
	FOR wanted IN
		SELECT *
		  FROM (VALUES
			('platform_rows_read', 'model', 'bulkhead_model', platform),
			('platform_rows_read', 'model_default', 'bulkhead_model', platform),
			('platform_rows_read', 'price', readers, platform),
			('platform_rows_read', 'price_unit', readers, platform),
			('tenant_own_row_read', 'tenant', 'bulkhead_auth',
			 'id = nullif(current_setting(''bulkhead.tenant_id'', true), '''')::uuid')
		  ) AS shared (name, of_table, roles, condition)
	LOOP
		written := format('CREATE POLICY %I ON %I FOR SELECT TO %s USING (%s)', wanted.name, wanted.of_table, wanted.roles,
			wanted.condition);
		FOR made IN 0..1 LOOP
			SELECT 'Made of ' || md5(written || p.polpermissive::text || p.polcmd::text || p.polroles::text || pg_get_expr(p.polqual, p.polrelid)
			        || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')), obj_description(p.oid, 'pg_policy')
			  INTO state, noted
			  FROM pg_policy AS p
			 WHERE p.polrelid = format('bulkhead.%I', wanted.of_table)::regclass AND p.polname = wanted.name;
			EXIT WHEN noted = state;
			IF made = 0 THEN
				EXECUTE format('DROP POLICY IF EXISTS %I ON %I', wanted.name, wanted.of_table);
				EXECUTE written;
			ELSE
				EXECUTE format('COMMENT ON POLICY %I ON %I IS %L', wanted.name, wanted.of_table, state);
			END IF;
		END LOOP;
	END LOOP;
END
$readers$;
