SELECT register_patch('0020-model');

CREATE TABLE model (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	name text NOT NULL CHECK (name <> '' AND length(name) <= 64 AND name <> 'default'),
	kind text NOT NULL CHECK (kind IN ('chat', 'embedding')),
	url text NOT NULL,
	upstream_name text NOT NULL,
	text_form text NOT NULL DEFAULT 'plain' CHECK (text_form IN ('plain', 'uncased')),
	context bigint NOT NULL DEFAULT 0 CHECK (context >= 0),
	max_output bigint NOT NULL DEFAULT 0 CHECK (max_output >= 0),
	dimensions bigint NOT NULL DEFAULT 0 CHECK (dimensions >= 0),
	managed boolean NOT NULL DEFAULT false,
	api_key_sealed bytea NOT NULL DEFAULT '',
	price_in bigint CHECK (price_in >= 0),
	price_out bigint CHECK (price_out >= 0),
	price_version bigint NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, name)
);
COMMENT ON TABLE model IS 'A model that can be called; those of the platform tenant are public.';
COMMENT ON COLUMN model.tenant_id IS 'Owner; the platform tenant for public models.';
COMMENT ON COLUMN model.id IS 'Identity; keeps its meaning in usage rows when the name is used again.';
COMMENT ON COLUMN model.name IS 'The id on the wire, unique for its owner.';
COMMENT ON COLUMN model.kind IS 'chat or embedding.';
COMMENT ON COLUMN model.url IS 'Where the engine listens: unix:PATH, http://… or https://….';
COMMENT ON COLUMN model.upstream_name IS 'The name the engine knows it by.';
COMMENT ON COLUMN model.text_form IS 'How text is prepared before it is embedded.';
COMMENT ON COLUMN model.context IS 'Tokens of input and output together; 0 when not known.';
COMMENT ON COLUMN model.max_output IS 'Most tokens of one answer; 0 when not known.';
COMMENT ON COLUMN model.dimensions IS 'Length of a vector; 0 when not known or no embedding model.';
COMMENT ON COLUMN model.managed IS 'Served by an engine that the supervisor runs.';
COMMENT ON COLUMN model.api_key_sealed IS 'The upstream''s key, sealed with the service''s own; empty for none.';
COMMENT ON COLUMN model.price_in IS 'Nano-units per million input tokens; null when not known.';
COMMENT ON COLUMN model.price_out IS 'Nano-units per million output tokens; null when not known.';
COMMENT ON COLUMN model.price_version IS 'Rises with each change of price; copied to usage rows.';
COMMENT ON COLUMN model.created_at IS 'When it was added.';

CREATE TABLE model_default (
	tenant_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('chat', 'embedding')),
	model_tenant_id uuid NOT NULL,
	model_id uuid NOT NULL,
	PRIMARY KEY (tenant_id, kind),
	CHECK (model_tenant_id IN (tenant_id, '00000000-0000-0000-0000-000000000001')),
	FOREIGN KEY (model_tenant_id, model_id) REFERENCES model (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX model_default_model ON model_default (model_tenant_id, model_id);
COMMENT ON TABLE model_default IS 'What the alias "default" means, per tenant and kind; the platform''s row is everybody''s fall-back.';
COMMENT ON COLUMN model_default.tenant_id IS 'For whom.';
COMMENT ON COLUMN model_default.kind IS 'chat or embedding.';
COMMENT ON COLUMN model_default.model_tenant_id IS 'Owner of the model: the tenant itself or the platform.';
COMMENT ON COLUMN model_default.model_id IS 'The model.';

CREATE TABLE budget (
	tenant_id uuid NOT NULL,
	tokens_per_minute bigint NOT NULL DEFAULT 0 CHECK (tokens_per_minute >= 0),
	month_nanos bigint CHECK (month_nanos >= 0),
	month date NOT NULL,
	spent_nanos bigint NOT NULL DEFAULT 0,
	reserved_nanos bigint NOT NULL DEFAULT 0,
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE budget IS 'Token limit and monthly budget of a tenant, with what is spent and reserved.';
COMMENT ON COLUMN budget.tenant_id IS 'Whose.';
COMMENT ON COLUMN budget.tokens_per_minute IS 'Tokens of all model calls a minute; 0 for no limit.';
COMMENT ON COLUMN budget.month_nanos IS 'Nano-units a calendar month (UTC); null for no budget.';
COMMENT ON COLUMN budget.month IS 'The month that spent_nanos counts, as its first day.';
COMMENT ON COLUMN budget.spent_nanos IS 'Settled calls of that month.';
COMMENT ON COLUMN budget.reserved_nanos IS 'Sum of the tenant''s reservations.';
COMMENT ON COLUMN budget.changed_at IS 'When the limits were last set.';

CREATE TABLE budget_reservation (
	tenant_id uuid NOT NULL,
	call_id uuid NOT NULL,
	nanos bigint NOT NULL CHECK (nanos >= 0),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, call_id),
	FOREIGN KEY (tenant_id) REFERENCES budget (tenant_id) ON DELETE CASCADE
);
COMMENT ON TABLE budget_reservation IS 'Money set aside for a call in flight.';
COMMENT ON COLUMN budget_reservation.tenant_id IS 'Whose.';
COMMENT ON COLUMN budget_reservation.call_id IS 'The call; becomes the id of its usage row.';
COMMENT ON COLUMN budget_reservation.nanos IS 'How much, in nano-units.';
COMMENT ON COLUMN budget_reservation.created_at IS 'When it was made.';

CREATE TABLE usage_record (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	request_id text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('chat', 'embedding')),
	model_tenant_id uuid NOT NULL,
	model_id uuid NOT NULL,
	model text NOT NULL,
	subject text NOT NULL,
	actor text NOT NULL,
	credential_id uuid NOT NULL,
	started_at timestamptz NOT NULL,
	ended_at timestamptz NOT NULL,
	streamed boolean NOT NULL,
	status text NOT NULL CHECK (status IN ('ok', 'cut', 'truncated', 'failed', 'lost')),
	source text NOT NULL CHECK (source IN ('reported', 'counted', 'estimated')),
	prompt_tokens bigint NOT NULL,
	cached_tokens bigint NOT NULL,
	completion_tokens bigint NOT NULL,
	price_known boolean NOT NULL,
	price_version bigint NOT NULL,
	cost_nanos bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX usage_record_request ON usage_record (tenant_id, request_id);
CREATE INDEX usage_record_time ON usage_record (tenant_id, started_at);
COMMENT ON TABLE usage_record IS 'One model call: who, what, how much. Never changed once written.';
COMMENT ON COLUMN usage_record.tenant_id IS 'Who pays.';
COMMENT ON COLUMN usage_record.id IS 'The call.';
COMMENT ON COLUMN usage_record.request_id IS 'The request that caused it, as in the audit lines.';
COMMENT ON COLUMN usage_record.kind IS 'chat or embedding.';
COMMENT ON COLUMN usage_record.model_tenant_id IS 'Owner of the model; no key, for the row outlives the model.';
COMMENT ON COLUMN usage_record.model_id IS 'The model; no key, for the row outlives the model.';
COMMENT ON COLUMN usage_record.model IS 'The model''s name at the time.';
COMMENT ON COLUMN usage_record.subject IS 'For whom the call was made.';
COMMENT ON COLUMN usage_record.actor IS 'The service that called, empty for a call from outside.';
COMMENT ON COLUMN usage_record.credential_id IS 'API key or session; zero for a service of its own accord.';
COMMENT ON COLUMN usage_record.started_at IS 'When it was admitted.';
COMMENT ON COLUMN usage_record.ended_at IS 'When its last byte had passed.';
COMMENT ON COLUMN usage_record.streamed IS 'Whether it was streamed.';
COMMENT ON COLUMN usage_record.status IS 'How it ended; lost when our own process died.';
COMMENT ON COLUMN usage_record.source IS 'Where the figures come from: the engine, our count, or an estimate.';
COMMENT ON COLUMN usage_record.prompt_tokens IS 'Input tokens.';
COMMENT ON COLUMN usage_record.cached_tokens IS 'Input tokens the engine had cached.';
COMMENT ON COLUMN usage_record.completion_tokens IS 'Output tokens.';
COMMENT ON COLUMN usage_record.price_known IS 'False when the model had no price: the cost is then 0 and flagged.';
COMMENT ON COLUMN usage_record.price_version IS 'The model''s price at the time.';
COMMENT ON COLUMN usage_record.cost_nanos IS 'Nano-units, rounded up once.';
