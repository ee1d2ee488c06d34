SELECT register_patch('0076-uploads');

-- The bytes of a file get a row of their own: files of a tenant with the same bytes share one object, which
-- counts once and goes with the last of them. Of files that had the same bytes before, the oldest's object
-- stays; nothing names the others' any more, so the sweep removes them.

CREATE TABLE file_object (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
	bytes bigint NOT NULL CHECK (bytes >= 0),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, sha256)
);
COMMENT ON TABLE file_object IS 'An object in the object store that files are made of.';
COMMENT ON COLUMN file_object.tenant_id IS 'The owner; nothing is shared with another tenant.';
COMMENT ON COLUMN file_object.id IS 'The name of the object: the id of the first file with these bytes.';
COMMENT ON COLUMN file_object.sha256 IS 'SHA-256 of the object.';
COMMENT ON COLUMN file_object.bytes IS 'Size of the object.';
COMMENT ON COLUMN file_object.created_at IS 'When the first file with these bytes was accepted.';
ALTER TABLE file_object ENABLE ROW LEVEL SECURITY;
ALTER TABLE file_object FORCE ROW LEVEL SECURITY;

LOCK TABLE file IN SHARE ROW EXCLUSIVE MODE;

INSERT INTO file_object (tenant_id, id, sha256, bytes, created_at)
SELECT DISTINCT ON (tenant_id, sha256) tenant_id, id, sha256, bytes, created_at
  FROM file
 ORDER BY tenant_id, sha256, created_at, id;

ALTER TABLE file ADD COLUMN object_id uuid;
UPDATE file AS f
   SET object_id = o.id
  FROM file_object AS o
 WHERE o.tenant_id = f.tenant_id AND o.sha256 = f.sha256;
ALTER TABLE file
	ALTER COLUMN object_id SET NOT NULL,
	ADD FOREIGN KEY (tenant_id, object_id) REFERENCES file_object (tenant_id, id);
CREATE INDEX file_by_object ON file (tenant_id, object_id);
COMMENT ON TABLE file IS 'An uploaded file.';
COMMENT ON COLUMN file.id IS 'file- and 32 hex digits on the wire.';
COMMENT ON COLUMN file.object_id IS 'Where its bytes are; found or made by a trigger.';

-- Who adds a file names no object. The row of one that is there already is locked until the file's is
-- committed, so that it does not go with its last file meanwhile.
CREATE FUNCTION find_object() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
BEGIN
	INSERT INTO file_object (tenant_id, id, sha256, bytes)
	VALUES (NEW.tenant_id, NEW.id, NEW.sha256, NEW.bytes)
	ON CONFLICT (tenant_id, sha256) DO UPDATE SET bytes = file_object.bytes
	RETURNING id INTO NEW.object_id;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION find_object() IS 'Gives a new file the object of its bytes.';
REVOKE EXECUTE ON FUNCTION find_object() FROM PUBLIC;
CREATE TRIGGER find_object BEFORE INSERT ON file
	FOR EACH ROW WHEN (NEW.object_id IS NULL) EXECUTE FUNCTION find_object();
COMMENT ON COLUMN document.file_id IS 'The file it was extracted from, or was copied for: one with the same bytes was read before.';

ALTER TABLE receipt ADD COLUMN object_id uuid;
COMMENT ON COLUMN receipt.object_id IS 'The object whose removal completes the deletion of a file; NULL: none.';
UPDATE receipt SET object_id = subject WHERE kind = 'file' AND completed_at IS NULL;
CREATE INDEX receipt_by_object ON receipt (tenant_id, object_id) WHERE completed_at IS NULL;

-- What was counted more than once.
INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
SELECT tenant_id, sum(bytes), 0, 0, 0
  FROM (SELECT tenant_id, bytes FROM file_object
        UNION ALL
        SELECT tenant_id, -bytes FROM file) AS kept
 GROUP BY tenant_id
HAVING sum(bytes) <> 0;

-- Uploads in parts.

CREATE TABLE upload (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	filename text NOT NULL CHECK (octet_length(filename) BETWEEN 1 AND 255),
	purpose text NOT NULL CHECK (purpose IN ('assistants', 'batch', 'fine-tune', 'vision', 'user_data')),
	content_type text NOT NULL,
	bytes bigint NOT NULL CHECK (bytes > 0),
	file_expires_s bigint,
	status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'completed', 'cancelled', 'expired')),
	stored_bytes bigint NOT NULL DEFAULT 0 CHECK (stored_bytes >= 0),
	parts bigint NOT NULL DEFAULT 0,
	file_id uuid,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX upload_pending ON upload (tenant_id) WHERE status = 'pending';
CREATE INDEX upload_by_age ON upload (tenant_id, created_at);
COMMENT ON TABLE upload IS 'A file that is sent in parts.';
COMMENT ON COLUMN upload.tenant_id IS 'The owner.';
COMMENT ON COLUMN upload.id IS 'upload_ and 32 hex digits on the wire.';
COMMENT ON COLUMN upload.filename IS 'Of the file to be.';
COMMENT ON COLUMN upload.purpose IS 'Of the file to be.';
COMMENT ON COLUMN upload.content_type IS 'Of the file to be.';
COMMENT ON COLUMN upload.bytes IS 'Size of the file to be, as announced.';
COMMENT ON COLUMN upload.file_expires_s IS 'Seconds after its creation when the file expires; NULL: never.';
COMMENT ON COLUMN upload.status IS 'As on the wire.';
COMMENT ON COLUMN upload.stored_bytes IS 'Sum of its parts, as the quota counts them: 0 once it is no longer pending.';
COMMENT ON COLUMN upload.parts IS 'How many parts were ever added.';
COMMENT ON COLUMN upload.file_id IS 'The file it became; NULL: none. The file may have been deleted since.';
COMMENT ON COLUMN upload.created_at IS 'When it was made.';
COMMENT ON COLUMN upload.expires_at IS 'When it can no longer be completed.';
ALTER TABLE upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE upload FORCE ROW LEVEL SECURITY;

CREATE TABLE upload_part (
	tenant_id uuid NOT NULL,
	upload_id uuid NOT NULL,
	id uuid NOT NULL,
	bytes bigint NOT NULL CHECK (bytes >= 0),
	sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, upload_id, id),
	UNIQUE (tenant_id, id),
	FOREIGN KEY (tenant_id, upload_id) REFERENCES upload (tenant_id, id)
);
COMMENT ON TABLE upload_part IS 'A part of an upload; removed after its object when the upload is over.';
COMMENT ON COLUMN upload_part.tenant_id IS 'The owner.';
COMMENT ON COLUMN upload_part.upload_id IS 'The upload.';
COMMENT ON COLUMN upload_part.id IS 'Also the name of its object; part_ and 32 hex digits on the wire.';
COMMENT ON COLUMN upload_part.bytes IS 'Size of the object.';
COMMENT ON COLUMN upload_part.sha256 IS 'SHA-256 of the object.';
COMMENT ON COLUMN upload_part.created_at IS 'When it was accepted.';
ALTER TABLE upload_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE upload_part FORCE ROW LEVEL SECURITY;

CREATE TRIGGER retention_note AFTER INSERT ON upload
	FOR EACH ROW EXECUTE FUNCTION retention_note('rag', 'upload');

-- The quota counts objects instead of files, and the parts of pending uploads.

CREATE OR REPLACE FUNCTION count_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
DECLARE
	n bigint := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
	IF TG_TABLE_NAME = 'file' THEN
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
		SELECT tenant_id, 0, n * count(*), 0, 0 FROM rows GROUP BY tenant_id;
	ELSIF TG_TABLE_NAME = 'file_object' THEN
		INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
		SELECT tenant_id, n * sum(bytes), 0, 0, 0 FROM rows GROUP BY tenant_id HAVING sum(bytes) <> 0;
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

CREATE TRIGGER count_inserted AFTER INSERT ON file_object REFERENCING NEW TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_kept();
CREATE TRIGGER count_deleted AFTER DELETE ON file_object REFERENCING OLD TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_kept();

CREATE FUNCTION count_parts() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
BEGIN
	INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)
	SELECT tenant_id, sum(bytes), 0, 0, 0
	  FROM (SELECT tenant_id, stored_bytes AS bytes FROM new_rows
	        UNION ALL
	        SELECT tenant_id, -stored_bytes FROM old_rows) AS rows
	 GROUP BY tenant_id
	HAVING sum(bytes) <> 0;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_parts() IS 'Notes what a statement changed in the parts that tenants keep.';

CREATE TRIGGER count_updated AFTER UPDATE ON upload REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_parts();

CREATE OR REPLACE FUNCTION recount_kept()
RETURNS TABLE (tenant_id uuid, bytes bigint, files bigint, stores bigint, batches bigint)
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
#variable_conflict use_column
BEGIN
	LOCK TABLE file, file_object, upload, document, vector_store, vector_store_batch, vector_store_file,
		storage_change, vector_store_count IN SHARE ROW EXCLUSIVE MODE;
	CREATE TEMPORARY TABLE recounted ON COMMIT DROP AS
	SELECT tenant_id, sum(bytes)::bigint AS bytes, sum(files)::bigint AS files, sum(stores)::bigint AS stores,
	       sum(batches)::bigint AS batches
	  FROM (SELECT tenant_id, 0 AS bytes, 1 AS files, 0 AS stores, 0 AS batches FROM file
	        UNION ALL
	        SELECT tenant_id, bytes, 0, 0, 0 FROM file_object
	        UNION ALL
	        SELECT tenant_id, stored_bytes, 0, 0, 0 FROM upload
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

-- Progress as events: each change of a file's state has a number, which a client that comes back names.

ALTER TABLE vector_store_file
	ADD COLUMN event bigint NOT NULL DEFAULT 1,
	ADD COLUMN stage_began_at timestamptz NOT NULL DEFAULT now(),
	ADD COLUMN stage_began_done bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN vector_store_file.event IS 'Number of the present state; counted by a trigger, never backwards.';
COMMENT ON COLUMN vector_store_file.stage_began_at IS 'When the present stage began; by the trigger.';
COMMENT ON COLUMN vector_store_file.stage_began_done IS 'What was done of it then: an earlier attempt had come so far.';

CREATE FUNCTION number_event() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	NEW.event := OLD.event + 1;
	IF NEW.stage <> OLD.stage THEN
		NEW.stage_began_at := now();
		NEW.stage_began_done := NEW.stage_done;
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION number_event() IS 'Counts the states of a file in a store, and notes when a stage begins.';
REVOKE EXECUTE ON FUNCTION number_event() FROM PUBLIC;

CREATE TRIGGER number_event BEFORE UPDATE ON vector_store_file
	FOR EACH ROW
	WHEN ((NEW.id, NEW.status, NEW.stage, NEW.stage_done, NEW.stage_total)
	      IS DISTINCT FROM (OLD.id, OLD.status, OLD.stage, OLD.stage_done, OLD.stage_total))
	EXECUTE FUNCTION number_event();
