SELECT register_patch('0340-image-charge');

-- A picture of a job is charged once, however often it is made: src/model/http_images.c.
CREATE TABLE image_charge (
	tenant_id uuid NOT NULL,
	image_job_id uuid NOT NULL,
	position bigint NOT NULL CHECK (position BETWEEN 0 AND 9),
	act_id uuid NOT NULL,
	made_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, image_job_id, position)
);
CREATE INDEX image_charge_act ON image_charge (tenant_id, act_id);
CREATE INDEX image_charge_made ON image_charge (tenant_id, made_at);
COMMENT ON TABLE image_charge IS 'Pictures of jobs that were made, and which call''s usage event they count in.';
COMMENT ON COLUMN image_charge.tenant_id IS 'The owner.';
COMMENT ON COLUMN image_charge.image_job_id IS 'The job of the multimodal service.';
COMMENT ON COLUMN image_charge.position IS 'The picture''s place in the job''s answer.';
COMMENT ON COLUMN image_charge.act_id IS 'The usage event of the call that made it first.';
COMMENT ON COLUMN image_charge.made_at IS 'When that was.';

CREATE TRIGGER retention_note AFTER INSERT ON image_charge
	FOR EACH ROW EXECUTE FUNCTION retention_note('model', 'image_charge');

ALTER TABLE image_charge ENABLE ROW LEVEL SECURITY;
ALTER TABLE image_charge FORCE ROW LEVEL SECURITY;
