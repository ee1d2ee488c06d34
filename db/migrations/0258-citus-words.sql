SELECT register_patch('0258-citus-words');

-- Citus takes no function that is not immutable in DO UPDATE SET, nor one of a column in the WHERE of an UPDATE, and what is
-- committed asynchronously on another server no flush of ours reaches. A few words of functions that stand elsewhere:
-- excluded has a column's default, which is the same moment.
CREATE FUNCTION meter_commit() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN to_regclass('bulkhead.job_tenant') IS NULL THEN 'on' ELSE 'off' END;
COMMENT ON FUNCTION meter_commit() IS 'How the books commit: where the queues lie beside they are flushed by the session later.';
REVOKE ALL ON FUNCTION meter_commit() FROM PUBLIC;

DO $words$
DECLARE
	one record;
	body text;
BEGIN
	FOR one IN
		SELECT *
		  FROM (VALUES
			('ledger_post', 'nanos = b.nanos + excluded.nanos, changed_at = now()',
			 'nanos = b.nanos + excluded.nanos, changed_at = excluded.changed_at'),
			('meter_limit', 'changed_at = now()', 'changed_at = excluded.changed_at'),
			('instance_beat', 'DO UPDATE SET seen_at = now()', 'DO UPDATE SET seen_at = excluded.seen_at'),
			('meter_reserve', 'o.day = meter_today(o.day)',
			 'o.day BETWEEN (now() AT TIME ZONE ''UTC'')::date AND (now() AT TIME ZONE ''UTC'')::date + 1'),
			('meter_settle', 'set_config(''synchronous_commit'', ''off'', true)',
			 'set_config(''synchronous_commit'', meter_commit(), true)'),
			('platform_figures', E'UNION ALL\n\tSELECT ''tenants''', E';\n\tRETURN QUERY\n\tSELECT ''tenants'''),
			('audit_stream_claim', 'LIMIT 1 FOR UPDATE OF d SKIP LOCKED)', 'LIMIT 1) AND s.next_at <= now()'),
			('audit_add_chained', E'\tINSERT INTO audit_chain (tenant_id)',
			 E'\tIF rows_are_spread() THEN\n\t\tRETURN audit_add_by_tenant(p_source, p_low, p_high, p_tenants, p_ids, p_actions, p_actors,'
			 ' p_objects,\n\t\t\tp_requests, p_statuses, p_staff, p_lines, p_leaves);\n\tEND IF;\n\tINSERT INTO audit_chain (tenant_id)')
		  ) AS words (of_function, was, becomes)
	LOOP
		SELECT pg_get_functiondef(p.oid) INTO STRICT body
		  FROM pg_proc AS p WHERE p.pronamespace = 'bulkhead'::regnamespace AND p.proname = one.of_function;
		IF length(body) - length(replace(body, one.was, '')) <> length(one.was) THEN
			RAISE EXCEPTION 'the function % does not say once: %', one.of_function, one.was;
		END IF;
		EXECUTE replace(body, one.was, one.becomes);
	END LOOP;
END
$words$;
