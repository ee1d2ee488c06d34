SELECT register_patch('0140-usage');

-- Teams: what OpenAI calls projects. Keys carry one; their acts are counted for it.
CREATE TABLE team (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	name text NOT NULL CHECK (name <> '' AND length(name) <= 128),
	created_at timestamptz NOT NULL DEFAULT now(),
	archived_at timestamptz,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX team_name ON team (tenant_id, name) WHERE archived_at IS NULL;
COMMENT ON TABLE team IS 'Teams of a tenant. An archived one gets no keys any more; what it used stays its.';
COMMENT ON COLUMN team.tenant_id IS 'Whose.';
COMMENT ON COLUMN team.id IS 'Stands in usage_event and meter_owner.';
COMMENT ON COLUMN team.name IS 'Unique among those that are not archived.';
COMMENT ON COLUMN team.created_at IS 'When it was made.';
COMMENT ON COLUMN team.archived_at IS 'When it was archived; null: it is in use.';

CREATE TABLE team_member (
	tenant_id uuid NOT NULL,
	team_id uuid NOT NULL,
	account_id uuid NOT NULL,
	added_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, team_id, account_id),
	FOREIGN KEY (tenant_id, team_id) REFERENCES team (tenant_id, id) ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, account_id) REFERENCES membership (tenant_id, account_id) ON DELETE CASCADE
);
CREATE INDEX team_member_account ON team_member (tenant_id, account_id);
COMMENT ON TABLE team_member IS 'Members of the tenant who belong to a team.';
COMMENT ON COLUMN team_member.tenant_id IS 'Whose.';
COMMENT ON COLUMN team_member.team_id IS 'The team.';
COMMENT ON COLUMN team_member.account_id IS 'The person.';
COMMENT ON COLUMN team_member.added_at IS 'Since when.';

ALTER TABLE api_key ADD COLUMN team_id uuid;
ALTER TABLE api_key ADD FOREIGN KEY (tenant_id, team_id) REFERENCES team (tenant_id, id) ON DELETE SET NULL (team_id);
CREATE INDEX api_key_team ON api_key (tenant_id, team_id) WHERE team_id IS NOT NULL;
COMMENT ON COLUMN api_key.team_id IS 'The team for which its acts are counted; null for none.';

-- A correction is one more event; why it was made stands here.
CREATE TABLE usage_correction (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	act_id uuid NOT NULL,
	event_id uuid NOT NULL,
	figures bigint[] NOT NULL,
	reason text NOT NULL CHECK (reason <> '' AND length(reason) <= 500),
	made_by text NOT NULL,
	made_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX usage_correction_act ON usage_correction (tenant_id, act_id);
CREATE INDEX usage_correction_time ON usage_correction (tenant_id, made_at);
COMMENT ON TABLE usage_correction IS 'Corrections of usage events, each once.';
COMMENT ON COLUMN usage_correction.tenant_id IS 'Who pays.';
COMMENT ON COLUMN usage_correction.id IS 'Made by who corrects: the same id corrects once.';
COMMENT ON COLUMN usage_correction.act_id IS 'The event that is corrected.';
COMMENT ON COLUMN usage_correction.event_id IS 'The event that corrects it.';
COMMENT ON COLUMN usage_correction.figures IS 'What is added: input, cached, cache write and output tokens, units, nano-units.';
COMMENT ON COLUMN usage_correction.reason IS 'Why.';
COMMENT ON COLUMN usage_correction.made_by IS 'Who.';
COMMENT ON COLUMN usage_correction.made_at IS 'When: the day and the period that it counts in.';

CREATE TRIGGER retention_note AFTER INSERT ON usage_correction
	FOR EACH ROW EXECUTE FUNCTION retention_note('billing', 'correction');

-- Draws p_need from the money of a tenant's funds in their order; returns what remains of them and what could not be
-- drawn.
CREATE FUNCTION usage_draw(funds meter_funds, p_kind bigint, p_need bigint, OUT remains bigint[], OUT missing bigint)
LANGUAGE plpgsql STABLE SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	take bigint;
BEGIN
	remains := funds.remains;
	missing := p_need;
	FOR f IN 1 .. cardinality(funds.ids) LOOP
		CONTINUE WHEN funds.meters[f] >= 0 OR funds.kinds[f] & (1::bigint << p_kind::int) = 0 OR funds.ends[f] <= now();
		take := least(missing, remains[f] - funds.held[f]);
		CONTINUE WHEN take <= 0;
		remains[f] := remains[f] - take;
		missing := missing - take;
	END LOOP;
END
$$;
COMMENT ON FUNCTION usage_draw IS 'Draws an amount from funds as a settlement does.';

-- Gives p_back to the funds from which it may have been drawn, the last of their order first; returns
-- what remains of them and what none of them has room for.
CREATE FUNCTION usage_give_back(funds meter_funds, p_kind bigint, p_back bigint, OUT remains bigint[], OUT missing bigint)
LANGUAGE plpgsql STABLE SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	take bigint;
BEGIN
	remains := funds.remains;
	missing := p_back;
	FOR f IN REVERSE coalesce(cardinality(funds.ids), 0) .. 1 LOOP
		CONTINUE WHEN funds.meters[f] >= 0 OR funds.kinds[f] & (1::bigint << p_kind::int) = 0 OR funds.ends[f] <= now();
		take := least(missing, funds.amounts[f] - remains[f]);
		CONTINUE WHEN take <= 0;
		remains[f] := remains[f] + take;
		missing := missing - take;
	END LOOP;
END
$$;
COMMENT ON FUNCTION usage_give_back IS 'Gives an amount back to funds.';

-- Corrects an act by one more event with figures that are added to it: input, cached, cache write and output tokens,
-- units, nano-units. No sum over the act and its corrections goes below zero. It counts on the day on which it is
-- made, in usage_day and for all owners, like everything that comes late. What it costs more is drawn from credits as
-- a settlement does; what it costs less is first what was owed for the act, then goes back to credits; what no credit
-- has room for any more lowers what is invoiced. A threshold that it crosses is told with the next act.
-- done: again for a correction that was made before, other if that one said something else, missing where there is
-- no such act, below where a sum would become negative.
CREATE FUNCTION usage_correct(p_tenant uuid, p_id uuid, p_act uuid, p_event uuid, p_kind bigint, p_figures bigint[],
	p_reason text, p_by text, OUT done text, OUT event_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	nobody constant uuid := '00000000-0000-0000-0000-000000000000';
	mine meter_owner;
	act usage_event;
	known usage_correction;
	funds meter_funds;
	have record;
	cost bigint := p_figures[6];
	covered bigint := 0;
	open bigint;
	take bigint;
BEGIN
	-- The owner passes row security.
	IF p_tenant IS DISTINCT FROM nullif(current_setting('bulkhead.tenant_id', true), '')::uuid THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'not the tenant of the context';
	END IF;
	mine := meter_lock(p_tenant);
	SELECT * INTO known FROM usage_correction AS c WHERE c.tenant_id = p_tenant AND c.id = p_id;
	IF FOUND THEN
		event_id := known.event_id;
		done := CASE WHEN known.act_id = p_act AND known.figures = p_figures AND known.reason = p_reason THEN 'again' ELSE 'other' END;
		RETURN;
	END IF;
	SELECT * INTO act FROM usage_event AS u WHERE u.tenant_id = p_tenant AND u.id = p_act AND u.corrects IS NULL;
	IF NOT FOUND THEN
		done := 'missing';
		RETURN;
	END IF;
	SELECT sum(u.input_tokens) + p_figures[1] AS input, sum(u.cached_tokens) + p_figures[2] AS cached,
	       sum(u.cache_write_tokens) + p_figures[3] AS written, sum(u.output_tokens) + p_figures[4] AS output,
	       sum(u.units) + p_figures[5] AS units, sum(u.cost_nanos) + cost AS cost,
	       greatest(0, sum(u.cost_nanos - u.covered_nanos))::bigint AS open, sum(u.covered_nanos)::bigint AS covered
	  INTO have
	  FROM usage_event AS u
	 WHERE u.tenant_id = p_tenant AND (u.id = p_act OR u.id IN (
		SELECT c.event_id FROM usage_correction AS c WHERE c.tenant_id = p_tenant AND c.act_id = p_act));
	IF least(have.cached, have.written, have.output, have.units, have.cost, have.input - have.cached - have.written) < 0 THEN
		done := 'below';
		RETURN;
	END IF;

	IF mine.has_funds THEN
		SELECT * INTO funds FROM meter_funds AS f WHERE f.tenant_id = p_tenant;
		IF cost > 0 THEN
			SELECT d.remains, d.missing INTO funds.remains, open FROM usage_draw(funds, p_kind, cost) AS d;
			covered := cost - open;
			IF funds.prepaid THEN
				funds.owed := meter_sum(funds.owed, open);
			END IF;
		ELSIF cost < 0 THEN
			open := least(-cost, have.open);
			IF funds.prepaid THEN
				take := least(open, funds.owed);
				funds.owed := funds.owed - take;
				-- The rest of it credits have repaid.
				take := least(open - take, funds.repaid);
				funds.repaid := funds.repaid - take;
				SELECT g.remains, take - g.missing INTO funds.remains, take FROM usage_give_back(funds, p_kind, take) AS g;
			END IF;
			take := least(-cost - open, have.covered);
			SELECT g.remains, g.missing - take INTO funds.remains, covered FROM usage_give_back(funds, p_kind, take) AS g;
			IF funds.owed > 0 AND covered < 0 THEN
				SELECT d.remains, least(funds.owed, -covered) - d.missing INTO funds.remains, take
				  FROM usage_draw(funds, p_kind, least(funds.owed, -covered)) AS d;
				funds.owed := funds.owed - take;
				funds.repaid := funds.repaid + take;
			END IF;
		END IF;
		UPDATE meter_funds SET remains = funds.remains, owed = funds.owed, repaid = funds.repaid WHERE tenant_id = p_tenant;
	END IF;

	INSERT INTO usage_event (tenant_id, id, corrects, request_id, kind, model_tenant_id, model_id, model, subject, actor,
		credential_id, user_id, key_id, team_id, status, source, started_at, ended_at, streamed, batch, input_tokens,
		cached_tokens, cache_write_tokens, output_tokens, units, price_known, price_version, rate_version, cost_nanos,
		covered_nanos)
	VALUES (p_tenant, p_event, p_act, act.request_id, act.kind, act.model_tenant_id, act.model_id, act.model, act.subject,
		act.actor, act.credential_id, act.user_id, act.key_id, act.team_id, act.status, act.source, act.started_at,
		act.ended_at, act.streamed, act.batch, p_figures[1], p_figures[2], p_figures[3], p_figures[4], p_figures[5],
		act.price_known, act.price_version, act.rate_version, cost, covered);
	INSERT INTO usage_correction (tenant_id, id, act_id, event_id, figures, reason, made_by)
	VALUES (p_tenant, p_id, p_act, p_event, p_figures, p_reason, p_by);
	INSERT INTO usage_day AS d (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version, batch,
		key_id, user_id, team_id, input_tokens, cached_tokens, cache_write_tokens, output_tokens, units, cost_nanos,
		covered_nanos)
	VALUES (p_tenant, mine.day, act.kind, act.model_tenant_id, act.model_id, act.model, act.price_version,
		act.rate_version, act.batch, act.key_id, act.user_id, act.team_id, p_figures[1], p_figures[2], p_figures[3],
		p_figures[4], p_figures[5], cost, covered)
	    ON CONFLICT (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version, batch, key_id,
		user_id, team_id) DO UPDATE
	   SET input_tokens = d.input_tokens + excluded.input_tokens,
	       cached_tokens = d.cached_tokens + excluded.cached_tokens,
	       cache_write_tokens = d.cache_write_tokens + excluded.cache_write_tokens,
	       output_tokens = d.output_tokens + excluded.output_tokens,
	       units = d.units + excluded.units,
	       cost_nanos = meter_sum(d.cost_nanos, excluded.cost_nanos),
	       covered_nanos = meter_sum(d.covered_nanos, excluded.covered_nanos);
	INSERT INTO meter_owner AS o (tenant_id, id, kind, day, month, day_spent, month_spent, total_spent)
	SELECT p_tenant, w.id, w.kind, mine.day, mine.month, cost, cost, cost
	  FROM (VALUES (p_tenant, 'tenant'), (act.team_id, 'team'), (act.user_id, 'user'), (act.key_id, 'key')) AS w (id, kind)
	 WHERE w.id <> nobody
	    ON CONFLICT (tenant_id, id) DO UPDATE
	   SET day_spent = meter_sum(o.day_spent, cost), month_spent = meter_sum(o.month_spent, cost),
	       total_spent = meter_sum(o.total_spent, cost);
	INSERT INTO meter_day AS d (tenant_id, owner_id, day, spent)
	SELECT p_tenant, w.id, mine.day, cost
	  FROM (VALUES (p_tenant), (act.team_id), (act.user_id), (act.key_id)) AS w (id)
	 WHERE w.id <> nobody
	    ON CONFLICT (tenant_id, owner_id, day) DO UPDATE SET spent = meter_sum(d.spent, excluded.spent);
	done := 'ok';
	event_id := p_event;
END
$$;
COMMENT ON FUNCTION usage_correct IS 'Adds figures to an act, once, and moves its money.';

REVOKE ALL ON FUNCTION usage_draw, usage_give_back, usage_correct FROM PUBLIC;
