SELECT register_patch('0240-audit-chain');

-- Per tenant, a Merkle tree (RFC 9162) over its audit events: src/service/audit_event.h says what is hashed, and
-- docs/audit.md how it is proved. Rows that were there before have the position -1: nothing is proved of them.
ALTER TABLE audit_event ADD COLUMN position bigint NOT NULL DEFAULT -1;
ALTER TABLE audit_event ADD COLUMN superseded boolean NOT NULL DEFAULT false;
CREATE INDEX audit_event_position ON audit_event (tenant_id, position) WHERE position >= 0;
COMMENT ON COLUMN audit_event.position IS 'Its place in the tenant''s chain, from 0; -1: it was indexed before there was one.';
COMMENT ON COLUMN audit_event.superseded IS 'The gateway''s line of a request of which a service''s line came later: it is in the chain, but not shown by searches.';

CREATE TABLE audit_chain (
	tenant_id uuid NOT NULL,
	size bigint NOT NULL DEFAULT 0,
	sealed bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id),
	CHECK (sealed BETWEEN 0 AND size)
);
COMMENT ON TABLE audit_chain IS 'How long the chain of each tenant is; its lock gives positions out.';
COMMENT ON COLUMN audit_chain.tenant_id IS 'Whose.';
COMMENT ON COLUMN audit_chain.size IS 'How many events have a position.';
COMMENT ON COLUMN audit_chain.sealed IS 'How many of them the newest checkpoint covers.';

CREATE TABLE audit_tile (
	tenant_id uuid NOT NULL,
	level bigint NOT NULL CHECK (level BETWEEN 0 AND 6),
	n bigint NOT NULL CHECK (n >= 0),
	hashes bytea NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
	PRIMARY KEY (tenant_id, level, n)
);
ALTER TABLE audit_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
COMMENT ON TABLE audit_tile IS 'The tree''s hashes, 256 in a row: of level 0 those of events, of each higher one those of the full tiles below.';
COMMENT ON COLUMN audit_tile.tenant_id IS 'Whose.';
COMMENT ON COLUMN audit_tile.level IS '0: leaves; above: of 256 tiles of the level below.';
COMMENT ON COLUMN audit_tile.n IS 'Which of the level, from 0.';
COMMENT ON COLUMN audit_tile.hashes IS 'Up to 256 of 32 bytes each, in their order; only added to.';

CREATE TABLE audit_checkpoint (
	tenant_id uuid NOT NULL,
	size bigint NOT NULL CHECK (size > 0),
	made_at timestamptz NOT NULL,
	jws text NOT NULL,
	PRIMARY KEY (tenant_id, size)
);
CREATE INDEX audit_checkpoint_time ON audit_checkpoint (made_at);
COMMENT ON TABLE audit_checkpoint IS 'Signed roots of the tree.';
COMMENT ON COLUMN audit_checkpoint.tenant_id IS 'Whose.';
COMMENT ON COLUMN audit_checkpoint.size IS 'How many events it covers.';
COMMENT ON COLUMN audit_checkpoint.made_at IS 'When, as it says itself.';
COMMENT ON COLUMN audit_checkpoint.jws IS 'Tenant, size, root and time, signed: a JWS in compact form.';

CREATE TABLE audit_gone (
	tenant_id uuid NOT NULL,
	from_position bigint NOT NULL CHECK (from_position >= 0),
	to_position bigint NOT NULL,
	gone_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, from_position),
	CHECK (to_position > from_position)
);
COMMENT ON TABLE audit_gone IS 'Events that retention has removed; their hashes stay.';
COMMENT ON COLUMN audit_gone.tenant_id IS 'Whose.';
COMMENT ON COLUMN audit_gone.from_position IS 'The first of them.';
COMMENT ON COLUMN audit_gone.to_position IS 'The one behind the last.';
COMMENT ON COLUMN audit_gone.gone_at IS 'When they were removed.';

-- ---- nobody changes what is written ----

-- Auth may delete, because it removes a tenant with all that it has; it may do so then only.
CREATE FUNCTION audit_keep() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	IF current_user = 'bulkhead_auth' AND NOT EXISTS (SELECT FROM tenant AS t
		WHERE t.tenant_id = '00000000-0000-0000-0000-000000000001' AND t.id = OLD.tenant_id AND t.state = 'deleting') THEN
		-- As of rows that something refers to: the tenant, for as long as it is there.
		RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'audit events are only removed with their tenant';
	END IF;
	RETURN OLD;
END
$$;
COMMENT ON FUNCTION audit_keep IS 'Refuses to delete audit events of a tenant that is not being deleted.';
REVOKE ALL ON FUNCTION audit_keep FROM PUBLIC;
CREATE TRIGGER audit_keep BEFORE DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_keep BEFORE DELETE ON audit_chain FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_keep BEFORE DELETE ON audit_tile FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_keep BEFORE DELETE ON audit_checkpoint FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_keep BEFORE DELETE ON audit_gone FOR EACH ROW EXECUTE FUNCTION audit_keep();

-- ---- adding ----

-- Adds rows with their leaf hashes. A row's position is given out under the lock of the tenant's chain, so that
-- several services, and several machines, write one order. The order in which chains are locked is that of tenants.
CREATE FUNCTION audit_add_chained(p_source text, p_low uuid, p_high uuid, p_tenants uuid[], p_ids uuid[], p_actions text[],
	p_actors text[], p_objects text[], p_requests text[], p_statuses bigint[], p_staff bigint[], p_lines text[],
	p_leaves bytea[])
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
	END IF;
	INSERT INTO audit_chain (tenant_id)
	SELECT DISTINCT t.id
	  FROM tenant AS t
	 WHERE t.tenant_id = '00000000-0000-0000-0000-000000000001' AND t.id = ANY (p_tenants) AND t.state <> 'deleting'
	   AND NOT EXISTS (SELECT FROM audit_chain AS c WHERE c.tenant_id = t.id)
	 ORDER BY 1
	    ON CONFLICT DO NOTHING;
	PERFORM FROM audit_chain AS c WHERE c.tenant_id = ANY (p_tenants) ORDER BY c.tenant_id FOR UPDATE;
	-- A request has one line of the gateway's or those of services: theirs tell more. One that is in the chain stays.
	IF p_source <> 'gateway' THEN
		DELETE FROM audit_event AS e
		 USING (SELECT DISTINCT * FROM unnest(p_tenants, p_requests) AS r (tenant_id, request_id)) AS r
		 WHERE e.tenant_id = r.tenant_id AND e.request_id = r.request_id AND e.request_id <> '' AND e.source = 'gateway'
		   AND e.id BETWEEN p_low AND p_high AND e.position < 0;
		UPDATE audit_event AS e
		   SET superseded = true
		  FROM (SELECT DISTINCT * FROM unnest(p_tenants, p_requests) AS r (tenant_id, request_id)) AS r
		 WHERE e.tenant_id = r.tenant_id AND e.request_id = r.request_id AND e.request_id <> '' AND e.source = 'gateway'
		   AND e.id BETWEEN p_low AND p_high AND NOT e.superseded;
	END IF;
	WITH fresh AS MATERIALIZED (
		SELECT n.*, c.size + row_number() OVER (PARTITION BY n.tenant_id ORDER BY n.place) - 1 AS position
		  FROM unnest(p_tenants, p_ids, p_actions, p_actors, p_objects, p_requests, p_statuses, p_staff, p_lines, p_leaves)
			WITH ORDINALITY AS n (tenant_id, id, action, actor, object, request_id, status, staff, line, leaf, place)
		  JOIN audit_chain AS c ON c.tenant_id = n.tenant_id
		  -- A tenant that is gone, or going, has nothing added to it.
		  JOIN tenant AS t ON t.tenant_id = '00000000-0000-0000-0000-000000000001' AND t.id = n.tenant_id
			AND t.state <> 'deleting'
		 WHERE NOT EXISTS (SELECT FROM audit_event AS e WHERE e.tenant_id = n.tenant_id AND e.id = n.id)
		   AND (p_source <> 'gateway' OR n.request_id = '' OR NOT EXISTS (SELECT FROM audit_event AS e
			WHERE e.tenant_id = n.tenant_id AND e.request_id = n.request_id AND e.request_id <> ''
			  AND e.source <> 'gateway' AND e.id BETWEEN p_low AND p_high))
	), placed AS (
		INSERT INTO audit_event (tenant_id, id, source, action, actor, object, request_id, status, staff, line, position)
		SELECT tenant_id, id, p_source, action, actor, object, request_id, status, staff <> 0, line, position FROM fresh
	), hashed AS (
		INSERT INTO audit_tile AS t (tenant_id, level, n, hashes)
		SELECT tenant_id, 0, position / 256, string_agg(leaf, '' ORDER BY position)
		  FROM fresh
		 GROUP BY tenant_id, position / 256
		    ON CONFLICT (tenant_id, level, n) DO UPDATE SET hashes = t.hashes || excluded.hashes
	), grown AS (
		UPDATE audit_chain AS c
		   SET size = c.size + f.n
		  FROM (SELECT tenant_id, count(*) AS n FROM fresh GROUP BY tenant_id) AS f
		 WHERE c.tenant_id = f.tenant_id
	)
	SELECT count(*) INTO added FROM fresh;
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
COMMENT ON FUNCTION audit_add_chained IS 'Adds the rows of one step of reading to the chains of their tenants; how many were new.';

CREATE FUNCTION audit_step_chained(p_tenant uuid, p_source text, p_file bytea, p_at bigint, p_to bigint, p_bytes bigint,
	p_low uuid, p_high uuid, p_tenants uuid[], p_ids uuid[], p_actions text[], p_actors text[], p_objects text[],
	p_requests text[], p_statuses bigint[], p_staff bigint[], p_lines text[], p_behind uuid[], p_behind_at bigint[],
	p_leaves bytea[])
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
	RETURN audit_add_chained(p_source, p_low, p_high, p_tenants, p_ids, p_actions, p_actors, p_objects, p_requests, p_statuses,
		p_staff, p_lines, p_leaves);
END
$$;
COMMENT ON FUNCTION audit_step_chained IS 'Adds the rows of a part of a file and moves its position; how many rows were new.';

CREATE FUNCTION audit_step_behind_chained(p_tenant uuid, p_source text, p_file bytea, p_of uuid, p_at bigint, p_to bigint,
	p_low uuid, p_high uuid, p_tenants uuid[], p_ids uuid[], p_actions text[], p_actors text[], p_objects text[],
	p_requests text[], p_statuses bigint[], p_staff bigint[], p_lines text[], p_leaves bytea[])
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
	RETURN audit_add_chained(p_source, p_low, p_high, p_tenants, p_ids, p_actions, p_actors, p_objects, p_requests, p_statuses,
		p_staff, p_lines, p_leaves);
END
$$;
COMMENT ON FUNCTION audit_step_behind_chained IS 'Adds rows of a tenant whose lines were passed over; how many were new.';

-- A process of the release before adds without a position, and leaves alone what has one.
CREATE OR REPLACE FUNCTION audit_add(p_source text, p_low uuid, p_high uuid, p_tenants uuid[], p_ids uuid[], p_actions text[],
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
		   AND e.id BETWEEN p_low AND p_high AND e.position < 0;
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

REVOKE ALL ON FUNCTION audit_add_chained, audit_step_chained, audit_step_behind_chained FROM PUBLIC;

-- ---- sealing ----

CREATE FUNCTION audit_chain_due(p_tenant uuid, p_most bigint) RETURNS TABLE (tenant_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform seals chains';
	END IF;
	RETURN QUERY SELECT c.tenant_id FROM audit_chain AS c WHERE c.size > c.sealed ORDER BY c.tenant_id LIMIT p_most;
END
$$;
COMMENT ON FUNCTION audit_chain_due IS 'Tenants with events that no checkpoint covers.';

-- One at a time for a tenant. Writers do not wait for whoever seals: what they add has later positions.
CREATE FUNCTION audit_chain_begin(p_tenant uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	PERFORM pg_advisory_xact_lock(hashtextextended('bulkhead.audit_chain.' || p_tenant, 0));
	RETURN coalesce((SELECT c.size FROM audit_chain AS c WHERE c.tenant_id = p_tenant AND c.size > c.sealed), 0);
END
$$;
COMMENT ON FUNCTION audit_chain_begin IS 'Begins to seal a tenant''s chain: its size, or 0 where there is nothing new.';

-- Hashes of full tiles, behind those that are there.
CREATE FUNCTION audit_tile_add(p_tenant uuid, p_level bigint, p_at bigint, p_hashes bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	here constant bigint := coalesce((SELECT t.n * 256 + length(t.hashes) / 32 FROM audit_tile AS t
		WHERE t.tenant_id = p_tenant AND t.level = p_level ORDER BY t.n DESC LIMIT 1), 0);
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_level < 1 OR p_at <> here OR length(p_hashes) % 32 <> 0 OR p_at % 256 + length(p_hashes) / 32 > 256 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'not the place behind the last hash';
	END IF;
	INSERT INTO audit_tile AS t (tenant_id, level, n, hashes) VALUES (p_tenant, p_level, p_at / 256, p_hashes)
	    ON CONFLICT (tenant_id, level, n) DO UPDATE SET hashes = t.hashes || excluded.hashes;
END
$$;
COMMENT ON FUNCTION audit_tile_add IS 'Adds hashes to a level above the leaves.';

CREATE FUNCTION audit_checkpoint_add(p_tenant uuid, p_size bigint, p_made timestamptz, p_jws text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	UPDATE audit_chain AS c SET sealed = p_size WHERE c.tenant_id = p_tenant AND c.sealed < p_size AND c.size >= p_size;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'not a checkpoint behind the last one';
	END IF;
	INSERT INTO audit_checkpoint (tenant_id, size, made_at, jws) VALUES (p_tenant, p_size, p_made, p_jws);
END
$$;
COMMENT ON FUNCTION audit_checkpoint_add IS 'Adds a checkpoint.';

-- ---- retention ----

-- What of the chains is older is noted as gone, in runs of positions, before it is removed.
CREATE FUNCTION audit_note_gone(p_before uuid) RETURNS void
LANGUAGE sql SET search_path = bulkhead, pg_temp
AS $$
	INSERT INTO audit_gone (tenant_id, from_position, to_position)
	SELECT tenant_id, min(position), max(position) + 1
	  FROM (SELECT e.tenant_id, e.position,
		       e.position - row_number() OVER (PARTITION BY e.tenant_id ORDER BY e.position) AS run
		  FROM audit_event AS e WHERE e.id < p_before AND e.position >= 0) AS old
	 GROUP BY tenant_id, run
	    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION audit_note_gone IS 'Notes the positions of events with lower ids as gone.';

CREATE OR REPLACE FUNCTION audit_months(p_tenant uuid, p_keep_ms bigint) RETURNS bigint
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
	PERFORM bulkhead.audit_note_gone(bulkhead.usage_month_id(date_trunc('month', oldest)::date));
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
	-- The leaf hashes of tiles all of whose events are gone, once their own hash stands above; and old checkpoints.
	DELETE FROM bulkhead.audit_tile AS t
	 USING bulkhead.audit_gone AS g
	 WHERE t.level = 0 AND g.tenant_id = t.tenant_id AND g.from_position <= t.n * 256 AND g.to_position >= t.n * 256 + 256
	   AND EXISTS (SELECT FROM bulkhead.audit_tile AS above WHERE above.tenant_id = t.tenant_id AND above.level = 1
		AND above.n = t.n / 256 AND length(above.hashes) / 32 > t.n % 256);
	DELETE FROM bulkhead.audit_checkpoint AS k
	 USING bulkhead.audit_chain AS c
	 WHERE c.tenant_id = k.tenant_id AND k.size < c.sealed AND k.made_at < oldest AT TIME ZONE 'UTC';
	-- Of those that are two days old the last of each hour stays.
	DELETE FROM bulkhead.audit_checkpoint AS k
	 WHERE k.made_at BETWEEN now() - interval '4 days' AND now() - interval '2 days'
	   AND EXISTS (SELECT FROM bulkhead.audit_checkpoint AS later WHERE later.tenant_id = k.tenant_id AND later.size > k.size
		AND date_trunc('hour', later.made_at) = date_trunc('hour', k.made_at));
	RETURN dropped;
END
$$;

REVOKE ALL ON FUNCTION audit_chain_due, audit_chain_begin, audit_tile_add, audit_checkpoint_add, audit_note_gone FROM PUBLIC;

-- ---- searching ----

CREATE OR REPLACE FUNCTION audit_across(p_tenant uuid, p_before uuid, p_from uuid, p_rows bigint)
RETURNS TABLE (tenant_id uuid, id uuid, source text, action text, actor text, object text, request_id text, status bigint,
	staff boolean, line text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sees the lines of all tenants';
	END IF;
	RETURN QUERY
	SELECT e.tenant_id, e.id, e.source, e.action, e.actor, e.object, e.request_id, e.status, e.staff, e.line
	  FROM audit_event AS e
	 WHERE e.id < p_before AND e.id >= p_from AND NOT e.staff AND NOT e.superseded
	 ORDER BY e.id DESC
	 LIMIT p_rows;
END
$$;

CREATE OR REPLACE FUNCTION audit_across_by(p_tenant uuid, p_before uuid, p_from uuid, p_rows bigint, p_request text, p_object text,
	p_actor text)
RETURNS TABLE (tenant_id uuid, id uuid, source text, action text, actor text, object text, request_id text, status bigint,
	staff boolean, line text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sees the lines of all tenants';
	END IF;
	IF p_request IS NOT NULL THEN
		RETURN QUERY
		SELECT f.* FROM tenant AS t CROSS JOIN LATERAL (
			SELECT e.tenant_id, e.id, e.source, e.action, e.actor, e.object, e.request_id, e.status, e.staff, e.line
			  FROM audit_event AS e
			 WHERE e.tenant_id = t.id AND e.request_id = p_request AND e.request_id <> '' AND e.id < p_before
			   AND e.id >= p_from AND NOT e.staff AND NOT e.superseded
			 ORDER BY e.id DESC LIMIT p_rows) AS f
		 WHERE t.tenant_id = p_tenant ORDER BY f.id DESC LIMIT p_rows;
	ELSIF p_object IS NOT NULL THEN
		RETURN QUERY
		SELECT f.* FROM tenant AS t CROSS JOIN LATERAL (
			SELECT e.tenant_id, e.id, e.source, e.action, e.actor, e.object, e.request_id, e.status, e.staff, e.line
			  FROM audit_event AS e
			 WHERE e.tenant_id = t.id AND e.object = p_object AND e.object <> '' AND e.id < p_before AND e.id >= p_from
			   AND NOT e.staff AND NOT e.superseded
			 ORDER BY e.id DESC LIMIT p_rows) AS f
		 WHERE t.tenant_id = p_tenant ORDER BY f.id DESC LIMIT p_rows;
	ELSE
		RETURN QUERY
		SELECT f.* FROM tenant AS t CROSS JOIN LATERAL (
			SELECT e.tenant_id, e.id, e.source, e.action, e.actor, e.object, e.request_id, e.status, e.staff, e.line
			  FROM audit_event AS e
			 WHERE e.tenant_id = t.id AND e.actor = p_actor AND e.actor <> '' AND e.id < p_before AND e.id >= p_from
			   AND NOT e.staff AND NOT e.superseded
			 ORDER BY e.id DESC LIMIT p_rows) AS f
		 WHERE t.tenant_id = p_tenant ORDER BY f.id DESC LIMIT p_rows;
	END IF;
END
$$;
