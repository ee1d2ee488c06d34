SELECT register_patch('0090-tenant-deletion');

-- The deletion of a tenant: what is asked for, how far it has come, and its receipt. Rows of the platform,
-- because the tenant's own all go. Each service adds what it has removed in the transactions that remove it,
-- so that the counts are right however often one of them is killed.

CREATE TABLE tenant_deletion (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	id uuid NOT NULL,
	target_tenant_id uuid NOT NULL,
	target_name text NOT NULL,
	requested_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	clean_at timestamptz,
	completed_at timestamptz,
	receipt text,
	receipt_sha256 bytea CHECK (octet_length(receipt_sha256) = 32),
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, target_tenant_id),
	CHECK ((completed_at IS NULL) = (receipt IS NULL) AND (receipt IS NULL) = (receipt_sha256 IS NULL))
);
CREATE INDEX tenant_deletion_open ON tenant_deletion (tenant_id, id) WHERE completed_at IS NULL;
CREATE INDEX tenant_deletion_by_end ON tenant_deletion (tenant_id, completed_at) WHERE completed_at IS NOT NULL;
COMMENT ON TABLE tenant_deletion IS 'The deletion of a tenant, and when nothing is left its receipt.';
COMMENT ON COLUMN tenant_deletion.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN tenant_deletion.id IS 'The receipt.';
COMMENT ON COLUMN tenant_deletion.target_tenant_id IS 'The tenant that goes or has gone.';
COMMENT ON COLUMN tenant_deletion.target_name IS 'Its name; free for another one when it has gone.';
COMMENT ON COLUMN tenant_deletion.requested_by IS 'Subject of the token that asked first.';
COMMENT ON COLUMN tenant_deletion.created_at IS 'When it was asked for first.';
COMMENT ON COLUMN tenant_deletion.clean_at IS 'When no service found anything of it; it ends when none does a moment later either.';
COMMENT ON COLUMN tenant_deletion.completed_at IS 'When all was gone; NULL: services are still removing.';
COMMENT ON COLUMN tenant_deletion.receipt IS 'What was removed and what was kept, as canonical JSON (RFC 8785); NULL until the end.';
COMMENT ON COLUMN tenant_deletion.receipt_sha256 IS 'SHA-256 of the receipt''s bytes.';

CREATE TABLE tenant_deletion_count (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	deletion_id uuid NOT NULL,
	service text NOT NULL,
	part text NOT NULL,
	n bigint NOT NULL CHECK (n >= 0),
	kept text,
	first_at timestamptz NOT NULL DEFAULT now(),
	last_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, deletion_id, service, part),
	FOREIGN KEY (tenant_id, deletion_id) REFERENCES tenant_deletion (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE tenant_deletion_count IS 'What each service has removed of a tenant so far, and what it keeps.';
COMMENT ON COLUMN tenant_deletion_count.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN tenant_deletion_count.deletion_id IS 'The deletion.';
COMMENT ON COLUMN tenant_deletion_count.service IS 'Who removed it.';
COMMENT ON COLUMN tenant_deletion_count.part IS 'A table, or what else there was: object, object.bytes, object.unnamed, cache.';
COMMENT ON COLUMN tenant_deletion_count.n IS 'Rows removed or, with a reason in kept, rows that stay; objects; bytes; entries.';
COMMENT ON COLUMN tenant_deletion_count.kept IS 'Why these rows stay; NULL: they have been removed.';
COMMENT ON COLUMN tenant_deletion_count.first_at IS 'When the first of it was removed.';
COMMENT ON COLUMN tenant_deletion_count.last_at IS 'When the last of it was.';

CREATE TRIGGER retention_note AFTER INSERT ON tenant_deletion
	FOR EACH ROW EXECUTE FUNCTION retention_note('auth', 'tenant_deletion');

ALTER TABLE tenant DROP CONSTRAINT tenant_state_check;
ALTER TABLE tenant ADD CONSTRAINT tenant_state_check CHECK (state IN ('active', 'suspended', 'deleting'));
COMMENT ON COLUMN tenant.state IS 'active; suspended: no credential of it works; deleting: none is known any more, and services remove its rows.';

-- The tables of which the calling service may remove rows, those that refer to others first. In a queue and in
-- what all services share, each removes its own rows only.
CREATE FUNCTION erase_tables(skipped text[]) RETURNS TABLE (name text, of_service text)
LANGUAGE sql STABLE SET search_path = bulkhead, pg_catalog, pg_temp
AS $$
	WITH RECURSIVE reference AS (
		SELECT DISTINCT conrelid AS child, confrelid AS parent
		  FROM pg_constraint
		 WHERE contype = 'f' AND conrelid <> confrelid AND conparentid = 0
	), place (id, depth) AS (
		SELECT oid, 0
		  FROM pg_class
		 WHERE relnamespace = 'bulkhead'::regnamespace AND relkind IN ('r', 'p')
		 UNION
		SELECT reference.parent, place.depth + 1
		  FROM place
		  JOIN reference ON reference.child = place.id
		 WHERE place.depth < 64
	)
	SELECT t.relname::text,
	       CASE WHEN t.relname IN ('job', 'job_ready', 'job_tenant', 'retention') THEN 'queue' END
	  FROM pg_class AS t
	  JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
	  JOIN (SELECT id, max(depth) AS depth FROM place GROUP BY id) AS ordered ON ordered.id = t.oid
	 WHERE t.relnamespace = 'bulkhead'::regnamespace AND t.relkind IN ('r', 'p')
	   AND has_table_privilege(t.oid, 'DELETE') AND t.relname <> ALL (skipped)
	 ORDER BY ordered.depth, t.relname
$$;
COMMENT ON FUNCTION erase_tables(text[]) IS 'Where the calling service may remove rows, in the order of foreign keys, but for some.';
REVOKE EXECUTE ON FUNCTION erase_tables(text[]) FROM PUBLIC;

-- By the caller's rights and in its context: it removes nothing that the caller could not remove. Rows are
-- found by their place, which in a partitioned table names rows of several partitions: all of them go.
CREATE FUNCTION erase_rows(tenant uuid, skipped text[], most bigint) RETURNS TABLE (part text, n bigint)
LANGUAGE plpgsql SET search_path = bulkhead, pg_catalog, pg_temp
AS $$
DECLARE
	rest bigint := most;
	own text;
BEGIN
	FOR part, own IN SELECT * FROM erase_tables(skipped) LOOP
		own := CASE WHEN own IS NULL THEN '' ELSE format(' AND %I = %L', own, substr(current_user::text, 10)) END;
		EXECUTE format('DELETE FROM %1$I WHERE tenant_id = $1%2$s'
			' AND ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE tenant_id = $1%2$s LIMIT $2))', part, own)
			USING tenant, rest;
		GET DIAGNOSTICS n = ROW_COUNT;
		IF n > 0 THEN
			RETURN NEXT;
		END IF;
		rest := rest - n;
		EXIT WHEN rest <= 0;
	END LOOP;
END
$$;
COMMENT ON FUNCTION erase_rows(uuid, text[], bigint) IS 'Removes some rows of a tenant wherever the calling service may, but for some tables, and tells how many of which.';
REVOKE EXECUTE ON FUNCTION erase_rows(uuid, text[], bigint) FROM PUBLIC;

CREATE FUNCTION erase_kept(tenant uuid, tables text[]) RETURNS TABLE (part text, n bigint)
LANGUAGE plpgsql SET search_path = bulkhead, pg_catalog, pg_temp
AS $$
BEGIN
	FOREACH part IN ARRAY tables LOOP
		EXECUTE format('SELECT count(*) FROM %I WHERE tenant_id = $1', part) INTO n USING tenant;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION erase_kept(uuid, text[]) IS 'How many rows of a tenant stay in these tables.';
REVOKE EXECUTE ON FUNCTION erase_kept(uuid, text[]) FROM PUBLIC;
