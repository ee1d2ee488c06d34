SELECT register_patch('0173-meter-owners-lock');

-- A tenant may have many owners: those that may go are found before its row is locked, and looked at again behind it.
CREATE OR REPLACE FUNCTION meter_owners_drop(p_tenant uuid, p_most bigint, OUT dropped bigint, OUT again_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	today constant date := (now() AT TIME ZONE 'UTC')::date;
	mine meter_owner;
	idle uuid[];
BEGIN
	PERFORM meter_check(p_tenant), set_config('lock_timeout', '500', true);
	again_at := now() + interval '1 day';
	SELECT array_agg(id) INTO idle
	  FROM (SELECT o.id
		  FROM meter_owner AS o
		 WHERE o.tenant_id = p_tenant AND o.kind <> 'tenant'
		   AND o.day_limit IS NULL AND o.month_limit IS NULL AND o.total_limit IS NULL AND o.reserved = 0
		   AND NOT EXISTS (SELECT FROM meter_day AS d
			WHERE d.tenant_id = p_tenant AND d.owner_id = o.id AND d.day >= today - 62)
		   AND (meter_owner_gone(p_tenant, o.id, o.kind)
			OR o.changed_at < now() - interval '400 days'
			   AND NOT EXISTS (SELECT FROM meter_day AS d
				WHERE d.tenant_id = p_tenant AND d.owner_id = o.id AND d.day >= today - 400))
		 LIMIT p_most) AS found;
	IF idle IS NULL THEN
		dropped := 0;
		RETURN;
	END IF;
	mine := meter_lock(p_tenant);
	WITH named AS MATERIALIZED (
		SELECT DISTINCT owner FROM meter_reservation AS r, unnest(r.owners) AS owner WHERE r.tenant_id = p_tenant
	), gone AS (
		DELETE FROM meter_owner AS o
		 WHERE o.tenant_id = p_tenant AND o.id = ANY (idle)
		   AND o.day_limit IS NULL AND o.month_limit IS NULL AND o.total_limit IS NULL
		   AND o.reserved = 0 AND o.day_spent = 0 AND o.month_spent = 0
		   AND NOT EXISTS (SELECT FROM named WHERE named.owner = o.id)
		   AND NOT EXISTS (SELECT FROM meter_day AS d
			WHERE d.tenant_id = p_tenant AND d.owner_id = o.id AND d.day >= mine.day - 62)
		RETURNING id
	)
	SELECT count(*) INTO dropped FROM gone;
END
$$;
