SELECT register_patch('0172-meter-owners');

-- Owners that come to an end: keys that were revoked, people who left, teams that were archived, and whoever has spent
-- nothing for long. Each day's first act brings all owners of the tenant up to the day, so they may not only grow.

-- Nothing is lost with the row: what an owner spent lies in its days, and a row that is made anew begins with them.
-- At the end of the transaction, when both say the same of what it spent in there.
CREATE FUNCTION meter_owner_resume() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	UPDATE meter_owner AS o
	   SET day_spent = was.day_spent, month_spent = was.month_spent, total_spent = was.total_spent
	  FROM (SELECT coalesce(sum(d.spent) FILTER (WHERE d.day = r.day), 0)::bigint AS day_spent,
	               meter_sum(0, sum(d.spent) FILTER (WHERE d.day >= r.month AND d.day < r.month + interval '1 month'))
	                       AS month_spent,
	               meter_sum(0, sum(d.spent)) AS total_spent
	          FROM meter_owner AS r
	          JOIN meter_day AS d ON d.tenant_id = r.tenant_id AND d.owner_id = r.id
	         WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.id) AS was
	 WHERE o.tenant_id = NEW.tenant_id AND o.id = NEW.id
	   AND (o.day_spent, o.month_spent, o.total_spent) <> (was.day_spent, was.month_spent, was.total_spent);
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION meter_owner_resume IS 'Begins an owner that was dropped with what its days say.';
REVOKE ALL ON FUNCTION meter_owner_resume FROM PUBLIC;
CREATE CONSTRAINT TRIGGER meter_owner_resume AFTER INSERT ON meter_owner DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.kind <> 'tenant') EXECUTE FUNCTION meter_owner_resume();

-- Whether the key no longer works, the person has left, or the team is archived.
CREATE FUNCTION meter_owner_gone(p_tenant uuid, p_owner uuid, p_kind text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = bulkhead, pg_temp
AS $$
	SELECT CASE p_kind
		WHEN 'key' THEN NOT EXISTS (SELECT FROM api_key AS k
			WHERE k.tenant_id = p_tenant AND k.id = p_owner AND k.revoked_at IS NULL
			  AND (k.expires_at IS NULL OR k.expires_at > now()))
		WHEN 'user' THEN NOT EXISTS (SELECT FROM membership AS m WHERE m.tenant_id = p_tenant AND m.account_id = p_owner)
		WHEN 'team' THEN NOT EXISTS (SELECT FROM team AS t
			WHERE t.tenant_id = p_tenant AND t.id = p_owner AND t.archived_at IS NULL)
		ELSE false END
$$;
COMMENT ON FUNCTION meter_owner_gone IS 'Whether an owner can spend no more.';
REVOKE ALL ON FUNCTION meter_owner_gone FROM PUBLIC;

-- A statement of retention: some of those go that have no limit, that no reservation names, and that spent nothing in
-- the current month, nor for two months if they are gone (so long a late settlement may come), nor for 400 days if
-- they are not. The owners of a tenant are found by their key; all of them are read each day as it is.
CREATE FUNCTION meter_owners_drop(p_tenant uuid, p_most bigint, OUT dropped bigint, OUT again_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	mine meter_owner;
BEGIN
	PERFORM set_config('lock_timeout', '500', true);
	mine := meter_lock(p_tenant);
	WITH named AS MATERIALIZED (
		SELECT DISTINCT owner FROM meter_reservation AS r, unnest(r.owners) AS owner WHERE r.tenant_id = p_tenant
	), idle AS MATERIALIZED (
		SELECT o.id
		  FROM meter_owner AS o
		 WHERE o.tenant_id = p_tenant AND o.kind <> 'tenant'
		   AND o.day_limit IS NULL AND o.month_limit IS NULL AND o.total_limit IS NULL
		   AND o.reserved = 0 AND o.day_spent = 0 AND o.month_spent = 0
		   AND NOT EXISTS (SELECT FROM named WHERE named.owner = o.id)
		   AND NOT EXISTS (SELECT FROM meter_day AS d
			WHERE d.tenant_id = p_tenant AND d.owner_id = o.id AND d.day >= mine.day - 62)
		   AND (meter_owner_gone(p_tenant, o.id, o.kind)
			OR o.changed_at < now() - interval '400 days'
			   AND NOT EXISTS (SELECT FROM meter_day AS d
				WHERE d.tenant_id = p_tenant AND d.owner_id = o.id AND d.day >= mine.day - 400))
		 LIMIT p_most
	), gone AS (
		DELETE FROM meter_owner WHERE tenant_id = p_tenant AND id IN (SELECT id FROM idle)
		RETURNING id
	)
	SELECT count(*) INTO dropped FROM gone;
	again_at := now() + interval '1 day';
END
$$;
COMMENT ON FUNCTION meter_owners_drop IS 'Drops owners that have come to an end; how many, and when to look again.';
REVOKE ALL ON FUNCTION meter_owners_drop FROM PUBLIC;

DROP TRIGGER retention_note ON meter_owner;
CREATE TRIGGER retention_note AFTER INSERT ON meter_owner
	FOR EACH ROW WHEN (NEW.kind = 'tenant')
	EXECUTE FUNCTION retention_note('model', 'usage', 'usage_day', 'spent_day', 'notice', 'quarantine', 'owner');
INSERT INTO retention (tenant_id, queue, kind, oldest_at)
SELECT tenant_id, 'model', 'owner', timestamptz '-infinity' FROM meter_owner WHERE kind = 'tenant'
    ON CONFLICT DO NOTHING;
