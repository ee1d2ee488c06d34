SELECT register_patch('0131-credit');

-- Credits: each is a fund of the same id while it can be drawn (meter_funds), and this row for good.

CREATE TABLE credit_grant (
	tenant_id  uuid        NOT NULL,
	id         uuid        NOT NULL,
	category   text        NOT NULL CHECK (category IN ('paid', 'promotional', 'refund', 'plan')),
	status     text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'used', 'expired', 'void')),
	currency   text        NOT NULL CHECK (length(currency) = 3),
	nanos      bigint      NOT NULL CHECK (nanos BETWEEN 1 AND 1000000000000000000),
	drawn      bigint      NOT NULL DEFAULT 0 CHECK (drawn >= 0),
	priority   bigint      NOT NULL CHECK (priority BETWEEN 0 AND 1000),
	kinds      bigint      NOT NULL,
	note       text        NOT NULL CHECK (length(note) <= 500),
	given_at   timestamptz NOT NULL,
	expires_at timestamptz,
	ended_at   timestamptz,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX credit_grant_active ON credit_grant (tenant_id, expires_at) WHERE status = 'active';
COMMENT ON TABLE credit_grant IS 'Money that a tenant may use before it owes any.';
COMMENT ON COLUMN credit_grant.tenant_id IS 'Whose.';
COMMENT ON COLUMN credit_grant.id IS 'The credit, and its fund in meter_funds.';
COMMENT ON COLUMN credit_grant.category IS 'paid, promotional, refund, or plan: given with each period of a plan.';
COMMENT ON COLUMN credit_grant.status IS 'active, used, expired or void.';
COMMENT ON COLUMN credit_grant.currency IS 'ISO 4217.';
COMMENT ON COLUMN credit_grant.nanos IS 'What was given, in nano-units.';
COMMENT ON COLUMN credit_grant.drawn IS 'What of it the ledger has as drawn; the fund may be ahead by less than a day.';
COMMENT ON COLUMN credit_grant.priority IS 'Lower ones are drawn first; among equals the one that ends first.';
COMMENT ON COLUMN credit_grant.kinds IS 'A bit for each kind of act that may draw it (src/meter/unit.h); -1 for all.';
COMMENT ON COLUMN credit_grant.note IS 'What people are shown.';
COMMENT ON COLUMN credit_grant.given_at IS 'When it was given.';
COMMENT ON COLUMN credit_grant.expires_at IS 'When it may no longer be drawn; null for never.';
COMMENT ON COLUMN credit_grant.ended_at IS 'When it was used up, expired or void and its fund was closed.';

CREATE TABLE credit_top_up (
	tenant_id  uuid        NOT NULL,
	enabled    boolean     NOT NULL,
	below      bigint      NOT NULL CHECK (below BETWEEN 0 AND 1000000000000000000),
	amount     bigint      NOT NULL CHECK (amount BETWEEN 1 AND 1000000000000000000),
	month_most bigint      CHECK (month_most BETWEEN 1 AND 1000000000000000000),
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE credit_top_up IS 'When a tenant''s balance is low, this much is bought.';
COMMENT ON COLUMN credit_top_up.tenant_id IS 'Whose.';
COMMENT ON COLUMN credit_top_up.enabled IS 'Whether it is on.';
COMMENT ON COLUMN credit_top_up.below IS 'The balance, in nano-units, below which it happens.';
COMMENT ON COLUMN credit_top_up.amount IS 'How much is bought, in nano-units.';
COMMENT ON COLUMN credit_top_up.month_most IS 'Nano-units a calendar month (UTC); null for no limit.';
COMMENT ON COLUMN credit_top_up.changed_at IS 'When it was last set.';

-- What is to be collected. Nothing is granted before it was.
CREATE TABLE credit_intent (
	tenant_id  uuid        NOT NULL,
	id         uuid        NOT NULL,
	status     text        NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'collected', 'failed', 'canceled')),
	currency   text        NOT NULL CHECK (length(currency) = 3),
	nanos      bigint      NOT NULL CHECK (nanos BETWEEN 1 AND 1000000000000000000),
	created_at timestamptz NOT NULL DEFAULT now(),
	ended_at   timestamptz,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX credit_intent_pending ON credit_intent (tenant_id) WHERE status = 'pending';
CREATE INDEX credit_intent_time ON credit_intent (tenant_id, created_at);
COMMENT ON TABLE credit_intent IS 'A payment that a low balance asks for. One waits at a time.';
COMMENT ON COLUMN credit_intent.tenant_id IS 'Whose.';
COMMENT ON COLUMN credit_intent.id IS 'The intent, and the credit once it is collected.';
COMMENT ON COLUMN credit_intent.status IS 'pending until the payment method was charged: without one, for good.';
COMMENT ON COLUMN credit_intent.currency IS 'ISO 4217.';
COMMENT ON COLUMN credit_intent.nanos IS 'Nano-units.';
COMMENT ON COLUMN credit_intent.created_at IS 'When the balance was found low.';
COMMENT ON COLUMN credit_intent.ended_at IS 'When it was collected, failed or canceled.';

-- The meter tells of a low balance once a day and threshold.
CREATE FUNCTION credit_low() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM bulkhead.ledger_job(NEW.tenant_id, 'top_up', now());
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION credit_low IS 'Adds the job that looks whether a low balance is topped up.';
REVOKE ALL ON FUNCTION credit_low FROM PUBLIC;
CREATE TRIGGER credit_low AFTER INSERT ON meter_notice
	FOR EACH ROW WHEN (NEW.span = 'balance') EXECUTE FUNCTION credit_low();
