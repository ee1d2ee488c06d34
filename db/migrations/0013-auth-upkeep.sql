SELECT register_patch('0013-auth-upkeep');

-- Nobody looks for rows by these: sign-ins go by their person or their expiry, refresh tokens by their
-- sign-in, which keeps the newest hundred used ones, and places of sign-in by their person.
DROP INDEX session_revoked;
DROP INDEX refresh_token_expires;
DROP INDEX account_client_seen;
