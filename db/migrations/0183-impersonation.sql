SELECT register_patch('0183-impersonation');

CREATE TABLE impersonation (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	id uuid NOT NULL,
	account_id uuid NOT NULL,
	session_id uuid NOT NULL,
	target_tenant_id uuid NOT NULL,
	target_account_id uuid NOT NULL,
	reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
	began_at timestamptz NOT NULL DEFAULT now(),
	until_at timestamptz NOT NULL,
	ended_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, target_tenant_id) REFERENCES tenant (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX impersonation_account ON impersonation (tenant_id, account_id);
CREATE INDEX impersonation_target ON impersonation (tenant_id, target_tenant_id);
CREATE INDEX impersonation_running ON impersonation (tenant_id, until_at) WHERE ended_at IS NULL;
CREATE INDEX impersonation_until ON impersonation (tenant_id, until_at);
COMMENT ON TABLE impersonation IS 'Somebody of the platform''s staff acts as a member of a tenant, for a time and with a reason.';
COMMENT ON COLUMN impersonation.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN impersonation.id IS 'The session in the tenant.';
COMMENT ON COLUMN impersonation.account_id IS 'Who acts.';
COMMENT ON COLUMN impersonation.session_id IS 'Their own session, to which they return; this one ends with it.';
COMMENT ON COLUMN impersonation.target_tenant_id IS 'The tenant.';
COMMENT ON COLUMN impersonation.target_account_id IS 'As whom.';
COMMENT ON COLUMN impersonation.reason IS 'Why, as they said it.';
COMMENT ON COLUMN impersonation.began_at IS 'When it began.';
COMMENT ON COLUMN impersonation.until_at IS 'When it ends at the latest.';
COMMENT ON COLUMN impersonation.ended_at IS 'When it ended; null while it runs.';
CREATE TRIGGER retention_note AFTER INSERT ON impersonation
	FOR EACH ROW EXECUTE FUNCTION retention_note('auth', 'impersonation');
