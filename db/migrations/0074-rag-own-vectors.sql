SELECT register_patch('0074-rag-own-vectors');

-- A store that outgrows exact search gets a table of its own for its vectors, with a graph over them:
-- chunk_vector_N_own -> one table for the tenant, divided by store -> one leaf for the store. So a graph
-- holds one store's vectors only, and dropping a leaf locks nobody but its tenant.
--
-- Services own nothing, so what makes and drops these tables are the two functions below, which run with
-- the owner's rights. They take no text, name every object with its schema, act for the context's tenant
-- only, and what they make has forced row security before anybody else can see it. The rows are written
-- by the service itself, through the parent, under row security.

COMMENT ON COLUMN store_statistics.own_vectors IS 'The vectors lie in the store''s own table, below chunk_vector_N_own.';

CREATE FUNCTION own_vectors_name(tenant uuid, store uuid, dimensions bigint) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format('chunk_vector_%s_own_%s', dimensions, left(encode(sha256(convert_to(tenant::text || store::text, 'UTF8')), 'hex'), 40))
$$;
COMMENT ON FUNCTION own_vectors_name(uuid, uuid, bigint) IS 'The name of the table of a store''s own vectors. No two stores share one, not even where two tenants chose the same id.';
REVOKE ALL ON FUNCTION own_vectors_name(uuid, uuid, bigint) FROM PUBLIC;

CREATE FUNCTION own_vectors_check(tenant uuid, store uuid, dimensions bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF tenant IS NULL OR store IS NULL
		OR tenant IS DISTINCT FROM nullif(current_setting('bulkhead.tenant_id', true), '')::uuid THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'not the tenant of the context';
	END IF;
	IF dimensions IS NULL OR dimensions NOT IN (384, 768, 1024, 1536) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'no table has these dimensions';
	END IF;
END
$$;
COMMENT ON FUNCTION own_vectors_check(uuid, uuid, bigint) IS 'Refuses what own_vectors_open and own_vectors_close must not be asked for.';
REVOKE ALL ON FUNCTION own_vectors_check(uuid, uuid, bigint) FROM PUBLIC;

CREATE FUNCTION own_vectors_shield(name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own constant text :=
		'(tenant_id = (SELECT nullif(current_setting(''bulkhead.tenant_id'', true), '''')::uuid))';
BEGIN
	EXECUTE format('ALTER TABLE bulkhead.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
	EXECUTE format('CREATE POLICY tenant_isolation ON bulkhead.%I USING %s WITH CHECK %s', name, own, own);
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON bulkhead.%I TO bulkhead_maintenance', name);
	EXECUTE format('COMMENT ON TABLE bulkhead.%I IS %L', name,
		'Vectors of a tenant, or of one store of a tenant, that outgrew sharing.');
END
$$;
COMMENT ON FUNCTION own_vectors_shield(text) IS 'Gives a new table of own vectors its row security, as policies/00-core.sql does.';
REVOKE ALL ON FUNCTION own_vectors_shield(text) FROM PUBLIC;

-- Each such table costs every plan and every backup a little, so there is a limit to them, and a tenant has
-- at most a tenth of it: whoever is refused is searched exactly, as before.
CREATE FUNCTION own_vectors_open(tenant uuid, store uuid, dimensions bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
	most constant bigint := 1000;
	tree text;
	mine text;
	leaf text;
BEGIN
	PERFORM bulkhead.own_vectors_check(tenant, store, dimensions);
	tree := format('chunk_vector_%s_own', dimensions);
	mine := format('%s_%s', tree, replace(tenant::text, '-', ''));
	leaf := bulkhead.own_vectors_name(tenant, store, dimensions);
	IF to_regclass(format('bulkhead.%I', leaf)) IS NOT NULL THEN
		RETURN true;
	END IF;
	PERFORM FROM bulkhead.vector_store AS s WHERE s.tenant_id = tenant AND s.id = store;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found', MESSAGE = 'there is no such store';
	END IF;
	IF (SELECT count(*) >= most OR count(*) FILTER (WHERE own.inhparent = to_regclass(format('bulkhead.%I', mine))) >= most / 10
		  FROM pg_inherits AS own
		 WHERE own.inhparent IN (SELECT below.inhrelid FROM pg_inherits AS below
		        WHERE below.inhparent IN ('bulkhead.chunk_vector_384_own'::regclass, 'bulkhead.chunk_vector_768_own'::regclass,
		              'bulkhead.chunk_vector_1024_own'::regclass, 'bulkhead.chunk_vector_1536_own'::regclass))) THEN
		RETURN false;
	END IF;

	EXECUTE format('CREATE TABLE bulkhead.%I (LIKE bulkhead.%I INCLUDING ALL)', leaf, tree);
	PERFORM bulkhead.own_vectors_shield(leaf);
	EXECUTE format('CREATE INDEX ON bulkhead.%I USING hnsw (embedding public.vector_ip_ops)', leaf);
	IF to_regclass(format('bulkhead.%I', mine)) IS NULL THEN
		EXECUTE format('CREATE TABLE bulkhead.%I (LIKE bulkhead.%I INCLUDING ALL) PARTITION BY LIST (store_id)', mine, tree);
		PERFORM bulkhead.own_vectors_shield(mine);
		EXECUTE format('ALTER TABLE bulkhead.%I ATTACH PARTITION bulkhead.%I FOR VALUES IN (%L)', tree, mine, tenant);
	END IF;
	EXECUTE format('ALTER TABLE bulkhead.%I ATTACH PARTITION bulkhead.%I FOR VALUES IN (%L)', mine, leaf, store);
	RETURN true;
END
$$;
COMMENT ON FUNCTION own_vectors_open(uuid, uuid, bigint) IS 'Makes the table of a store''s own vectors, with its graph, if it is not there; false: no room. For rag, in the tenant''s context.';
REVOKE ALL ON FUNCTION own_vectors_open(uuid, uuid, bigint) FROM PUBLIC;

-- What is still searched cannot be dropped: the flag is read here, and whoever sets it holds its row locked.
CREATE FUNCTION own_vectors_close(tenant uuid, store uuid, dimensions bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
	mine text;
	leaf text;
	searched boolean;
BEGIN
	PERFORM bulkhead.own_vectors_check(tenant, store, dimensions);
	mine := format('chunk_vector_%s_own_%s', dimensions, replace(tenant::text, '-', ''));
	leaf := bulkhead.own_vectors_name(tenant, store, dimensions);
	IF to_regclass(format('bulkhead.%I', leaf)) IS NULL THEN
		RETURN false;
	END IF;
	SELECT t.own_vectors INTO searched
	  FROM bulkhead.store_statistics AS t
	 WHERE t.tenant_id = tenant AND t.store_id = store
	   FOR UPDATE;
	IF searched THEN
		RAISE EXCEPTION USING ERRCODE = 'object_in_use', MESSAGE = 'the vectors of this store are searched there';
	END IF;
	EXECUTE format('DROP TABLE bulkhead.%I', leaf);

	-- The tenant's table goes with its last leaf. That needs the lock of all tenants' parent, so it is tried
	-- for a moment only: an empty table costs nothing, and the next one that goes takes it along.
	IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = to_regclass(format('bulkhead.%I', mine))) THEN
		BEGIN
			PERFORM set_config('lock_timeout', '100ms', true);
			EXECUTE format('DROP TABLE bulkhead.%I', mine);
		EXCEPTION
			WHEN lock_not_available OR deadlock_detected THEN NULL;
		END;
	END IF;
	RETURN true;
END
$$;
COMMENT ON FUNCTION own_vectors_close(uuid, uuid, bigint) IS 'Drops the table of a store''s own vectors; false: there is none. For rag, in the tenant''s context.';
REVOKE ALL ON FUNCTION own_vectors_close(uuid, uuid, bigint) FROM PUBLIC;
