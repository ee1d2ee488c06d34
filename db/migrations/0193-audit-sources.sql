SELECT register_patch('0193-audit-sources');

CREATE FUNCTION audit_sources(p_tenant uuid)
RETURNS TABLE (source text, bytes bigint, behind_bytes bigint, seen_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sees how far files were read';
	END IF;
	RETURN QUERY
	SELECT p.source, sum(p.bytes)::bigint, (sum(greatest(p.bytes - p.at, 0))
		+ coalesce((SELECT sum(b.until - b.at) FROM audit_behind AS b WHERE b.source = p.source), 0))::bigint, max(p.seen_at)
	  FROM audit_position AS p
	 WHERE p.tenant_id = p_tenant
	 GROUP BY p.source
	 ORDER BY p.source;
END
$$;
COMMENT ON FUNCTION audit_sources IS 'How far each source''s files were read, and how much of them was not, for the platform.';
REVOKE ALL ON FUNCTION audit_sources FROM PUBLIC;
