SELECT register_patch('0040-agent');

-- Responses and their journals. A run is its events: what a client has seen or may see is in
-- response_event, in order, before it is sent; the other two tables are what the events add up to.

CREATE TABLE response (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	job_id uuid NOT NULL,
	previous_id uuid,
	status text NOT NULL
		CHECK (status IN ('queued', 'in_progress', 'completed', 'failed', 'cancelled', 'incomplete')),
	model text NOT NULL,
	echo text NOT NULL,
	background boolean NOT NULL,
	store boolean NOT NULL,
	include_results boolean NOT NULL,
	subject text NOT NULL,
	session_id uuid NOT NULL,
	token_version bigint NOT NULL,
	request_id text NOT NULL,
	traceparent text NOT NULL,
	idempotency_key text,
	created_at timestamptz NOT NULL DEFAULT now(),
	watched_at timestamptz NOT NULL DEFAULT now(),
	completed_at timestamptz,
	error_code text,
	error_message text,
	incomplete_reason text CHECK (incomplete_reason IN ('max_output_tokens', 'content_filter')),
	input_tokens bigint,
	cached_tokens bigint,
	output_tokens bigint,
	reasoning_tokens bigint,
	PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE response IS 'One run of a model with its tools, asked for by POST /v1/responses.';
COMMENT ON COLUMN response.tenant_id IS 'The owner.';
COMMENT ON COLUMN response.id IS 'resp_ and 32 hex digits on the wire.';
COMMENT ON COLUMN response.job_id IS 'The job that carries the run; its epoch fences every write.';
COMMENT ON COLUMN response.previous_id IS 'The response whose conversation this one goes on with.';
COMMENT ON COLUMN response.status IS 'As on the wire.';
COMMENT ON COLUMN response.model IS 'The model''s own id, also where the client said default.';
COMMENT ON COLUMN response.echo IS 'JSON: the members of the response that repeat the request, with defaults filled in; also what the run works from.';
COMMENT ON COLUMN response.background IS 'Goes on when its client leaves; only such a run may be cancelled by the route.';
COMMENT ON COLUMN response.store IS 'Kept after its end; otherwise nothing stays readable.';
COMMENT ON COLUMN response.include_results IS 'The client asked for the hits of file_search in its items.';
COMMENT ON COLUMN response.subject IS 'For whom the run calls other services: the sub of the token it was asked with.';
COMMENT ON COLUMN response.session_id IS 'Session or key it was asked with; zero: none. A revocation ends a foreground run.';
COMMENT ON COLUMN response.token_version IS 'Revocation sequence of that token: newer rows of the log end the run.';
COMMENT ON COLUMN response.request_id IS 'Of the request that made it; its model calls bear the same.';
COMMENT ON COLUMN response.traceparent IS 'As received, or empty.';
COMMENT ON COLUMN response.idempotency_key IS 'As sent by the client: a repeated request finds this response.';
COMMENT ON COLUMN response.created_at IS 'When it was accepted.';
COMMENT ON COLUMN response.watched_at IS 'When a client was last known to listen; a foreground run ends some seconds after.';
COMMENT ON COLUMN response.completed_at IS 'When it ended, however.';
COMMENT ON COLUMN response.error_code IS 'Of a failed run, as on the wire.';
COMMENT ON COLUMN response.error_message IS 'A sentence for people.';
COMMENT ON COLUMN response.incomplete_reason IS 'Of an incomplete run, as on the wire.';
COMMENT ON COLUMN response.input_tokens IS 'Sum over the run''s model calls; NULL: not known.';
COMMENT ON COLUMN response.cached_tokens IS 'Of these, read from the engine''s cache.';
COMMENT ON COLUMN response.output_tokens IS 'Sum over the run''s model calls.';
COMMENT ON COLUMN response.reasoning_tokens IS 'Of these, spent on reasoning.';
CREATE UNIQUE INDEX response_by_idempotency_key ON response (tenant_id, idempotency_key)
	WHERE idempotency_key IS NOT NULL;

CREATE TABLE response_item (
	tenant_id uuid NOT NULL,
	response_id uuid NOT NULL,
	output boolean NOT NULL,
	position bigint NOT NULL CHECK (position >= 0),
	item_id text NOT NULL CHECK (octet_length(item_id) BETWEEN 1 AND 128),
	item text NOT NULL,
	PRIMARY KEY (tenant_id, response_id, output, position),
	UNIQUE (tenant_id, response_id, item_id),
	FOREIGN KEY (tenant_id, response_id) REFERENCES response (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE response_item IS 'What went into a response and the finished items that came out.';
COMMENT ON COLUMN response_item.tenant_id IS 'The owner.';
COMMENT ON COLUMN response_item.response_id IS 'The response.';
COMMENT ON COLUMN response_item.output IS 'Came out of the run; otherwise the client sent it.';
COMMENT ON COLUMN response_item.position IS 'Its place among the inputs, or its output_index.';
COMMENT ON COLUMN response_item.item_id IS 'Its id on the wire.';
COMMENT ON COLUMN response_item.item IS 'JSON as on the wire; a file_search_call always with its results, which are shown on request only.';

CREATE TABLE response_event (
	tenant_id uuid NOT NULL,
	response_id uuid NOT NULL,
	sequence_number bigint NOT NULL CHECK (sequence_number >= 0),
	epoch bigint NOT NULL,
	type text NOT NULL,
	data text NOT NULL,
	PRIMARY KEY (tenant_id, response_id, sequence_number),
	FOREIGN KEY (tenant_id, response_id) REFERENCES response (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE response_event IS 'The journal of a run: appended only, and the one source of its stream.';
COMMENT ON COLUMN response_event.tenant_id IS 'The owner.';
COMMENT ON COLUMN response_event.response_id IS 'The response.';
COMMENT ON COLUMN response_event.sequence_number IS 'From 0 in steps of 1.';
COMMENT ON COLUMN response_event.epoch IS 'Of the lease under which it was written; 0: by the request that made the response.';
COMMENT ON COLUMN response_event.type IS 'The event''s name.';
COMMENT ON COLUMN response_event.data IS 'Its JSON, byte for byte as sent.';

ALTER TABLE response ENABLE ROW LEVEL SECURITY;
ALTER TABLE response FORCE ROW LEVEL SECURITY;
ALTER TABLE response_item ENABLE ROW LEVEL SECURITY;
ALTER TABLE response_item FORCE ROW LEVEL SECURITY;
ALTER TABLE response_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE response_event FORCE ROW LEVEL SECURITY;
