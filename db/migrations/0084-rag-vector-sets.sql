SELECT register_patch('0084-rag-vector-sets');

-- A store whose embedding model changes has two sets of vectors for a while: the one that is searched, and
-- the one that is being made. So the rows of chunk_vector_N and chunk_vector_N_own are found by the id of a
-- set; the first set of a store has the store's id. Which one is searched the statistics say, beside the
-- side that it lies on, because a search reads that row anyway: one update swaps model, vectors and side.

ALTER TABLE store_statistics ADD COLUMN vectors_id uuid;
UPDATE store_statistics SET vectors_id = store_id;
ALTER TABLE store_statistics ALTER COLUMN vectors_id SET NOT NULL;
CREATE UNIQUE INDEX store_statistics_vectors ON store_statistics (tenant_id, vectors_id);
COMMENT ON COLUMN store_statistics.vectors_id IS 'The set of vectors that is searched: store_id of the rows of chunk_vector_N.';
COMMENT ON COLUMN vector_store.embedding_model IS 'The model of the vectors that it is searched by.';

-- No foreign key: what a store leaves behind that has gone is removed in steps, and found by these rows.
CREATE TABLE vector_set (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	store_id uuid NOT NULL,
	state text NOT NULL CHECK (state IN ('building', 'failed', 'searched', 'retired')),
	embedding_model text NOT NULL,
	dimensions bigint NOT NULL CHECK (dimensions IN (384, 768, 1024, 1536)),
	own_vectors boolean NOT NULL DEFAULT false,
	chunk_last bigint NOT NULL DEFAULT 0,
	n_chunks bigint NOT NULL DEFAULT 0 CHECK (n_chunks >= 0),
	parts_max bigint NOT NULL DEFAULT 0,
	error text,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX vector_set_store ON vector_set (tenant_id, store_id);
CREATE UNIQUE INDEX vector_set_next ON vector_set (tenant_id, store_id) WHERE state IN ('building', 'failed');
COMMENT ON TABLE vector_set IS 'Sets of vectors besides the first of a store: by another embedding model, or no longer searched.';
COMMENT ON COLUMN vector_set.tenant_id IS 'The owner.';
COMMENT ON COLUMN vector_set.id IS 'The set: store_id of its rows in chunk_vector_N and chunk_vector_N_own.';
COMMENT ON COLUMN vector_set.store_id IS 'The store.';
COMMENT ON COLUMN vector_set.state IS 'building; failed: it could not be made; searched; retired: its vectors are being removed.';
COMMENT ON COLUMN vector_set.embedding_model IS 'The model of its vectors.';
COMMENT ON COLUMN vector_set.dimensions IS 'Their dimensions.';
COMMENT ON COLUMN vector_set.own_vectors IS 'They lie in a table of their own; of the set that is searched, store_statistics says it.';
COMMENT ON COLUMN vector_set.chunk_last IS 'Vectors are made of the chunks up to this one.';
COMMENT ON COLUMN vector_set.n_chunks IS 'How many chunks these were.';
COMMENT ON COLUMN vector_set.parts_max IS 'Most vectors of a chunk.';
COMMENT ON COLUMN vector_set.error IS 'Why it failed, for a person; NULL otherwise.';
COMMENT ON COLUMN vector_set.created_at IS 'When the change of model was asked for; of a first set, when it was retired.';
ALTER TABLE vector_set ENABLE ROW LEVEL SECURITY;
ALTER TABLE vector_set FORCE ROW LEVEL SECURITY;

-- The two functions as before, but of a set: what may have a table is a store or a set that is not on its
-- way out, and what is searched there the statistics say by the set.
CREATE OR REPLACE FUNCTION own_vectors_open(tenant uuid, store uuid, dimensions bigint) RETURNS boolean
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
	IF NOT EXISTS (SELECT FROM bulkhead.vector_store AS s WHERE s.tenant_id = tenant AND s.id = store)
		AND NOT EXISTS (SELECT FROM bulkhead.vector_set AS s
		        WHERE s.tenant_id = tenant AND s.id = store AND s.state IN ('building', 'searched')) THEN
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

CREATE OR REPLACE FUNCTION own_vectors_close(tenant uuid, store uuid, dimensions bigint) RETURNS boolean
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
	 WHERE t.tenant_id = tenant AND t.vectors_id = store
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
