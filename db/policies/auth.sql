-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in auth's tables.

GRANT SELECT, INSERT, UPDATE ON tenant, account, account_email, membership, signing_key, request_limit, cors_origin, tenant_setting TO bulkhead_auth;
-- What is done about harmful content, model does.
GRANT SELECT (tenant_id, moderation_input, moderation_output) ON tenant_setting TO bulkhead_model;
GRANT SELECT, INSERT, DELETE ON account_directory TO bulkhead_auth;
-- Only the deletion of a tenant removes these: with it go its members, and the people who are in no other.
GRANT DELETE ON tenant, account, account_email, membership, request_limit, cors_origin, tenant_setting TO bulkhead_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_deletion, tenant_deletion_count TO bulkhead_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON session, refresh_token, revocation, api_key, key_expiry, one_time_link, account_client TO bulkhead_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON account_totp, account_recovery_code, impersonation TO bulkhead_auth;
GRANT SELECT, UPDATE ON revocation_counter TO bulkhead_auth;
-- What people are sent, and who may join.
GRANT SELECT, INSERT, UPDATE, DELETE ON invitation, outbox_mail TO bulkhead_auth;
-- Views that people keep; with a changed filter one is a new one.
GRANT SELECT, INSERT, DELETE ON saved_view TO bulkhead_auth;

-- No tenant has a row there: only processes of the platform have. The deletion of a tenant looks all the same.
GRANT SELECT, DELETE ON instance TO bulkhead_auth;
