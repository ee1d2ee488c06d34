SELECT register_patch('0091-rag-own-vectors-erase');

-- Tables of a deleted tenant's own, whatever its stores say of them: nobody searches there any more.
CREATE FUNCTION own_vectors_erase(tenant uuid) RETURNS TABLE (part text, n bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
	dimensions bigint;
	mine regclass;
BEGIN
	IF tenant IS DISTINCT FROM nullif(current_setting('bulkhead.tenant_id', true), '')::uuid THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'the tenant is not that of the context';
	END IF;
	FOREACH dimensions IN ARRAY ARRAY[384, 768, 1024, 1536] LOOP
		mine := to_regclass(format('bulkhead.%I', format('chunk_vector_%s_own_%s', dimensions, replace(tenant::text, '-', ''))));
		CONTINUE WHEN mine IS NULL;
		SELECT c.relname::text INTO part
		  FROM pg_inherits AS i
		  JOIN pg_class AS c ON c.oid = i.inhrelid
		 WHERE i.inhparent = mine
		 ORDER BY 1
		 LIMIT 1;
		IF part IS NULL THEN
			EXECUTE format('DROP TABLE %s', mine);
			part := format('chunk_vector_%s_own', dimensions);
			n := 0;
		ELSE
			EXECUTE format('SELECT count(*) FROM bulkhead.%I', part) INTO n;
			EXECUTE format('DROP TABLE bulkhead.%I', part);
			part := format('chunk_vector_%s_own', dimensions);
		END IF;
		-- One in a transaction: each needs the lock of what all tenants share, and lets go of it.
		RETURN NEXT;
		RETURN;
	END LOOP;
END
$$;
COMMENT ON FUNCTION own_vectors_erase(uuid) IS 'Drops one table with vectors of the tenant of the context, and tells how many there were; no row: there is none left.';
REVOKE EXECUTE ON FUNCTION own_vectors_erase(uuid) FROM PUBLIC;
