SELECT register_patch('0194-audit-across');

-- Who looks for one request, object or person in the lines of all tenants asks the index of each tenant for it: there are
-- thousands of those at most, and millions of lines. The first of the three that is not null is looked for.
CREATE FUNCTION audit_across_by(p_tenant uuid, p_before uuid, p_from uuid, p_rows bigint, p_request text, p_object text,
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
			   AND e.id >= p_from AND NOT e.staff
			 ORDER BY e.id DESC LIMIT p_rows) AS f
		 WHERE t.tenant_id = p_tenant ORDER BY f.id DESC LIMIT p_rows;
	ELSIF p_object IS NOT NULL THEN
		RETURN QUERY
		SELECT f.* FROM tenant AS t CROSS JOIN LATERAL (
			SELECT e.tenant_id, e.id, e.source, e.action, e.actor, e.object, e.request_id, e.status, e.staff, e.line
			  FROM audit_event AS e
			 WHERE e.tenant_id = t.id AND e.object = p_object AND e.object <> '' AND e.id < p_before AND e.id >= p_from
			   AND NOT e.staff
			 ORDER BY e.id DESC LIMIT p_rows) AS f
		 WHERE t.tenant_id = p_tenant ORDER BY f.id DESC LIMIT p_rows;
	ELSE
		RETURN QUERY
		SELECT f.* FROM tenant AS t CROSS JOIN LATERAL (
			SELECT e.tenant_id, e.id, e.source, e.action, e.actor, e.object, e.request_id, e.status, e.staff, e.line
			  FROM audit_event AS e
			 WHERE e.tenant_id = t.id AND e.actor = p_actor AND e.actor <> '' AND e.id < p_before AND e.id >= p_from
			   AND NOT e.staff
			 ORDER BY e.id DESC LIMIT p_rows) AS f
		 WHERE t.tenant_id = p_tenant ORDER BY f.id DESC LIMIT p_rows;
	END IF;
END
$$;
COMMENT ON FUNCTION audit_across_by IS 'A stretch of the lines of all tenants that name a request, an object or an actor, for the platform.';
REVOKE ALL ON FUNCTION audit_across_by FROM PUBLIC;
