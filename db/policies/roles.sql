-- The roles of Bulkhead. Run by a role with CREATEROLE and BYPASSRLS (or a superuser), connected to
-- Bulkhead's database; safe to repeat. bulkhead_owner owns every table and is entered by migrations
-- only. Each service signs in as a role of its own, which owns nothing and cannot pass row security.

DO $roles$
DECLARE
	wanted record;
	found record;
BEGIN
	FOR wanted IN
		SELECT *
		  FROM (VALUES
			('bulkhead_owner',       false, true,  'Owns Bulkhead''s schema; entered by migrations only.'),
			('bulkhead_maintenance', true,  true,  'Backup and upkeep of partitions.'),
			('bulkhead_auth',        true,  false, 'The auth service.'),
			('bulkhead_model',       true,  false, 'The model service.'),
			('bulkhead_rag',         true,  false, 'The rag service.'),
			('bulkhead_agent',       true,  false, 'The agent service.')
		  ) AS role (name, login, bypass, purpose)
	LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
			BEGIN
				EXECUTE format('CREATE ROLE %I %s %s', wanted.name,
					CASE WHEN wanted.login THEN 'LOGIN' ELSE 'NOLOGIN' END,
					CASE WHEN wanted.bypass THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END);
				EXECUTE format('ALTER ROLE %I SET search_path = bulkhead, public', wanted.name);
				EXECUTE format('COMMENT ON ROLE %I IS %L', wanted.name, wanted.purpose);
			EXCEPTION
				-- Somebody who sets up another database of this cluster was faster.
				WHEN duplicate_object OR unique_violation THEN NULL;
			END;
		END IF;

		SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb INTO found
		  FROM pg_roles WHERE rolname = wanted.name;
		IF found.rolsuper OR found.rolbypassrls <> wanted.bypass OR found.rolcreaterole OR found.rolcreatedb THEN
			RAISE EXCEPTION 'role % has attributes it must not have, or lacks BYPASSRLS', wanted.name;
		END IF;
	END LOOP;

	IF NOT pg_has_role('bulkhead_owner', 'SET') THEN
		GRANT bulkhead_owner TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
	END IF;
END
$roles$;

-- Nobody makes objects beside the schema: not in public, which is searched second, and no temporary
-- tables, which would be a service's own. Only the database's owner can say so.
DO $database$
BEGIN
	IF pg_has_role((SELECT datdba FROM pg_database WHERE datname = current_database()), 'USAGE') THEN
		EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database());
	END IF;
	IF pg_has_role((SELECT nspowner FROM pg_namespace WHERE nspname = 'public'), 'USAGE') THEN
		REVOKE CREATE ON SCHEMA public FROM PUBLIC;
	END IF;
END
$database$;
