SELECT register_patch('0258-citus-audit');

-- The index of the audit files where Citus spreads the rows: one statement may not lock, nor place, the rows of several
-- tenants there, so that a step is written tenant by tenant. Elsewhere all tenants' rows are written together, as before.

CREATE FUNCTION rows_are_spread() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL;
COMMENT ON FUNCTION rows_are_spread() IS 'Whether this database has Citus.';
REVOKE ALL ON FUNCTION rows_are_spread() FROM PUBLIC;

-- As audit_add_chained, of one tenant's lines.
CREATE FUNCTION audit_add_own(p_of uuid, p_source text, p_low uuid, p_high uuid, p_ids uuid[], p_actions text[], p_actors text[],
	p_objects text[], p_requests text[], p_statuses bigint[], p_staff bigint[], p_lines text[], p_leaves bytea[])
RETURNS bigint
LANGUAGE plpgsql SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	fresh int[];
	first bigint;
BEGIN
	-- A tenant that is gone, or going, has nothing added to it.
	IF NOT EXISTS (SELECT FROM tenant AS t
		WHERE t.tenant_id = '00000000-0000-0000-0000-000000000001' AND t.id = p_of AND t.state <> 'deleting') THEN
		RETURN 0;
	END IF;
	INSERT INTO audit_chain (tenant_id) VALUES (p_of) ON CONFLICT DO NOTHING;
	SELECT c.size INTO first FROM audit_chain AS c WHERE c.tenant_id = p_of FOR UPDATE;
	IF p_source <> 'gateway' THEN
		DELETE FROM audit_event AS e
		 WHERE e.tenant_id = p_of AND e.request_id = ANY (p_requests) AND e.request_id <> '' AND e.source = 'gateway'
		   AND e.id BETWEEN p_low AND p_high AND e.position < 0;
		UPDATE audit_event AS e
		   SET superseded = true
		 WHERE e.tenant_id = p_of AND e.request_id = ANY (p_requests) AND e.request_id <> '' AND e.source = 'gateway'
		   AND e.id BETWEEN p_low AND p_high AND NOT e.superseded;
	END IF;
	SELECT coalesce(array_agg(n.place::int ORDER BY n.place), '{}') INTO fresh
	  FROM unnest(p_ids, p_requests) WITH ORDINALITY AS n (id, request_id, place)
	 WHERE NOT EXISTS (SELECT FROM audit_event AS e WHERE e.tenant_id = p_of AND e.id = n.id)
	   AND (p_source <> 'gateway' OR n.request_id = '' OR NOT EXISTS (SELECT FROM audit_event AS e
		WHERE e.tenant_id = p_of AND e.request_id = n.request_id AND e.request_id <> '' AND e.source <> 'gateway'
		  AND e.id BETWEEN p_low AND p_high));
	INSERT INTO audit_event (tenant_id, id, source, action, actor, object, request_id, status, staff, line, position)
	SELECT p_of, p_ids[i], p_source, p_actions[i], p_actors[i], p_objects[i], p_requests[i], p_statuses[i], p_staff[i] <> 0,
	       p_lines[i], first + at - 1
	  FROM unnest(fresh) WITH ORDINALITY AS f (i, at);
	INSERT INTO audit_tile AS t (tenant_id, level, n, hashes)
	SELECT p_of, 0, (first + at - 1) / 256, string_agg(p_leaves[i], '' ORDER BY at)
	  FROM unnest(fresh) WITH ORDINALITY AS f (i, at)
	 GROUP BY (first + at - 1) / 256
	    ON CONFLICT (tenant_id, level, n) DO UPDATE SET hashes = t.hashes || excluded.hashes;
	UPDATE audit_chain AS c SET size = c.size + cardinality(fresh) WHERE c.tenant_id = p_of;
	INSERT INTO audit_action (tenant_id, action)
	SELECT DISTINCT p_of, action FROM unnest(p_actions) AS action
	    ON CONFLICT DO NOTHING;
	RETURN cardinality(fresh);
END
$$;
COMMENT ON FUNCTION audit_add_own IS 'Adds the rows of one tenant of a step of reading to its chain; how many were new.';
REVOKE ALL ON FUNCTION audit_add_own FROM PUBLIC;

CREATE FUNCTION audit_add_by_tenant(p_source text, p_low uuid, p_high uuid, p_tenants uuid[], p_ids uuid[], p_actions text[],
	p_actors text[], p_objects text[], p_requests text[], p_statuses bigint[], p_staff bigint[], p_lines text[],
	p_leaves bytea[])
RETURNS bigint
LANGUAGE plpgsql SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	one record;
	added bigint := 0;
BEGIN
	FOR one IN
		SELECT n.tenant_id, array_agg(n.id ORDER BY place) AS ids, array_agg(action ORDER BY place) AS actions,
		       array_agg(actor ORDER BY place) AS actors, array_agg(object ORDER BY place) AS objects,
		       array_agg(request_id ORDER BY place) AS requests, array_agg(status ORDER BY place) AS statuses,
		       array_agg(staff ORDER BY place) AS staff, array_agg(line ORDER BY place) AS lines,
		       array_agg(leaf ORDER BY place) AS leaves
		  FROM unnest(p_tenants, p_ids, p_actions, p_actors, p_objects, p_requests, p_statuses, p_staff, p_lines, p_leaves)
			WITH ORDINALITY AS n (tenant_id, id, action, actor, object, request_id, status, staff, line, leaf, place)
		 GROUP BY n.tenant_id
		 ORDER BY n.tenant_id
	LOOP
		added := added + audit_add_own(one.tenant_id, p_source, p_low, p_high, one.ids, one.actions, one.actors, one.objects,
			one.requests, one.statuses, one.staff, one.lines, one.leaves);
	END LOOP;
	RETURN added;
END
$$;
COMMENT ON FUNCTION audit_add_by_tenant IS 'Adds the rows of one step of reading, tenant by tenant; how many were new.';
REVOKE ALL ON FUNCTION audit_add_by_tenant FROM PUBLIC;
