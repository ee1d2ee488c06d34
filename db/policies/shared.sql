-- SPDX-License-Identifier: Apache-2.0
-- What each service may do in the tables that services share, by their list. What workers see of them
-- without a tenant is in exceptions.sql.

DO $shared$
DECLARE
	service record;
BEGIN
	FOR service IN
		SELECT *, to_regclass('idempotency_' || name) AS answers
		  FROM jsonb_to_recordset(current_setting('bulkhead.services')::jsonb -> 'data')
			AS one (name text, role text, works_queue boolean)
	LOOP
		-- Everybody reads the log of revocations and looks up the tenant of an operator's act, both in the
		-- platform's context, and finds what has become old.
		EXECUTE format('GRANT SELECT ON revocation TO %I', service.role);
		EXECUTE format('GRANT SELECT (tenant_id, id, state) ON tenant TO %I', service.role);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE (oldest_at) ON retention TO %I', service.role);

		-- A tenant that is deleted: each service removes its own rows and notes how many, in the platform's
		-- context.
		EXECUTE format('GRANT EXECUTE ON FUNCTION erase_tables(text[]), erase_rows(uuid, text[], bigint),'
			' erase_kept(uuid, text[]) TO %I', service.role);
		EXECUTE format('GRANT DELETE ON retention TO %I', service.role);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE (n, last_at) ON tenant_deletion_count TO %I', service.role);

		-- The index of the audit files: each service reads its own files into it.
		EXECUTE format('GRANT EXECUTE ON FUNCTION audit_positions, audit_forget, audit_step, audit_step_behind,'
			' audit_step_chained, audit_step_behind_chained TO %I',
			service.role);

		-- Each process says that it is there.
		EXECUTE format('GRANT EXECUTE ON FUNCTION instance_beat TO %I', service.role);

		-- Whether the program is new enough for this schema.
		EXECUTE format('GRANT EXECUTE ON FUNCTION schema_state TO %I', service.role);

		-- Answers kept for an Idempotency-Key: each service its own table.
		IF service.answers IS NOT NULL THEN
			EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', service.answers, service.role);
		END IF;

		-- Whoever has work adds and claims it. A claimed row never changes its tenant, its job or its queue:
		-- those columns are not granted.
		IF service.works_queue THEN
			EXECUTE format('GRANT SELECT, INSERT, DELETE ON job, job_ready TO %I', service.role);
			EXECUTE format('GRANT SELECT, DELETE ON job_wanted TO %I', service.role);
			EXECUTE format('GRANT UPDATE (state, attempts, error, cancel_asked_at, finished_at) ON job TO %I',
				service.role);
			EXECUTE format('GRANT UPDATE (due_at, epoch, worker, fresh, lapses, cancel_asked, watched_at)'
				' ON job_ready TO %I', service.role);
			EXECUTE format('GRANT SELECT, INSERT, DELETE, UPDATE (served_at, look_at, background_look_at, looks)'
				' ON job_tenant TO %I', service.role);
		END IF;
	END LOOP;
END
$shared$;
