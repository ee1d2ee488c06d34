SELECT register_patch('0150-stripe');

-- What billing knows of Stripe, be it Stripe itself or the mock. Account-wide rows stand under the platform.
CREATE TABLE stripe_account (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	id uuid NOT NULL,
	account text NOT NULL,
	livemode boolean NOT NULL,
	key_sealed bytea NOT NULL,
	secret_sealed bytea NOT NULL,
	old_secret_sealed bytea NOT NULL DEFAULT '',
	old_secret_until timestamptz,
	connected_at timestamptz NOT NULL DEFAULT now(),
	disconnected_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id)
);
COMMENT ON TABLE stripe_account IS 'The connected account, one row under the platform; none: the mock is used.';
COMMENT ON COLUMN stripe_account.tenant_id IS 'The platform.';
COMMENT ON COLUMN stripe_account.id IS 'Changes with each connection: part of what seals the secrets.';
COMMENT ON COLUMN stripe_account.account IS 'Its id at Stripe: links and keys are those of this account.';
COMMENT ON COLUMN stripe_account.livemode IS 'The key moves real money.';
COMMENT ON COLUMN stripe_account.key_sealed IS 'The secret key, sealed with the service''s own.';
COMMENT ON COLUMN stripe_account.secret_sealed IS 'The webhook endpoint''s secret, sealed likewise.';
COMMENT ON COLUMN stripe_account.old_secret_sealed IS 'The secret before, while it rotates; empty for none.';
COMMENT ON COLUMN stripe_account.old_secret_until IS 'Until when that one counts.';
COMMENT ON COLUMN stripe_account.connected_at IS 'When.';
COMMENT ON COLUMN stripe_account.disconnected_at IS 'Since when nothing is sent: the mock does not come back for what an account is owed.';

-- Ours and theirs. Under a tenant: its customer and invoices. Under the platform: meters, our endpoint, and for
-- each customer whose it is.
CREATE TABLE stripe_link (
	tenant_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('customer', 'invoice', 'meter', 'endpoint', 'owner')),
	ours text NOT NULL CHECK (length(ours) BETWEEN 1 AND 200),
	theirs text NOT NULL CHECK (length(theirs) BETWEEN 1 AND 255),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, kind, ours)
);
CREATE INDEX stripe_link_theirs ON stripe_link (tenant_id, kind, theirs);
COMMENT ON TABLE stripe_link IS 'Which object at Stripe stands for which of ours.';
COMMENT ON COLUMN stripe_link.tenant_id IS 'Whose; the platform for what tenants share.';
COMMENT ON COLUMN stripe_link.kind IS 'The kind of object; owner: ours is a customer''s id and theirs the tenant''s, to find it by.';
COMMENT ON COLUMN stripe_link.ours IS 'Our name of it, behind the account that it stands in: an id, a meter.';
COMMENT ON COLUMN stripe_link.theirs IS 'Stripe''s id.';
COMMENT ON COLUMN stripe_link.created_at IS 'When it was linked.';

-- What Stripe has to be told: written with what it tells about, sent in the order of a tenant's rows.
CREATE TABLE stripe_outbox (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
	reference text NOT NULL CHECK (length(reference) <= 200),
	payload jsonb NOT NULL,
	state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'refused')),
	attempts bigint NOT NULL DEFAULT 0,
	generation bigint NOT NULL DEFAULT 0,
	error text,
	created_at timestamptz NOT NULL DEFAULT now(),
	ended_at timestamptz,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX stripe_outbox_waiting ON stripe_outbox (tenant_id, id) WHERE state = 'waiting';
CREATE INDEX stripe_outbox_ended ON stripe_outbox (tenant_id, ended_at) WHERE ended_at IS NOT NULL;
COMMENT ON TABLE stripe_outbox IS 'Calls to Stripe that are owed, were made, or were refused.';
COMMENT ON COLUMN stripe_outbox.tenant_id IS 'About whom.';
COMMENT ON COLUMN stripe_outbox.id IS 'Rises with time; the idempotency key is made of it.';
COMMENT ON COLUMN stripe_outbox.kind IS 'What to do (src/billing/stripe_send.c).';
COMMENT ON COLUMN stripe_outbox.reference IS 'What it is about.';
COMMENT ON COLUMN stripe_outbox.payload IS 'What is needed for it.';
COMMENT ON COLUMN stripe_outbox.state IS 'waiting, sent, or refused: nothing is sent for it again until somebody asks.';
COMMENT ON COLUMN stripe_outbox.attempts IS 'How often it was tried.';
COMMENT ON COLUMN stripe_outbox.generation IS 'How often it was sent again on request: part of the idempotency key.';
COMMENT ON COLUMN stripe_outbox.error IS 'What Stripe said last.';
COMMENT ON COLUMN stripe_outbox.created_at IS 'When it was owed.';
COMMENT ON COLUMN stripe_outbox.ended_at IS 'When it was sent or refused.';

-- What was reported of each meter: the next report is the difference to what usage_day says by then.
CREATE TABLE stripe_reported (
	tenant_id uuid NOT NULL,
	day date NOT NULL,
	meter bigint NOT NULL,
	reported bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, day, meter)
);
COMMENT ON TABLE stripe_reported IS 'Quantities of a day''s use that went into the outbox.';
COMMENT ON COLUMN stripe_reported.tenant_id IS 'Whose use.';
COMMENT ON COLUMN stripe_reported.day IS 'The day of usage_day.';
COMMENT ON COLUMN stripe_reported.meter IS 'The meter (src/meter/unit.h).';
COMMENT ON COLUMN stripe_reported.reported IS 'Units.';

-- Webhooks: the id is kept so that the second one changes nothing; what happened is asked of Stripe.
CREATE TABLE stripe_event (
	tenant_id uuid NOT NULL,
	id text NOT NULL CHECK (length(id) BETWEEN 1 AND 255),
	type text NOT NULL,
	object text NOT NULL,
	happened_at timestamptz NOT NULL,
	received_at timestamptz NOT NULL DEFAULT now(),
	state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'ignored', 'failed')),
	error text,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX stripe_event_time ON stripe_event (tenant_id, received_at);
CREATE INDEX stripe_event_waiting ON stripe_event (tenant_id, received_at) WHERE state = 'waiting';
COMMENT ON TABLE stripe_event IS 'Events that Stripe sent; under the platform those of no tenant of ours.';
COMMENT ON COLUMN stripe_event.tenant_id IS 'Whose customer it is about.';
COMMENT ON COLUMN stripe_event.id IS 'Stripe''s id of the event.';
COMMENT ON COLUMN stripe_event.type IS 'invoice.paid, …';
COMMENT ON COLUMN stripe_event.object IS 'The id of the object that it is about.';
COMMENT ON COLUMN stripe_event.happened_at IS 'When, by Stripe.';
COMMENT ON COLUMN stripe_event.received_at IS 'When it came first.';
COMMENT ON COLUMN stripe_event.state IS 'waiting, done, ignored (nothing to do), failed (see error).';
COMMENT ON COLUMN stripe_event.error IS 'Why it failed.';

CREATE TRIGGER retention_note AFTER INSERT ON stripe_event
	FOR EACH ROW EXECUTE FUNCTION retention_note('billing', 'stripe_event');
CREATE TRIGGER retention_note AFTER INSERT ON stripe_outbox
	FOR EACH ROW EXECUTE FUNCTION retention_note('billing', 'stripe_outbox');
