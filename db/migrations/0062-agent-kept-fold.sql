SELECT register_patch('0062-agent-kept-fold');

-- What was removed leaves no row behind: retention and deletions fold the changes, also of a tenant that
-- makes no response any more.
CREATE FUNCTION fold_responses() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
DECLARE
	owner uuid := nullif(current_setting('bulkhead.tenant_id', true), '');
BEGIN
	WITH gone AS (
		DELETE FROM response_change
		 WHERE tenant_id = owner
		   AND id IN (SELECT id FROM response_change WHERE tenant_id = owner FOR UPDATE SKIP LOCKED)
		RETURNING bytes, unfinished
	)
	INSERT INTO response_change (tenant_id, bytes, unfinished)
	SELECT owner, sum(bytes), sum(unfinished)
	  FROM gone
	HAVING sum(bytes) <> 0 OR sum(unfinished) <> 0;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION fold_responses() IS 'Makes one of the changes that the statement''s tenant has and nobody else folds.';

-- Items that go with their response go behind its own triggers, so both fold.
CREATE TRIGGER fold_deleted AFTER DELETE ON response
	FOR EACH STATEMENT EXECUTE FUNCTION fold_responses();
CREATE TRIGGER fold_deleted AFTER DELETE ON response_item
	FOR EACH STATEMENT EXECUTE FUNCTION fold_responses();
CREATE TRIGGER fold_journals AFTER UPDATE OF journal_gone ON response
	FOR EACH STATEMENT EXECUTE FUNCTION fold_responses();
