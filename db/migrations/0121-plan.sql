SELECT register_patch('0121-plan');

-- Plans are the platform's. A version is never changed: subscriptions keep theirs until they are moved.
CREATE TABLE plan (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	id uuid NOT NULL,
	name text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,30}$'),
	version bigint NOT NULL CHECK (version > 0),
	created_at timestamptz NOT NULL DEFAULT now(),
	archived_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, name)
);
COMMENT ON TABLE plan IS 'What tenants can subscribe to.';
COMMENT ON COLUMN plan.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN plan.id IS 'The plan.';
COMMENT ON COLUMN plan.name IS 'Its name; in tokens as the claim plan.';
COMMENT ON COLUMN plan.version IS 'Its newest version.';
COMMENT ON COLUMN plan.created_at IS 'When it was made.';
COMMENT ON COLUMN plan.archived_at IS 'When it was taken off the list: nobody subscribes to it any more, those who have it keep it.';

CREATE TABLE plan_version (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	plan_id uuid NOT NULL,
	version bigint NOT NULL,
	span text NOT NULL CHECK (span IN ('month', 'year')),
	price_nanos bigint NOT NULL CHECK (price_nanos BETWEEN 0 AND 1000000000000000000),
	currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	billing text NOT NULL CHECK (billing IN ('arrears', 'prepaid')),
	credit_nanos bigint NOT NULL CHECK (credit_nanos BETWEEN 0 AND 1000000000000000000),
	trial_days bigint NOT NULL CHECK (trial_days BETWEEN 0 AND 366),
	seats bigint NOT NULL CHECK (seats >= 0),
	requests_per_minute bigint NOT NULL CHECK (requests_per_minute >= 0),
	concurrency bigint NOT NULL CHECK (concurrency >= 0),
	tokens_per_minute bigint NOT NULL CHECK (tokens_per_minute >= 0),
	is_public boolean NOT NULL,
	entitlements text NOT NULL CHECK (entitlements <> '' AND length(entitlements) < 480),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, plan_id, version),
	FOREIGN KEY (tenant_id, plan_id) REFERENCES plan (tenant_id, id)
);
COMMENT ON TABLE plan_version IS 'What a plan offers, by version; only added to.';
COMMENT ON COLUMN plan_version.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN plan_version.plan_id IS 'The plan.';
COMMENT ON COLUMN plan_version.version IS 'Counts from 1.';
COMMENT ON COLUMN plan_version.span IS 'How long a period is: a month or a year.';
COMMENT ON COLUMN plan_version.price_nanos IS 'Price of a period, in nano-units.';
COMMENT ON COLUMN plan_version.currency IS 'Its currency (ISO 4217).';
COMMENT ON COLUMN plan_version.billing IS 'arrears: the price is charged at the period''s end. prepaid: at its begin, and usage that costs money needs credits.';
COMMENT ON COLUMN plan_version.credit_nanos IS 'Credit that each period begins with, in nano-units; it ends with the period.';
COMMENT ON COLUMN plan_version.trial_days IS 'Days before the first period in which the plan costs nothing; 0: none.';
COMMENT ON COLUMN plan_version.seats IS 'Most users of the tenant; 0: as many as the platform allows.';
COMMENT ON COLUMN plan_version.requests_per_minute IS 'Requests a minute; 0: no limit.';
COMMENT ON COLUMN plan_version.concurrency IS 'Most requests at once; 0: no limit.';
COMMENT ON COLUMN plan_version.tokens_per_minute IS 'Tokens a minute; 0: no limit.';
COMMENT ON COLUMN plan_version.is_public IS 'Tenants may choose it themselves; otherwise the operator gives it.';
COMMENT ON COLUMN plan_version.entitlements IS 'Words divided by blanks: services, * for all, model:NAME for the only models (NAME may end with *).';
COMMENT ON COLUMN plan_version.created_at IS 'When it was made.';

CREATE TABLE plan_meter (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	plan_id uuid NOT NULL,
	version bigint NOT NULL,
	meter bigint NOT NULL,
	included bigint NOT NULL CHECK (included BETWEEN 0 AND 1000000000000000000),
	overage_nanos bigint CHECK (overage_nanos BETWEEN 0 AND 1000000000000000000),
	PRIMARY KEY (tenant_id, plan_id, version, meter),
	FOREIGN KEY (tenant_id, plan_id, version) REFERENCES plan_version (tenant_id, plan_id, version)
);
COMMENT ON TABLE plan_meter IS 'What a version includes and what it charges beyond, by meter.';
COMMENT ON COLUMN plan_meter.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN plan_meter.plan_id IS 'The plan.';
COMMENT ON COLUMN plan_meter.version IS 'The version.';
COMMENT ON COLUMN plan_meter.meter IS 'The meter (src/meter/unit.h).';
COMMENT ON COLUMN plan_meter.included IS 'Units included in a period.';
COMMENT ON COLUMN plan_meter.overage_nanos IS 'Nano-units per million units beyond those; null: the model''s own price.';

CREATE TABLE subscription (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	plan_id uuid NOT NULL,
	plan_version bigint NOT NULL,
	state text NOT NULL CHECK (state IN ('trialing', 'active', 'paused', 'past_due', 'suspended', 'canceled')),
	started_at timestamptz NOT NULL,
	anchor_at timestamptz NOT NULL,
	spans bigint NOT NULL,
	trial_until timestamptz,
	number bigint NOT NULL,
	from_at timestamptz NOT NULL,
	until_at timestamptz NOT NULL,
	closed boolean NOT NULL DEFAULT false,
	segment_at timestamptz NOT NULL,
	step bigint NOT NULL DEFAULT 0,
	next_plan_id uuid,
	next_plan_version bigint,
	cancel_at_end boolean NOT NULL DEFAULT false,
	canceled_at timestamptz,
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	CHECK ((next_plan_id IS NULL) = (next_plan_version IS NULL)),
	CHECK ((state = 'canceled') = (canceled_at IS NOT NULL))
);
CREATE UNIQUE INDEX subscription_one ON subscription (tenant_id) WHERE state <> 'canceled';
COMMENT ON TABLE subscription IS 'A tenant''s subscription to a plan; one that is not canceled at a time.';
COMMENT ON COLUMN subscription.tenant_id IS 'Whose.';
COMMENT ON COLUMN subscription.id IS 'The subscription.';
COMMENT ON COLUMN subscription.plan_id IS 'The platform''s plan. No key: the row is another tenant''s.';
COMMENT ON COLUMN subscription.plan_version IS 'The version that it keeps until it is moved.';
COMMENT ON COLUMN subscription.state IS 'trialing, active, paused, past_due, suspended or canceled.';
COMMENT ON COLUMN subscription.started_at IS 'When it was started.';
COMMENT ON COLUMN subscription.anchor_at IS 'From where periods are counted; each ends a whole number of months after it.';
COMMENT ON COLUMN subscription.spans IS 'Which period since the anchor the current one is, from 0; -1: the trial before it.';
COMMENT ON COLUMN subscription.trial_until IS 'When its trial ends or ended; null: it had none.';
COMMENT ON COLUMN subscription.number IS 'The current period, from 0.';
COMMENT ON COLUMN subscription.from_at IS 'When the current period began.';
COMMENT ON COLUMN subscription.until_at IS 'When it ends.';
COMMENT ON COLUMN subscription.closed IS 'It has ended and no other has begun: paused or canceled.';
COMMENT ON COLUMN subscription.segment_at IS 'From when on, within the period, the plan has been this one.';
COMMENT ON COLUMN subscription.step IS 'Changes of plan within the period.';
COMMENT ON COLUMN subscription.next_plan_id IS 'The plan from the next period on; null: the same.';
COMMENT ON COLUMN subscription.next_plan_version IS 'Its version.';
COMMENT ON COLUMN subscription.cancel_at_end IS 'It is canceled at the period''s end.';
COMMENT ON COLUMN subscription.canceled_at IS 'When it was canceled.';
COMMENT ON COLUMN subscription.changed_at IS 'When anything of this changed last.';

CREATE TABLE subscription_line (
	tenant_id uuid NOT NULL,
	subscription_id uuid NOT NULL,
	number bigint NOT NULL,
	line bigint NOT NULL,
	kind text NOT NULL CHECK (kind IN ('base', 'credit')),
	plan text NOT NULL,
	plan_version bigint NOT NULL,
	from_at timestamptz NOT NULL,
	until_at timestamptz NOT NULL,
	nanos bigint NOT NULL,
	PRIMARY KEY (tenant_id, subscription_id, number, line),
	FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE subscription_line IS 'What a period is charged for its plans, besides usage; parts of one price add up to the whole.';
COMMENT ON COLUMN subscription_line.tenant_id IS 'Whose.';
COMMENT ON COLUMN subscription_line.subscription_id IS 'The subscription.';
COMMENT ON COLUMN subscription_line.number IS 'The period.';
COMMENT ON COLUMN subscription_line.line IS 'Counts from 0 within the period.';
COMMENT ON COLUMN subscription_line.kind IS 'base: a price or a part of it; credit: what was charged before and is not used.';
COMMENT ON COLUMN subscription_line.plan IS 'The plan''s name.';
COMMENT ON COLUMN subscription_line.plan_version IS 'Its version.';
COMMENT ON COLUMN subscription_line.from_at IS 'The time that the line is for begins.';
COMMENT ON COLUMN subscription_line.until_at IS 'And ends.';
COMMENT ON COLUMN subscription_line.nanos IS 'Nano-units, signed.';

CREATE TABLE subscription_drawn (
	tenant_id uuid NOT NULL,
	subscription_id uuid NOT NULL,
	number bigint NOT NULL,
	meter bigint NOT NULL,
	units bigint NOT NULL CHECK (units >= 0),
	PRIMARY KEY (tenant_id, subscription_id, number, meter),
	FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE subscription_drawn IS 'What was drawn of included quantities in a period before a change of plan: it counts against the next plan''s.';
COMMENT ON COLUMN subscription_drawn.tenant_id IS 'Whose.';
COMMENT ON COLUMN subscription_drawn.subscription_id IS 'The subscription.';
COMMENT ON COLUMN subscription_drawn.number IS 'The period.';
COMMENT ON COLUMN subscription_drawn.meter IS 'The meter (src/meter/unit.h).';
COMMENT ON COLUMN subscription_drawn.units IS 'Units drawn under all plans of the period that have ended.';
