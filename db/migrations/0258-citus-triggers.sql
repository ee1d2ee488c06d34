SELECT register_patch('0258-citus-triggers');

-- Triggers where Citus spreads the rows: they fire on a shard, whose name is its table's with a number behind it and whose
-- rows have a type of their own, and what a statement changed cannot be read in one statement with a distributed table.
-- Written so that they run there as well; what they do is what they did.

CREATE OR REPLACE FUNCTION count_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
DECLARE
	n constant bigint := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
	-- A shard's number has six digits and more; no table's name ends so.
	of_table constant text := regexp_replace(TG_TABLE_NAME, '_[0-9]{6,}$', '');
	one record;
	size bigint;
BEGIN
	IF of_table = 'file_object' THEN
		FOR one IN SELECT tenant_id, sum(bytes) AS bytes FROM rows GROUP BY tenant_id HAVING sum(bytes) <> 0 LOOP
			size := n * one.bytes;
			INSERT INTO storage_change (tenant_id, bytes, files, stores, batches) VALUES (one.tenant_id, size, 0, 0, 0);
		END LOOP;
	ELSIF of_table = 'document' THEN
		FOR one IN SELECT tenant_id, sum(octet_length(text) + octet_length(blocks)) AS bytes FROM rows GROUP BY tenant_id LOOP
			size := n * one.bytes;
			INSERT INTO storage_change (tenant_id, bytes, files, stores, batches) VALUES (one.tenant_id, size, 0, 0, 0);
		END LOOP;
	ELSE
		FOR one IN SELECT tenant_id, n * count(*) AS rows FROM rows GROUP BY tenant_id LOOP
			INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
			VALUES (one.tenant_id, 0, CASE WHEN of_table = 'file' THEN one.rows ELSE 0 END,
				CASE WHEN of_table = 'vector_store' THEN one.rows ELSE 0 END,
				CASE WHEN of_table = 'vector_store_batch' THEN one.rows ELSE 0 END);
		END LOOP;
	END IF;
	RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION count_parts() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
DECLARE
	one record;
BEGIN
	FOR one IN
		SELECT tenant_id, sum(bytes)::bigint AS bytes
		  FROM (SELECT tenant_id, stored_bytes AS bytes FROM new_rows
		        UNION ALL
		        SELECT tenant_id, -stored_bytes FROM old_rows) AS rows
		 GROUP BY tenant_id
		HAVING sum(bytes) <> 0
	LOOP
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches) VALUES (one.tenant_id, one.bytes, 0, 0, 0);
	END LOOP;
	RETURN NULL;
END
$$;

-- What a statement changed of a store's files. A store that is gone has no counts; its tenant's bytes are counted all the same.
CREATE FUNCTION count_store(p_tenant uuid, p_store uuid, p_is_there boolean, p_in_progress bigint, p_completed bigint,
	p_failed bigint, p_cancelled bigint, p_bytes bigint) RETURNS void
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
BEGIN
	IF p_is_there AND (p_in_progress <> 0 OR p_completed <> 0 OR p_failed <> 0 OR p_cancelled <> 0 OR p_bytes <> 0) THEN
		INSERT INTO vector_store_count (tenant_id, store_id, in_progress, completed, failed, cancelled, usage_bytes)
		VALUES (p_tenant, p_store, p_in_progress, p_completed, p_failed, p_cancelled, p_bytes);
	END IF;
	IF p_bytes <> 0 THEN
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches) VALUES (p_tenant, p_bytes, 0, 0, 0);
	END IF;
END
$$;
COMMENT ON FUNCTION count_store IS 'Notes a change in the counts of a store, if it is there, and in what its tenant keeps.';
REVOKE ALL ON FUNCTION count_store FROM PUBLIC;

CREATE OR REPLACE FUNCTION count_store_files() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
DECLARE
	one record;
BEGIN
	IF TG_OP = 'INSERT' THEN
		FOR one IN
			SELECT tenant_id, store_id, count(*) FILTER (WHERE status = 'in_progress') AS in_progress,
			       count(*) FILTER (WHERE status = 'completed') AS completed, count(*) FILTER (WHERE status = 'failed') AS failed,
			       count(*) FILTER (WHERE status = 'cancelled') AS cancelled, sum(usage_bytes)::bigint AS bytes
			  FROM new_rows
			 GROUP BY tenant_id, store_id
		LOOP
			PERFORM count_store(one.tenant_id, one.store_id, true, one.in_progress, one.completed, one.failed, one.cancelled, one.bytes);
		END LOOP;
	ELSIF TG_OP = 'UPDATE' THEN
		FOR one IN
			SELECT tenant_id, store_id, sum(n * (status = 'in_progress')::int) AS in_progress,
			       sum(n * (status = 'completed')::int) AS completed, sum(n * (status = 'failed')::int) AS failed,
			       sum(n * (status = 'cancelled')::int) AS cancelled, sum(n * usage_bytes)::bigint AS bytes
			  FROM (SELECT 1 AS n, tenant_id, store_id, status, usage_bytes FROM new_rows
			        UNION ALL
			        SELECT -1, tenant_id, store_id, status, usage_bytes FROM old_rows) AS rows
			 GROUP BY tenant_id, store_id
		LOOP
			PERFORM count_store(one.tenant_id, one.store_id, true, one.in_progress, one.completed, one.failed, one.cancelled, one.bytes);
		END LOOP;
	ELSE
		FOR one IN
			SELECT tenant_id, store_id, -count(*) FILTER (WHERE status = 'in_progress') AS in_progress,
			       -count(*) FILTER (WHERE status = 'completed') AS completed, -count(*) FILTER (WHERE status = 'failed') AS failed,
			       -count(*) FILTER (WHERE status = 'cancelled') AS cancelled, -sum(usage_bytes)::bigint AS bytes
			  FROM old_rows
			 GROUP BY tenant_id, store_id
		LOOP
			PERFORM count_store(one.tenant_id, one.store_id,
				EXISTS (SELECT FROM vector_store AS s WHERE s.tenant_id = one.tenant_id AND s.id = one.store_id),
				one.in_progress, one.completed, one.failed, one.cancelled, one.bytes);
		END LOOP;
	END IF;
	RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION count_items() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
DECLARE
	one record;
BEGIN
	FOR one IN
		SELECT tenant_id, CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END * sum(160 + octet_length(item))::bigint AS bytes
		  FROM rows
		 GROUP BY tenant_id
	LOOP
		INSERT INTO response_change (tenant_id, bytes, unfinished) VALUES (one.tenant_id, one.bytes, 0);
	END LOOP;
	RETURN NULL;
END
$$;

-- As response_counted, of a row whose type is the shard's.
CREATE OR REPLACE FUNCTION count_responses() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
DECLARE
	more bigint := 0;
	unfinished_more bigint := 0;
	owner uuid;
BEGIN
	IF TG_OP <> 'DELETE' THEN
		owner := NEW.tenant_id;
		more := 512 + octet_length(NEW.echo) + CASE WHEN NEW.journal_gone THEN 0 ELSE NEW.journal_bytes END;
		unfinished_more := (NEW.status IN ('queued', 'in_progress'))::int;
	END IF;
	IF TG_OP <> 'INSERT' THEN
		owner := OLD.tenant_id;
		more := more - (512 + octet_length(OLD.echo) + CASE WHEN OLD.journal_gone THEN 0 ELSE OLD.journal_bytes END);
		unfinished_more := unfinished_more - (OLD.status IN ('queued', 'in_progress'))::int;
	END IF;
	INSERT INTO response_change (tenant_id, bytes, unfinished) VALUES (owner, more, unfinished_more);
	RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION fold_responses() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
DECLARE
	owner constant uuid := nullif(current_setting('bulkhead.tenant_id', true), '');
	rest record;
BEGIN
	IF owner IS NULL THEN
		RETURN NULL;
	END IF;
	WITH gone AS (
		DELETE FROM response_change
		 WHERE tenant_id = owner
		   AND id IN (SELECT id FROM response_change WHERE tenant_id = owner FOR UPDATE SKIP LOCKED)
		RETURNING bytes, unfinished
	)
	SELECT sum(bytes)::bigint AS bytes, sum(unfinished)::bigint AS unfinished INTO rest FROM gone;
	IF rest.bytes <> 0 OR rest.unfinished <> 0 THEN
		INSERT INTO response_change (tenant_id, bytes, unfinished) VALUES (owner, rest.bytes, rest.unfinished);
	END IF;
	RETURN NULL;
END
$$;
