SELECT register_patch('0041-agent-key');

-- A person who signs out leaves what they started running; a key that is revoked does not.
ALTER TABLE response ADD COLUMN by_key boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN response.by_key IS 'It was asked with an API key, and session_id names that key.';
COMMENT ON COLUMN response.session_id IS 'Session or key it was asked with; zero: none. The end of a session ends a foreground run, a key''s revocation any run.';
