-- What has been applied to this database.

CREATE TABLE schema_patch (
	tenant_id  uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000001',
	name       text        NOT NULL,
	sha256     text        NOT NULL DEFAULT '',
	applied_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, name),
	CHECK (tenant_id = '00000000-0000-0000-0000-000000000001')
);
COMMENT ON TABLE schema_patch IS 'One row for each migration that has been applied.';
COMMENT ON COLUMN schema_patch.tenant_id IS 'Always the platform''s own tenant.';
COMMENT ON COLUMN schema_patch.name IS 'The migration''s file name without its ending.';
COMMENT ON COLUMN schema_patch.sha256 IS 'Digest of its text; a file that changes afterwards is refused.';
COMMENT ON COLUMN schema_patch.applied_at IS 'When its transaction began.';

ALTER TABLE schema_patch ENABLE ROW LEVEL SECURITY;
ALTER TABLE schema_patch FORCE ROW LEVEL SECURITY;

-- The first statement of every later migration: a second run fails here, before it changes anything.
CREATE FUNCTION register_patch(patch text) RETURNS void
LANGUAGE sql
AS $$ INSERT INTO bulkhead.schema_patch (name) VALUES (patch) $$;
COMMENT ON FUNCTION register_patch(text) IS 'Notes that a migration is being applied; fails if it was before.';
REVOKE EXECUTE ON FUNCTION register_patch(text) FROM PUBLIC;

SELECT register_patch('0001-core');
