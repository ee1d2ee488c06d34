SELECT register_patch('0170-meter-settle');

-- The same settlement in less time: what was settled before is looked for once, so that an insertion
-- needs no look of its own and no second record in the log; arrays are read side by side; sums are made per owner before
-- they meet; and a round that one credit covers is drawn from it as a whole.
CREATE OR REPLACE FUNCTION meter_settle(p_tenant uuid, p_ids uuid[], p_model_tenants uuid[], p_models uuid[], p_credentials uuid[],
	p_users uuid[], p_keys uuid[], p_teams uuid[], p_requests text[], p_kinds text[], p_names text[], p_subjects text[],
	p_actors text[], p_statuses text[], p_sources text[], p_kind_numbers bigint[], p_started bigint[], p_ended bigint[],
	p_streamed bigint[], p_batch bigint[], p_input bigint[], p_cached bigint[], p_written bigint[], p_output bigint[],
	p_units bigint[], p_priced bigint[], p_versions bigint[], p_rate_versions bigint[], p_nanos bigint[],
	p_prices bigint[], p_reason text, p_record jsonb)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	nobody constant uuid := '00000000-0000-0000-0000-000000000000';
	mine meter_owner;
	funds meter_funds;
	costs bigint[] := p_nanos;
	covers bigint[];
	free_units bigint[];
	settled uuid[];
	fresh_acts boolean[];
	total numeric;
	kept record;
	q bigint[];
	need bigint;
	take bigint;
	line int;
	at int;
	f int;
	included int[] := '{}';
	credits int[] := '{}';
	n_fresh bigint;
	arrived timestamptz;
BEGIN
	PERFORM set_config('synchronous_commit', 'off', true);
	PERFORM set_config('lock_timeout', '500', true);
	IF (SELECT count(DISTINCT id) FROM unnest(p_ids) AS id) <> cardinality(p_ids) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'an act twice in one settlement';
	END IF;
	mine := meter_lock(p_tenant);
	-- In the day that it counts in, though the clock may have gone back by less than one.
	arrived := greatest(now(), mine.day::timestamp AT TIME ZONE 'UTC');

	-- Behind the lock nobody else writes an event of the tenant: what has none here has none when it is inserted. Looked
	-- up one by one: a plan that is kept from when the table was small would read all of the tenant's rows.
	SELECT array_agg(a.id) INTO settled
	  FROM unnest(p_ids) AS a (id),
	       LATERAL (SELECT FROM usage_event AS u WHERE u.tenant_id = p_tenant AND u.id = a.id
		UNION ALL
		SELECT FROM usage_quarantine AS t WHERE t.tenant_id = p_tenant AND t.id = a.id
		LIMIT 1) AS known;

	IF mine.has_funds THEN
		SELECT * INTO funds FROM meter_funds WHERE tenant_id = p_tenant;
		FOR kept IN SELECT r.funds AS ids, r.held, r.expired_on FROM meter_reservation AS r
			WHERE r.tenant_id = p_tenant AND r.act_id = ANY (p_ids) AND r.funds IS NOT NULL
		LOOP
			FOR i IN 1 .. cardinality(kept.ids) LOOP
				at := array_position(funds.ids, kept.ids[i]);
				CONTINUE WHEN at IS NULL;
				IF kept.expired_on IS NULL THEN
					funds.held[at] := greatest(0, funds.held[at] - kept.held[i]);
				ELSE
					funds.remains[at] := least(funds.amounts[at], funds.remains[at] + kept.held[i]);
				END IF;
			END LOOP;
		END LOOP;
		FOR f IN 1 .. cardinality(funds.ids) LOOP
			EXIT WHEN funds.owed = 0;
			CONTINUE WHEN funds.meters[f] >= 0 OR funds.kinds[f] <> -1 OR funds.ends[f] <= now();
			take := least(funds.owed, funds.remains[f] - funds.held[f]);
			CONTINUE WHEN take <= 0;
			funds.remains[f] := funds.remains[f] - take;
			funds.owed := funds.owed - take;
			funds.repaid := funds.repaid + take;
		END LOOP;
		-- Only those of which there is something.
		FOR f IN 1 .. cardinality(funds.ids) LOOP
			CONTINUE WHEN funds.ends[f] <= now() OR funds.remains[f] <= funds.held[f];
			IF funds.meters[f] >= 0 THEN
				included := included || f;
			ELSE
				credits := credits || f;
			END IF;
		END LOOP;

		-- The usual round is drawn from the first credit as a whole.
		f := credits[1];
		SELECT sum(a.cost) INTO total FROM unnest(costs) AS a (cost);
		IF settled IS NULL AND total <= funds.remains[f] - funds.held[f]
			AND NOT EXISTS (SELECT FROM unnest(p_kind_numbers) AS a (kind) WHERE funds.kinds[f] & (1::bigint << kind::int) = 0)
			AND NOT EXISTS (SELECT FROM unnest(included) AS m (f) WHERE funds.meters[m.f] / 8 = ANY (p_kind_numbers)) THEN
			covers := costs;
			funds.remains[f] := funds.remains[f] - total;
		ELSE
			SELECT array_agg(s.id IS NULL ORDER BY a.n), array_agg(0 ORDER BY a.n)
			  INTO fresh_acts, covers
			  FROM unnest(p_ids) WITH ORDINALITY AS a (id, n)
			  LEFT JOIN unnest(settled) AS s (id) ON s.id = a.id;
		END IF;
		FOR i IN 1 .. coalesce(cardinality(fresh_acts), 0) LOOP
			CONTINUE WHEN NOT fresh_acts[i];
			need := costs[i];
			q := NULL;
			FOREACH f IN ARRAY included LOOP
				CONTINUE WHEN funds.meters[f] / 8 <> p_kind_numbers[i];
				q := coalesce(q, ARRAY[p_input[i] - p_cached[i] - p_written[i], p_cached[i], p_written[i], p_output[i],
					p_units[i]]);
				line := funds.meters[f] % 8 + 1;
				take := least(q[line], funds.remains[f] - funds.held[f]);
				CONTINUE WHEN take <= 0;
				q[line] := q[line] - take;
				funds.remains[f] := funds.remains[f] - take;
				IF free_units IS NULL THEN
					free_units := array_fill(0::bigint, ARRAY[5 * cardinality(p_ids)]);
				END IF;
				free_units[5 * i - 5 + line] := free_units[5 * i - 5 + line] + take;
			END LOOP;
			IF q IS NOT NULL THEN
				need := meter_cost(p_prices[5 * i - 4 : 5 * i], q);
			END IF;
			costs[i] := need;
			CONTINUE WHEN need = 0;
			FOREACH f IN ARRAY credits LOOP
				CONTINUE WHEN funds.kinds[f] & (1::bigint << p_kind_numbers[i]::int) = 0;
				take := least(need, funds.remains[f] - funds.held[f]);
				CONTINUE WHEN take <= 0;
				funds.remains[f] := funds.remains[f] - take;
				need := need - take;
				EXIT WHEN need = 0;
			END LOOP;
			covers[i] := costs[i] - need;
			IF funds.prepaid THEN
				funds.owed := meter_sum(funds.owed, need);
			END IF;
		END LOOP;
		UPDATE meter_funds
		   SET remains = funds.remains, held = funds.held, owed = funds.owed, repaid = funds.repaid
		 WHERE tenant_id = p_tenant;
	END IF;

	WITH gone AS (
		DELETE FROM meter_reservation AS r
		 WHERE r.tenant_id = p_tenant AND r.act_id = ANY (p_ids)
		RETURNING r.owners, r.nanos, r.expired_on
	), fresh AS (
		-- What sums need comes first: a row is read up to the last column that is asked of it.
		SELECT c.id, costs[c.n] AS cost, c.team_id, c.user_id, c.key_id, coalesce(covers[c.n], 0) AS covered, c.model_tenant,
		       c.model_id, c.version, c.rate_version, c.batch <> 0 AS batch, c.priced <> 0 AS priced, c.input, c.cached,
		       c.written, c.output, c.units,
		       CASE WHEN free_units IS NOT NULL AND 0 < ANY (free_units[5 * c.n - 4 : 5 * c.n])
			THEN free_units[5 * c.n - 4 : 5 * c.n] END AS free,
		       c.kind, c.name, c.credential, c.request, c.subject, c.actor, c.status, c.source, c.started, c.ended, c.streamed
		  FROM (SELECT unnest(p_ids) AS id, unnest(p_model_tenants) AS model_tenant, unnest(p_models) AS model_id,
			       unnest(p_credentials) AS credential, unnest(p_users) AS user_id, unnest(p_keys) AS key_id,
			       unnest(p_teams) AS team_id, unnest(p_requests) AS request, unnest(p_kinds) AS kind,
			       unnest(p_names) AS name, unnest(p_subjects) AS subject, unnest(p_actors) AS actor,
			       unnest(p_statuses) AS status, unnest(p_sources) AS source, unnest(p_started) AS started,
			       unnest(p_ended) AS ended, unnest(p_streamed) AS streamed, unnest(p_batch) AS batch,
			       unnest(p_input) AS input, unnest(p_cached) AS cached, unnest(p_written) AS written,
			       unnest(p_output) AS output, unnest(p_units) AS units, unnest(p_priced) AS priced,
			       unnest(p_versions) AS version, unnest(p_rate_versions) AS rate_version,
			       generate_subscripts(p_ids, 1) AS n) AS c
		 WHERE NOT EXISTS (SELECT FROM unnest(settled) AS s (id) WHERE s.id = c.id)
	), kept AS (
		INSERT INTO usage_event (tenant_id, id, request_id, kind, model_tenant_id, model_id, model, subject, actor,
			credential_id, user_id, key_id, team_id, status, source, started_at, ended_at, arrived_at, streamed, batch,
			input_tokens, cached_tokens, cache_write_tokens, output_tokens, units, included, price_known,
			price_version, rate_version, cost_nanos, covered_nanos)
		SELECT p_tenant, id, request, kind, model_tenant, model_id, name, subject, actor, credential, user_id, key_id,
		       team_id, status, source, to_timestamp(started / 1000::float8), to_timestamp(ended / 1000::float8), arrived,
		       streamed <> 0, batch, input, cached, written, output, units, free, priced, version, rate_version, cost,
		       covered
		  FROM fresh
		 WHERE p_reason IS NULL
	), refused AS (
		INSERT INTO usage_quarantine (tenant_id, id, reason, record, cost_nanos)
		SELECT p_tenant, id, p_reason, p_record || jsonb_build_object('arrived_at', arrived, 'cost_nanos', cost,
			'covered_nanos', covered, 'included', free), cost
		  FROM fresh
		 WHERE p_reason IS NOT NULL
	), spent AS (
		SELECT p_tenant AS id, 'tenant' AS kind, sum(cost) AS spent FROM fresh HAVING count(*) > 0
		UNION ALL
		SELECT team_id, 'team', sum(cost) FROM fresh WHERE team_id <> nobody GROUP BY team_id
		UNION ALL
		SELECT user_id, 'user', sum(cost) FROM fresh WHERE user_id <> nobody GROUP BY user_id
		UNION ALL
		SELECT key_id, 'key', sum(cost) FROM fresh WHERE key_id <> nobody AND key_id <> user_id GROUP BY key_id
	), change AS (
		SELECT id, max(kind) AS kind, sum(spent) AS spent, sum(freed) AS freed, sum(day_back) AS day_back,
		       sum(month_back) AS month_back, sum(total_back) AS total_back
		  FROM (
			SELECT id, kind, spent, 0 AS freed, 0 AS day_back, 0 AS month_back, 0 AS total_back FROM spent
			UNION ALL
			SELECT owner, NULL, 0, CASE WHEN expired_on IS NULL THEN nanos ELSE 0 END,
			       CASE WHEN expired_on = mine.day THEN nanos ELSE 0 END,
			       CASE WHEN date_trunc('month', expired_on) = mine.month THEN nanos ELSE 0 END,
			       CASE WHEN expired_on IS NULL THEN 0 ELSE nanos END
			  FROM gone, unnest(gone.owners) AS owner
		  ) AS part
		 GROUP BY id
	), owners AS (
		INSERT INTO meter_owner AS o (tenant_id, id, kind, day, month, day_spent, month_spent, total_spent, reserved)
		SELECT p_tenant, id, coalesce(kind, 'key'), mine.day, mine.month, meter_sum(0, spent - day_back),
		       meter_sum(0, spent - month_back), meter_sum(0, spent - total_back), -freed
		  FROM change
		    ON CONFLICT (tenant_id, id) DO UPDATE
		   SET day_spent = meter_sum(o.day_spent, excluded.day_spent),
		       month_spent = meter_sum(o.month_spent, excluded.month_spent),
		       total_spent = meter_sum(o.total_spent, excluded.total_spent),
		       reserved = greatest(0, o.reserved + excluded.reserved)
	), days AS (
		INSERT INTO meter_day AS d (tenant_id, owner_id, day, spent)
		SELECT p_tenant, id, day, meter_sum(0, sum(spent))
		  FROM (SELECT id, mine.day AS day, spent FROM change WHERE spent <> 0
			UNION ALL
			SELECT owner, expired_on, -nanos FROM gone, unnest(gone.owners) AS owner WHERE expired_on IS NOT NULL) AS part
		 GROUP BY id, day
		    ON CONFLICT (tenant_id, owner_id, day) DO UPDATE SET spent = meter_sum(d.spent, excluded.spent)
	), charted AS (
		INSERT INTO usage_day AS d (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version,
			batch, key_id, user_id, team_id, calls, unpriced, input_tokens, cached_tokens, cache_write_tokens,
			output_tokens, units, included_input, included_cached, included_cache_write, included_output,
			included_units, cost_nanos, covered_nanos)
		SELECT p_tenant, mine.day, kind, model_tenant, model_id, name, version, rate_version, batch, key_id, user_id,
		       team_id, count(*), count(*) FILTER (WHERE NOT priced), sum(input), sum(cached), sum(written), sum(output),
		       sum(units), coalesce(sum(free[1]), 0), coalesce(sum(free[2]), 0), coalesce(sum(free[3]), 0),
		       coalesce(sum(free[4]), 0), coalesce(sum(free[5]), 0), meter_sum(0, sum(cost)), meter_sum(0, sum(covered))
		  FROM fresh
		 GROUP BY kind, model_tenant, model_id, name, version, rate_version, batch, key_id, user_id, team_id
		UNION ALL
		SELECT p_tenant, expired_on, 'expired', nobody, nobody, '', 0, 0, false, nobody, nobody, nobody, -count(*), 0, 0, 0,
		       0, 0, 0, 0, 0, 0, 0, 0, meter_sum(0, -sum(nanos)), 0
		  FROM gone
		 WHERE expired_on IS NOT NULL
		 GROUP BY expired_on
		    ON CONFLICT (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version, batch,
			key_id, user_id, team_id) DO UPDATE
		   SET calls = d.calls + excluded.calls,
		       unpriced = d.unpriced + excluded.unpriced,
		       input_tokens = d.input_tokens + excluded.input_tokens,
		       cached_tokens = d.cached_tokens + excluded.cached_tokens,
		       cache_write_tokens = d.cache_write_tokens + excluded.cache_write_tokens,
		       output_tokens = d.output_tokens + excluded.output_tokens,
		       units = d.units + excluded.units,
		       included_input = d.included_input + excluded.included_input,
		       included_cached = d.included_cached + excluded.included_cached,
		       included_cache_write = d.included_cache_write + excluded.included_cache_write,
		       included_output = d.included_output + excluded.included_output,
		       included_units = d.included_units + excluded.included_units,
		       cost_nanos = meter_sum(d.cost_nanos, excluded.cost_nanos),
		       covered_nanos = meter_sum(d.covered_nanos, excluded.covered_nanos)
	)
	SELECT count(*) INTO n_fresh FROM fresh;

	-- Each threshold once: a row that is there stays.
	IF mine.limited > 0 OR coalesce(mine.day_limit, mine.month_limit, mine.total_limit) IS NOT NULL THEN
		INSERT INTO meter_notice (tenant_id, owner_id, span, starts, percent, limit_nanos, spent_nanos)
		SELECT p_tenant, o.id, w.span, w.starts, percent, w.most, w.spent
		  FROM meter_owner AS o
		 CROSS JOIN LATERAL (VALUES ('day', o.day, o.day_limit, o.day_spent), ('month', o.month, o.month_limit, o.month_spent),
			('total', date '1970-01-01', o.total_limit, o.total_spent)) AS w (span, starts, most, spent)
		 CROSS JOIN LATERAL unnest(o.notice_percent) AS percent
		 WHERE o.tenant_id = p_tenant AND o.id = ANY (p_tenant || p_teams || p_users || p_keys)
		   AND w.most > 0 AND w.spent >= ceil(w.most::numeric * percent / 100)
		    ON CONFLICT DO NOTHING;
	END IF;
	IF mine.has_funds AND funds.low_at IS NOT NULL THEN
		SELECT coalesce(sum(r), 0) - funds.owed INTO need
		  FROM unnest(funds.remains, funds.meters, funds.ends) AS f (r, m, e) WHERE m < 0 AND e > now();
		IF need < funds.low_at THEN
			INSERT INTO meter_notice (tenant_id, owner_id, span, starts, percent, limit_nanos, spent_nanos)
			VALUES (p_tenant, p_tenant, 'balance', mine.day, 0, funds.low_at, need)
			    ON CONFLICT DO NOTHING;
		END IF;
	END IF;
	RETURN n_fresh;
END
$$;
