SELECT register_patch('0191-audit-search');

-- The platform reads the lines of all tenants, as it may read each tenant's; what its staff did to a tenant is in a
-- row of its own besides, and is told once.
CREATE FUNCTION audit_across(p_tenant uuid, p_before uuid, p_from uuid, p_rows bigint)
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
	 WHERE e.id < p_before AND e.id >= p_from AND NOT e.staff
	 ORDER BY e.id DESC
	 LIMIT p_rows;
END
$$;
COMMENT ON FUNCTION audit_across IS 'A stretch of the lines of all tenants, the newest first, for the platform.';
REVOKE ALL ON FUNCTION audit_across FROM PUBLIC;
