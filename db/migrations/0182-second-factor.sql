SELECT register_patch('0182-second-factor');

CREATE TABLE account_totp (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	account_id uuid NOT NULL,
	secret_sealed bytea NOT NULL,
	last_step bigint NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now(),
	confirmed_at timestamptz,
	PRIMARY KEY (tenant_id, account_id),
	FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE account_totp IS 'The authenticator app of a person (RFC 6238).';
COMMENT ON COLUMN account_totp.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN account_totp.account_id IS 'Whose.';
COMMENT ON COLUMN account_totp.secret_sealed IS 'The shared secret, sealed with auth''s key.';
COMMENT ON COLUMN account_totp.last_step IS 'The step of the last code that was accepted: none up to it is accepted again.';
COMMENT ON COLUMN account_totp.created_at IS 'When it was begun.';
COMMENT ON COLUMN account_totp.confirmed_at IS 'When a code proved that the app has the secret; null until then, and it is asked for nothing.';

CREATE TABLE account_recovery_code (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	account_id uuid NOT NULL,
	hash bytea NOT NULL CHECK (length(hash) = 32),
	created_at timestamptz NOT NULL DEFAULT now(),
	used_at timestamptz,
	PRIMARY KEY (tenant_id, account_id, hash),
	FOREIGN KEY (tenant_id, account_id) REFERENCES account_totp (tenant_id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE account_recovery_code IS 'Codes that stand for the app once each; a new set replaces the old one.';
COMMENT ON COLUMN account_recovery_code.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN account_recovery_code.account_id IS 'Whose.';
COMMENT ON COLUMN account_recovery_code.hash IS 'Keyed hash of the code.';
COMMENT ON COLUMN account_recovery_code.created_at IS 'When it was made.';
COMMENT ON COLUMN account_recovery_code.used_at IS 'When it was used; null while it waits.';
