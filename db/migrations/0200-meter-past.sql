SELECT register_patch('0200-meter-past');

-- What a demonstration shows of the past. Each day is settled as acts are, and then counts in the day that it is about.
-- No service may call it, and it does nothing to a tenant that ever used something: what was used is never touched.
CREATE FUNCTION meter_past(p_tenant uuid, p_days bigint, p_users uuid[], p_keys uuid[], p_team uuid)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	nobody constant uuid := '00000000-0000-0000-0000-000000000000';
	models constant text[] := ARRAY['demo-large', 'demo-small'];
	-- Nano-units per million: input, cached, cache write, output, units.
	prices constant bigint[] := ARRAY[2500000000, 250000000, 0, 10000000000, 0, 150000000, 15000000, 0, 600000000, 0];
	today date;
	counted date;
	acts record;
	written bigint := 0;
BEGIN
	PERFORM meter_check(p_tenant);
	today := (meter_lock(p_tenant)).day;
	IF EXISTS (SELECT FROM usage_day WHERE tenant_id = p_tenant) THEN
		RETURN 0;
	END IF;
	FOR age IN REVERSE least(p_days, 366) .. 1 LOOP
		counted := today - age::int;
		-- More on weekdays, and more every week. The same acts have the same ids and figures whenever this runs on a day.
		SELECT count(*) AS many,
		       array_agg(overlay(overlay(lpad(to_hex(started), 12, '0') || substr(hash, 1, 20) PLACING '7' FROM 13) PLACING '8'
				FROM 17)::uuid ORDER BY n) AS ids,
		       array_agg(person ORDER BY n) AS users, array_agg(coalesce(key, person) ORDER BY n) AS credentials,
		       array_agg(coalesce(key, nobody) ORDER BY n) AS keys,
		       array_agg(CASE WHEN key IS NULL THEN nobody ELSE p_team END ORDER BY n) AS teams,
		       array_agg(hash ORDER BY n) AS requests, array_agg(model ORDER BY n) AS models,
		       array_agg(started ORDER BY n) AS started, array_agg(started + 800 + dice % 9000 ORDER BY n) AS ended,
		       array_agg(input ORDER BY n) AS input, array_agg(input / 4 ORDER BY n) AS cached,
		       array_agg(output ORDER BY n) AS output,
		       array_agg(meter_cost(prices[5 * m - 4 : 5 * m], ARRAY[input - input / 4, input / 4, 0, output, 0]) ORDER BY n) AS nanos
		  INTO acts
		  FROM (
			SELECT n, hash, dice, m, models[m] AS model,
			       (extract(epoch FROM counted AT TIME ZONE 'UTC') * 1000)::bigint + 25200000 + dice % 39600000 AS started,
			       600 + dice % 23000 AS input, 80 + dice / 7 % 1900 AS output,
			       CASE WHEN dice % 3 = 0 THEN NULL ELSE p_keys[1 + dice / 3 % cardinality(p_keys)] END AS key,
			       CASE WHEN dice % 3 = 0 THEN p_users[1 + dice / 3 % cardinality(p_users)] ELSE nobody END AS person
			  FROM generate_series(1, CASE WHEN extract(isodow FROM counted) > 5 THEN 3 ELSE 9 + (90 - least(age, 90)) / 10 END) AS n,
			       LATERAL (SELECT md5(format('demonstration %s %s %s', p_tenant, counted, n)) AS hash) AS h,
			       LATERAL (SELECT ('x' || substr(hash, 1, 7))::bit(28)::bigint AS dice) AS s,
			       LATERAL (SELECT CASE WHEN dice % 5 < 3 THEN 2 ELSE 1 END AS m) AS k
		  ) AS one;
		written := written + meter_settle(p_tenant, acts.ids, array_fill(nobody, ARRAY[acts.many::int]),
			array_fill(nobody, ARRAY[acts.many::int]), acts.credentials, acts.users, acts.keys, acts.teams, acts.requests,
			array_fill('chat'::text, ARRAY[acts.many::int]), acts.models, array_fill('demonstration'::text, ARRAY[acts.many::int]),
			array_fill(''::text, ARRAY[acts.many::int]), array_fill('ok'::text, ARRAY[acts.many::int]),
			array_fill('estimated'::text, ARRAY[acts.many::int]), array_fill(1::bigint, ARRAY[acts.many::int]), acts.started, acts.ended,
			array_fill(1::bigint, ARRAY[acts.many::int]), array_fill(0::bigint, ARRAY[acts.many::int]), acts.input, acts.cached,
			array_fill(0::bigint, ARRAY[acts.many::int]), acts.output, array_fill(0::bigint, ARRAY[acts.many::int]),
			array_fill(1::bigint, ARRAY[acts.many::int]), array_fill(1::bigint, ARRAY[acts.many::int]),
			array_fill(0::bigint, ARRAY[acts.many::int]), acts.nanos,
			(SELECT array_agg(p ORDER BY a.n, i) FROM unnest(acts.models) WITH ORDINALITY AS a (model, n),
				LATERAL unnest(prices[5 * array_position(models, a.model) - 4 : 5 * array_position(models, a.model)])
				WITH ORDINALITY AS u (p, i)), NULL, NULL);
		UPDATE usage_event SET arrived_at = ended_at WHERE tenant_id = p_tenant AND id = ANY (acts.ids);
		UPDATE usage_day SET day = counted WHERE tenant_id = p_tenant AND day = today;
		UPDATE meter_day SET day = counted WHERE tenant_id = p_tenant AND day = today;
	END LOOP;
	UPDATE meter_owner AS o
	   SET day_spent = 0,
	       month_spent = coalesce((SELECT sum(spent) FROM meter_day AS d
		WHERE d.tenant_id = p_tenant AND d.owner_id = o.id AND d.day >= o.month), 0)
	 WHERE tenant_id = p_tenant;
	RETURN written;
END
$$;
COMMENT ON FUNCTION meter_past IS 'Gives a tenant that used nothing yet the made-up usage of so many days, for demonstrations; how many acts.';
REVOKE ALL ON FUNCTION meter_past FROM PUBLIC;
