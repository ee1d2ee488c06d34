SELECT register_patch('0012-auth-sign-in');

CREATE TABLE account_client (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	account_id uuid NOT NULL,
	mark bytea NOT NULL CHECK (length(mark) = 32),
	seen_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, account_id, mark),
	FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX account_client_seen ON account_client (tenant_id, seen_at);
COMMENT ON TABLE account_client IS 'Where a person has signed in from: attempts of strangers do not count there. The latest eight of each.';
COMMENT ON COLUMN account_client.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN account_client.account_id IS 'The person.';
COMMENT ON COLUMN account_client.mark IS 'Keyed hash of the client''s address or network; the address itself is not kept.';
COMMENT ON COLUMN account_client.seen_at IS 'About when the person last signed in from there, to the day.';

-- Ended sign-ins and what belongs to them are found by their end.
CREATE INDEX session_expires ON session (tenant_id, expires_at);
CREATE INDEX session_revoked ON session (tenant_id, revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX refresh_token_expires ON refresh_token (tenant_id, expires_at);
CREATE INDEX refresh_token_sealed ON refresh_token (tenant_id, session_id) WHERE successor_sealed IS NOT NULL;
CREATE INDEX one_time_link_expires ON one_time_link (tenant_id, expires_at);
CREATE INDEX revocation_created ON revocation (tenant_id, created_at);
