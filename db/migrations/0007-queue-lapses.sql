SELECT register_patch('0007-queue-lapses');

-- A job whose worker died is begun again by another process, which may die of it as well.
ALTER TABLE job_ready ADD COLUMN lapses integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN job_ready.lapses IS 'Leases that ran out under a process that never came back: from 2 on it is begun beside no other such job, from 4 on given up.';
CREATE INDEX job_ready_by_suspicion ON job_ready (queue, due_at)
	WHERE lapses >= 2 AND worker IS NOT NULL;

-- One job of a kind waits for a subject, however often it is asked for.
WITH pending AS MATERIALIZED (
	SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id, queue, kind, subject
		ORDER BY state = 'running' DESC, created_at, id) AS place
	  FROM job
	 WHERE state IN ('waiting', 'running')
), ended AS (
	UPDATE job
	   SET state = 'cancelled', finished_at = now(), error = 'another job does the same'
	  FROM pending
	 WHERE job.tenant_id = pending.tenant_id AND job.id = pending.id AND pending.place > 1
)
DELETE FROM job_ready
 USING pending
 WHERE job_ready.tenant_id = pending.tenant_id AND job_ready.job_id = pending.id AND pending.place > 1;
CREATE UNIQUE INDEX job_pending ON job (tenant_id, queue, kind, subject)
	WHERE state IN ('waiting', 'running');
