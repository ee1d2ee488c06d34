SELECT register_patch('0282-images');

-- Pictures that are made, each request a job.
CREATE TABLE image_job (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	job_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('generation', 'edit')),
	status text NOT NULL CHECK (status IN ('queued', 'in_progress', 'completed', 'failed', 'cancelled')),
	spec text NOT NULL CHECK (octet_length(spec) <= 262144),
	removed text NOT NULL,
	images bigint NOT NULL CHECK (images BETWEEN 1 AND 10),
	detached boolean NOT NULL,
	subject text NOT NULL,
	credential_id uuid NOT NULL,
	request_id text NOT NULL,
	traceparent text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	cancel_asked_at timestamptz,
	completed_at timestamptz,
	model text,
	test_backend boolean NOT NULL DEFAULT false,
	error_code text,
	error_message text,
	error_param text,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX image_job_unfinished ON image_job (tenant_id, id) WHERE completed_at IS NULL;
CREATE INDEX image_job_completed ON image_job (tenant_id, completed_at, id) WHERE completed_at IS NOT NULL;
COMMENT ON TABLE image_job IS 'A request for pictures, from POST /v1/images/generations or /v1/images/edits.';
COMMENT ON COLUMN image_job.tenant_id IS 'The owner.';
COMMENT ON COLUMN image_job.id IS 'imgjob_ and 32 hex digits on the wire.';
COMMENT ON COLUMN image_job.job_id IS 'The job that carries it; its epoch fences every write.';
COMMENT ON COLUMN image_job.kind IS 'generation: from words; edit: of pictures.';
COMMENT ON COLUMN image_job.status IS 'As on the wire.';
COMMENT ON COLUMN image_job.spec IS 'JSON: what is asked for, with defaults filled in.';
COMMENT ON COLUMN image_job.removed IS 'Names of what was taken out of the prompt, divided by blanks.';
COMMENT ON COLUMN image_job.images IS 'How many are asked for.';
COMMENT ON COLUMN image_job.detached IS 'Goes on when its client leaves.';
COMMENT ON COLUMN image_job.subject IS 'For whom other services are called: the sub of the token it was asked with.';
COMMENT ON COLUMN image_job.credential_id IS 'The key it was asked with, whose limits bind the calls; zero: none.';
COMMENT ON COLUMN image_job.request_id IS 'Of the request that made it; its calls bear the same.';
COMMENT ON COLUMN image_job.traceparent IS 'As received, or empty.';
COMMENT ON COLUMN image_job.created_at IS 'When it was accepted.';
COMMENT ON COLUMN image_job.cancel_asked_at IS 'When somebody asked to end it.';
COMMENT ON COLUMN image_job.completed_at IS 'When it ended, however.';
COMMENT ON COLUMN image_job.model IS 'The model''s own id, once it is known.';
COMMENT ON COLUMN image_job.test_backend IS 'Its pictures come from the backend for tests.';
COMMENT ON COLUMN image_job.error_code IS 'Of a failed one, as on the wire.';
COMMENT ON COLUMN image_job.error_message IS 'The sentence that its client is told.';
COMMENT ON COLUMN image_job.error_param IS 'The field at fault, if it is one.';

CREATE TABLE image_input (
	tenant_id uuid NOT NULL,
	image_job_id uuid NOT NULL,
	position bigint NOT NULL CHECK (position BETWEEN 0 AND 16),
	file_id uuid NOT NULL,
	PRIMARY KEY (tenant_id, image_job_id, position),
	FOREIGN KEY (tenant_id, image_job_id) REFERENCES image_job (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE image_input IS 'Pictures to be edited: files that go by themselves after a day.';
COMMENT ON COLUMN image_input.tenant_id IS 'The owner.';
COMMENT ON COLUMN image_input.image_job_id IS 'Whose it is.';
COMMENT ON COLUMN image_input.position IS 'From 0; 16: the mask.';
COMMENT ON COLUMN image_input.file_id IS 'The file, written anew by bulkhead-picture.';

CREATE TABLE image (
	tenant_id uuid NOT NULL,
	image_job_id uuid NOT NULL,
	position bigint NOT NULL CHECK (position BETWEEN 0 AND 9),
	file_id uuid NOT NULL,
	format text NOT NULL CHECK (format IN ('png', 'jpeg', 'webp')),
	width bigint NOT NULL,
	height bigint NOT NULL,
	bytes bigint NOT NULL,
	revised_prompt text,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, image_job_id, position),
	UNIQUE (tenant_id, file_id),
	FOREIGN KEY (tenant_id, image_job_id) REFERENCES image_job (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE image IS 'A picture that was made.';
COMMENT ON COLUMN image.tenant_id IS 'The owner.';
COMMENT ON COLUMN image.image_job_id IS 'The request that it was made for.';
COMMENT ON COLUMN image.position IS 'Its place in the answer.';
COMMENT ON COLUMN image.file_id IS 'The file that holds it.';
COMMENT ON COLUMN image.format IS 'How it is written.';
COMMENT ON COLUMN image.width IS 'Pixels.';
COMMENT ON COLUMN image.height IS 'Pixels.';
COMMENT ON COLUMN image.bytes IS 'Of the file.';
COMMENT ON COLUMN image.revised_prompt IS 'What the model made of the prompt, if it says so.';
COMMENT ON COLUMN image.created_at IS 'When it was made.';

CREATE TABLE image_event (
	tenant_id uuid NOT NULL,
	image_job_id uuid NOT NULL,
	sequence_number bigint NOT NULL CHECK (sequence_number >= 0),
	position bigint NOT NULL,
	partial bigint NOT NULL CHECK (partial BETWEEN 0 AND 3),
	file_id uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, image_job_id, sequence_number),
	FOREIGN KEY (tenant_id, image_job_id) REFERENCES image_job (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE image_event IS 'What a stream of a job tells, in its order: pictures, whole or not yet.';
COMMENT ON COLUMN image_event.tenant_id IS 'The owner.';
COMMENT ON COLUMN image_event.image_job_id IS 'The job.';
COMMENT ON COLUMN image_event.sequence_number IS 'From 0 in steps of 1.';
COMMENT ON COLUMN image_event.position IS 'Which picture.';
COMMENT ON COLUMN image_event.partial IS 'From 1; 0: it is whole.';
COMMENT ON COLUMN image_event.file_id IS 'The file that holds it; of a partial one for an hour.';
COMMENT ON COLUMN image_event.created_at IS 'When it was made.';

CREATE TRIGGER retention_note AFTER INSERT ON image_job
	FOR EACH ROW EXECUTE FUNCTION retention_note('multimodal', 'image');
CREATE TRIGGER retention_note_multimodal AFTER INSERT ON job
	FOR EACH ROW WHEN (NEW.queue = 'multimodal') EXECUTE FUNCTION retention_note('multimodal', 'job');

ALTER TABLE image_job ENABLE ROW LEVEL SECURITY;
ALTER TABLE image_job FORCE ROW LEVEL SECURITY;
ALTER TABLE image_input ENABLE ROW LEVEL SECURITY;
ALTER TABLE image_input FORCE ROW LEVEL SECURITY;
ALTER TABLE image ENABLE ROW LEVEL SECURITY;
ALTER TABLE image FORCE ROW LEVEL SECURITY;
ALTER TABLE image_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE image_event FORCE ROW LEVEL SECURITY;
