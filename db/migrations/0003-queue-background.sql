SELECT register_patch('0003-queue-background');

-- A claim passes over the background jobs of a tenant that has its share of the workers, and still finds
-- what somebody waits for.
ALTER TABLE job_ready ADD COLUMN background boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN job_ready.background IS 'Nobody waits for it: claimed after the tenant''s other jobs, and by fewer workers.';
DROP INDEX job_ready_by_due;
CREATE INDEX job_ready_by_due ON job_ready (tenant_id, queue, background, due_at);
