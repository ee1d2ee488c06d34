-- Jobs: what has to be done, and where workers find it.
SELECT register_patch('0002-queue');

CREATE TABLE job (
	tenant_id       uuid        NOT NULL,
	id              uuid        NOT NULL,
	queue           text        NOT NULL CHECK (queue ~ '^[a-z]{1,32}$'),
	kind            text        NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
	subject         uuid        NOT NULL,
	payload         jsonb       NOT NULL,
	state           text        NOT NULL DEFAULT 'waiting'
		CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
	attempts        integer     NOT NULL DEFAULT 0,
	error           text,
	created_at      timestamptz NOT NULL DEFAULT now(),
	cancel_asked_at timestamptz,
	finished_at     timestamptz,
	PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE job IS 'Work that outlives a request: written in the same transaction as the thing it serves.';
COMMENT ON COLUMN job.tenant_id IS 'Whose work it is.';
COMMENT ON COLUMN job.id IS 'The job.';
COMMENT ON COLUMN job.queue IS 'The service whose workers do it; the same as in its role''s name.';
COMMENT ON COLUMN job.kind IS 'What is to be done, in the service''s own words.';
COMMENT ON COLUMN job.subject IS 'The row it serves, in a table that the kind names.';
COMMENT ON COLUMN job.payload IS 'What a worker must know besides.';
COMMENT ON COLUMN job.state IS 'waiting, running, done, failed (for good) or cancelled.';
COMMENT ON COLUMN job.attempts IS 'Times it was begun.';
COMMENT ON COLUMN job.error IS 'Why the last attempt ended without success.';
COMMENT ON COLUMN job.created_at IS 'When it was asked for.';
COMMENT ON COLUMN job.cancel_asked_at IS 'When somebody asked to stop it; the worker sees it at its next heartbeat.';
COMMENT ON COLUMN job.finished_at IS 'When it was done, failed or cancelled.';
CREATE INDEX job_by_subject ON job (tenant_id, subject);

CREATE TABLE job_ready (
	tenant_id uuid        NOT NULL,
	job_id    uuid        NOT NULL,
	queue     text        NOT NULL,
	due_at    timestamptz NOT NULL DEFAULT now(),
	epoch     bigint      NOT NULL DEFAULT 0,
	worker    text,
	PRIMARY KEY (tenant_id, job_id),
	FOREIGN KEY (tenant_id, job_id) REFERENCES job (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE job_ready IS 'Jobs that are not over, without their content: all that a worker without a tenant may read.';
COMMENT ON COLUMN job_ready.tenant_id IS 'Whose job it is; the context of everything after the claim.';
COMMENT ON COLUMN job_ready.job_id IS 'The job.';
COMMENT ON COLUMN job_ready.queue IS 'As in job.';
COMMENT ON COLUMN job_ready.due_at IS 'From when on it may be claimed; while it is leased, the end of the lease.';
COMMENT ON COLUMN job_ready.epoch IS 'Counts claims and returns; a write that names an older one is refused.';
COMMENT ON COLUMN job_ready.worker IS 'Who holds the lease; NULL while it waits.';
CREATE INDEX job_ready_by_due ON job_ready (tenant_id, queue, due_at);
-- Tells an idle worker that there is nothing, without a look at each tenant.
CREATE INDEX job_ready_by_queue ON job_ready (queue, due_at);

CREATE TABLE job_tenant (
	tenant_id uuid        NOT NULL,
	queue     text        NOT NULL,
	served_at timestamptz NOT NULL DEFAULT '-infinity',
	PRIMARY KEY (tenant_id, queue)
);
COMMENT ON TABLE job_tenant IS 'When each tenant was last served in a queue: who waited longest comes first.';
COMMENT ON COLUMN job_tenant.tenant_id IS 'The tenant.';
COMMENT ON COLUMN job_tenant.queue IS 'As in job.';
COMMENT ON COLUMN job_tenant.served_at IS 'When a job of this tenant was last claimed.';
CREATE INDEX job_tenant_by_turn ON job_tenant (queue, served_at);

ALTER TABLE job ENABLE ROW LEVEL SECURITY;
ALTER TABLE job FORCE ROW LEVEL SECURITY;
ALTER TABLE job_ready ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_ready FORCE ROW LEVEL SECURITY;
ALTER TABLE job_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_tenant FORCE ROW LEVEL SECURITY;
