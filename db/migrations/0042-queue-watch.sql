SELECT register_patch('0042-queue-watch');

-- What a process asks about all its jobs at once is kept where it may read without a tenant's context.
ALTER TABLE job_ready ADD COLUMN cancel_asked boolean NOT NULL DEFAULT false;
ALTER TABLE job_ready ADD COLUMN watched_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN job_ready.cancel_asked IS 'Somebody asked to stop it, as job.cancel_asked_at says.';
COMMENT ON COLUMN job_ready.watched_at IS 'When somebody was last known to wait for what it does.';
UPDATE job_ready
   SET cancel_asked = true
  FROM job
 WHERE job.tenant_id = job_ready.tenant_id AND job.id = job_ready.job_id AND job.cancel_asked_at IS NOT NULL;
ALTER TABLE response DROP COLUMN watched_at;
