SELECT register_patch('0011-auth-keys');

-- A key that another key made: counted with it, and revoked with it.
ALTER TABLE api_key
	ADD COLUMN parent_id uuid,
	ADD COLUMN ended_at timestamptz,
	ADD FOREIGN KEY (tenant_id, parent_id) REFERENCES api_key (tenant_id, id) ON DELETE CASCADE;
CREATE INDEX api_key_parent ON api_key (tenant_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX api_key_live ON api_key (tenant_id, id) WHERE ended_at IS NULL;
CREATE INDEX api_key_ended ON api_key (tenant_id, ended_at) WHERE ended_at IS NOT NULL;
COMMENT ON COLUMN api_key.parent_id IS 'The key that made it; null when a person or the platform''s staff did.';
COMMENT ON COLUMN api_key.ended_at IS 'When it was revoked or was seen to have expired; null while it works.';
UPDATE api_key SET ended_at = revoked_at WHERE revoked_at IS NOT NULL;
-- A key without an owner is its own subject, and so named as maker.
UPDATE api_key k SET parent_id = p.id
  FROM api_key p
 WHERE p.tenant_id = k.tenant_id AND p.id::text = k.created_by AND p.id <> k.id;

CREATE TABLE key_expiry (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	key_tenant_id uuid NOT NULL,
	key_id uuid NOT NULL,
	expires_at timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, key_tenant_id, key_id),
	FOREIGN KEY (tenant_id, key_tenant_id) REFERENCES tenant (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX key_expiry_due ON key_expiry (tenant_id, expires_at);
COMMENT ON TABLE key_expiry IS 'The keys that will expire, of all tenants, so that what an expired one began ends with it; a row goes when its key has ended.';
COMMENT ON COLUMN key_expiry.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN key_expiry.key_tenant_id IS 'The key''s tenant.';
COMMENT ON COLUMN key_expiry.key_id IS 'The key.';
COMMENT ON COLUMN key_expiry.expires_at IS 'As in the key''s row.';
INSERT INTO key_expiry (tenant_id, key_tenant_id, key_id, expires_at)
SELECT '00000000-0000-0000-0000-000000000001', tenant_id, id, expires_at
  FROM api_key
 WHERE expires_at IS NOT NULL AND revoked_at IS NULL;
