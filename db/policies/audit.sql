-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in the index of the audit files: rows are added by functions only, which every service may call
-- (shared.sql) for its own files; auth answers from them. Only the deletion of a tenant removes rows by itself.

GRANT SELECT, DELETE ON audit_event, audit_action, audit_behind TO bulkhead_auth;
GRANT EXECUTE ON FUNCTION audit_months(uuid, bigint) TO bulkhead_auth;
GRANT EXECUTE ON FUNCTION audit_across(uuid, uuid, uuid, bigint) TO bulkhead_auth;

-- What the platform's staff sees of the whole.
GRANT EXECUTE ON FUNCTION platform_queues(uuid), platform_database(uuid), platform_jobs(uuid), platform_figures(uuid)
	TO bulkhead_auth;
GRANT EXECUTE ON FUNCTION audit_sources(uuid) TO bulkhead_auth;
GRANT EXECUTE ON FUNCTION audit_across_by(uuid, uuid, uuid, bigint, text, text, text) TO bulkhead_auth;
GRANT EXECUTE ON FUNCTION platform_tenants(uuid, text, boolean, uuid, text, bigint), platform_mails(uuid, text, uuid, bigint)
	TO bulkhead_auth;

-- The chain of a tenant (0240): auth seals it, by functions, and reads it. It may delete for the deletion of a tenant
-- only, which a trigger says.
GRANT SELECT, DELETE ON audit_chain, audit_tile, audit_checkpoint, audit_gone TO bulkhead_auth;
GRANT EXECUTE ON FUNCTION audit_chain_due(uuid, bigint), audit_chain_begin(uuid), audit_tile_add(uuid, bigint, bigint, bytea),
	audit_checkpoint_add(uuid, bigint, timestamptz, text) TO bulkhead_auth;

-- Where a tenant's events are sent.
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_stream TO bulkhead_auth;
GRANT EXECUTE ON FUNCTION audit_stream_claim(uuid) TO bulkhead_auth;

-- How far events were sent to the operator's syslog: rows are made by functions only.
GRANT SELECT, UPDATE, DELETE ON audit_syslog TO bulkhead_auth;
GRANT SELECT, UPDATE ON audit_syslog_sender TO bulkhead_auth;
GRANT EXECUTE ON FUNCTION audit_syslog_begin(uuid, bigint), audit_syslog_claim(uuid, bigint, bigint),
	audit_syslog_end(uuid, bigint, boolean, text), audit_syslog_state(uuid) TO bulkhead_auth;
