SELECT register_patch('0021-model-settlement');

-- What is spent is counted as it is settled: nothing sums a month of rows any more.
CREATE TABLE usage_total (
	tenant_id uuid NOT NULL,
	month date NOT NULL,
	model_tenant_id uuid NOT NULL,
	model_id uuid NOT NULL,
	calls bigint NOT NULL DEFAULT 0,
	prompt_tokens bigint NOT NULL DEFAULT 0,
	cached_tokens bigint NOT NULL DEFAULT 0,
	completion_tokens bigint NOT NULL DEFAULT 0,
	cost_nanos bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, month, model_tenant_id, model_id)
);
COMMENT ON TABLE usage_total IS 'What a tenant used in a month of a model, counted in the transaction that settles.';
COMMENT ON COLUMN usage_total.tenant_id IS 'Who pays.';
COMMENT ON COLUMN usage_total.month IS 'Its first day (UTC), by the database''s clock at the settlement.';
COMMENT ON COLUMN usage_total.model_tenant_id IS 'Owner of the model; zero in the row of expired reservations.';
COMMENT ON COLUMN usage_total.model_id IS 'The model; zero in the row of expired reservations.';
COMMENT ON COLUMN usage_total.calls IS 'Settled calls.';
COMMENT ON COLUMN usage_total.prompt_tokens IS 'Input tokens.';
COMMENT ON COLUMN usage_total.cached_tokens IS 'Input tokens the engine had cached.';
COMMENT ON COLUMN usage_total.completion_tokens IS 'Output tokens.';
COMMENT ON COLUMN usage_total.cost_nanos IS 'Nano-units. Of expired reservations: what they were charged, less what their calls'' late settlements gave back.';

LOCK TABLE usage_record, budget IN SHARE MODE;
INSERT INTO usage_total (tenant_id, month, model_tenant_id, model_id, calls, prompt_tokens, cached_tokens,
	completion_tokens, cost_nanos)
SELECT tenant_id, date_trunc('month', started_at AT TIME ZONE 'UTC')::date, model_tenant_id, model_id, count(*),
	sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens),
	least(sum(cost_nanos), 9000000000000000000)
  FROM usage_record
 GROUP BY 1, 2, 3, 4;
-- The budget's row counted by the time of settlement, and what expired: it stays right for its month.
INSERT INTO usage_total AS t (tenant_id, month, model_tenant_id, model_id, cost_nanos)
SELECT b.tenant_id, b.month, '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000',
	b.spent_nanos - coalesce(sum(u.cost_nanos), 0)
  FROM budget AS b
  LEFT JOIN usage_total AS u ON u.tenant_id = b.tenant_id AND u.month = b.month
 GROUP BY b.tenant_id, b.month, b.spent_nanos
HAVING b.spent_nanos <> coalesce(sum(u.cost_nanos), 0);

ALTER TABLE budget_reservation ADD COLUMN renewed_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE budget_reservation ADD COLUMN expired_month date;
COMMENT ON COLUMN budget_reservation.renewed_at IS 'When a process last said that the call is in flight.';
COMMENT ON COLUMN budget_reservation.expired_month IS 'The month that was charged when nobody had said so for an hour; null while it is reserved. The call''s settlement gives the charge back.';

-- The month that a budget counts. A statement that began just before midnight, and waited for one that
-- began after it, does not go back; a clock that had jumped ahead does, and finds its month as it was.
CREATE FUNCTION budget_month(counted date) RETURNS date
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE
		WHEN counted > (now() AT TIME ZONE 'UTC')::date + 1 THEN date_trunc('month', now() AT TIME ZONE 'UTC')::date
		ELSE greatest(counted, date_trunc('month', now() AT TIME ZONE 'UTC')::date)
	END;
COMMENT ON FUNCTION budget_month IS 'The month to count in, given the one that was counted last.';

CREATE TABLE usage_quarantine (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	reason text NOT NULL,
	record jsonb NOT NULL,
	cost_nanos bigint NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX usage_quarantine_time ON usage_quarantine (tenant_id, created_at);
COMMENT ON TABLE usage_quarantine IS 'Calls whose usage row the database refuses; their money is settled all the same.';
COMMENT ON COLUMN usage_quarantine.tenant_id IS 'Who pays.';
COMMENT ON COLUMN usage_quarantine.id IS 'The call.';
COMMENT ON COLUMN usage_quarantine.reason IS 'What the database said.';
COMMENT ON COLUMN usage_quarantine.record IS 'The usage row, its columns as members; text that is no UTF-8 has its bytes as code points.';
COMMENT ON COLUMN usage_quarantine.cost_nanos IS 'Nano-units, counted in the budget and in usage_total.';
COMMENT ON COLUMN usage_quarantine.created_at IS 'When it was put here.';
