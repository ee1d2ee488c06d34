SELECT register_patch('0036-rag-recount');

-- Triggers keep what tenants keep in step with the rows. What comes in past them (rows loaded with triggers
-- off, or with the sums and the triggers both) does not, and nothing would ever put it right.
CREATE FUNCTION recount_kept()
RETURNS TABLE (tenant_id uuid, bytes bigint, files bigint, stores bigint, batches bigint)
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
#variable_conflict use_column
BEGIN
	LOCK TABLE file, document, vector_store, vector_store_batch, vector_store_file, storage_change, vector_store_count
		IN SHARE ROW EXCLUSIVE MODE;
	CREATE TEMPORARY TABLE recounted ON COMMIT DROP AS
	SELECT tenant_id, sum(bytes)::bigint AS bytes, sum(files)::bigint AS files, sum(stores)::bigint AS stores,
	       sum(batches)::bigint AS batches
	  FROM (SELECT tenant_id, bytes, 1 AS files, 0 AS stores, 0 AS batches FROM file
	        UNION ALL
	        SELECT tenant_id, octet_length(text) + octet_length(blocks), 0, 0, 0 FROM document
	        UNION ALL
	        SELECT tenant_id, usage_bytes, 0, 0, 0 FROM vector_store_file
	        UNION ALL
	        SELECT tenant_id, 0, 0, 1, 0 FROM vector_store
	        UNION ALL
	        SELECT tenant_id, 0, 0, 0, 1 FROM vector_store_batch) AS kept
	 GROUP BY tenant_id;

	-- What there is less what was noted: a row of zeros is right.
	RETURN QUERY
	SELECT tenant_id, sum(bytes)::bigint, sum(files)::bigint, sum(stores)::bigint, sum(batches)::bigint
	  FROM (SELECT tenant_id, bytes, files, stores, batches FROM recounted
	        UNION ALL
	        SELECT tenant_id, -bytes, -files, -stores, -batches FROM storage_change) AS found
	 GROUP BY tenant_id
	HAVING sum(bytes) <> 0 OR sum(files) <> 0 OR sum(stores) <> 0 OR sum(batches) <> 0;

	DELETE FROM storage_change;
	INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
	SELECT tenant_id, bytes, files, stores, batches FROM recounted;
	DELETE FROM vector_store_count;
	INSERT INTO vector_store_count (tenant_id, store_id, in_progress, completed, failed, cancelled, usage_bytes)
	SELECT tenant_id, store_id, count(*) FILTER (WHERE status = 'in_progress'),
	       count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed'),
	       count(*) FILTER (WHERE status = 'cancelled'), sum(usage_bytes)
	  FROM vector_store_file
	 GROUP BY tenant_id, store_id;
	DROP TABLE recounted;
END
$$;
COMMENT ON FUNCTION recount_kept() IS 'Counts what tenants keep anew; answers with the differences that it found. For the operator; nobody can upload meanwhile.';
REVOKE ALL ON FUNCTION recount_kept() FROM PUBLIC;
