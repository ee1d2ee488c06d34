SELECT register_patch('0070-wire');

-- A run that failed before its first word is a failed request to a client that waits for it.
ALTER TABLE response
	ADD COLUMN refusal_code text,
	ADD COLUMN refusal_wait_ms bigint CHECK (refusal_wait_ms >= 0);
COMMENT ON COLUMN response.refusal_code IS 'Of a run that failed before its first word: the code of the HTTP error with which a client that waits is answered; NULL otherwise.';
COMMENT ON COLUMN response.refusal_wait_ms IS 'When that error asks to try again; NULL: it does not say.';

CREATE TABLE cors_origin (
	tenant_id uuid NOT NULL,
	origins text NOT NULL CHECK (octet_length(origins) <= 2048),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE cors_origin IS 'Whose browser pages may read the answers to a tenant''s credentials; the gateway names them in its answers.';
COMMENT ON COLUMN cors_origin.tenant_id IS 'The tenant.';
COMMENT ON COLUMN cors_origin.origins IS 'Exact origins, as browsers send them, divided by blanks.';
COMMENT ON COLUMN cors_origin.updated_at IS 'When they were last set.';
