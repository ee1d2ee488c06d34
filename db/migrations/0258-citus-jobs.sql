SELECT register_patch('0258-citus-jobs');

-- Where Citus spreads the rows, triggers run on the servers of the rows, and the queues do not lie there. What a trigger
-- wants done stands here until a worker of its queue makes it a job. Elsewhere this table stays empty.
CREATE TABLE job_wanted (
	tenant_id  uuid        NOT NULL,
	id         uuid        NOT NULL DEFAULT gen_random_uuid(),
	queue      text        NOT NULL CHECK (queue ~ '^[a-z]{1,32}$'),
	kind       text        NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
	subject    uuid        NOT NULL,
	due_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX job_wanted_by_queue ON job_wanted (queue);
ALTER TABLE job_wanted ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE job_wanted IS 'Jobs that triggers ask for on servers that hold no queues (docs/database.md); none where the queues lie beside.';
COMMENT ON COLUMN job_wanted.tenant_id IS 'Whose job it will be.';
COMMENT ON COLUMN job_wanted.id IS 'The job''s id: so it is made once.';
COMMENT ON COLUMN job_wanted.queue IS 'As in job; its workers make the job.';
COMMENT ON COLUMN job_wanted.kind IS 'As in job.';
COMMENT ON COLUMN job_wanted.subject IS 'As in job.';
COMMENT ON COLUMN job_wanted.due_at IS 'From when on it is to be done.';

-- Of the jobs in the background that triggers make: added here, or wanted where the queues are not.
CREATE FUNCTION job_want(p_tenant uuid, p_queue text, p_kind text, p_subject uuid, p_due timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	job constant uuid := gen_random_uuid();
BEGIN
	IF to_regclass('bulkhead.job_tenant') IS NULL THEN
		INSERT INTO job_wanted (tenant_id, id, queue, kind, subject, due_at) VALUES (p_tenant, job, p_queue, p_kind, p_subject, p_due);
		RETURN;
	END IF;
	INSERT INTO job_tenant (tenant_id, queue) VALUES (p_tenant, p_queue) ON CONFLICT DO NOTHING;
	INSERT INTO job (tenant_id, id, queue, kind, subject, payload)
	VALUES (p_tenant, job, p_queue, p_kind, p_subject, '{}')
	    ON CONFLICT (tenant_id, queue, kind, subject) WHERE state IN ('waiting', 'running') DO NOTHING;
	IF FOUND THEN
		INSERT INTO job_ready (tenant_id, job_id, queue, due_at, background) VALUES (p_tenant, job, p_queue, p_due, true);
	END IF;
END
$$;
COMMENT ON FUNCTION job_want IS 'Adds a job in the background, unless one of its kind waits for its subject; where the queues are not, notes that it is wanted.';
REVOKE ALL ON FUNCTION job_want FROM PUBLIC;

CREATE OR REPLACE FUNCTION ledger_job(p_tenant uuid, p_kind text, p_due timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM bulkhead.job_want(p_tenant, 'billing', p_kind, p_tenant, p_due);
END
$$;

CREATE OR REPLACE FUNCTION notice_make() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	-- Version 7, so that they are listed in their order.
	made constant uuid := (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
		|| substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid;
	kind constant text := coalesce((SELECT o.kind FROM meter_owner AS o
		WHERE o.tenant_id = NEW.tenant_id AND o.id = NEW.owner_id), 'tenant');
	many constant boolean := (SELECT count(*) FROM (SELECT FROM notice AS n
		WHERE n.tenant_id = NEW.tenant_id AND n.crossed_at > now() - interval '1 day' LIMIT 200) AS today) >= 200;
	state constant text := CASE WHEN many THEN 'off' ELSE 'pending' END;
	why constant text := CASE WHEN many THEN 'too many notices within a day' END;
BEGIN
	INSERT INTO notice (tenant_id, id, owner_id, owner_kind, span, starts, percent, limit_nanos, spent_nanos, webhook,
		webhook_error, mail, mail_error)
	VALUES (NEW.tenant_id, made, NEW.owner_id, kind, NEW.span, NEW.starts, NEW.percent, NEW.limit_nanos, NEW.spent_nanos,
		state, why, state, why);
	IF NOT many THEN
		PERFORM job_want(NEW.tenant_id, 'billing', 'notice', made, now());
	END IF;
	RETURN NULL;
END
$$;

-- ---- processes that are dead ----

CREATE FUNCTION instances_alive(p_dead_ms bigint) RETURNS uuid[]
LANGUAGE sql STABLE SET search_path = bulkhead, pg_temp
AS $$
	SELECT coalesce(array_agg(i.id), '{}')
	  FROM instance AS i
	 WHERE i.tenant_id = '00000000-0000-0000-0000-000000000001' AND i.seen_at > now() - p_dead_ms * interval '1 millisecond'
$$;
COMMENT ON FUNCTION instances_alive IS 'The processes that were seen within so long.';
REVOKE ALL ON FUNCTION instances_alive FROM PUBLIC;

CREATE OR REPLACE FUNCTION meter_charge(p_tenant uuid, p_age_ms bigint, p_dead_ms bigint, p_live uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	nobody constant uuid := '00000000-0000-0000-0000-000000000000';
	-- The processes are the platform's rows, which may lie on another server than the tenant's: they are read first.
	alive constant uuid[] := CASE WHEN p_dead_ms IS NOT NULL THEN instances_alive(p_dead_ms) END;
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
			OR r.instance_id IS NOT NULL AND r.instance_id <> ALL (alive)
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
			   AND (one.instance_id IS NOT NULL AND one.instance_id <> ALL (alive)) IS NOT TRUE);
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

CREATE OR REPLACE FUNCTION meter_dead(p_dead_ms bigint, p_most bigint) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	alive constant uuid[] := CASE WHEN p_dead_ms IS NOT NULL THEN instances_alive(p_dead_ms) END;
BEGIN
	RETURN QUERY
	SELECT DISTINCT r.tenant_id
	  FROM meter_reservation AS r
	 WHERE r.expired_on IS NULL AND r.instance_id IS NOT NULL AND r.instance_id <> ALL (alive)
	 LIMIT p_most;
END
$$;
