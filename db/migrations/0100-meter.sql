SELECT register_patch('0100-meter');

-- The books of src/meter: what every billable act reserves and what it costs. Services move money through the
-- functions below only; none may write these tables. Each function takes the tenant's own row first and holds
-- it to the end of its transaction: all that is done to one tenant's books is done one after the other, and
-- what a statement behind that lock reads is what stands.

-- Who spends: the tenant, a team, a user, an API key. A row is made with the first act or the first limit.
CREATE TABLE meter_owner (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('tenant', 'team', 'user', 'key')),
	day_limit bigint CHECK (day_limit >= 0),
	month_limit bigint CHECK (month_limit >= 0),
	total_limit bigint CHECK (total_limit >= 0),
	day date NOT NULL,
	month date NOT NULL,
	day_spent bigint NOT NULL DEFAULT 0,
	month_spent bigint NOT NULL DEFAULT 0,
	total_spent bigint NOT NULL DEFAULT 0,
	reserved bigint NOT NULL DEFAULT 0,
	notice_percent bigint[] NOT NULL DEFAULT '{80,100}',
	limited bigint NOT NULL DEFAULT 0,
	has_funds boolean NOT NULL DEFAULT false,
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	CHECK ((kind = 'tenant') = (id = tenant_id))
) WITH (fillfactor = 50);
COMMENT ON TABLE meter_owner IS 'Limits of the tenant, its teams, users and keys, with what each has spent and reserved.';
COMMENT ON COLUMN meter_owner.tenant_id IS 'Who pays.';
COMMENT ON COLUMN meter_owner.id IS 'The team, account or key; the tenant''s own id in its own row.';
COMMENT ON COLUMN meter_owner.kind IS 'tenant, team, user or key.';
COMMENT ON COLUMN meter_owner.day_limit IS 'Nano-units a day (UTC); null for no limit.';
COMMENT ON COLUMN meter_owner.month_limit IS 'Nano-units a calendar month (UTC); null for no limit.';
COMMENT ON COLUMN meter_owner.total_limit IS 'Nano-units altogether; null for no limit.';
COMMENT ON COLUMN meter_owner.day IS 'The day that day_spent counts.';
COMMENT ON COLUMN meter_owner.month IS 'The month that month_spent counts, as its first day.';
COMMENT ON COLUMN meter_owner.day_spent IS 'Nano-units settled on that day.';
COMMENT ON COLUMN meter_owner.month_spent IS 'Nano-units settled in that month.';
COMMENT ON COLUMN meter_owner.total_spent IS 'Nano-units settled altogether.';
COMMENT ON COLUMN meter_owner.reserved IS 'Nano-units set aside for acts in flight.';
COMMENT ON COLUMN meter_owner.notice_percent IS 'Parts of a limit, in percent, whose crossing is told.';
COMMENT ON COLUMN meter_owner.limited IS 'In the tenant''s row: how many of its other owners have a limit.';
COMMENT ON COLUMN meter_owner.has_funds IS 'In the tenant''s row: whether it has a row of meter_funds.';
COMMENT ON COLUMN meter_owner.changed_at IS 'When its limits were last set.';

-- The days behind those sums: a window that begins anew, or anew after a clock went back, is summed from here.
CREATE TABLE meter_day (
	tenant_id uuid NOT NULL,
	owner_id uuid NOT NULL,
	day date NOT NULL,
	spent bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, owner_id, day)
);
CREATE INDEX meter_day_time ON meter_day (tenant_id, day);
COMMENT ON TABLE meter_day IS 'What an owner spent on a day.';
COMMENT ON COLUMN meter_day.tenant_id IS 'Who pays.';
COMMENT ON COLUMN meter_day.owner_id IS 'The tenant itself, a team, an account or a key.';
COMMENT ON COLUMN meter_day.day IS 'The day (UTC) by the database''s clock at the settlement.';
COMMENT ON COLUMN meter_day.spent IS 'Nano-units.';

-- What is drawn before money is owed: included quantities and credits, in the order in which they are drawn.
CREATE TABLE meter_funds (
	tenant_id uuid NOT NULL,
	ids uuid[] NOT NULL DEFAULT '{}',
	meters bigint[] NOT NULL DEFAULT '{}',
	kinds bigint[] NOT NULL DEFAULT '{}',
	priorities bigint[] NOT NULL DEFAULT '{}',
	ends timestamptz[] NOT NULL DEFAULT '{}',
	given timestamptz[] NOT NULL DEFAULT '{}',
	amounts bigint[] NOT NULL DEFAULT '{}',
	remains bigint[] NOT NULL DEFAULT '{}',
	held bigint[] NOT NULL DEFAULT '{}',
	prepaid boolean NOT NULL DEFAULT false,
	owed bigint NOT NULL DEFAULT 0 CHECK (owed >= 0),
	repaid bigint NOT NULL DEFAULT 0 CHECK (repaid >= 0),
	low_at bigint CHECK (low_at >= 0),
	PRIMARY KEY (tenant_id),
	CHECK (cardinality(ids) <= 64)
) WITH (fillfactor = 50);
COMMENT ON TABLE meter_funds IS 'Included quantities and credits of a tenant, one element a fund, sorted as they are drawn: by priority, end, age.';
COMMENT ON COLUMN meter_funds.tenant_id IS 'Whose.';
COMMENT ON COLUMN meter_funds.ids IS 'The grant or the included quantity.';
COMMENT ON COLUMN meter_funds.meters IS '-1 for money; otherwise the number of the meter whose units are included (src/meter/unit.h).';
COMMENT ON COLUMN meter_funds.kinds IS 'Money: a bit for each kind of act that may draw it; -1 for all.';
COMMENT ON COLUMN meter_funds.priorities IS 'Lower ones are drawn first.';
COMMENT ON COLUMN meter_funds.ends IS 'When it may no longer be drawn; infinity for never.';
COMMENT ON COLUMN meter_funds.given IS 'When it was given.';
COMMENT ON COLUMN meter_funds.amounts IS 'What was given: nano-units, or units of the meter.';
COMMENT ON COLUMN meter_funds.remains IS 'What is not drawn yet.';
COMMENT ON COLUMN meter_funds.held IS 'What of that is set aside for acts in flight.';
COMMENT ON COLUMN meter_funds.prepaid IS 'An act that costs money is admitted only if credits cover it.';
COMMENT ON COLUMN meter_funds.owed IS 'Prepaid: what acts cost beyond the credits there were; new credits repay it first.';
COMMENT ON COLUMN meter_funds.repaid IS 'What credits have repaid of it, altogether.';
COMMENT ON COLUMN meter_funds.low_at IS 'Nano-units below which the balance is told to be low; null for never.';

CREATE TABLE meter_reservation (
	tenant_id uuid NOT NULL,
	act_id uuid NOT NULL,
	owners uuid[] NOT NULL,
	nanos bigint NOT NULL CHECK (nanos >= 0),
	funds uuid[],
	held bigint[],
	renewed_at timestamptz NOT NULL DEFAULT now(),
	expired_on date,
	PRIMARY KEY (tenant_id, act_id)
);
COMMENT ON TABLE meter_reservation IS 'Money set aside for an act in flight.';
COMMENT ON COLUMN meter_reservation.tenant_id IS 'Who pays.';
COMMENT ON COLUMN meter_reservation.act_id IS 'The act; becomes the id of its usage event.';
COMMENT ON COLUMN meter_reservation.owners IS 'Owners in whose rows it is counted.';
COMMENT ON COLUMN meter_reservation.nanos IS 'How much, in nano-units.';
COMMENT ON COLUMN meter_reservation.funds IS 'Funds of which something is held; null for none.';
COMMENT ON COLUMN meter_reservation.held IS 'How much of each of them.';
COMMENT ON COLUMN meter_reservation.renewed_at IS 'When a process last said that the act is in flight.';
COMMENT ON COLUMN meter_reservation.expired_on IS 'The day it was charged to when nobody had said so for an hour; null while it is reserved. The act''s settlement gives the charge back.';

-- One billable act. Ids are UUIDs of version 7, so a month of ids is a month of acts: rows of a month lie in
-- one partition, and (tenant, id) is unique across all of them.
CREATE TABLE usage_event (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	corrects uuid,
	request_id text NOT NULL,
	kind text NOT NULL,
	model_tenant_id uuid NOT NULL,
	model_id uuid NOT NULL,
	model text NOT NULL,
	subject text NOT NULL,
	actor text NOT NULL,
	credential_id uuid NOT NULL,
	user_id uuid NOT NULL,
	key_id uuid NOT NULL,
	team_id uuid NOT NULL,
	status text NOT NULL CHECK (status IN ('ok', 'cut', 'truncated', 'failed', 'lost')),
	source text NOT NULL CHECK (source IN ('reported', 'counted', 'estimated')),
	started_at timestamptz NOT NULL,
	ended_at timestamptz NOT NULL,
	arrived_at timestamptz NOT NULL DEFAULT now(),
	streamed boolean NOT NULL,
	batch boolean NOT NULL,
	input_tokens bigint NOT NULL,
	cached_tokens bigint NOT NULL,
	cache_write_tokens bigint NOT NULL,
	output_tokens bigint NOT NULL,
	units bigint NOT NULL,
	included bigint[],
	price_known boolean NOT NULL,
	price_version bigint NOT NULL,
	rate_version bigint NOT NULL,
	cost_nanos bigint NOT NULL,
	covered_nanos bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX usage_event_request ON usage_event (tenant_id, request_id);
CREATE INDEX usage_event_time ON usage_event (tenant_id, arrived_at);
COMMENT ON TABLE usage_event IS 'One billable act: who, what, how much. Never changed once written; a correction is a further row.';
COMMENT ON COLUMN usage_event.tenant_id IS 'Who pays.';
COMMENT ON COLUMN usage_event.id IS 'The act.';
COMMENT ON COLUMN usage_event.corrects IS 'The row that this one corrects; its figures are what is added.';
COMMENT ON COLUMN usage_event.request_id IS 'The request that caused it, as in the audit lines.';
COMMENT ON COLUMN usage_event.kind IS 'chat, embedding, rerank, search, page, storage, … (src/meter/unit.h).';
COMMENT ON COLUMN usage_event.model_tenant_id IS 'Owner of the model; zero where there is none. No key, for the row outlives the model.';
COMMENT ON COLUMN usage_event.model_id IS 'The model; zero where there is none.';
COMMENT ON COLUMN usage_event.model IS 'The model''s name at the time.';
COMMENT ON COLUMN usage_event.subject IS 'For whom the act was done.';
COMMENT ON COLUMN usage_event.actor IS 'The service that asked for it, empty for a request from outside.';
COMMENT ON COLUMN usage_event.credential_id IS 'API key or session; zero for a service of its own accord.';
COMMENT ON COLUMN usage_event.user_id IS 'The account, zero for none.';
COMMENT ON COLUMN usage_event.key_id IS 'The API key, zero for none.';
COMMENT ON COLUMN usage_event.team_id IS 'The team, zero for none.';
COMMENT ON COLUMN usage_event.status IS 'How it ended; lost when our own process died.';
COMMENT ON COLUMN usage_event.source IS 'Where the figures come from: the engine, our count, or an estimate.';
COMMENT ON COLUMN usage_event.started_at IS 'When it was admitted.';
COMMENT ON COLUMN usage_event.ended_at IS 'When its last byte had passed.';
COMMENT ON COLUMN usage_event.arrived_at IS 'When it was settled: the day and the period that it counts in.';
COMMENT ON COLUMN usage_event.streamed IS 'Whether it was streamed.';
COMMENT ON COLUMN usage_event.batch IS 'Whether it had the price of a batch.';
COMMENT ON COLUMN usage_event.input_tokens IS 'Input tokens, cached ones among them.';
COMMENT ON COLUMN usage_event.cached_tokens IS 'Input tokens that were read from a cache.';
COMMENT ON COLUMN usage_event.cache_write_tokens IS 'Input tokens that were written to a cache.';
COMMENT ON COLUMN usage_event.output_tokens IS 'Output tokens.';
COMMENT ON COLUMN usage_event.units IS 'What else the kind counts: images, seconds, characters, pages, searches, byte days.';
COMMENT ON COLUMN usage_event.included IS 'What of input, cached, cache write, output and units was included in the plan; null for nothing.';
COMMENT ON COLUMN usage_event.price_known IS 'False when there was no price: the cost is then 0 and flagged.';
COMMENT ON COLUMN usage_event.price_version IS 'The version of the model''s price.';
COMMENT ON COLUMN usage_event.rate_version IS 'The version of the plan''s rates where they took the place of a price; 0: none did.';
COMMENT ON COLUMN usage_event.cost_nanos IS 'Nano-units, rounded up once; without what was included.';
COMMENT ON COLUMN usage_event.covered_nanos IS 'What of that was drawn from credits at once.';

-- What is charted, invoiced and kept for years.
CREATE TABLE usage_day (
	tenant_id uuid NOT NULL,
	day date NOT NULL,
	kind text NOT NULL,
	model_tenant_id uuid NOT NULL,
	model_id uuid NOT NULL,
	model text NOT NULL,
	price_version bigint NOT NULL,
	rate_version bigint NOT NULL,
	batch boolean NOT NULL,
	key_id uuid NOT NULL,
	user_id uuid NOT NULL,
	team_id uuid NOT NULL,
	calls bigint NOT NULL DEFAULT 0,
	unpriced bigint NOT NULL DEFAULT 0,
	input_tokens bigint NOT NULL DEFAULT 0,
	cached_tokens bigint NOT NULL DEFAULT 0,
	cache_write_tokens bigint NOT NULL DEFAULT 0,
	output_tokens bigint NOT NULL DEFAULT 0,
	units bigint NOT NULL DEFAULT 0,
	included_input bigint NOT NULL DEFAULT 0,
	included_cached bigint NOT NULL DEFAULT 0,
	included_cache_write bigint NOT NULL DEFAULT 0,
	included_output bigint NOT NULL DEFAULT 0,
	included_units bigint NOT NULL DEFAULT 0,
	cost_nanos bigint NOT NULL DEFAULT 0,
	covered_nanos bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, day, kind, model_tenant_id, model_id, model, price_version, rate_version, batch, key_id,
		user_id, team_id)
);
COMMENT ON TABLE usage_day IS 'Sums of usage_event by day, kept in the transaction that settles.';
COMMENT ON COLUMN usage_day.tenant_id IS 'Who pays.';
COMMENT ON COLUMN usage_day.day IS 'The day (UTC) by the database''s clock at the settlement.';
COMMENT ON COLUMN usage_day.kind IS 'As in usage_event; expired for reservations that were charged, less what late settlements gave back.';
COMMENT ON COLUMN usage_day.model_tenant_id IS 'Owner of the model, zero where there is none.';
COMMENT ON COLUMN usage_day.model_id IS 'The model, zero where there is none.';
COMMENT ON COLUMN usage_day.model IS 'Its name at the time.';
COMMENT ON COLUMN usage_day.price_version IS 'The version of its price.';
COMMENT ON COLUMN usage_day.rate_version IS 'The version of the plan''s rates, 0 for none.';
COMMENT ON COLUMN usage_day.batch IS 'Whether the acts had the price of a batch.';
COMMENT ON COLUMN usage_day.key_id IS 'The API key, zero for none.';
COMMENT ON COLUMN usage_day.user_id IS 'The account, zero for none.';
COMMENT ON COLUMN usage_day.team_id IS 'The team, zero for none.';
COMMENT ON COLUMN usage_day.calls IS 'Acts.';
COMMENT ON COLUMN usage_day.unpriced IS 'Acts that had no price.';
COMMENT ON COLUMN usage_day.input_tokens IS 'Input tokens, cached ones among them.';
COMMENT ON COLUMN usage_day.cached_tokens IS 'Input tokens that were read from a cache.';
COMMENT ON COLUMN usage_day.cache_write_tokens IS 'Input tokens that were written to a cache.';
COMMENT ON COLUMN usage_day.output_tokens IS 'Output tokens.';
COMMENT ON COLUMN usage_day.units IS 'What else the kind counts.';
COMMENT ON COLUMN usage_day.included_input IS 'Input tokens that were included, neither cached nor written.';
COMMENT ON COLUMN usage_day.included_cached IS 'Cached tokens that were included.';
COMMENT ON COLUMN usage_day.included_cache_write IS 'Tokens written to a cache that were included.';
COMMENT ON COLUMN usage_day.included_output IS 'Output tokens that were included.';
COMMENT ON COLUMN usage_day.included_units IS 'Units that were included.';
COMMENT ON COLUMN usage_day.cost_nanos IS 'Nano-units.';
COMMENT ON COLUMN usage_day.covered_nanos IS 'What of that was drawn from credits at once.';

-- A threshold was crossed: once a window, limit and threshold.
CREATE TABLE meter_notice (
	tenant_id uuid NOT NULL,
	owner_id uuid NOT NULL,
	span text NOT NULL CHECK (span IN ('day', 'month', 'total', 'balance')),
	starts date NOT NULL,
	percent bigint NOT NULL,
	limit_nanos bigint NOT NULL,
	spent_nanos bigint NOT NULL,
	crossed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, owner_id, span, starts, percent, limit_nanos)
);
CREATE INDEX meter_notice_time ON meter_notice (tenant_id, crossed_at);
COMMENT ON TABLE meter_notice IS 'Thresholds of limits that were crossed, each once.';
COMMENT ON COLUMN meter_notice.tenant_id IS 'Whose.';
COMMENT ON COLUMN meter_notice.owner_id IS 'The owner whose limit it is.';
COMMENT ON COLUMN meter_notice.span IS 'day, month, total; balance for credits that run low.';
COMMENT ON COLUMN meter_notice.starts IS 'The window''s first day; for total and balance 1970-01-01, or the day.';
COMMENT ON COLUMN meter_notice.percent IS 'The threshold, in percent of the limit.';
COMMENT ON COLUMN meter_notice.limit_nanos IS 'The limit at the time.';
COMMENT ON COLUMN meter_notice.spent_nanos IS 'What was spent, or of a balance what was left.';
COMMENT ON COLUMN meter_notice.crossed_at IS 'When.';

-- Prices that the tenant's plan sets in the place of a model's.
CREATE TABLE meter_rate (
	tenant_id uuid NOT NULL,
	meter bigint NOT NULL,
	version bigint NOT NULL,
	nanos bigint NOT NULL CHECK (nanos >= 0),
	PRIMARY KEY (tenant_id, meter)
);
COMMENT ON TABLE meter_rate IS 'What the plan of the tenant charges for a meter, in the place of the model''s price.';
COMMENT ON COLUMN meter_rate.tenant_id IS 'Whose.';
COMMENT ON COLUMN meter_rate.meter IS 'The meter (src/meter/unit.h).';
COMMENT ON COLUMN meter_rate.version IS 'The version of the plan.';
COMMENT ON COLUMN meter_rate.nanos IS 'Nano-units per million units.';
