-- SPDX-License-Identifier: Apache-2.0
SELECT register_patch('0110-stripemock');

-- The mock of Stripe is one account: all its rows are the platform's.

CREATE TABLE stripemock_account (
	tenant_id  uuid   NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	keys       bytea  NOT NULL,
	seq        bigint NOT NULL DEFAULT 0,
	objects    bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE stripemock_account IS 'The account of the mock of Stripe. Whoever changes objects locks its row.';
COMMENT ON COLUMN stripemock_account.tenant_id IS 'The platform.';
COMMENT ON COLUMN stripemock_account.keys IS 'The secret key and the webhooks'' secret, made at the first start, sealed.';
COMMENT ON COLUMN stripemock_account.seq IS 'The number given last to an object or event: their order in lists.';
COMMENT ON COLUMN stripemock_account.objects IS 'Number of rows in stripemock_object, which is limited.';

CREATE TABLE stripemock_object (
	tenant_id  uuid    NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	id         text    NOT NULL CHECK (length(id) BETWEEN 1 AND 255),
	kind       text    NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
	seq        bigint  NOT NULL,
	customer   text,
	clock      text    NOT NULL DEFAULT '',
	created    bigint  NOT NULL,
	due        bigint,
	is_gone    boolean NOT NULL DEFAULT false,
	body       jsonb   NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, seq)
);
COMMENT ON TABLE stripemock_object IS 'Customers, prices, subscriptions, invoices and all other objects of the mock of Stripe.';
COMMENT ON COLUMN stripemock_object.tenant_id IS 'The platform.';
COMMENT ON COLUMN stripemock_object.id IS 'As the API shows it.';
COMMENT ON COLUMN stripemock_object.kind IS 'The member "object".';
COMMENT ON COLUMN stripemock_object.seq IS 'Order of creation.';
COMMENT ON COLUMN stripemock_object.customer IS 'Whose it is; NULL: no customer''s.';
COMMENT ON COLUMN stripemock_object.clock IS 'The test clock by which it lives; empty: real time.';
COMMENT ON COLUMN stripemock_object.created IS 'The member "created", in seconds since 1970.';
COMMENT ON COLUMN stripemock_object.due IS 'When something is to happen with it next, by its clock, in seconds since 1970; NULL: nothing.';
COMMENT ON COLUMN stripemock_object.is_gone IS 'It was deleted, and can still be retrieved as such.';
COMMENT ON COLUMN stripemock_object.body IS 'The object; members that begin with _ are not shown.';
CREATE INDEX stripemock_object_by_kind ON stripemock_object (tenant_id, kind, seq);
CREATE INDEX stripemock_object_by_customer ON stripemock_object (tenant_id, customer, kind, seq) WHERE customer IS NOT NULL;
CREATE INDEX stripemock_object_by_due ON stripemock_object (tenant_id, clock, due) WHERE due IS NOT NULL;

CREATE TABLE stripemock_event (
	tenant_id  uuid        NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	id         text        NOT NULL CHECK (length(id) BETWEEN 1 AND 255),
	seq        bigint      NOT NULL,
	type       text        NOT NULL CHECK (length(type) BETWEEN 1 AND 128),
	created    bigint      NOT NULL,
	made_at    timestamptz NOT NULL DEFAULT now(),
	body       jsonb       NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, seq)
);
COMMENT ON TABLE stripemock_event IS 'What happened to objects of the mock of Stripe.';
COMMENT ON COLUMN stripemock_event.tenant_id IS 'The platform.';
COMMENT ON COLUMN stripemock_event.id IS 'As the API shows it.';
COMMENT ON COLUMN stripemock_event.seq IS 'Order of creation.';
COMMENT ON COLUMN stripemock_event.type IS 'Such as invoice.paid.';
COMMENT ON COLUMN stripemock_event.created IS 'The member "created": by the object''s clock, in seconds since 1970.';
COMMENT ON COLUMN stripemock_event.made_at IS 'When the row was made; events are kept for a time from then.';
COMMENT ON COLUMN stripemock_event.body IS 'The event, with the object as it was then.';
CREATE INDEX stripemock_event_by_age ON stripemock_event (tenant_id, made_at);
CREATE TRIGGER retention_note AFTER INSERT ON stripemock_event
	FOR EACH ROW EXECUTE FUNCTION retention_note('stripemock', 'event');

CREATE TABLE stripemock_delivery (
	tenant_id  uuid        NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	event      text        NOT NULL,
	endpoint   text        NOT NULL,
	attempts   bigint      NOT NULL DEFAULT 0,
	due_at     timestamptz NOT NULL DEFAULT now(),
	status     bigint,
	PRIMARY KEY (tenant_id, event, endpoint),
	FOREIGN KEY (tenant_id, event) REFERENCES stripemock_event (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE stripemock_delivery IS 'Events that are still to be sent to a webhook endpoint.';
COMMENT ON COLUMN stripemock_delivery.tenant_id IS 'The platform.';
COMMENT ON COLUMN stripemock_delivery.event IS 'What is sent.';
COMMENT ON COLUMN stripemock_delivery.endpoint IS 'Where to.';
COMMENT ON COLUMN stripemock_delivery.attempts IS 'Number of tries that failed.';
COMMENT ON COLUMN stripemock_delivery.due_at IS 'When it is tried next.';
COMMENT ON COLUMN stripemock_delivery.status IS 'HTTP status of the last try; 0: no answer; NULL: not tried yet.';
CREATE INDEX stripemock_delivery_by_due ON stripemock_delivery (tenant_id, due_at);

CREATE TABLE stripemock_meter_event (
	tenant_id  uuid        NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	id         uuid        NOT NULL,
	meter      text        NOT NULL,
	identifier text        NOT NULL CHECK (length(identifier) BETWEEN 1 AND 100),
	customer   text        NOT NULL,
	happened   bigint      NOT NULL,
	value      bigint      NOT NULL,
	is_cancelled boolean   NOT NULL DEFAULT false,
	made_at    timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE stripemock_meter_event IS 'Usage that was reported to a meter of the mock of Stripe.';
COMMENT ON COLUMN stripemock_meter_event.tenant_id IS 'The platform.';
COMMENT ON COLUMN stripemock_meter_event.id IS 'The row.';
COMMENT ON COLUMN stripemock_meter_event.meter IS 'The meter.';
COMMENT ON COLUMN stripemock_meter_event.identifier IS 'The caller''s name for it, unique for a day.';
COMMENT ON COLUMN stripemock_meter_event.customer IS 'Who used it.';
COMMENT ON COLUMN stripemock_meter_event.happened IS 'When, in seconds since 1970, by the customer''s clock.';
COMMENT ON COLUMN stripemock_meter_event.value IS 'How much.';
COMMENT ON COLUMN stripemock_meter_event.is_cancelled IS 'An adjustment took it back.';
COMMENT ON COLUMN stripemock_meter_event.made_at IS 'When it was reported; events are kept for a time from then.';
CREATE INDEX stripemock_meter_event_by_identifier ON stripemock_meter_event (tenant_id, meter, identifier, made_at);
CREATE INDEX stripemock_meter_event_by_time ON stripemock_meter_event (tenant_id, meter, customer, happened);
CREATE INDEX stripemock_meter_event_by_age ON stripemock_meter_event (tenant_id, made_at);
CREATE TRIGGER retention_note AFTER INSERT ON stripemock_meter_event
	FOR EACH ROW EXECUTE FUNCTION retention_note('stripemock', 'usage');

-- Stripe's rules are others than those of the platform's own routes, so it is not an idempotency_… table.
CREATE TABLE stripemock_answer (
	tenant_id   uuid        NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	key         text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
	fingerprint bytea       NOT NULL,
	request_id  text        NOT NULL,
	status      bigint      NOT NULL DEFAULT 0,
	body        text,
	made_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, key)
);
COMMENT ON TABLE stripemock_answer IS 'Answers of the mock of Stripe to calls with an Idempotency-Key.';
COMMENT ON COLUMN stripemock_answer.tenant_id IS 'The platform.';
COMMENT ON COLUMN stripemock_answer.key IS 'As it was sent.';
COMMENT ON COLUMN stripemock_answer.fingerprint IS 'Hash of method, path and parameters: a repeat must be the same call.';
COMMENT ON COLUMN stripemock_answer.request_id IS 'Of the first call.';
COMMENT ON COLUMN stripemock_answer.status IS 'HTTP status of the answer; 0 inside the transaction only.';
COMMENT ON COLUMN stripemock_answer.body IS 'The answer.';
COMMENT ON COLUMN stripemock_answer.made_at IS 'When the first call came; answers are kept for a day from then.';
CREATE INDEX stripemock_answer_by_age ON stripemock_answer (tenant_id, made_at);
CREATE TRIGGER retention_note AFTER INSERT ON stripemock_answer
	FOR EACH ROW EXECUTE FUNCTION retention_note('stripemock', 'answer');
