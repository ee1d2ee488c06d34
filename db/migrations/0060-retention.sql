SELECT register_patch('0060-retention');

-- Nothing is kept for ever. A service's worker finds here whose rows of a kind may have become old, without
-- a tenant and without content, and removes them in that tenant's context.

CREATE TABLE retention (
	tenant_id uuid        NOT NULL,
	queue     text        NOT NULL CHECK (queue IN ('auth', 'model', 'rag', 'agent')),
	kind      text        NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
	oldest_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, queue, kind)
);
COMMENT ON TABLE retention IS 'Where rows that are kept for a time may be found: one row a tenant and kind, made with the first of them and kept.';
COMMENT ON COLUMN retention.tenant_id IS 'Whose rows.';
COMMENT ON COLUMN retention.queue IS 'The service whose worker looks after them.';
COMMENT ON COLUMN retention.kind IS 'Which rows, by the service''s table of kinds.';
COMMENT ON COLUMN retention.oldest_at IS 'None that counts is older. Later ones are noted by nobody: they are younger.';
CREATE INDEX retention_by_age ON retention (queue, kind, oldest_at);
ALTER TABLE retention ENABLE ROW LEVEL SECURITY;
ALTER TABLE retention FORCE ROW LEVEL SECURITY;

CREATE FUNCTION retention_note() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	FOR i IN 1 .. TG_NARGS - 1 LOOP
		INSERT INTO bulkhead.retention (tenant_id, queue, kind)
		VALUES (NEW.tenant_id, TG_ARGV[0], TG_ARGV[i])
		ON CONFLICT DO NOTHING;
	END LOOP;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION retention_note() IS 'Notes that the new row''s tenant has rows of some kinds: the queue, then the kinds.';
REVOKE EXECUTE ON FUNCTION retention_note() FROM PUBLIC;

CREATE TRIGGER retention_note AFTER INSERT ON response
	FOR EACH ROW EXECUTE FUNCTION retention_note('agent', 'response', 'journal');
CREATE TRIGGER retention_note_rag AFTER INSERT ON job
	FOR EACH ROW WHEN (NEW.queue = 'rag') EXECUTE FUNCTION retention_note('rag', 'job');
CREATE TRIGGER retention_note_agent AFTER INSERT ON job
	FOR EACH ROW WHEN (NEW.queue = 'agent') EXECUTE FUNCTION retention_note('agent', 'job');
CREATE TRIGGER retention_note AFTER INSERT ON vector_store_batch
	FOR EACH ROW EXECUTE FUNCTION retention_note('rag', 'batch');
CREATE TRIGGER retention_note AFTER INSERT ON session
	FOR EACH ROW EXECUTE FUNCTION retention_note('auth', 'session');
CREATE TRIGGER retention_note AFTER INSERT ON one_time_link
	FOR EACH ROW EXECUTE FUNCTION retention_note('auth', 'link');
-- A tenant's budget row is made with its first usage row.
CREATE TRIGGER retention_note AFTER INSERT ON budget
	FOR EACH ROW EXECUTE FUNCTION retention_note('model', 'usage');
CREATE TRIGGER retention_note AFTER INSERT ON idempotency_auth
	FOR EACH ROW EXECUTE FUNCTION retention_note('auth', 'idempotency');
CREATE TRIGGER retention_note AFTER INSERT ON idempotency_model
	FOR EACH ROW EXECUTE FUNCTION retention_note('model', 'idempotency');
CREATE TRIGGER retention_note AFTER INSERT ON idempotency_rag
	FOR EACH ROW EXECUTE FUNCTION retention_note('rag', 'idempotency');
CREATE TRIGGER retention_note AFTER INSERT ON idempotency_agent
	FOR EACH ROW EXECUTE FUNCTION retention_note('agent', 'idempotency');

INSERT INTO retention (tenant_id, queue, kind, oldest_at)
SELECT tenant_id, 'agent', kind, timestamptz '-infinity'
  FROM (SELECT DISTINCT tenant_id FROM response) AS mine, unnest(ARRAY['response', 'journal']) AS kind
 UNION ALL
SELECT DISTINCT tenant_id, queue, 'job', timestamptz '-infinity' FROM job WHERE queue IN ('rag', 'agent')
 UNION ALL
SELECT DISTINCT tenant_id, 'rag', 'batch', timestamptz '-infinity' FROM vector_store_batch
 UNION ALL
SELECT DISTINCT tenant_id, 'auth', 'session', timestamptz '-infinity' FROM session
 UNION ALL
SELECT DISTINCT tenant_id, 'auth', 'link', timestamptz '-infinity' FROM one_time_link
 UNION ALL
SELECT DISTINCT tenant_id, 'model', 'usage', timestamptz '-infinity' FROM budget
 UNION ALL
SELECT DISTINCT tenant_id, 'auth', 'idempotency', timestamptz '-infinity' FROM idempotency_auth
 UNION ALL
SELECT DISTINCT tenant_id, 'model', 'idempotency', timestamptz '-infinity' FROM idempotency_model
 UNION ALL
SELECT DISTINCT tenant_id, 'rag', 'idempotency', timestamptz '-infinity' FROM idempotency_rag
 UNION ALL
SELECT DISTINCT tenant_id, 'agent', 'idempotency', timestamptz '-infinity' FROM idempotency_agent;

-- What finds the oldest.
ALTER TABLE response ADD COLUMN journal_gone boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN response.journal_gone IS 'Its events are no longer kept: what they add up to is in the items.';
CREATE INDEX response_by_end ON response (tenant_id, completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX response_by_journal ON response (tenant_id, completed_at)
	WHERE completed_at IS NOT NULL AND NOT journal_gone;
CREATE INDEX job_by_end ON job (tenant_id, queue, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX vector_store_batch_by_age ON vector_store_batch (tenant_id, created_at);
