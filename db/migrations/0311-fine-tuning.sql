SELECT register_patch('0311-fine-tuning');

-- Adapters that are trained, each by a job.
CREATE TABLE fine_tuning_job (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	status text NOT NULL
		CHECK (status IN ('validating_files', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
	stage text NOT NULL CHECK (stage IN ('validate', 'train', 'publish')),
	model text NOT NULL,
	method text NOT NULL CHECK (method IN ('supervised', 'dpo')),
	suffix text,
	seed bigint NOT NULL CHECK (seed BETWEEN 0 AND 2147483647),
	training_file_id uuid NOT NULL,
	validation_file_id uuid,
	spec text NOT NULL CHECK (octet_length(spec) <= 16384),
	metadata jsonb NOT NULL,
	subject text NOT NULL,
	actor text NOT NULL,
	credential_id uuid NOT NULL,
	session_id uuid NOT NULL,
	user_id uuid NOT NULL,
	key_id uuid NOT NULL,
	team_id uuid NOT NULL,
	request_id text NOT NULL,
	traceparent text NOT NULL,
	created_at timestamptz NOT NULL,
	begun_at timestamptz,
	paused_at timestamptz,
	finished_at timestamptz,
	estimated_finish_at timestamptz,
	steps_done bigint NOT NULL DEFAULT 0 CHECK (steps_done >= 0),
	steps bigint NOT NULL DEFAULT 0 CHECK (steps >= 0),
	trained_tokens bigint NOT NULL DEFAULT 0 CHECK (trained_tokens >= 0),
	reserved_tokens bigint NOT NULL CHECK (reserved_tokens >= 0),
	price_nanos bigint NOT NULL CHECK (price_nanos >= 0),
	rate_version bigint NOT NULL,
	checked text CHECK (octet_length(checked) <= 65536),
	evaluation text CHECK (octet_length(evaluation) <= 262144),
	engine text,
	fine_tuned_model text,
	result_file_id uuid,
	published boolean NOT NULL DEFAULT false,
	error_code text,
	error_message text,
	error_param text,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX fine_tuning_job_unfinished ON fine_tuning_job (tenant_id, id) WHERE finished_at IS NULL;
CREATE INDEX fine_tuning_job_finished ON fine_tuning_job (tenant_id, finished_at, id) WHERE finished_at IS NOT NULL;
COMMENT ON TABLE fine_tuning_job IS 'An adapter that is trained, from POST /v1/fine_tuning/jobs.';
COMMENT ON COLUMN fine_tuning_job.tenant_id IS 'The owner.';
COMMENT ON COLUMN fine_tuning_job.id IS 'ftjob- and 32 hex digits on the wire; also the id of its usage event.';
COMMENT ON COLUMN fine_tuning_job.status IS 'As on the wire, which knows no paused one.';
COMMENT ON COLUMN fine_tuning_job.stage IS 'The kind of the queue''s job that carries it now.';
COMMENT ON COLUMN fine_tuning_job.model IS 'The base model, by its own name.';
COMMENT ON COLUMN fine_tuning_job.method IS 'supervised: from answers; dpo: from pairs of which one is preferred.';
COMMENT ON COLUMN fine_tuning_job.suffix IS 'What its creator adds to the name of the result.';
COMMENT ON COLUMN fine_tuning_job.seed IS 'Of the order of examples, of the first weights and of the part held out.';
COMMENT ON COLUMN fine_tuning_job.training_file_id IS 'A file of the tenant.';
COMMENT ON COLUMN fine_tuning_job.validation_file_id IS 'The same; without one a part of the training data is held out.';
COMMENT ON COLUMN fine_tuning_job.spec IS 'JSON: hyperparameters and wishes, as asked for.';
COMMENT ON COLUMN fine_tuning_job.metadata IS 'At most 16 pairs of strings, its creator''s own.';
COMMENT ON COLUMN fine_tuning_job.subject IS 'For whom other services are called: the sub of the token it was created with.';
COMMENT ON COLUMN fine_tuning_job.actor IS 'Who acted as that person; empty: nobody.';
COMMENT ON COLUMN fine_tuning_job.credential_id IS 'The key it was created with, whose limits bind the calls; zero: none.';
COMMENT ON COLUMN fine_tuning_job.session_id IS 'The credential as its usage event names it.';
COMMENT ON COLUMN fine_tuning_job.user_id IS 'Who spends; zero: nobody besides the key.';
COMMENT ON COLUMN fine_tuning_job.key_id IS 'The key that spends; zero: none.';
COMMENT ON COLUMN fine_tuning_job.team_id IS 'The team that spends; zero: none.';
COMMENT ON COLUMN fine_tuning_job.request_id IS 'Of the request that created it; its calls bear the same.';
COMMENT ON COLUMN fine_tuning_job.traceparent IS 'As received, or empty.';
COMMENT ON COLUMN fine_tuning_job.created_at IS 'When it was accepted.';
COMMENT ON COLUMN fine_tuning_job.begun_at IS 'When training began first.';
COMMENT ON COLUMN fine_tuning_job.paused_at IS 'Since when it is paused.';
COMMENT ON COLUMN fine_tuning_job.finished_at IS 'When it ended, however.';
COMMENT ON COLUMN fine_tuning_job.estimated_finish_at IS 'When the training is expected to end.';
COMMENT ON COLUMN fine_tuning_job.steps_done IS 'Steps whose events are there.';
COMMENT ON COLUMN fine_tuning_job.steps IS 'Steps in all; 0: not known yet.';
COMMENT ON COLUMN fine_tuning_job.trained_tokens IS 'Tokens that went through its steps, which are billed.';
COMMENT ON COLUMN fine_tuning_job.reserved_tokens IS 'The estimate for which money was set aside: the most that is billed.';
COMMENT ON COLUMN fine_tuning_job.price_nanos IS 'Nano-units for a million tokens, as they were when it was created.';
COMMENT ON COLUMN fine_tuning_job.rate_version IS 'Of the plan''s rate; 0: it had none.';
COMMENT ON COLUMN fine_tuning_job.checked IS 'JSON: what was counted in its files.';
COMMENT ON COLUMN fine_tuning_job.evaluation IS 'JSON: the base model and the result on the part held out.';
COMMENT ON COLUMN fine_tuning_job.engine IS 'Name and version of the program that trained it.';
COMMENT ON COLUMN fine_tuning_job.fine_tuned_model IS 'The name of the result.';
COMMENT ON COLUMN fine_tuning_job.result_file_id IS 'The adapter, a file of the tenant.';
COMMENT ON COLUMN fine_tuning_job.published IS 'The model service serves it by that name.';
COMMENT ON COLUMN fine_tuning_job.error_code IS 'Of a failed one, as on the wire.';
COMMENT ON COLUMN fine_tuning_job.error_message IS 'The sentence that its creator is told.';
COMMENT ON COLUMN fine_tuning_job.error_param IS 'The field at fault, if it is one.';

CREATE TABLE fine_tuning_event (
	tenant_id uuid NOT NULL,
	fine_tuning_job_id uuid NOT NULL,
	sequence_number bigint NOT NULL CHECK (sequence_number >= 0),
	level text NOT NULL CHECK (level IN ('info', 'warn', 'error')),
	type text NOT NULL CHECK (type IN ('message', 'metrics')),
	message text NOT NULL,
	data text NOT NULL CHECK (octet_length(data) <= 16384),
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (tenant_id, fine_tuning_job_id, sequence_number),
	FOREIGN KEY (tenant_id, fine_tuning_job_id) REFERENCES fine_tuning_job (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE fine_tuning_event IS 'What happened to a job, in its order; a bounded number of each.';
COMMENT ON COLUMN fine_tuning_event.tenant_id IS 'The owner.';
COMMENT ON COLUMN fine_tuning_event.fine_tuning_job_id IS 'The job.';
COMMENT ON COLUMN fine_tuning_event.sequence_number IS 'From 0 in steps of 1.';
COMMENT ON COLUMN fine_tuning_event.level IS 'As on the wire.';
COMMENT ON COLUMN fine_tuning_event.type IS 'message, or metrics: figures of a step or an evaluation.';
COMMENT ON COLUMN fine_tuning_event.message IS 'A sentence.';
COMMENT ON COLUMN fine_tuning_event.data IS 'JSON: an object.';
COMMENT ON COLUMN fine_tuning_event.created_at IS 'When it was written.';

CREATE TABLE fine_tuning_checkpoint (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	fine_tuning_job_id uuid NOT NULL,
	step bigint NOT NULL CHECK (step >= 0),
	name text NOT NULL,
	sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
	bytes bigint NOT NULL CHECK (bytes >= 0),
	train_loss double precision,
	train_accuracy double precision,
	valid_loss double precision,
	valid_accuracy double precision,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, fine_tuning_job_id, step),
	UNIQUE (tenant_id, name),
	FOREIGN KEY (tenant_id, fine_tuning_job_id) REFERENCES fine_tuning_job (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE fine_tuning_checkpoint IS 'A state of an adapter from which its training can go on.';
COMMENT ON COLUMN fine_tuning_checkpoint.tenant_id IS 'The owner.';
COMMENT ON COLUMN fine_tuning_checkpoint.id IS 'ftckpt_ and 32 hex digits on the wire.';
COMMENT ON COLUMN fine_tuning_checkpoint.fine_tuning_job_id IS 'The job.';
COMMENT ON COLUMN fine_tuning_checkpoint.step IS 'The step behind which it was written.';
COMMENT ON COLUMN fine_tuning_checkpoint.name IS 'As a model would be named.';
COMMENT ON COLUMN fine_tuning_checkpoint.sha256 IS 'Of the adapter, in hex.';
COMMENT ON COLUMN fine_tuning_checkpoint.bytes IS 'Of the adapter.';
COMMENT ON COLUMN fine_tuning_checkpoint.train_loss IS 'Of its step.';
COMMENT ON COLUMN fine_tuning_checkpoint.train_accuracy IS 'The share of tokens that were the likeliest, of its step.';
COMMENT ON COLUMN fine_tuning_checkpoint.valid_loss IS 'Of the part held out.';
COMMENT ON COLUMN fine_tuning_checkpoint.valid_accuracy IS 'The same share, of the part held out.';
COMMENT ON COLUMN fine_tuning_checkpoint.created_at IS 'When it was written.';

CREATE TABLE fine_tuning_permission (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	checkpoint_id uuid NOT NULL,
	project_id text NOT NULL CHECK (length(project_id) BETWEEN 1 AND 64),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, checkpoint_id, project_id),
	FOREIGN KEY (tenant_id, checkpoint_id) REFERENCES fine_tuning_checkpoint (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE fine_tuning_permission IS 'With whom in the tenant a checkpoint is shared.';
COMMENT ON COLUMN fine_tuning_permission.tenant_id IS 'The owner.';
COMMENT ON COLUMN fine_tuning_permission.id IS 'cp_ and 32 hex digits on the wire.';
COMMENT ON COLUMN fine_tuning_permission.checkpoint_id IS 'The checkpoint.';
COMMENT ON COLUMN fine_tuning_permission.project_id IS 'The project as OpenAI calls it: here the organisation itself.';
COMMENT ON COLUMN fine_tuning_permission.created_at IS 'When it was given.';

CREATE TRIGGER retention_note AFTER INSERT ON fine_tuning_job
	FOR EACH ROW EXECUTE FUNCTION retention_note('finetune', 'tuning');
CREATE TRIGGER retention_note_finetune AFTER INSERT ON job
	FOR EACH ROW WHEN (NEW.queue = 'finetune') EXECUTE FUNCTION retention_note('finetune', 'job');

ALTER TABLE fine_tuning_job ENABLE ROW LEVEL SECURITY;
ALTER TABLE fine_tuning_job FORCE ROW LEVEL SECURITY;
ALTER TABLE fine_tuning_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE fine_tuning_event FORCE ROW LEVEL SECURITY;
ALTER TABLE fine_tuning_checkpoint ENABLE ROW LEVEL SECURITY;
ALTER TABLE fine_tuning_checkpoint FORCE ROW LEVEL SECURITY;
ALTER TABLE fine_tuning_permission ENABLE ROW LEVEL SECURITY;
ALTER TABLE fine_tuning_permission FORCE ROW LEVEL SECURITY;
