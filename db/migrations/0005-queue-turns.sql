SELECT register_patch('0005-queue-turns');

-- A claim walks the tenants with due work and no others. A tenant's row here says for each of its two
-- lanes, the jobs that somebody waits for and those in the background, when a claim has to look at it:
-- '-infinity' while it is in turn, the time at which its next job is due, or 'infinity'. What was written
-- to job_ready since is marked there, so that whoever adds a job neither waits for a claim nor holds one up.
ALTER TABLE job_tenant ADD COLUMN look_at timestamptz NOT NULL DEFAULT 'infinity';
ALTER TABLE job_tenant ADD COLUMN background_look_at timestamptz NOT NULL DEFAULT 'infinity';
ALTER TABLE job_tenant ADD COLUMN looks bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN job_tenant.look_at IS 'When claims look for its jobs that somebody waits for: -infinity: now, in turn; infinity: when one is added.';
COMMENT ON COLUMN job_tenant.background_look_at IS 'The same of its jobs in the background.';
COMMENT ON COLUMN job_tenant.looks IS 'Counts the changes of the two: who saw an older count may bring them forward, never put them off.';
DROP INDEX job_tenant_by_turn;
CREATE INDEX job_tenant_by_turn ON job_tenant (queue, served_at, tenant_id)
	WHERE look_at = '-infinity';
CREATE INDEX job_tenant_by_background_turn ON job_tenant (queue, served_at, tenant_id)
	WHERE background_look_at = '-infinity';
CREATE INDEX job_tenant_by_look ON job_tenant (queue, look_at)
	WHERE look_at > '-infinity' AND look_at < 'infinity';
CREATE INDEX job_tenant_by_background_look ON job_tenant (queue, background_look_at)
	WHERE background_look_at > '-infinity' AND background_look_at < 'infinity';

ALTER TABLE job_ready ADD COLUMN fresh boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN job_ready.fresh IS 'Written or made due earlier since a claim last took note of it.';
CREATE INDEX job_ready_by_fresh ON job_ready (queue) WHERE fresh;
DROP INDEX job_ready_by_queue;
-- A tenant's row that is taken away while a job is added would leave the job unseen for ever.
ALTER TABLE job_ready ADD FOREIGN KEY (tenant_id, queue) REFERENCES job_tenant (tenant_id, queue);
