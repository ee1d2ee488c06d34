SELECT register_patch('0186-invitation');

CREATE TABLE invitation (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	email text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
	role text NOT NULL CHECK (role IN ('superuser', 'owner', 'admin', 'member', 'viewer')),
	hash bytea NOT NULL CHECK (length(hash) = 32),
	created_by text NOT NULL,
	created_at timestamptz NOT NULL,
	sent_at timestamptz NOT NULL,
	sends bigint NOT NULL DEFAULT 1 CHECK (sends > 0),
	expires_at timestamptz NOT NULL,
	accepted_at timestamptz,
	account_id uuid,
	revoked_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	CHECK (role <> 'superuser' OR tenant_id = '00000000-0000-0000-0000-000000000001'),
	CHECK (accepted_at IS NULL OR revoked_at IS NULL),
	CHECK ((accepted_at IS NULL) = (account_id IS NULL))
);
CREATE UNIQUE INDEX invitation_open ON invitation (tenant_id, email)
	WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitation_expires ON invitation (tenant_id, expires_at);
COMMENT ON TABLE invitation IS 'Invitations to a tenant: each is for one address and is accepted once.';
COMMENT ON COLUMN invitation.tenant_id IS 'The tenant to join.';
COMMENT ON COLUMN invitation.id IS 'The row that its link names.';
COMMENT ON COLUMN invitation.email IS 'Who is invited: the only address it can be accepted for.';
COMMENT ON COLUMN invitation.role IS 'As what.';
COMMENT ON COLUMN invitation.hash IS 'SHA-256 of the newest link''s token; older links do not work.';
COMMENT ON COLUMN invitation.created_by IS 'Subject of the token that made it.';
COMMENT ON COLUMN invitation.created_at IS 'When it was made.';
COMMENT ON COLUMN invitation.sent_at IS 'When its newest link was made.';
COMMENT ON COLUMN invitation.sends IS 'How many links were made for it.';
COMMENT ON COLUMN invitation.expires_at IS 'Until when it can be accepted.';
COMMENT ON COLUMN invitation.accepted_at IS 'When it was accepted; null while it waits.';
COMMENT ON COLUMN invitation.account_id IS 'The person who accepted it.';
COMMENT ON COLUMN invitation.revoked_at IS 'When it was taken back, or replaced after it had expired.';

CREATE TRIGGER retention_note AFTER INSERT ON invitation
	FOR EACH ROW EXECUTE FUNCTION retention_note('auth', 'invitation');
