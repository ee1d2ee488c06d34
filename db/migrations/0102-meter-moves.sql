SELECT register_patch('0102-meter-moves');

-- What model kept for itself becomes what src/meter keeps for all: budgets are limits of the tenant's owner, usage
-- rows are events, monthly totals are sums by day.

CREATE TABLE token_limit (
	tenant_id uuid NOT NULL,
	tokens_per_minute bigint NOT NULL CHECK (tokens_per_minute >= 0),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE token_limit IS 'Tokens a minute that a tenant''s model calls may use.';
COMMENT ON COLUMN token_limit.tenant_id IS 'Whose.';
COMMENT ON COLUMN token_limit.tokens_per_minute IS 'Tokens of all model calls a minute; 0 for no limit.';

-- ---- the months of usage events ----

-- Services own nothing: what makes and drops these tables are the two functions below, which run with the owner's
-- rights, take no text, and give each table its forced row security before anybody else can see it.

CREATE TABLE usage_event_default PARTITION OF usage_event DEFAULT;
COMMENT ON TABLE usage_event_default IS 'Events whose ids lie in no month that was made ahead.';

CREATE FUNCTION usage_month_id(month date) RETURNS uuid
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
	SELECT rpad(lpad(to_hex((extract(epoch FROM month::timestamp) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;
COMMENT ON FUNCTION usage_month_id(date) IS 'The first id (UUID of version 7) of a month, given its first day.';
REVOKE ALL ON FUNCTION usage_month_id(date) FROM PUBLIC;

-- A month of a table that is partitioned by ids; what lies of it in the default partition moves with it.
CREATE FUNCTION partition_month_open(parent text, month date, said text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own constant text :=
		'(tenant_id = (SELECT nullif(current_setting(''bulkhead.tenant_id'', true), '''')::uuid))';
	name constant text := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
	first constant uuid := bulkhead.usage_month_id(month);
	next constant uuid := bulkhead.usage_month_id((month + interval '1 month')::date);
BEGIN
	IF to_regclass(format('bulkhead.%I', name)) IS NOT NULL THEN
		RETURN false;
	END IF;
	EXECUTE format('CREATE TABLE bulkhead.%I (LIKE bulkhead.%I INCLUDING ALL)', name, parent);
	EXECUTE format('ALTER TABLE bulkhead.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
	EXECUTE format('CREATE POLICY tenant_isolation ON bulkhead.%I USING %s WITH CHECK %s', name, own, own);
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON bulkhead.%I TO bulkhead_maintenance', name);
	EXECUTE format('COMMENT ON TABLE bulkhead.%I IS %L', name, said);
	EXECUTE format('LOCK TABLE bulkhead.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
	EXECUTE format('WITH moved AS (DELETE FROM bulkhead.%I WHERE id >= $1 AND id < $2 RETURNING *)'
		' INSERT INTO bulkhead.%I SELECT * FROM moved', parent || '_default', name) USING first, next;
	EXECUTE format('ALTER TABLE bulkhead.%I ATTACH PARTITION bulkhead.%I FOR VALUES FROM (%L) TO (%L)', parent, name, first,
		next);
	RETURN true;
END
$$;
COMMENT ON FUNCTION partition_month_open(text, date, text) IS 'Makes the partition of a month, given its first day, if it is not there: of which table, which month, and the partition''s comment.';
REVOKE ALL ON FUNCTION partition_month_open(text, date, text) FROM PUBLIC;

CREATE FUNCTION usage_month_open(month date) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
	SELECT bulkhead.partition_month_open('usage_event', month, 'Events of a month of ids.')
$$;
COMMENT ON FUNCTION usage_month_open(date) IS 'Makes the partition of a month, given its first day, if it is not there.';
REVOKE ALL ON FUNCTION usage_month_open(date) FROM PUBLIC;

CREATE FUNCTION usage_months_open() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
	this constant date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
	made bigint := 0;
BEGIN
	-- One at a time: two processes may be started at once.
	PERFORM pg_advisory_xact_lock(hashtextextended('bulkhead.usage_event', 0));
	FOR ahead IN 0 .. 2 LOOP
		IF bulkhead.usage_month_open((this + ahead * interval '1 month')::date) THEN
			made := made + 1;
		END IF;
	END LOOP;
	RETURN made;
END
$$;
COMMENT ON FUNCTION usage_months_open() IS 'Makes the partitions of this month and of the next two; how many were made.';
REVOKE ALL ON FUNCTION usage_months_open() FROM PUBLIC;

-- A month goes when its last event is that old; a clock that is wrong by less than the time that is kept drops
-- nothing that it should not.
CREATE FUNCTION usage_months_drop(keep_ms bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
	name text;
	dropped bigint := 0;
BEGIN
	IF keep_ms IS NULL OR keep_ms < 1000 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'usage is kept for a second at least';
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('bulkhead.usage_event', 0));
	FOR name IN
		SELECT c.relname
		  FROM pg_inherits AS i
		  JOIN pg_class AS c ON c.oid = i.inhrelid
		 WHERE i.inhparent = 'bulkhead.usage_event'::regclass AND c.relname ~ '^usage_event_[0-9]{4}_[0-9]{2}$'
		   AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month'
			< (now() AT TIME ZONE 'UTC') - keep_ms * interval '1 millisecond'
	LOOP
		EXECUTE format('DROP TABLE bulkhead.%I', name);
		dropped := dropped + 1;
	END LOOP;
	RETURN dropped;
END
$$;
COMMENT ON FUNCTION usage_months_drop(bigint) IS 'Drops the months whose events are all older than this; how many there were.';
REVOKE ALL ON FUNCTION usage_months_drop(bigint) FROM PUBLIC;

-- ---- what there was ----

LOCK TABLE usage_record, usage_total, budget, budget_reservation IN ACCESS EXCLUSIVE MODE;

SELECT usage_month_open(month::date)
  FROM generate_series(
	date_trunc('month', greatest(coalesce((SELECT min(started_at) FROM usage_record), now()), now() - interval '3 years')
		AT TIME ZONE 'UTC'),
	date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months', interval '1 month') AS month;

INSERT INTO token_limit (tenant_id, tokens_per_minute)
SELECT tenant_id, tokens_per_minute FROM budget WHERE tokens_per_minute > 0;

-- Who spent is told by the credential and the subject: an account, or a key that is its own subject.
CREATE VIEW usage_moved AS
SELECT u.*, (u.ended_at AT TIME ZONE 'UTC')::date AS day, date_trunc('month', u.ended_at AT TIME ZONE 'UTC')::date AS month,
       CASE WHEN u.kind = 'rerank' THEN 0 ELSE u.completion_tokens END AS output,
       CASE WHEN u.kind = 'rerank' THEN u.completion_tokens ELSE 0 END AS units,
       coalesce(k.id, s.id, '00000000-0000-0000-0000-000000000000') AS key_id,
       CASE WHEN s.id IS NULL AND u.subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN u.subject::uuid
	ELSE '00000000-0000-0000-0000-000000000000' END AS user_id
  FROM usage_record AS u
  LEFT JOIN api_key AS k ON k.tenant_id = u.tenant_id AND k.id = u.credential_id
  LEFT JOIN api_key AS s ON s.tenant_id = u.tenant_id AND s.id::text = u.subject;

INSERT INTO usage_event (tenant_id, id, request_id, kind, model_tenant_id, model_id, model, subject, actor, credential_id,
	user_id, key_id, team_id, status, source, started_at, ended_at, arrived_at, streamed, batch, input_tokens,
	cached_tokens, cache_write_tokens, output_tokens, units, price_known, price_version, rate_version, cost_nanos,
	covered_nanos)
SELECT tenant_id, id, request_id, kind, model_tenant_id, model_id, model, subject, actor, credential_id, user_id, key_id,
       '00000000-0000-0000-0000-000000000000', status, source, started_at, ended_at, ended_at, streamed, false,
       prompt_tokens, cached_tokens, 0, output, units, price_known, price_version, 0, cost_nanos, 0
  FROM usage_moved;

INSERT INTO usage_day (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version, batch, key_id,
	user_id, team_id, calls, unpriced, input_tokens, cached_tokens, output_tokens, units, cost_nanos)
SELECT tenant_id, day, kind, model_tenant_id, model_id, model, price_version, 0, false, key_id, user_id,
       '00000000-0000-0000-0000-000000000000', count(*), count(*) FILTER (WHERE NOT price_known), sum(prompt_tokens),
       sum(cached_tokens), sum(output), sum(units), meter_sum(0, sum(cost_nanos))
  FROM usage_moved
 GROUP BY tenant_id, day, kind, model_tenant_id, model_id, model, price_version, key_id, user_id;

-- What the months' totals have beyond the rows that are still kept (older ones, what expired, and calls that began in
-- one month and were settled in the next) stands on their first day, so that each month sums up to what it did.
INSERT INTO usage_day AS d (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version, batch,
	key_id, user_id, team_id, calls, input_tokens, cached_tokens, output_tokens, units, cost_nanos)
SELECT tenant_id, month, kind, model_tenant_id, model_id, model, 0, 0, false, '00000000-0000-0000-0000-000000000000',
       '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', calls, input, cached,
       CASE WHEN kind = 'rerank' THEN 0 ELSE output END, CASE WHEN kind = 'rerank' THEN output ELSE 0 END, cost
  FROM (SELECT part.tenant_id, part.month, part.model_tenant_id, part.model_id,
               CASE WHEN part.model_id = '00000000-0000-0000-0000-000000000000' THEN 'expired' ELSE coalesce(m.kind, 'chat') END AS kind,
               coalesce(m.name, '') AS model, sum(part.calls)::bigint AS calls, sum(part.input)::bigint AS input,
               sum(part.cached)::bigint AS cached, sum(part.output)::bigint AS output, meter_sum(0, sum(part.cost)) AS cost
          FROM (SELECT tenant_id, month, model_tenant_id, model_id, calls, prompt_tokens AS input, cached_tokens AS cached,
                       completion_tokens AS output, cost_nanos::numeric AS cost
                  FROM usage_total
                 UNION ALL
                SELECT tenant_id, month, model_tenant_id, model_id, -1, -prompt_tokens, -cached_tokens, -completion_tokens,
                       -cost_nanos
                  FROM usage_moved) AS part
          LEFT JOIN model AS m ON m.tenant_id = part.model_tenant_id AND m.id = part.model_id
         GROUP BY 1, 2, 3, 4, 5, 6) AS rest
 WHERE calls <> 0 OR input <> 0 OR cached <> 0 OR output <> 0 OR cost <> 0;

INSERT INTO meter_day (tenant_id, owner_id, day, spent)
SELECT tenant_id, tenant_id, day, meter_sum(0, sum(cost_nanos)) FROM usage_day GROUP BY tenant_id, day
 UNION ALL
SELECT tenant_id, key_id, day, meter_sum(0, sum(cost_nanos)) FROM usage_day
 WHERE key_id <> '00000000-0000-0000-0000-000000000000' GROUP BY tenant_id, key_id, day
 UNION ALL
SELECT tenant_id, user_id, day, meter_sum(0, sum(cost_nanos)) FROM usage_day
 WHERE user_id <> '00000000-0000-0000-0000-000000000000' GROUP BY tenant_id, user_id, day;

INSERT INTO meter_owner (tenant_id, id, kind, month_limit, day, month, day_spent, month_spent, total_spent, reserved, changed_at)
SELECT own.tenant_id, own.id, own.kind, b.month_nanos, today.day, date_trunc('month', today.day)::date,
       coalesce(sum(d.spent) FILTER (WHERE d.day = today.day), 0),
       meter_sum(0, coalesce(sum(d.spent) FILTER (WHERE d.day >= date_trunc('month', today.day)
		AND d.day < date_trunc('month', today.day) + interval '1 month'), 0)),
       meter_sum(0, coalesce(sum(d.spent), 0)), coalesce(b.reserved_nanos, 0), coalesce(b.changed_at, now())
  FROM (SELECT tenant_id, tenant_id AS id, 'tenant' AS kind FROM budget
         UNION
        SELECT tenant_id, tenant_id, 'tenant' FROM usage_day
         UNION
        SELECT tenant_id, key_id, 'key' FROM usage_day WHERE key_id <> '00000000-0000-0000-0000-000000000000'
         UNION
        SELECT tenant_id, user_id, 'user' FROM usage_day WHERE user_id <> '00000000-0000-0000-0000-000000000000') AS own
 CROSS JOIN (SELECT meter_today('-infinity') AS day) AS today
  LEFT JOIN budget AS b ON b.tenant_id = own.tenant_id AND own.kind = 'tenant'
  LEFT JOIN meter_day AS d ON d.tenant_id = own.tenant_id AND d.owner_id = own.id
 GROUP BY own.tenant_id, own.id, own.kind, b.month_nanos, b.reserved_nanos, b.changed_at, today.day;

INSERT INTO meter_reservation (tenant_id, act_id, owners, nanos, renewed_at, expired_on)
SELECT tenant_id, call_id, ARRAY[tenant_id], nanos, renewed_at, expired_month FROM budget_reservation;

UPDATE usage_day AS d
   SET calls = (SELECT count(*) FROM meter_reservation AS r WHERE r.tenant_id = d.tenant_id AND r.expired_on = d.day)
 WHERE d.kind = 'expired';

DROP VIEW usage_moved;
DROP TABLE budget_reservation, budget, usage_total, usage_record;
DROP FUNCTION budget_month(date);
COMMENT ON TABLE usage_quarantine IS 'Acts whose usage event the database refuses; their money is settled all the same.';
COMMENT ON COLUMN usage_quarantine.id IS 'The act.';
COMMENT ON COLUMN usage_quarantine.record IS 'The usage event, its columns as members; text that is no UTF-8 has its bytes as code points.';
COMMENT ON COLUMN usage_quarantine.cost_nanos IS 'Nano-units, counted in all sums.';

-- ---- retention ----

-- An owner's row is made with the tenant's first act or limit, and so are the rows that find what to remove.
CREATE TRIGGER retention_note AFTER INSERT ON meter_owner
	FOR EACH ROW WHEN (NEW.kind = 'tenant')
	EXECUTE FUNCTION retention_note('model', 'usage', 'usage_day', 'spent_day', 'notice', 'quarantine');

DELETE FROM retention WHERE queue = 'model' AND kind IN ('usage', 'total', 'quarantine');
INSERT INTO retention (tenant_id, queue, kind, oldest_at)
SELECT own.tenant_id, 'model', kept.kind, timestamptz '-infinity'
  FROM meter_owner AS own, unnest(ARRAY['usage', 'usage_day', 'spent_day', 'notice', 'quarantine']) AS kept (kind)
 WHERE own.kind = 'tenant'
    ON CONFLICT DO NOTHING;
