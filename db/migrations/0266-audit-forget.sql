SELECT register_patch('0266-audit-forget');

-- A service forgets only files that it has read itself: those of another machine with the same service are not there, either.
-- What no machine has read on in a month is of one that is gone; a file that is read again after that adds nothing twice.
CREATE OR REPLACE FUNCTION audit_forget(p_tenant uuid, p_source text, p_files bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM audit_check(p_tenant, p_source);
	DELETE FROM audit_behind AS b
	 WHERE b.source = p_source AND (b.file = ANY (p_files) OR EXISTS (SELECT FROM audit_position AS p
		WHERE p.tenant_id = p_tenant AND p.source = p_source AND p.file = b.file AND p.seen_at < now() - interval '30 days'));
	DELETE FROM audit_position AS p
	 WHERE p.tenant_id = p_tenant AND p.source = p_source
	   AND (p.file = ANY (p_files) OR p.seen_at < now() - interval '30 days');
END
$$;
COMMENT ON FUNCTION audit_forget IS 'Forgets the positions in files that were removed, and of machines that are gone.';
