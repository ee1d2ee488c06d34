SELECT register_patch('0064-services');

-- Which services there are is told by the program: a new one changes nothing of what all share.

ALTER TABLE retention DROP CONSTRAINT retention_queue_check;
ALTER TABLE retention ADD CONSTRAINT retention_queue_check CHECK (queue ~ '^[a-z]{1,32}$');

CREATE FUNCTION retention_note_job() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO bulkhead.retention (tenant_id, queue, kind)
	VALUES (NEW.tenant_id, NEW.queue, 'job')
	ON CONFLICT DO NOTHING;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION retention_note_job() IS 'Notes that the new job''s tenant has jobs in its queue.';
REVOKE EXECUTE ON FUNCTION retention_note_job() FROM PUBLIC;

DROP TRIGGER retention_note_rag ON job;
DROP TRIGGER retention_note_agent ON job;
CREATE TRIGGER retention_note AFTER INSERT ON job
	FOR EACH ROW EXECUTE FUNCTION retention_note_job();
