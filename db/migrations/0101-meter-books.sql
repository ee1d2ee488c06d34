SELECT register_patch('0101-meter-books');

-- The only ways in which money moves. All run with the owner's rights, so a service that may call them still cannot
-- write the books otherwise. The owner passes row security: each checks itself that it is asked for the context's
-- tenant. What each promises, src/meter/books.h says.

CREATE FUNCTION meter_check(p_tenant uuid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF p_tenant IS NULL OR p_tenant IS DISTINCT FROM nullif(current_setting('bulkhead.tenant_id', true), '')::uuid THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'not the tenant of the context';
	END IF;
END
$$;
COMMENT ON FUNCTION meter_check IS 'Refuses what is asked for a tenant that is not the context''s.';

-- A statement that began just before midnight, and waited for one that began after it, does not go back; a clock
-- that had jumped ahead does, and finds its day as it was.
CREATE FUNCTION meter_today(counted date) RETURNS date
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE
		WHEN counted > (now() AT TIME ZONE 'UTC')::date + 1 THEN (now() AT TIME ZONE 'UTC')::date
		ELSE greatest(counted, (now() AT TIME ZONE 'UTC')::date)
	END;
COMMENT ON FUNCTION meter_today IS 'The day to count in, given the one that was counted last.';

-- Prices and quantities in the order of src/meter/unit.h: input, cached, cache write, output, units. Prices are
-- nano-units per million; the sum is rounded up once. No act costs more than a million of the currency: sums of
-- as many as there can be do not overflow.
CREATE FUNCTION meter_cost(prices bigint[], quantities bigint[]) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(1000000000000000, greatest(0, ceil((
	prices[1]::numeric * quantities[1] + prices[2]::numeric * quantities[2] + prices[3]::numeric * quantities[3]
	+ prices[4]::numeric * quantities[4] + prices[5]::numeric * quantities[5]) / 1000000)))::bigint;
COMMENT ON FUNCTION meter_cost IS 'What an act costs, in nano-units: the same as meter_cost of src/meter/price.h.';

CREATE FUNCTION meter_sum(kept bigint, change numeric) RETURNS bigint
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN least(9000000000000000000, greatest(-9000000000000000000, kept + coalesce(change, 0)))::bigint;
COMMENT ON FUNCTION meter_sum IS 'A sum of money, which stops before it overflows; null, the sum of no rows, adds nothing.';

-- All rows of a tenant stand in the same day and month.
CREATE FUNCTION meter_lock(p_tenant uuid) RETURNS meter_owner
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	mine meter_owner;
	today date;
	this_month date;
BEGIN
	PERFORM meter_check(p_tenant);
	SELECT * INTO mine FROM meter_owner WHERE tenant_id = p_tenant AND id = p_tenant FOR UPDATE;
	IF NOT FOUND THEN
		today := meter_today('-infinity');
		INSERT INTO meter_owner (tenant_id, id, kind, day, month)
		VALUES (p_tenant, p_tenant, 'tenant', today, date_trunc('month', today))
		ON CONFLICT DO NOTHING;
		SELECT * INTO mine FROM meter_owner WHERE tenant_id = p_tenant AND id = p_tenant FOR UPDATE;
	END IF;
	today := meter_today(mine.day);
	IF mine.day <> today THEN
		this_month := date_trunc('month', today);
		UPDATE meter_owner AS o
		   SET day = today, month = this_month,
		       day_spent = coalesce((SELECT d.spent FROM meter_day AS d
			WHERE d.tenant_id = p_tenant AND d.owner_id = o.id AND d.day = today), 0),
		       month_spent = coalesce((SELECT meter_sum(0, sum(d.spent)) FROM meter_day AS d
			WHERE d.tenant_id = p_tenant AND d.owner_id = o.id
			  AND d.day >= this_month AND d.day < this_month + interval '1 month'), 0)
		 WHERE tenant_id = p_tenant;
		SELECT * INTO mine FROM meter_owner WHERE tenant_id = p_tenant AND id = p_tenant;
	END IF;
	RETURN mine;
END
$$;
COMMENT ON FUNCTION meter_lock IS 'Takes the tenant''s row, made if need be, and brings all its owners'' windows up to now.';

CREATE FUNCTION meter_fits(most bigint, spent bigint, reserved bigint, nanos bigint) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN most IS NULL OR CASE WHEN spent > most THEN false ELSE nanos <= most - spent - reserved END;
COMMENT ON FUNCTION meter_fits IS 'Whether so much more fits a limit; in this order nothing overflows.';

-- An act has three owners besides the tenant (team, user, key; the zero id for none), a kind, five prices and the
-- five most quantities it may come to; p_nanos is their meter_cost. p_unpriced: it has no price.
CREATE FUNCTION meter_reserve(p_tenant uuid, p_acts uuid[], p_owners uuid[], p_kinds bigint[], p_nanos bigint[],
	p_prices bigint[], p_quantities bigint[], p_unpriced bigint[], p_forced boolean,
	OUT refused_owner uuid, OUT refused_kind text, OUT refused_span text, OUT refused_limit bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	n constant int := cardinality(p_acts);
	unpriced constant boolean := 1 = ANY (p_unpriced);
	mine meter_owner;
	funds meter_funds;
	costs bigint[] := p_nanos;
	skipped boolean[];
	q bigint[];
	total bigint := 0;
	taken bigint := 0;
	need bigint;
	take bigint;
	line int;
	f int;
	last int;
	included int[] := '{}';
	credits int[] := '{}';
	draw_acts int[];
	draw_funds uuid[];
	draws bigint[];
	owners uuid[];
	shares bigint[];
	over uuid;
BEGIN
	PERFORM meter_check(p_tenant), set_config('synchronous_commit', 'off', true);

	-- The usual tenant has limits of its own at most: one statement locks, checks and reserves. What has more is
	-- locked by it, and reserved at what it costs with nothing included.
	IF NOT p_forced AND NOT unpriced THEN
		FOREACH need IN ARRAY p_nanos LOOP
			taken := taken + need;
		END LOOP;
		UPDATE meter_owner AS o
		   SET reserved = o.reserved + taken
		 WHERE o.tenant_id = p_tenant AND o.id = p_tenant AND o.day = meter_today(o.day)
		   AND meter_fits(o.day_limit, o.day_spent, o.reserved, taken)
		   AND meter_fits(o.month_limit, o.month_spent, o.reserved, taken)
		   AND meter_fits(o.total_limit, o.total_spent, o.reserved, taken)
		RETURNING * INTO mine;
		IF NOT FOUND THEN
			taken := 0;
		ELSIF mine.limited = 0 AND NOT mine.has_funds THEN
			INSERT INTO meter_reservation (tenant_id, act_id, owners, nanos)
			SELECT p_tenant, a.id, ARRAY[p_tenant], a.nanos FROM unnest(p_acts, p_nanos) AS a (id, nanos);
			RETURN;
		END IF;
	END IF;
	IF mine.id IS NULL THEN
		mine := meter_lock(p_tenant);
	END IF;
	IF p_forced THEN
		-- What a crash of the server lost is put back, but not what was settled or stands.
		SELECT array_agg(EXISTS (SELECT FROM meter_reservation AS r WHERE r.tenant_id = p_tenant AND r.act_id = a.id)
				OR EXISTS (SELECT FROM usage_event AS u WHERE u.tenant_id = p_tenant AND u.id = a.id)
				OR EXISTS (SELECT FROM usage_quarantine AS t WHERE t.tenant_id = p_tenant AND t.id = a.id) ORDER BY a.n)
		  INTO skipped
		  FROM unnest(p_acts) WITH ORDINALITY AS a (id, n);
	END IF;

	IF mine.has_funds THEN
		SELECT * INTO funds FROM meter_funds WHERE tenant_id = p_tenant;
		-- Only those of which there is something; forced, the last credit holds what there is not.
		FOR f IN 1 .. cardinality(funds.ids) LOOP
			CONTINUE WHEN funds.ends[f] <= now() OR NOT p_forced AND funds.remains[f] <= funds.held[f];
			IF funds.meters[f] >= 0 THEN
				included := included || f;
			ELSIF funds.prepaid THEN
				credits := credits || f;
			END IF;
		END LOOP;
	END IF;
	FOR i IN 1 .. n LOOP
		CONTINUE WHEN skipped[i];
		IF mine.has_funds THEN
			-- What is included comes first, for it changes what the act costs.
			q := NULL;
			FOREACH f IN ARRAY included LOOP
				CONTINUE WHEN funds.meters[f] / 8 <> p_kinds[i];
				q := coalesce(q, p_quantities[5 * i - 4 : 5 * i]);
				line := funds.meters[f] % 8 + 1;
				take := least(q[line], funds.remains[f] - funds.held[f]);
				CONTINUE WHEN take <= 0;
				q[line] := q[line] - take;
				funds.held[f] := funds.held[f] + take;
				draw_acts := draw_acts || i;
				draw_funds := draw_funds || funds.ids[f];
				draws := draws || take;
			END LOOP;
			IF q IS NOT NULL THEN
				costs[i] := meter_cost(p_prices[5 * i - 4 : 5 * i], q);
			END IF;
			need := CASE WHEN funds.prepaid THEN costs[i] ELSE 0 END;
			last := NULL;
			FOREACH f IN ARRAY credits LOOP
				EXIT WHEN need = 0;
				CONTINUE WHEN funds.kinds[f] & (1::bigint << p_kinds[i]::int) = 0;
				last := f;
				take := least(need, funds.remains[f] - funds.held[f]);
				CONTINUE WHEN take <= 0;
				need := need - take;
				funds.held[f] := funds.held[f] + take;
				draw_acts := draw_acts || i;
				draw_funds := draw_funds || funds.ids[f];
				draws := draws || take;
			END LOOP;
			IF NOT p_forced AND funds.prepaid AND costs[i] > 0 AND (need > 0 OR funds.owed > 0) THEN
				refused_span := 'balance';
				EXIT;
			ELSIF need > 0 AND last IS NOT NULL THEN
				-- What was promised stays so, though others were faster: more is held than there is, and nobody
				-- else is admitted on it.
				funds.held[last] := funds.held[last] + need;
				draw_acts := draw_acts || i;
				draw_funds := draw_funds || funds.ids[last];
				draws := draws || need;
			END IF;
		END IF;
		total := total + costs[i];
	END LOOP;

	IF NOT p_forced AND refused_span IS NULL AND taken = 0 THEN
		refused_span := CASE
			WHEN unpriced AND (funds.prepaid OR coalesce(mine.day_limit, mine.month_limit, mine.total_limit) IS NOT NULL) THEN 'price'
			WHEN NOT meter_fits(mine.day_limit, mine.day_spent, mine.reserved, total) THEN 'day'
			WHEN NOT meter_fits(mine.month_limit, mine.month_spent, mine.reserved, total) THEN 'month'
			WHEN NOT meter_fits(mine.total_limit, mine.total_spent, mine.reserved, total) THEN 'total' END;
	END IF;
	IF refused_span IS NOT NULL THEN
		refused_owner := p_tenant;
		refused_kind := 'tenant';
		refused_limit := CASE refused_span WHEN 'day' THEN mine.day_limit WHEN 'month' THEN mine.month_limit
			WHEN 'total' THEN mine.total_limit
			WHEN 'balance' THEN (SELECT coalesce(sum(r), 0) - funds.owed
				FROM unnest(funds.remains, funds.meters, funds.ends) AS f (r, m, e) WHERE m < 0 AND e > now()) END;
	ELSIF mine.limited > 0 THEN
		IF n = 1 THEN
			owners := p_owners;
			shares := CASE WHEN skipped[1] THEN '{0,0,0}' ELSE ARRAY[costs[1], costs[1], costs[1]] END;
		ELSE
			SELECT array_agg(id), array_agg(nanos) INTO owners, shares
			  FROM (SELECT p_owners[3 * a - 3 + k] AS id, sum(CASE WHEN skipped[a] THEN 0 ELSE costs[a] END)::bigint AS nanos
			          FROM generate_series(1, n) AS a, generate_series(1, 3) AS k
			         GROUP BY 1) AS want;
		END IF;
		-- Taken and looked at in one; what does not fit is given back below.
		WITH moved AS (
			UPDATE meter_owner AS o
			   SET reserved = meter_sum(o.reserved, want.nanos)
			  FROM unnest(owners, shares) AS want (id, nanos)
			 WHERE o.tenant_id = p_tenant AND o.id = want.id AND o.id <> p_tenant
			   AND coalesce(o.day_limit, o.month_limit, o.total_limit) IS NOT NULL
			RETURNING o.id, want.nanos, NOT unpriced AND meter_fits(o.day_limit, o.day_spent, o.reserved, 0)
				AND meter_fits(o.month_limit, o.month_spent, o.reserved, 0)
				AND meter_fits(o.total_limit, o.total_spent, o.reserved, 0) AS fits
		)
		SELECT array_agg(id), array_agg(nanos), min(id::text) FILTER (WHERE NOT fits)
		  INTO owners, shares, over
		  FROM moved;
		IF over IS NOT NULL AND NOT p_forced THEN
			SELECT o.id, o.kind, w.span, CASE WHEN unpriced THEN NULL ELSE w.most END
			  INTO refused_owner, refused_kind, refused_span, refused_limit
			  FROM meter_owner AS o
			 CROSS JOIN LATERAL (VALUES (1, 'day', o.day_limit, o.day_spent), (2, 'month', o.month_limit, o.month_spent),
				(3, 'total', o.total_limit, o.total_spent)) AS w (n, span, most, spent)
			 WHERE o.tenant_id = p_tenant AND o.id = over
			   AND (unpriced OR NOT meter_fits(w.most, w.spent, o.reserved, 0))
			 ORDER BY w.n
			 LIMIT 1;
			refused_span := CASE WHEN unpriced THEN 'price' ELSE refused_span END;
		END IF;
	END IF;

	IF refused_span IS NOT NULL THEN
		total := 0;
	END IF;
	IF total <> taken THEN
		UPDATE meter_owner SET reserved = meter_sum(reserved, total - taken) WHERE tenant_id = p_tenant AND id = p_tenant;
	END IF;
	IF refused_span IS NOT NULL THEN
		UPDATE meter_owner AS o
		   SET reserved = meter_sum(o.reserved, -want.nanos)
		  FROM unnest(owners, shares) AS want (id, nanos)
		 WHERE o.tenant_id = p_tenant AND o.id = want.id;
		RETURN;
	END IF;
	IF draws IS NOT NULL THEN
		UPDATE meter_funds SET held = funds.held WHERE tenant_id = p_tenant;
	END IF;
	IF n = 1 AND skipped IS NULL THEN
		INSERT INTO meter_reservation (tenant_id, act_id, owners, nanos, funds, held)
		VALUES (p_tenant, p_acts[1], p_tenant || owners, costs[1], draw_funds, draws);
		RETURN;
	END IF;
	INSERT INTO meter_reservation (tenant_id, act_id, owners, nanos, funds, held)
	SELECT p_tenant, p_acts[a],
	       p_tenant || ARRAY(SELECT id FROM unnest(owners) AS id WHERE id = ANY (p_owners[3 * a - 2 : 3 * a])), costs[a],
	       CASE WHEN a = ANY (draw_acts) THEN ARRAY(SELECT d.fund FROM unnest(draw_acts, draw_funds) AS d (act, fund) WHERE d.act = a) END,
	       CASE WHEN a = ANY (draw_acts) THEN ARRAY(SELECT d.amount FROM unnest(draw_acts, draws) AS d (act, amount) WHERE d.act = a) END
	  FROM generate_series(1, n) AS a
	 WHERE skipped[a] IS NOT TRUE;
END
$$;
COMMENT ON FUNCTION meter_reserve IS 'Reserves for all these acts, in all scopes, or for none; refused_span is null if they are admitted. Forced: nothing refuses, and what stands or was settled is left.';

-- Writes the usage events of ended acts of one tenant and moves their money, once: an act that has an event or lies
-- in quarantine changes nothing but that its reservation goes. Ten arrays of ids and texts, then figures; p_prices
-- has five for each act, p_nanos is their meter_cost with nothing included. p_reason: the database refused the one
-- event; it is put into quarantine as p_record instead, and its money moves all the same. It commits asynchronously,
-- for it holds the tenant's row, and whoever reserves would wait for the disk; it does not wait long for that row,
-- for behind it wait the events of all tenants. Durable after the next flush over the same session.
CREATE FUNCTION meter_settle(p_tenant uuid, p_ids uuid[], p_model_tenants uuid[], p_models uuid[], p_credentials uuid[],
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
	fresh_acts boolean[];
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

		SELECT array_agg(NOT EXISTS (SELECT FROM usage_event AS u WHERE u.tenant_id = p_tenant AND u.id = a.id)
				AND NOT EXISTS (SELECT FROM usage_quarantine AS t WHERE t.tenant_id = p_tenant AND t.id = a.id) ORDER BY a.n),
		       array_agg(0 ORDER BY a.n)
		  INTO fresh_acts, covers
		  FROM unnest(p_ids) WITH ORDINALITY AS a (id, n);
		FOR i IN 1 .. cardinality(p_ids) LOOP
			CONTINUE WHEN NOT fresh_acts[i];
			need := costs[i];
			q := ARRAY[p_input[i] - p_cached[i] - p_written[i], p_cached[i], p_written[i], p_output[i], p_units[i]];
			line := NULL;
			FOREACH f IN ARRAY included LOOP
				CONTINUE WHEN funds.meters[f] / 8 <> p_kind_numbers[i];
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
			IF line IS NOT NULL THEN
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
	), ended AS (
		SELECT c.*, coalesce(covers[c.n], 0) AS covered,
		       CASE WHEN free_units IS NOT NULL AND 0 < ANY (free_units[5 * c.n - 4 : 5 * c.n])
			THEN free_units[5 * c.n - 4 : 5 * c.n] END AS free
		  FROM unnest(p_ids, p_model_tenants, p_models, p_credentials, p_users, p_keys, p_teams, p_requests, p_kinds,
			p_names, p_subjects, p_actors, p_statuses, p_sources, p_started, p_ended, p_streamed, p_batch, p_input,
			p_cached, p_written, p_output, p_units, p_priced, p_versions, p_rate_versions, costs) WITH ORDINALITY
			AS c (id, model_tenant, model_id, credential, user_id, key_id, team_id, request, kind, name, subject, actor,
			status, source, started, ended, streamed, batch, input, cached, written, output, units, priced, version,
			rate_version, cost, n)
		 WHERE NOT EXISTS (SELECT FROM usage_quarantine AS t WHERE t.tenant_id = p_tenant AND t.id = c.id)
	), kept AS (
		INSERT INTO usage_event (tenant_id, id, request_id, kind, model_tenant_id, model_id, model, subject, actor,
			credential_id, user_id, key_id, team_id, status, source, started_at, ended_at, arrived_at, streamed, batch,
			input_tokens, cached_tokens, cache_write_tokens, output_tokens, units, included, price_known,
			price_version, rate_version, cost_nanos, covered_nanos)
		SELECT p_tenant, id, request, kind, model_tenant, model_id, name, subject, actor, credential, user_id, key_id,
		       team_id, status, source, to_timestamp(started / 1000.0), to_timestamp(ended / 1000.0), arrived, streamed <> 0,
		       batch <> 0, input, cached, written, output, units, free, priced <> 0, version, rate_version, cost, covered
		  FROM ended
		 WHERE p_reason IS NULL
		    ON CONFLICT (tenant_id, id) DO NOTHING
		RETURNING id
	), refused AS (
		INSERT INTO usage_quarantine (tenant_id, id, reason, record, cost_nanos)
		SELECT p_tenant, id, p_reason, p_record || jsonb_build_object('arrived_at', arrived, 'cost_nanos', cost,
			'covered_nanos', covered, 'included', free), cost
		  FROM ended
		 WHERE p_reason IS NOT NULL
		   AND NOT EXISTS (SELECT FROM usage_event AS u WHERE u.tenant_id = p_tenant AND u.id = ended.id)
		    ON CONFLICT (tenant_id, id) DO NOTHING
		RETURNING id
	), fresh AS (
		SELECT * FROM ended WHERE id IN (SELECT id FROM kept UNION ALL SELECT id FROM refused)
	), change AS (
		SELECT id, max(kind) AS kind, sum(spent) AS spent, sum(freed) AS freed, sum(day_back) AS day_back,
		       sum(month_back) AS month_back, sum(total_back) AS total_back
		  FROM (
			SELECT p_tenant AS id, 'tenant' AS kind, cost AS spent, 0 AS freed, 0 AS day_back, 0 AS month_back,
			       0 AS total_back FROM fresh
			UNION ALL
			SELECT team_id, 'team', cost, 0, 0, 0, 0 FROM fresh WHERE team_id <> nobody
			UNION ALL
			SELECT user_id, 'user', cost, 0, 0, 0, 0 FROM fresh WHERE user_id <> nobody
			UNION ALL
			SELECT key_id, 'key', cost, 0, 0, 0, 0 FROM fresh WHERE key_id <> nobody AND key_id <> user_id
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
		SELECT p_tenant, mine.day, kind, model_tenant, model_id, name, version, rate_version, batch <> 0, key_id, user_id,
		       team_id, count(*), count(*) FILTER (WHERE priced = 0), sum(input), sum(cached), sum(written), sum(output),
		       sum(units), coalesce(sum(free[1]), 0), coalesce(sum(free[2]), 0), coalesce(sum(free[3]), 0),
		       coalesce(sum(free[4]), 0), coalesce(sum(free[5]), 0), meter_sum(0, sum(cost)), meter_sum(0, sum(covered))
		  FROM fresh
		 GROUP BY kind, model_tenant, model_id, name, version, rate_version, batch <> 0, key_id, user_id, team_id
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
COMMENT ON FUNCTION meter_settle IS 'Writes usage events and moves the money of their acts, once; how many were new.';

-- Charges reservations that nobody has vouched for in p_age_ms, but for those of acts that are p_live: the machine was
-- lost, and what the act used cannot be told any more; its settlement, should it come after all, gives the charge
-- back. Gives back those of acts that were settled before. Where there is nothing of either kind nothing is locked.
CREATE FUNCTION meter_expire(p_tenant uuid, p_age_ms bigint, p_live uuid[]) RETURNS bigint
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
		CONTINUE WHEN NOT one.settled AND (one.renewed_at >= now() - p_age_ms * interval '1 millisecond'
			OR one.act_id = ANY (p_live));
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
COMMENT ON FUNCTION meter_expire IS 'Charges what nobody vouches for any more, gives back what was settled before; how many there were.';

CREATE FUNCTION meter_renew(p_tenant uuid, p_acts uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
	SELECT meter_check(p_tenant);
	UPDATE meter_reservation SET renewed_at = now()
	 WHERE tenant_id = p_tenant AND act_id = ANY (p_acts) AND expired_on IS NULL;
$$;
COMMENT ON FUNCTION meter_renew IS 'Says that these acts are in flight.';

-- Limits of one owner; null for none. What it spent before counts. The caller says which of them change.
CREATE FUNCTION meter_limit(p_tenant uuid, p_owner uuid, p_kind text, p_sets_day boolean, p_day bigint,
	p_sets_month boolean, p_month bigint, p_sets_total boolean, p_total bigint, p_percent bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	mine meter_owner := meter_lock(p_tenant);
BEGIN
	INSERT INTO meter_owner AS o (tenant_id, id, kind, day, month, day_limit, month_limit, total_limit, notice_percent)
	VALUES (p_tenant, p_owner, p_kind, mine.day, mine.month, CASE WHEN p_sets_day THEN p_day END,
		CASE WHEN p_sets_month THEN p_month END, CASE WHEN p_sets_total THEN p_total END, coalesce(p_percent, '{80,100}'))
	    ON CONFLICT (tenant_id, id) DO UPDATE
	   SET kind = p_kind,
	       day_limit = CASE WHEN p_sets_day THEN p_day ELSE o.day_limit END,
	       month_limit = CASE WHEN p_sets_month THEN p_month ELSE o.month_limit END,
	       total_limit = CASE WHEN p_sets_total THEN p_total ELSE o.total_limit END,
	       notice_percent = coalesce(p_percent, o.notice_percent),
	       changed_at = now();
	UPDATE meter_owner
	   SET limited = (SELECT count(*) FROM meter_owner AS o
		WHERE o.tenant_id = p_tenant AND o.id <> p_tenant AND coalesce(o.day_limit, o.month_limit, o.total_limit) IS NOT NULL)
	 WHERE tenant_id = p_tenant AND id = p_tenant;
END
$$;
COMMENT ON FUNCTION meter_limit IS 'Sets limits of an owner.';

-- Adds a fund, or adds p_amount to one that is there (its sort and end become the new ones). Money: p_meter -1.
-- New money repays what is owed. False: a tenant can have 64 funds, and all of them still hold something.
CREATE FUNCTION meter_fund(p_tenant uuid, p_fund uuid, p_meter bigint, p_kinds bigint, p_priority bigint,
	p_ends timestamptz, p_given timestamptz, p_amount bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	mine meter_owner := meter_lock(p_tenant);
	at int;
	take bigint;
	funds meter_funds;
BEGIN
	IF p_amount < 0 OR p_amount > 1000000000000000000 THEN
		RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range', MESSAGE = 'the amount of a fund is out of range';
	END IF;
	INSERT INTO meter_funds (tenant_id) VALUES (p_tenant) ON CONFLICT DO NOTHING;
	SELECT * INTO funds FROM meter_funds WHERE tenant_id = p_tenant;
	at := array_position(funds.ids, p_fund);
	IF at IS NULL AND cardinality(funds.ids) >= 64 THEN
		RETURN false;
	END IF;
	IF at IS NULL THEN
		at := cardinality(funds.ids) + 1;
		funds.ids[at] := p_fund;
		funds.meters[at] := p_meter;
		funds.kinds[at] := p_kinds;
		funds.given[at] := p_given;
		funds.amounts[at] := 0;
		funds.remains[at] := 0;
		funds.held[at] := 0;
	END IF;
	funds.priorities[at] := p_priority;
	funds.ends[at] := p_ends;
	funds.amounts[at] := funds.amounts[at] + p_amount;
	take := CASE WHEN p_meter < 0 AND p_kinds = -1 AND p_ends > now() THEN least(funds.owed, p_amount) ELSE 0 END;
	funds.remains[at] := funds.remains[at] + p_amount - take;
	UPDATE meter_funds AS m
	   SET ids = s.ids, meters = s.meters, kinds = s.kinds, priorities = s.priorities, ends = s.ends, given = s.given,
	       amounts = s.amounts, remains = s.remains, held = s.held,
	       owed = funds.owed - take, repaid = funds.repaid + take
	  FROM (SELECT array_agg(id ORDER BY p, e, g, id) AS ids, array_agg(m ORDER BY p, e, g, id) AS meters,
	               array_agg(k ORDER BY p, e, g, id) AS kinds, array_agg(p ORDER BY p, e, g, id) AS priorities,
	               array_agg(e ORDER BY p, e, g, id) AS ends, array_agg(g ORDER BY p, e, g, id) AS given,
	               array_agg(a ORDER BY p, e, g, id) AS amounts, array_agg(r ORDER BY p, e, g, id) AS remains,
	               array_agg(h ORDER BY p, e, g, id) AS held
	          FROM unnest(funds.ids, funds.meters, funds.kinds, funds.priorities, funds.ends, funds.given, funds.amounts,
	                 funds.remains, funds.held) AS f (id, m, k, p, e, g, a, r, h)) AS s
	 WHERE m.tenant_id = p_tenant;
	UPDATE meter_owner SET has_funds = true WHERE tenant_id = p_tenant AND id = p_tenant AND NOT has_funds;
	RETURN true;
END
$$;
COMMENT ON FUNCTION meter_fund IS 'Gives a tenant an included quantity or a credit, or more of one.';

-- Takes a fund away, whatever it still holds: expired, voided, or used up and posted. What acts in flight had held of
-- it they draw elsewhere. Null: there is none.
CREATE FUNCTION meter_fund_end(p_tenant uuid, p_fund uuid, OUT amount bigint, OUT remaining bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	mine meter_owner := meter_lock(p_tenant);
	funds meter_funds;
	at int;
BEGIN
	SELECT * INTO funds FROM meter_funds WHERE tenant_id = p_tenant;
	at := array_position(funds.ids, p_fund);
	IF at IS NULL THEN
		RETURN;
	END IF;
	amount := funds.amounts[at];
	remaining := funds.remains[at];
	UPDATE meter_funds AS m
	   SET ids = s.ids, meters = s.meters, kinds = s.kinds, priorities = s.priorities, ends = s.ends, given = s.given,
	       amounts = s.amounts, remains = s.remains, held = s.held
	  FROM (SELECT coalesce(array_agg(id ORDER BY n), '{}') AS ids, coalesce(array_agg(m ORDER BY n), '{}') AS meters,
	               coalesce(array_agg(k ORDER BY n), '{}') AS kinds, coalesce(array_agg(p ORDER BY n), '{}') AS priorities,
	               coalesce(array_agg(e ORDER BY n), '{}') AS ends, coalesce(array_agg(g ORDER BY n), '{}') AS given,
	               coalesce(array_agg(a ORDER BY n), '{}') AS amounts, coalesce(array_agg(r ORDER BY n), '{}') AS remains,
	               coalesce(array_agg(h ORDER BY n), '{}') AS held
	          FROM unnest(funds.ids, funds.meters, funds.kinds, funds.priorities, funds.ends, funds.given, funds.amounts,
	                 funds.remains, funds.held) WITH ORDINALITY AS f (id, m, k, p, e, g, a, r, h, n)
	         WHERE f.n <> at) AS s
	 WHERE m.tenant_id = p_tenant;
END
$$;
COMMENT ON FUNCTION meter_fund_end IS 'Takes a fund away; what it was and what of it is left.';

CREATE FUNCTION meter_prepaid(p_tenant uuid, p_prepaid boolean, p_low_at bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_lock(p_tenant);
	INSERT INTO meter_funds AS f (tenant_id, prepaid, low_at) VALUES (p_tenant, p_prepaid, p_low_at)
	    ON CONFLICT (tenant_id) DO UPDATE SET prepaid = p_prepaid, low_at = p_low_at;
	UPDATE meter_owner SET has_funds = true WHERE tenant_id = p_tenant AND id = p_tenant AND NOT has_funds;
END
$$;
COMMENT ON FUNCTION meter_prepaid IS 'Whether acts need credits, and at what balance that is told.';

REVOKE ALL ON FUNCTION meter_check(uuid), meter_lock(uuid), meter_reserve, meter_settle, meter_expire, meter_renew, meter_limit, meter_fund,
	meter_fund_end, meter_prepaid FROM PUBLIC;
