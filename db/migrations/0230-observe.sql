SELECT register_patch('0230-observe');

-- What the operator's metrics say of the whole, beside 0192: jobs by kind, and single figures by name. Numbers only,
-- without a tenant's name or content; both run with the owner's rights, for what they count is of all tenants.

CREATE FUNCTION platform_jobs(p_tenant uuid)
RETURNS TABLE (queue text, kind text, ready bigint, scheduled bigint, running bigint, oldest_s bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sees all jobs';
	END IF;
	RETURN QUERY
	SELECT r.queue, j.kind, count(*) FILTER (WHERE r.worker IS NULL AND r.due_at <= now()),
	       count(*) FILTER (WHERE r.worker IS NULL AND r.due_at > now()), count(*) FILTER (WHERE r.worker IS NOT NULL),
	       coalesce(extract(epoch FROM now() - min(r.due_at) FILTER (WHERE r.worker IS NULL AND r.due_at <= now())), 0)::bigint
	  FROM job_ready AS r
	  JOIN job AS j ON j.tenant_id = r.tenant_id AND j.id = r.job_id
	 GROUP BY r.queue, j.kind
	 ORDER BY r.queue, j.kind;
END
$$;
COMMENT ON FUNCTION platform_jobs IS 'How many jobs of all tenants wait and run, by queue and kind, and how long the oldest has waited.';

-- A figure that cannot be learned is left out: what others do in the database is seen by whom pg_read_all_stats was
-- granted (roles.sql).
CREATE FUNCTION platform_figures(p_tenant uuid)
RETURNS TABLE (name text, label text, figure bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sees these figures';
	END IF;
	RETURN QUERY
	SELECT 'database_bytes', '', pg_database_size(current_database())
	UNION ALL
	SELECT 'database_connections', '', count(*) FROM pg_stat_activity AS a
	 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
	UNION ALL
	SELECT 'database_connections_max', '', current_setting('max_connections')::bigint
	UNION ALL
	SELECT 'database_oldest_transaction_seconds', '', coalesce(extract(epoch FROM now() - min(a.xact_start))::bigint, 0)
	  FROM pg_stat_activity AS a
	 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND pg_has_role('pg_read_all_stats', 'USAGE')
	HAVING pg_has_role('pg_read_all_stats', 'USAGE')
	UNION ALL
	SELECT 'database_time_milliseconds', '', (extract(epoch FROM clock_timestamp()) * 1000)::bigint
	UNION ALL
	SELECT 'database_replicas', '', count(*) FROM pg_stat_replication AS s WHERE pg_has_role('pg_read_all_stats', 'USAGE')
	HAVING pg_has_role('pg_read_all_stats', 'USAGE')
	UNION ALL
	SELECT 'database_replica_lag_bytes', '', max(pg_wal_lsn_diff(pg_current_wal_lsn(), s.replay_lsn))::bigint
	  FROM pg_stat_replication AS s
	 WHERE NOT pg_is_in_recovery()
	HAVING max(pg_wal_lsn_diff(pg_current_wal_lsn(), s.replay_lsn)) IS NOT NULL
	UNION ALL
	SELECT 'tenants', t.state, count(*) FROM tenant AS t GROUP BY t.state
	UNION ALL
	SELECT 'reservations', '', count(*) FROM meter_reservation
	UNION ALL
	SELECT 'reservation_oldest_seconds', '', coalesce(extract(epoch FROM now() - min(m.renewed_at))::bigint, 0)
	  FROM meter_reservation AS m WHERE m.expired_on IS NULL
	UNION ALL
	SELECT 'quarantined', '', count(*) FROM usage_quarantine
	UNION ALL
	SELECT 'ingestion_files', c.status, sum(c.n)::bigint
	  FROM (SELECT 'in_progress' AS status, in_progress AS n FROM vector_store_count
		UNION ALL SELECT 'completed', completed FROM vector_store_count
		UNION ALL SELECT 'failed', failed FROM vector_store_count
		UNION ALL SELECT 'cancelled', cancelled FROM vector_store_count) AS c
	 GROUP BY c.status
	UNION ALL
	SELECT 'stripe_outbox', o.state, count(*) FROM stripe_outbox AS o WHERE o.state <> 'sent' GROUP BY o.state
	UNION ALL
	SELECT 'mail_outbox', o.state, count(*) FROM outbox_mail AS o WHERE o.state <> 'sent' GROUP BY o.state
	UNION ALL
	SELECT 'invoices', i.status, count(*) FROM invoice AS i WHERE i.kind = 'invoice' AND i.status IN ('draft', 'open', 'uncollectible')
	 GROUP BY i.status;
END
$$;
COMMENT ON FUNCTION platform_figures IS 'Single figures of the whole platform by name, some by a label.';

REVOKE ALL ON FUNCTION platform_jobs, platform_figures FROM PUBLIC;
