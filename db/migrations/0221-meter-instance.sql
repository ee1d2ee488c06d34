SELECT register_patch('0221-meter-instance');

-- A reservation names the process that made it, so that what a lost machine held is charged within seconds and not
-- after an hour. The charge is no settlement: should the act's event come after all, it gives the charge back, as ever.

-- The session says who it is; a statement of an older program, which does not, waits for the hour.
ALTER TABLE meter_reservation ADD COLUMN instance_id uuid;
ALTER TABLE meter_reservation ALTER COLUMN instance_id SET DEFAULT nullif(current_setting('bulkhead.instance', true), '')::uuid;
COMMENT ON COLUMN meter_reservation.instance_id IS 'The process that last said that the act is in flight; null when it did not name itself.';
CREATE INDEX meter_reservation_by_instance ON meter_reservation (tenant_id, instance_id) WHERE expired_on IS NULL;

-- As meter_expire did, and what dead processes held: those not seen for p_dead_ms; null for none.
CREATE FUNCTION meter_charge(p_tenant uuid, p_age_ms bigint, p_dead_ms bigint, p_live uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	nobody constant uuid := '00000000-0000-0000-0000-000000000000';
	mine meter_owner;
	funds meter_funds;
	one record;
	at int;
	n bigint := 0;
BEGIN
	PERFORM meter_check(p_tenant);
	IF NOT EXISTS (SELECT FROM meter_reservation AS r
		WHERE r.tenant_id = p_tenant AND r.expired_on IS NULL
		  AND (r.renewed_at < now() - p_age_ms * interval '1 millisecond'
			OR instance_is_dead(r.instance_id, p_dead_ms)
			OR EXISTS (SELECT FROM usage_event AS u WHERE u.tenant_id = p_tenant AND u.id = r.act_id)
			OR EXISTS (SELECT FROM usage_quarantine AS t WHERE t.tenant_id = p_tenant AND t.id = r.act_id))) THEN
		RETURN 0;
	END IF;
	mine := meter_lock(p_tenant);
	IF mine.has_funds THEN
		SELECT * INTO funds FROM meter_funds WHERE tenant_id = p_tenant;
	END IF;
	FOR one IN SELECT r.*, EXISTS (SELECT FROM usage_event AS u WHERE u.tenant_id = p_tenant AND u.id = r.act_id)
			OR EXISTS (SELECT FROM usage_quarantine AS t WHERE t.tenant_id = p_tenant AND t.id = r.act_id) AS settled
		FROM meter_reservation AS r WHERE r.tenant_id = p_tenant AND r.expired_on IS NULL
	LOOP
		CONTINUE WHEN NOT one.settled AND (one.act_id = ANY (p_live)
			OR one.renewed_at >= now() - p_age_ms * interval '1 millisecond'
			   AND NOT instance_is_dead(one.instance_id, p_dead_ms));
		n := n + 1;
		UPDATE meter_owner
		   SET reserved = greatest(0, reserved - one.nanos),
		       day_spent = CASE WHEN one.settled THEN day_spent ELSE meter_sum(day_spent, one.nanos) END,
		       month_spent = CASE WHEN one.settled THEN month_spent ELSE meter_sum(month_spent, one.nanos) END,
		       total_spent = CASE WHEN one.settled THEN total_spent ELSE meter_sum(total_spent, one.nanos) END
		 WHERE tenant_id = p_tenant AND id = ANY (one.owners);
		IF one.funds IS NOT NULL THEN
			FOR i IN 1 .. cardinality(one.funds) LOOP
				at := array_position(funds.ids, one.funds[i]);
				CONTINUE WHEN at IS NULL;
				funds.held[at] := greatest(0, funds.held[at] - one.held[i]);
				IF NOT one.settled THEN
					funds.remains[at] := funds.remains[at] - one.held[i];
				END IF;
			END LOOP;
		END IF;
		IF one.settled THEN
			DELETE FROM meter_reservation WHERE tenant_id = p_tenant AND act_id = one.act_id;
			CONTINUE;
		END IF;
		UPDATE meter_reservation SET expired_on = mine.day WHERE tenant_id = p_tenant AND act_id = one.act_id;
		INSERT INTO meter_day AS d (tenant_id, owner_id, day, spent)
		SELECT p_tenant, owner, mine.day, one.nanos FROM unnest(one.owners) AS owner
		    ON CONFLICT (tenant_id, owner_id, day) DO UPDATE SET spent = meter_sum(d.spent, excluded.spent);
		INSERT INTO usage_day AS d (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version,
			batch, key_id, user_id, team_id, calls, cost_nanos)
		VALUES (p_tenant, mine.day, 'expired', nobody, nobody, '', 0, 0, false, nobody, nobody, nobody, 1, one.nanos)
		    ON CONFLICT (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version, batch,
			key_id, user_id, team_id) DO UPDATE
		   SET calls = d.calls + 1, cost_nanos = meter_sum(d.cost_nanos, excluded.cost_nanos);
	END LOOP;
	IF mine.has_funds THEN
		UPDATE meter_funds SET held = funds.held, remains = funds.remains WHERE tenant_id = p_tenant;
	END IF;
	-- No settlement comes after two months.
	DELETE FROM meter_reservation WHERE tenant_id = p_tenant AND expired_on < mine.day - 62;
	RETURN n;
END
$$;
COMMENT ON FUNCTION meter_charge IS 'Charges what nobody vouches for any more, gives back what was settled before; how many there were.';
REVOKE ALL ON FUNCTION meter_charge FROM PUBLIC;

CREATE OR REPLACE FUNCTION meter_expire(p_tenant uuid, p_age_ms bigint, p_live uuid[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
	SELECT meter_charge(p_tenant, p_age_ms, NULL, p_live)
$$;

CREATE OR REPLACE FUNCTION meter_renew(p_tenant uuid, p_acts uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
	SELECT meter_check(p_tenant);
	UPDATE meter_reservation
	   SET renewed_at = now(), instance_id = nullif(current_setting('bulkhead.instance', true), '')::uuid
	 WHERE tenant_id = p_tenant AND act_id = ANY (p_acts) AND expired_on IS NULL;
$$;

-- Ids only, and without a tenant: whoever meters finds here where to look.
CREATE FUNCTION meter_dead(p_dead_ms bigint, p_most bigint) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
	SELECT DISTINCT r.tenant_id
	  FROM meter_reservation AS r
	 WHERE r.expired_on IS NULL AND instance_is_dead(r.instance_id, p_dead_ms)
	 LIMIT p_most
$$;
COMMENT ON FUNCTION meter_dead IS 'Tenants of which a dead process holds reservations.';
REVOKE ALL ON FUNCTION meter_dead FROM PUBLIC;
