-- SPDX-License-Identifier: Apache-2.0
-- The roles of Bulkhead. Run by a role with CREATEROLE and BYPASSRLS (or a superuser), connected to
-- Bulkhead's database; safe to repeat. Where the roles exist already it changes nothing and any role may
-- run it. bulkhead_owner owns every table and is entered by migrations only. Each service signs in as a
-- role of its own, which owns nothing and cannot pass row security. Which services there are, the setting
-- bulkhead.services tells: what `bulkhead services --json` prints.

DO $roles$
DECLARE
	services constant jsonb := current_setting('bulkhead.services')::jsonb -> 'data';
	-- Citus acts on the servers of the rows in the name of whoever acts on the coordinator. There the owner may sign in,
	-- without a password: pg_hba.conf lets it in from the cluster's servers only (docs/database.md).
	spread constant boolean := coalesce(current_setting('bulkhead.engine', true) = 'citus', false);
	wanted record;
	found record;
	attributes text;
	entered text;
BEGIN
	FOR wanted IN
		SELECT *
		  FROM (VALUES
			('bulkhead_owner',       spread, true,  'Owns Bulkhead''s schema; entered by migrations only.'),
			('bulkhead_maintenance', true,  true,  'Backup and upkeep of partitions.')
		  ) AS role (name, login, bypass, purpose)
		 UNION ALL
		SELECT role, true, false, format('The %s service.', name) FROM jsonb_to_recordset(services) AS service (name text, role text)
	LOOP
		attributes := CASE WHEN wanted.login THEN 'LOGIN' ELSE 'NOLOGIN' END
			|| CASE WHEN wanted.bypass THEN ' BYPASSRLS' ELSE ' NOBYPASSRLS' END;
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
			BEGIN
				EXECUTE format('CREATE ROLE %I %s', wanted.name, attributes);
				EXECUTE format('ALTER ROLE %I SET search_path = bulkhead, public', wanted.name);
				EXECUTE format('COMMENT ON ROLE %I IS %L', wanted.name, wanted.purpose);
			EXCEPTION
				-- Somebody who sets up another database of this cluster was faster.
				WHEN duplicate_object OR unique_violation THEN NULL;
			END;
		END IF;

		SELECT * INTO found FROM pg_roles WHERE rolname = wanted.name;
		IF found.rolsuper OR found.rolcreaterole OR found.rolcreatedb OR found.rolreplication
			OR found.rolbypassrls <> wanted.bypass OR found.rolcanlogin <> wanted.login THEN
			RAISE EXCEPTION 'the role % exists with other attributes than it must have: ALTER ROLE % NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION %',
				wanted.name, wanted.name, attributes;
		END IF;

		-- What a statement of a service may write to disk for its sorts; an operator's own bound stays.
		-- Only a superuser, or who was granted SET on it, may say so: elsewhere the disk is the operator's.
		IF wanted.login AND NOT wanted.bypass AND NOT EXISTS (
			SELECT FROM pg_db_role_setting AS kept, unnest(kept.setconfig) AS word
			 WHERE kept.setrole = wanted.name::regrole AND word LIKE 'temp_file_limit=%') THEN
			BEGIN
				EXECUTE format('ALTER ROLE %I SET temp_file_limit = ''1GB''', wanted.name);
			EXCEPTION
				WHEN insufficient_privilege THEN NULL;
			END;
		END IF;

		-- What a service's role could enter or inherit counts as its own. Groups that open nothing, as
		-- pg_hba.conf may name them, are the operator's business.
		SELECT string_agg(other.rolname, ', ') INTO entered
		  FROM pg_roles AS other
		 WHERE NOT wanted.bypass AND other.rolname <> wanted.name
		   AND pg_has_role(wanted.name, other.oid, 'MEMBER')
		   AND (other.rolsuper OR other.rolbypassrls OR other.rolcreaterole
			OR other.rolname LIKE 'bulkhead\_%' OR other.rolname LIKE 'pg\_%');
		IF entered IS NOT NULL THEN
			RAISE EXCEPTION 'the role % is a member of %, which would open what row security closes: REVOKE it',
				wanted.name, entered;
		END IF;
	END LOOP;

	-- The page of the platform's health tells how long the oldest transaction has been open. Only a superuser, or who
	-- may pass the role on, can say so; elsewhere the page does not tell it.
	IF NOT pg_has_role('bulkhead_owner', 'pg_read_all_stats', 'USAGE') THEN
		BEGIN
			GRANT pg_read_all_stats TO bulkhead_owner;
		EXCEPTION
			WHEN insufficient_privilege THEN NULL;
		END;
	END IF;

	IF NOT pg_has_role('bulkhead_owner', 'SET') THEN
		GRANT bulkhead_owner TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
	END IF;
END
$roles$;

-- Nobody makes objects beside the schema: not in public, which is searched second, and no temporary
-- tables, which would be a service's own. Only the database's owner can say so. And where PUBLIC has no
-- rights, the roles need those by name.
DO $database$
DECLARE
	services constant jsonb := current_setting('bulkhead.services')::jsonb -> 'data';
	own bool := pg_has_role((SELECT datdba FROM pg_database WHERE datname = current_database()), 'USAGE');
	own_public bool := pg_has_role((SELECT nspowner FROM pg_namespace WHERE nspname = 'public'), 'USAGE');
	has_vector bool := EXISTS (SELECT FROM pg_extension
		WHERE extname = 'vector' AND extnamespace = to_regnamespace('public'));
	role record;
BEGIN
	IF own THEN
		EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database());
	END IF;
	IF own_public THEN
		REVOKE CREATE ON SCHEMA public FROM PUBLIC;
	END IF;

	FOR role IN
		SELECT rolname AS name, rolcanlogin AS login
		  FROM pg_roles
		 WHERE rolname IN ('bulkhead_owner', 'bulkhead_maintenance')
			OR rolname IN (SELECT service.role FROM jsonb_to_recordset(services) AS service (role text))
	LOOP
		IF role.login AND NOT has_database_privilege(role.name, current_database(), 'CONNECT') THEN
			IF NOT own THEN
				RAISE EXCEPTION 'the role % may not connect to this database: its owner runs GRANT CONNECT ON DATABASE % TO %',
					role.name, quote_ident(current_database()), role.name;
			END IF;
			EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role.name);
		END IF;
		IF has_vector AND NOT has_schema_privilege(role.name, 'public', 'USAGE') THEN
			IF NOT own_public THEN
				RAISE EXCEPTION 'the role % may not use pgvector: the administrator runs GRANT USAGE ON SCHEMA public TO %',
					role.name, role.name;
			END IF;
			EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role.name);
		END IF;
	END LOOP;
END
$database$;
