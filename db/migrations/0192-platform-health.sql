SELECT register_patch('0192-platform-health');

-- What the platform's staff sees of the whole: numbers, without a tenant's name or content. Both run with the owner's
-- rights, for what they count is of all tenants.

CREATE FUNCTION platform_queues(p_tenant uuid)
RETURNS TABLE (queue text, ready bigint, scheduled bigint, running bigint, oldest_s bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sees all queues';
	END IF;
	RETURN QUERY
	SELECT j.queue, count(*) FILTER (WHERE j.worker IS NULL AND j.due_at <= now()),
	       count(*) FILTER (WHERE j.worker IS NULL AND j.due_at > now()), count(*) FILTER (WHERE j.worker IS NOT NULL),
	       extract(epoch FROM now() - min(j.due_at) FILTER (WHERE j.worker IS NULL AND j.due_at <= now()))::bigint
	  FROM job_ready AS j
	 GROUP BY j.queue
	 ORDER BY j.queue;
END
$$;
COMMENT ON FUNCTION platform_queues IS 'How many jobs of all tenants wait and run, and how long the oldest has waited.';

-- Since when others have had a transaction open the owner sees where it was granted pg_read_all_stats (roles.sql).
CREATE FUNCTION platform_database(p_tenant uuid)
RETURNS TABLE (bytes bigint, connections bigint, connections_max bigint, oldest_transaction_s bigint, version text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sees the database';
	END IF;
	RETURN QUERY
	SELECT pg_database_size(current_database()), count(*), current_setting('max_connections')::bigint,
	       CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE')
		    THEN coalesce(extract(epoch FROM now() - min(a.xact_start))::bigint, 0) END,
	       current_setting('server_version')
	  FROM pg_stat_activity AS a
	 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid();
END
$$;
COMMENT ON FUNCTION platform_database IS 'Size, connections and the oldest transaction of the database.';

REVOKE ALL ON FUNCTION platform_queues, platform_database FROM PUBLIC;
