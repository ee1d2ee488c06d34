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
	name text;
BEGIN
	EXECUTE format('GRANT USAGE ON SCHEMA bulkhead TO bulkhead_maintenance, %s', roles);

	-- Leaves of partitioned tables too: grants go to the parents only, but a leaf that somebody grants by
	-- mistake still shows one tenant.
	FOR name IN
		SELECT c.oid::regclass::text
		  FROM pg_class AS c
		  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
		 WHERE c.relnamespace = 'bulkhead'::regnamespace AND c.relkind IN ('r', 'p')
		 ORDER BY 1
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('DROP POLICY IF EXISTS tenant_isolation ON %s', name);
		EXECUTE format('CREATE POLICY tenant_isolation ON %s USING %s WITH CHECK %s', name, own, own);
		EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, %s', name, roles);
	END LOOP;
END
$walls$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bulkhead TO bulkhead_maintenance;
