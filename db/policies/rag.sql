-- Who may do what in rag's tables. Run after every migration; may run again at any time.

-- The same policy for every table, leaves included: grants go to the parents only, but a leaf that
-- somebody grants by mistake still shows one tenant.
DO $$
DECLARE
	name text;
BEGIN
	FOR name IN
		SELECT unnest(ARRAY['file', 'document', 'vector_store', 'store_statistics', 'vector_store_file',
			'vector_store_batch', 'vector_store_batch_file', 'ingest_vector', 'chunk', 'posting', 'vector_store_count',
			'storage_change', 'storage_limit'])
		UNION ALL
		SELECT tree.relid::regclass::text
		  FROM unnest(ARRAY['chunk_vector_384', 'chunk_vector_768', 'chunk_vector_1024', 'chunk_vector_1536',
			'chunk_vector_384_own', 'chunk_vector_768_own', 'chunk_vector_1024_own', 'chunk_vector_1536_own'])
			AS parent, pg_partition_tree(parent::regclass) AS tree
	LOOP
		EXECUTE format('DROP POLICY IF EXISTS tenant_isolation ON %s', name);
		EXECUTE format('CREATE POLICY tenant_isolation ON %s'
			' USING (tenant_id = (SELECT nullif(current_setting(''bulkhead.tenant_id'', true), '''')::uuid))'
			' WITH CHECK (tenant_id = (SELECT nullif(current_setting(''bulkhead.tenant_id'', true), '''')::uuid))',
			name);
		EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, bulkhead_rag', name);
	END LOOP;
END
$$;

GRANT SELECT, INSERT, DELETE ON file TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON document TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON vector_store TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE ON store_statistics TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON vector_store_file TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON vector_store_batch TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE ON vector_store_batch_file TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON ingest_vector TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON chunk TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON vector_store_count TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON storage_change TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE ON storage_limit TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON posting TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON chunk_vector_384, chunk_vector_768, chunk_vector_1024, chunk_vector_1536
	TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON chunk_vector_384_own, chunk_vector_768_own, chunk_vector_1024_own,
	chunk_vector_1536_own TO bulkhead_rag;
