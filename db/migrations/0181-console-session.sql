SELECT register_patch('0181-console-session');

ALTER TABLE session
	ADD COLUMN secret_hash bytea CHECK (length(secret_hash) = 32),
	ADD COLUMN proved_at timestamptz,
	ADD COLUMN mfa_at timestamptz,
	ADD COLUMN elevated_until timestamptz,
	ADD CHECK ((secret_hash IS NULL) = (proved_at IS NULL));
COMMENT ON TABLE session IS 'A sign-in: the family of its refresh tokens, or a session of the console, which has a secret of its own.';
COMMENT ON COLUMN session.method IS 'How: password (with refresh tokens), console, or impersonation (see that table).';
COMMENT ON COLUMN session.last_used_at IS 'When its refresh token was last used; of a console session about when it last asked for something, to the minute.';
COMMENT ON COLUMN session.secret_hash IS 'SHA-256 of the cookie''s text; null unless it is a session of the console.';
COMMENT ON COLUMN session.proved_at IS 'When the person last proved the password for it: its absolute life counts from then, and it is over if the password was set since. Null unless it is a session of the console.';
COMMENT ON COLUMN session.mfa_at IS 'When a second factor was last shown in it; null for never.';
COMMENT ON COLUMN session.elevated_until IS 'Until when it may do what destroys; null for not.';
