SELECT register_patch('0122-tenant-plan');

-- What auth puts into tokens: written by billing with the subscription, told to auth afterwards.
CREATE TABLE tenant_plan (
	tenant_id uuid NOT NULL,
	plan text NOT NULL,
	version bigint NOT NULL,
	entitlements text NOT NULL,
	state text NOT NULL CHECK (state IN ('active', 'paused', 'suspended', 'canceled')),
	requests_per_minute bigint NOT NULL CHECK (requests_per_minute >= 0),
	concurrency bigint NOT NULL CHECK (concurrency >= 0),
	tokens_per_minute bigint NOT NULL CHECK (tokens_per_minute >= 0),
	seats bigint NOT NULL CHECK (seats >= 0),
	sequence bigint NOT NULL DEFAULT 1,
	applied bigint NOT NULL DEFAULT 0,
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE tenant_plan IS 'The plan of a tenant as its tokens tell it; none for a tenant that never had a subscription, which may use everything.';
COMMENT ON COLUMN tenant_plan.tenant_id IS 'Whose.';
COMMENT ON COLUMN tenant_plan.plan IS 'The plan''s name.';
COMMENT ON COLUMN tenant_plan.version IS 'Its version.';
COMMENT ON COLUMN tenant_plan.entitlements IS 'Words divided by blanks, as in plan_version.';
COMMENT ON COLUMN tenant_plan.state IS 'active; paused, suspended and canceled refuse what the plan is for.';
COMMENT ON COLUMN tenant_plan.requests_per_minute IS 'Of the plan; 0: no limit.';
COMMENT ON COLUMN tenant_plan.concurrency IS 'Of the plan; 0: no limit.';
COMMENT ON COLUMN tenant_plan.tokens_per_minute IS 'Of the plan; 0: no limit.';
COMMENT ON COLUMN tenant_plan.seats IS 'Most users; 0: as many as the platform allows.';
COMMENT ON COLUMN tenant_plan.sequence IS 'Counts the changes.';
COMMENT ON COLUMN tenant_plan.applied IS 'The change that auth has told everybody about.';
COMMENT ON COLUMN tenant_plan.changed_at IS 'When it last changed.';

-- Tokens from before a change of plan begin nothing new; what they began goes on.
ALTER TABLE revocation DROP CONSTRAINT revocation_kind_check, DROP CONSTRAINT revocation_check,
	ADD CONSTRAINT revocation_kind_check CHECK (kind IN ('tenant', 'credential', 'subject', 'plan')),
	ADD CONSTRAINT revocation_check CHECK ((kind IN ('tenant', 'plan')) = (target_id IS NULL));
COMMENT ON COLUMN revocation.kind IS 'tenant, credential (API key or session), subject (a person) or plan (the tenant''s plan changed: tokens are made anew, and what runs goes on).';
