SELECT register_patch('0050-idempotency');

-- Requests that bore an Idempotency-Key, and what they were answered. One table for each service: a
-- service's role sees its own, so that one that fell does not read the others' answers.

CREATE TABLE idempotency_auth (
	tenant_id    uuid        NOT NULL,
	key          bytea       NOT NULL CHECK (octet_length(key) = 32),
	fingerprint  bytea       NOT NULL CHECK (octet_length(fingerprint) = 32),
	attempt      uuid        NOT NULL,
	state        text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'unknown')),
	request_id   text        NOT NULL,
	object_id    uuid,
	status       integer     NOT NULL DEFAULT 0,
	content_type text,
	body         bytea       CHECK (octet_length(body) <= 1048576),
	created_at   timestamptz NOT NULL DEFAULT now(),
	leased_until timestamptz NOT NULL,
	expires_at   timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, key)
);
COMMENT ON TABLE idempotency_auth IS 'Requests to auth with an Idempotency-Key, and their answers.';
COMMENT ON COLUMN idempotency_auth.tenant_id IS 'Whose request it was.';
COMMENT ON COLUMN idempotency_auth.key IS 'Keyed hash of who asked (subject, credential), method, path and the key as sent, which is not kept.';
COMMENT ON COLUMN idempotency_auth.fingerprint IS 'Keyed hash of path, query and body: a repeat must be the same request.';
COMMENT ON COLUMN idempotency_auth.attempt IS 'The request that does the work; every later write names it.';
COMMENT ON COLUMN idempotency_auth.state IS 'running; done: answered, or its object was made; unknown: cut off, with or without effect.';
COMMENT ON COLUMN idempotency_auth.request_id IS 'Of the first request: its audit lines and usage rows bear it.';
COMMENT ON COLUMN idempotency_auth.object_id IS 'The object it made, where repeats are answered from the object itself.';
COMMENT ON COLUMN idempotency_auth.status IS 'HTTP status of the answer; 0: none yet.';
COMMENT ON COLUMN idempotency_auth.content_type IS 'Of the answer; NULL: none.';
COMMENT ON COLUMN idempotency_auth.body IS 'The answer''s bytes; NULL of a done row: too large to keep, or made from the object.';
COMMENT ON COLUMN idempotency_auth.created_at IS 'When the first request came.';
COMMENT ON COLUMN idempotency_auth.leased_until IS 'While it runs its process moves this on; a running row past it was cut off.';
COMMENT ON COLUMN idempotency_auth.expires_at IS 'From then on the key is free, and the row may be removed.';
CREATE INDEX idempotency_auth_by_expiry ON idempotency_auth (tenant_id, expires_at);

CREATE TABLE idempotency_model (LIKE idempotency_auth INCLUDING ALL);
COMMENT ON TABLE idempotency_model IS 'Requests to model with an Idempotency-Key, and their answers.';
CREATE TABLE idempotency_rag (LIKE idempotency_auth INCLUDING ALL);
COMMENT ON TABLE idempotency_rag IS 'Requests to rag with an Idempotency-Key, and their answers.';
CREATE TABLE idempotency_agent (LIKE idempotency_auth INCLUDING ALL);
COMMENT ON TABLE idempotency_agent IS 'Requests to agent with an Idempotency-Key, and their answers.';

ALTER TABLE idempotency_auth ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_auth FORCE ROW LEVEL SECURITY;
ALTER TABLE idempotency_model ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_model FORCE ROW LEVEL SECURITY;
ALTER TABLE idempotency_rag ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_rag FORCE ROW LEVEL SECURITY;
ALTER TABLE idempotency_agent ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_agent FORCE ROW LEVEL SECURITY;

-- A response no longer knows its key: the row in idempotency_agent names the response.
ALTER TABLE response DROP COLUMN idempotency_key;
