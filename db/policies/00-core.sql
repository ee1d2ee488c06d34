-- SPDX-License-Identifier: Apache-2.0
-- The walls, for every table there is, whoever made it: run first after every migration, in one
-- transaction with the other files, which then say who may do what. May run again at any time.
-- Which services there are, the setting bulkhead.services tells: what `bulkhead services --json` prints.

DO $walls$
DECLARE
	services constant jsonb := current_setting('bulkhead.services')::jsonb -> 'data';
	roles constant text := (SELECT string_agg(quote_ident(role), ', ')
		FROM jsonb_to_recordset(services) AS service (role text));
	-- Every statement says tenant_id = $1 as well, so that the planner compares $1 with this once, before the first row
	-- is read; a sub-select would do no better, and Citus takes none in the policies of its tables.
	own constant text :=
		'(tenant_id = nullif(current_setting(''bulkhead.tenant_id'', true), '''')::uuid)';
	-- The same as the catalogue says it. Were it said otherwise some day, every policy would be made anew each time.
	known constant text :=
		'(tenant_id = (NULLIF(current_setting(''bulkhead.tenant_id''::text, true), ''''::text))::uuid)';
	name text;
	at oid;
BEGIN
	EXECUTE format('GRANT USAGE ON SCHEMA bulkhead TO bulkhead_maintenance, %s', roles);

	-- Leaves of partitioned tables too: grants go to the parents only, but a leaf that somebody grants by
	-- mistake still shows one tenant.
	FOR name, at IN
		SELECT c.oid::regclass::text, c.oid
		  FROM pg_class AS c
		  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
		 WHERE c.relnamespace = 'bulkhead'::regnamespace AND c.relkind IN ('r', 'p')
		 ORDER BY 1
	LOOP
		-- Both lock the table against everybody, and wait for whoever reads it: what is right stays as it is.
		IF NOT (SELECT c.relrowsecurity AND c.relforcerowsecurity FROM pg_class AS c WHERE c.oid = at) THEN
			EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
		END IF;
		IF NOT EXISTS (SELECT FROM pg_policy AS p
		                WHERE p.polrelid = at AND p.polname = 'tenant_isolation' AND p.polpermissive AND p.polcmd = '*'
		                  AND p.polroles = '{0}'::oid[] AND pg_get_expr(p.polqual, at) = known
		                  AND pg_get_expr(p.polwithcheck, at) = known) THEN
			EXECUTE format('DROP POLICY IF EXISTS tenant_isolation ON %s', name);
			EXECUTE format('CREATE POLICY tenant_isolation ON %s USING %s WITH CHECK %s', name, own, own);
		END IF;
		EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, %s', name, roles);
	END LOOP;
END
$walls$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bulkhead TO bulkhead_maintenance;
