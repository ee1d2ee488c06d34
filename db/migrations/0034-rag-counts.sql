SELECT register_patch('0034-rag-counts');

-- What a store's files add up to, and what a tenant keeps, were counted over all rows by every request
-- that showed them. Now triggers write down each change, and a sum over the changes is the state; when
-- there are many they are folded into one. Nobody waits for a counter's row: adding a change locks
-- nothing, so that no lock is held while a large file's index is written.

CREATE TABLE vector_store_count (
	tenant_id uuid NOT NULL,
	store_id uuid NOT NULL,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	in_progress bigint NOT NULL,
	completed bigint NOT NULL,
	failed bigint NOT NULL,
	cancelled bigint NOT NULL,
	usage_bytes bigint NOT NULL,
	PRIMARY KEY (tenant_id, store_id, id),
	FOREIGN KEY (tenant_id, store_id) REFERENCES vector_store (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE vector_store_count IS 'Changes of what a store''s files add up to; their sum is the present state.';
COMMENT ON COLUMN vector_store_count.tenant_id IS 'The owner.';
COMMENT ON COLUMN vector_store_count.store_id IS 'The store.';
COMMENT ON COLUMN vector_store_count.id IS 'Tells changes apart; they have no order.';
COMMENT ON COLUMN vector_store_count.in_progress IS 'Files more or less that are being ingested.';
COMMENT ON COLUMN vector_store_count.completed IS 'Files more or less that are ingested.';
COMMENT ON COLUMN vector_store_count.failed IS 'Files more or less that could not be ingested.';
COMMENT ON COLUMN vector_store_count.cancelled IS 'Files more or less whose ingestion was cancelled.';
COMMENT ON COLUMN vector_store_count.usage_bytes IS 'Bytes more or less of chunks and vectors.';
ALTER TABLE vector_store_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE vector_store_count FORCE ROW LEVEL SECURITY;

CREATE TABLE storage_change (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	bytes bigint NOT NULL,
	files bigint NOT NULL,
	stores bigint NOT NULL,
	batches bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE storage_change IS 'Changes of what a tenant keeps; their sum is the present state.';
COMMENT ON COLUMN storage_change.tenant_id IS 'The owner.';
COMMENT ON COLUMN storage_change.id IS 'Tells changes apart; they have no order.';
COMMENT ON COLUMN storage_change.bytes IS 'Bytes more or less: of objects, extracted texts, chunks and vectors.';
COMMENT ON COLUMN storage_change.files IS 'Uploaded files more or less.';
COMMENT ON COLUMN storage_change.stores IS 'Vector stores more or less.';
COMMENT ON COLUMN storage_change.batches IS 'File batches more or less.';
ALTER TABLE storage_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage_change FORCE ROW LEVEL SECURITY;

CREATE TABLE storage_limit (
	tenant_id uuid NOT NULL,
	bytes_max bigint CHECK (bytes_max >= 0),
	files_max bigint CHECK (files_max >= 0),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE storage_limit IS 'What a tenant may keep, where it is not what the settings say.';
COMMENT ON COLUMN storage_limit.tenant_id IS 'The owner.';
COMMENT ON COLUMN storage_limit.bytes_max IS 'Most bytes, counted as in storage_change; 0: no limit; NULL: as the settings say.';
COMMENT ON COLUMN storage_limit.files_max IS 'Most uploaded files; 0: no limit; NULL: as the settings say.';
ALTER TABLE storage_limit ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage_limit FORCE ROW LEVEL SECURITY;

-- Until the triggers are there nobody may change what is counted.
LOCK TABLE file, document, vector_store, vector_store_batch, vector_store_file IN SHARE ROW EXCLUSIVE MODE;

INSERT INTO vector_store_count (tenant_id, store_id, in_progress, completed, failed, cancelled, usage_bytes)
SELECT tenant_id, store_id, count(*) FILTER (WHERE status = 'in_progress'),
       count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed'),
       count(*) FILTER (WHERE status = 'cancelled'), sum(usage_bytes)
  FROM vector_store_file
 GROUP BY tenant_id, store_id;

INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
SELECT tenant_id, sum(bytes), sum(files), sum(stores), sum(batches)
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

-- Each is called once a statement, by one trigger for each kind of statement (rows before and after have
-- names only where there are such rows). Rows that go with their store leave no change of its counts.

CREATE FUNCTION count_store_files() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		INSERT INTO vector_store_count (tenant_id, store_id, in_progress, completed, failed, cancelled, usage_bytes)
		SELECT tenant_id, store_id, count(*) FILTER (WHERE status = 'in_progress'),
		       count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed'),
		       count(*) FILTER (WHERE status = 'cancelled'), sum(usage_bytes)
		  FROM new_rows
		 GROUP BY tenant_id, store_id;
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
		SELECT tenant_id, sum(usage_bytes), 0, 0, 0 FROM new_rows GROUP BY tenant_id HAVING sum(usage_bytes) <> 0;
	ELSIF TG_OP = 'UPDATE' THEN
		INSERT INTO vector_store_count (tenant_id, store_id, in_progress, completed, failed, cancelled, usage_bytes)
		SELECT *
		  FROM (SELECT tenant_id, store_id, sum(n * (status = 'in_progress')::int) AS in_progress,
		               sum(n * (status = 'completed')::int) AS completed, sum(n * (status = 'failed')::int) AS failed,
		               sum(n * (status = 'cancelled')::int) AS cancelled, sum(n * usage_bytes) AS usage_bytes
		          FROM (SELECT 1 AS n, tenant_id, store_id, status, usage_bytes FROM new_rows
		                UNION ALL
		                SELECT -1, tenant_id, store_id, status, usage_bytes FROM old_rows) AS rows
		         GROUP BY tenant_id, store_id) AS change
		 WHERE in_progress <> 0 OR completed <> 0 OR failed <> 0 OR cancelled <> 0 OR usage_bytes <> 0;
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
		SELECT tenant_id, sum(bytes), 0, 0, 0
		  FROM (SELECT tenant_id, usage_bytes AS bytes FROM new_rows
		        UNION ALL
		        SELECT tenant_id, -usage_bytes FROM old_rows) AS rows
		 GROUP BY tenant_id
		HAVING sum(bytes) <> 0;
	ELSE
		INSERT INTO vector_store_count (tenant_id, store_id, in_progress, completed, failed, cancelled, usage_bytes)
		SELECT tenant_id, store_id, -count(*) FILTER (WHERE status = 'in_progress'),
		       -count(*) FILTER (WHERE status = 'completed'), -count(*) FILTER (WHERE status = 'failed'),
		       -count(*) FILTER (WHERE status = 'cancelled'), -sum(usage_bytes)
		  FROM old_rows
		 WHERE EXISTS (SELECT FROM vector_store AS s
		                WHERE s.tenant_id = old_rows.tenant_id AND s.id = old_rows.store_id)
		 GROUP BY tenant_id, store_id;
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
		SELECT tenant_id, -sum(usage_bytes), 0, 0, 0 FROM old_rows GROUP BY tenant_id HAVING sum(usage_bytes) <> 0;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_store_files() IS 'Notes what a statement changed in the counts of stores and in what tenants keep.';

CREATE TRIGGER count_inserted AFTER INSERT ON vector_store_file REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_store_files();
CREATE TRIGGER count_updated AFTER UPDATE ON vector_store_file REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_store_files();
CREATE TRIGGER count_deleted AFTER DELETE ON vector_store_file REFERENCING OLD TABLE AS old_rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_store_files();

CREATE FUNCTION count_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
DECLARE
	n bigint := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
	IF TG_TABLE_NAME = 'file' THEN
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
		SELECT tenant_id, n * sum(bytes), n * count(*), 0, 0 FROM rows GROUP BY tenant_id;
	ELSIF TG_TABLE_NAME = 'document' THEN
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
		SELECT tenant_id, n * sum(octet_length(text) + octet_length(blocks)), 0, 0, 0 FROM rows GROUP BY tenant_id;
	ELSIF TG_TABLE_NAME = 'vector_store' THEN
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
		SELECT tenant_id, 0, 0, n * count(*), 0 FROM rows GROUP BY tenant_id;
	ELSE
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
		SELECT tenant_id, 0, 0, 0, n * count(*) FROM rows GROUP BY tenant_id;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_kept() IS 'Notes what a statement added to what tenants keep, or took away.';

CREATE TRIGGER count_inserted AFTER INSERT ON file REFERENCING NEW TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_kept();
CREATE TRIGGER count_deleted AFTER DELETE ON file REFERENCING OLD TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_kept();
CREATE TRIGGER count_inserted AFTER INSERT ON document REFERENCING NEW TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_kept();
CREATE TRIGGER count_deleted AFTER DELETE ON document REFERENCING OLD TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_kept();
CREATE TRIGGER count_inserted AFTER INSERT ON vector_store REFERENCING NEW TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_kept();
CREATE TRIGGER count_deleted AFTER DELETE ON vector_store REFERENCING OLD TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_kept();
CREATE TRIGGER count_inserted AFTER INSERT ON vector_store_batch REFERENCING NEW TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_kept();
CREATE TRIGGER count_deleted AFTER DELETE ON vector_store_batch REFERENCING OLD TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_kept();
