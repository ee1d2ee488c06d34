SELECT register_patch('0190-audit');

-- The index of the audit files: what they say can be searched by tenant. The files stay the record.

-- Ids are UUIDs of version 7 by the time of the line, so a month of ids is a month of lines, and the order of ids is
-- the order of time; the rest of an id follows from the line's place, so that a line that is read twice is one row.
CREATE TABLE audit_event (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	source text NOT NULL,
	action text NOT NULL,
	actor text NOT NULL,
	object text NOT NULL,
	request_id text NOT NULL,
	status bigint NOT NULL,
	staff boolean NOT NULL,
	line text NOT NULL,
	PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX audit_event_action ON audit_event (tenant_id, action, id);
CREATE INDEX audit_event_actor ON audit_event (tenant_id, actor, id) WHERE actor <> '';
CREATE INDEX audit_event_object ON audit_event (tenant_id, object, id) WHERE object <> '';
CREATE INDEX audit_event_request ON audit_event (tenant_id, request_id) WHERE request_id <> '';
-- The platform looks at all tenants together.
CREATE INDEX audit_event_time ON audit_event (id);
COMMENT ON TABLE audit_event IS 'Lines of the audit files, by the tenant that they concern.';
COMMENT ON COLUMN audit_event.tenant_id IS 'Whom it concerns.';
COMMENT ON COLUMN audit_event.id IS 'The line; the same in the row of the platform and in that of the tenant that its staff acted on.';
COMMENT ON COLUMN audit_event.source IS 'Whose file it is from: a service, or gateway.';
COMMENT ON COLUMN audit_event.action IS 'What was done: key.create, user.role, …';
COMMENT ON COLUMN audit_event.actor IS 'Who did it: an account, or a key that belongs to nobody; empty where that is not known or not told.';
COMMENT ON COLUMN audit_event.object IS 'What it was done to; empty where the line tells none.';
COMMENT ON COLUMN audit_event.request_id IS 'The request; empty for what a service did of its own accord.';
COMMENT ON COLUMN audit_event.status IS 'How it was answered; 0 where there was no request.';
COMMENT ON COLUMN audit_event.staff IS 'The platform''s staff did it to this tenant.';
COMMENT ON COLUMN audit_event.line IS 'The line, a JSON object; in the row of a tenant that the platform''s staff acted on without who that was.';

-- Which actions a tenant has rows of: a search by the beginning of an action asks the index for each of them.
CREATE TABLE audit_action (
	tenant_id uuid NOT NULL,
	action text NOT NULL,
	PRIMARY KEY (tenant_id, action)
);
COMMENT ON TABLE audit_action IS 'Actions that occur in a tenant''s lines; there are as many as we have names for.';
COMMENT ON COLUMN audit_action.tenant_id IS 'Whose.';
COMMENT ON COLUMN audit_action.action IS 'As in audit_event.';

-- How far each file was read. A file is known by its first line, whatever its name and wherever it lies.
CREATE TABLE audit_position (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	source text NOT NULL,
	file bytea NOT NULL,
	at bigint NOT NULL CHECK (at >= 0),
	bytes bigint NOT NULL,
	seen_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, source, file)
);
COMMENT ON TABLE audit_position IS 'How far the audit files were read; written together with the rows.';
COMMENT ON COLUMN audit_position.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN audit_position.source IS 'Whose file: a service, or gateway.';
COMMENT ON COLUMN audit_position.file IS 'SHA-256 of the source and the file''s first line.';
COMMENT ON COLUMN audit_position.at IS 'Bytes that were read.';
COMMENT ON COLUMN audit_position.bytes IS 'Its size when they were.';
COMMENT ON COLUMN audit_position.seen_at IS 'When that was.';

-- A tenant that floods a file is passed over, and read later by itself.
CREATE TABLE audit_behind (
	tenant_id uuid NOT NULL,
	source text NOT NULL,
	file bytea NOT NULL,
	at bigint NOT NULL,
	until bigint NOT NULL,
	served_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, source, file)
);
COMMENT ON TABLE audit_behind IS 'Parts of audit files in which a tenant''s lines are still to be read.';
COMMENT ON COLUMN audit_behind.tenant_id IS 'Whose lines.';
COMMENT ON COLUMN audit_behind.source IS 'As in audit_position.';
COMMENT ON COLUMN audit_behind.file IS 'As in audit_position.';
COMMENT ON COLUMN audit_behind.at IS 'Where the part begins.';
COMMENT ON COLUMN audit_behind.until IS 'Where it ends.';
COMMENT ON COLUMN audit_behind.served_at IS 'When it had its last turn.';

-- ---- the months ----

CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;
COMMENT ON TABLE audit_event_default IS 'Lines whose times lie in no month that was made ahead.';

CREATE FUNCTION audit_month_open(month date) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
	SELECT bulkhead.partition_month_open('audit_event', month, 'Audit lines of a month.')
$$;
COMMENT ON FUNCTION audit_month_open(date) IS 'Makes the partition of a month, given its first day, if it is not there.';
REVOKE ALL ON FUNCTION audit_month_open(date) FROM PUBLIC;

-- One turn of upkeep: the months to come are made, those whose lines are all older than p_keep_ms go. A clock that is
-- wrong by less than the time that is kept drops nothing that it should not.
CREATE FUNCTION audit_months(p_tenant uuid, p_keep_ms bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
	this constant date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
	oldest constant timestamp := (now() AT TIME ZONE 'UTC') - p_keep_ms * interval '1 millisecond';
	name text;
	dropped bigint := 0;
BEGIN
	PERFORM bulkhead.meter_check(p_tenant);
	IF p_keep_ms IS NULL OR p_keep_ms < 1000 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'audit lines are kept for a second at least';
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('bulkhead.audit_event', 0));
	FOR ahead IN 0 .. 2 LOOP
		PERFORM bulkhead.audit_month_open((this + ahead * interval '1 month')::date);
	END LOOP;
	FOR name IN
		SELECT c.relname
		  FROM pg_inherits AS i
		  JOIN pg_class AS c ON c.oid = i.inhrelid
		 WHERE i.inhparent = 'bulkhead.audit_event'::regclass AND c.relname ~ '^audit_event_[0-9]{4}_[0-9]{2}$'
		   AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' < oldest
	LOOP
		EXECUTE format('DROP TABLE bulkhead.%I', name);
		dropped := dropped + 1;
	END LOOP;
	DELETE FROM bulkhead.audit_event_default WHERE id < bulkhead.usage_month_id(date_trunc('month', oldest)::date);
	RETURN dropped;
END
$$;
COMMENT ON FUNCTION audit_months(uuid, bigint) IS 'Makes this month''s partition and the next two, and drops those that are older than this; how many there were.';
REVOKE ALL ON FUNCTION audit_months(uuid, bigint) FROM PUBLIC;

-- What files tell that were there before.
SELECT audit_month_open(month::date)
  FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '13 months',
	date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months', interval '1 month') AS month;

-- ---- reading the files ----

-- All that follow run with the owner's rights, because a file has lines of every tenant: a service adds rows and moves
-- its own positions, and can neither read nor change what is there. Whose files it reads its role says.
CREATE FUNCTION audit_check(p_tenant uuid, p_source text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' OR p_source IS NULL
		OR session_user::text <> 'bulkhead_' || (CASE p_source WHEN 'gateway' THEN 'auth' ELSE p_source END) THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'not the reader of these files';
	END IF;
END
$$;
COMMENT ON FUNCTION audit_check IS 'Refuses to read the files of another service; auth reads the gateway''s.';

CREATE FUNCTION audit_positions(p_tenant uuid, p_source text)
RETURNS TABLE (tenant_id uuid, file bytea, at bigint, until bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM audit_check(p_tenant, p_source);
	RETURN QUERY
	SELECT NULL::uuid, p.file, p.at, 0::bigint FROM audit_position AS p WHERE p.tenant_id = p_tenant AND p.source = p_source
	 UNION ALL
	(SELECT b.tenant_id, b.file, b.at, b.until FROM audit_behind AS b WHERE b.source = p_source ORDER BY b.served_at);
END
$$;
COMMENT ON FUNCTION audit_positions IS 'How far the files of a source were read, and whose lines were passed over.';

CREATE FUNCTION audit_forget(p_tenant uuid, p_source text, p_files bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM audit_check(p_tenant, p_source);
	DELETE FROM audit_position AS p WHERE p.tenant_id = p_tenant AND p.source = p_source AND p.file = ANY (p_files);
	DELETE FROM audit_behind AS b WHERE b.source = p_source AND b.file = ANY (p_files);
END
$$;
COMMENT ON FUNCTION audit_forget IS 'Forgets the positions in files that were removed.';

-- Adds the rows of a step. A request has one line of the gateway's or those of services: theirs tell more. The two
-- are not read at the same moment, so that each sees what the other has added.
CREATE FUNCTION audit_add(p_source text, p_low uuid, p_high uuid, p_tenants uuid[], p_ids uuid[], p_actions text[],
	p_actors text[], p_objects text[], p_requests text[], p_statuses bigint[], p_staff bigint[], p_lines text[])
RETURNS bigint
LANGUAGE plpgsql SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	added bigint;
	key constant bigint := hashtextextended('bulkhead.audit_source', 0);
BEGIN
	IF p_source = 'gateway' THEN
		PERFORM pg_advisory_xact_lock(key);
	ELSE
		PERFORM pg_advisory_xact_lock_shared(key);
		DELETE FROM audit_event AS e
		 USING (SELECT DISTINCT * FROM unnest(p_tenants, p_requests) AS r (tenant_id, request_id)) AS r
		 WHERE e.tenant_id = r.tenant_id AND e.request_id = r.request_id AND e.request_id <> '' AND e.source = 'gateway'
		   AND e.id BETWEEN p_low AND p_high;
	END IF;
	INSERT INTO audit_event (tenant_id, id, source, action, actor, object, request_id, status, staff, line)
	SELECT n.tenant_id, n.id, p_source, n.action, n.actor, n.object, n.request_id, n.status, n.staff <> 0, n.line
	  FROM unnest(p_tenants, p_ids, p_actions, p_actors, p_objects, p_requests, p_statuses, p_staff, p_lines)
		AS n (tenant_id, id, action, actor, object, request_id, status, staff, line)
	  -- A tenant that is gone, or going, has nothing added to it.
	  JOIN tenant AS t ON t.tenant_id = '00000000-0000-0000-0000-000000000001' AND t.id = n.tenant_id AND t.state <> 'deleting'
	 WHERE p_source <> 'gateway' OR n.request_id = '' OR NOT EXISTS (SELECT FROM audit_event AS e
		WHERE e.tenant_id = n.tenant_id AND e.request_id = n.request_id AND e.request_id <> '' AND e.source <> 'gateway'
		  AND e.id BETWEEN p_low AND p_high)
	    ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS added = ROW_COUNT;
	INSERT INTO audit_action (tenant_id, action)
	SELECT DISTINCT n.tenant_id, n.action
	  FROM unnest(p_tenants, p_actions) AS n (tenant_id, action)
	  JOIN tenant AS t ON t.tenant_id = '00000000-0000-0000-0000-000000000001' AND t.id = n.tenant_id AND t.state <> 'deleting'
	 WHERE NOT EXISTS (SELECT FROM audit_action AS a WHERE a.tenant_id = n.tenant_id AND a.action = n.action)
	 ORDER BY 1, 2
	    ON CONFLICT DO NOTHING;
	RETURN added;
END
$$;
COMMENT ON FUNCTION audit_add IS 'Adds the rows of one step of reading; how many were new.';

-- A step through a file from p_at to p_to. The lines of tenants in p_behind, from the places in p_behind_at on, were
-- passed over. Null, and nothing done, where the file was not read up to p_at: another process has read it.
CREATE FUNCTION audit_step(p_tenant uuid, p_source text, p_file bytea, p_at bigint, p_to bigint, p_bytes bigint,
	p_low uuid, p_high uuid, p_tenants uuid[], p_ids uuid[], p_actions text[], p_actors text[], p_objects text[],
	p_requests text[], p_statuses bigint[], p_staff bigint[], p_lines text[], p_behind uuid[], p_behind_at bigint[])
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM audit_check(p_tenant, p_source);
	IF p_at = 0 THEN
		INSERT INTO audit_position (tenant_id, source, file, at, bytes) VALUES (p_tenant, p_source, p_file, 0, p_bytes)
		    ON CONFLICT DO NOTHING;
	END IF;
	UPDATE audit_position AS p
	   SET at = p_to, bytes = p_bytes, seen_at = now()
	 WHERE p.tenant_id = p_tenant AND p.source = p_source AND p.file = p_file AND p.at = p_at;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	UPDATE audit_behind AS b SET until = p_to WHERE b.source = p_source AND b.file = p_file;
	INSERT INTO audit_behind (tenant_id, source, file, at, until)
	SELECT b.tenant_id, p_source, p_file, b.at, p_to FROM unnest(p_behind, p_behind_at) AS b (tenant_id, at)
	    ON CONFLICT DO NOTHING;
	RETURN audit_add(p_source, p_low, p_high, p_tenants, p_ids, p_actions, p_actors, p_objects, p_requests, p_statuses,
		p_staff, p_lines);
END
$$;
COMMENT ON FUNCTION audit_step IS 'Adds the rows of a part of a file and moves its position; how many rows were new.';

-- A step through what was passed over, of one tenant.
CREATE FUNCTION audit_step_behind(p_tenant uuid, p_source text, p_file bytea, p_of uuid, p_at bigint, p_to bigint,
	p_low uuid, p_high uuid, p_tenants uuid[], p_ids uuid[], p_actions text[], p_actors text[], p_objects text[],
	p_requests text[], p_statuses bigint[], p_staff bigint[], p_lines text[])
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM audit_check(p_tenant, p_source);
	UPDATE audit_behind AS b
	   SET at = p_to, served_at = now()
	 WHERE b.tenant_id = p_of AND b.source = p_source AND b.file = p_file AND b.at = p_at;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	DELETE FROM audit_behind AS b WHERE b.tenant_id = p_of AND b.source = p_source AND b.file = p_file AND b.at >= b.until;
	RETURN audit_add(p_source, p_low, p_high, p_tenants, p_ids, p_actions, p_actors, p_objects, p_requests, p_statuses,
		p_staff, p_lines);
END
$$;
COMMENT ON FUNCTION audit_step_behind IS 'Adds rows of a tenant whose lines were passed over; how many were new.';

REVOKE ALL ON FUNCTION audit_check, audit_positions, audit_forget, audit_add, audit_step, audit_step_behind FROM PUBLIC;
