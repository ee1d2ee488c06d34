/* SPDX-License-Identifier: Apache-2.0 */
/* store_response.c: the row of a response. */
#include "agent/store.h"

int
agent_store_response_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct agent_response *response)
{
	static const char sql[] =
		"INSERT INTO response (tenant_id, id, job_id, previous_id, status, model, echo, background,"
		"       store, include_results, subject, session_id, token_version, request_id, "
		"traceparent,"
		"       created_at, by_key, journal_bytes)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &response->id, &response->job, bh_uuid_or_null_param(&response->previous),
			response->status, response->model, response->echo, response->background,
			response->store, response->include_results, response->subject, &response->session,
			response->token_version, response->request_id, response->traceparent,
			bh_time_param(response->created_ms), response->by_key, response->journal_bytes),
		NULL);
}

static const struct bh_row response_row = BH_ROW(struct agent_response, id, job, previous, session,
	by_key, status, model, echo, background, store, include_results, subject, token_version,
	request_id, traceparent, created_ms, completed_ms, error_code, error_message, incomplete_reason,
	refusal_code, refusal_wait_ms, usage.known, usage.input, usage.cached, usage.output,
	usage.reasoning, journal_gone);

int
agent_store_response_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct agent_response *out)
{
	static const char sql[] =
		"SELECT id, job_id, previous_id, session_id, by_key, status, model, echo, background, "
		"store,"
		"       include_results, subject, token_version, request_id, traceparent, created_at,"
		"       completed_at, error_code, error_message, incomplete_reason,"
		"       refusal_code, coalesce(refusal_wait_ms, -1), input_tokens IS NOT NULL, "
		"input_tokens, cached_tokens, output_tokens,"
		"       reasoning_tokens, journal_gone"
		"  FROM response"
		" WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &response_row, out);
}

int
agent_store_response_begin(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] =
		"UPDATE response"
		"   SET status = 'in_progress'"
		" WHERE tenant_id = $1 AND id = $2 AND status IN ('queued', 'in_progress')";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id));
}

int
agent_store_response_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct agent_response *response)
{
	static const char sql[] =
		"UPDATE response"
		"   SET status = $3, completed_at = $4, error_code = $5, error_message = $6,"
		"       incomplete_reason = $7, input_tokens = $8, cached_tokens = $9, output_tokens = $10,"
		"       reasoning_tokens = $11, refusal_code = $12, refusal_wait_ms = $13"
		" WHERE tenant_id = $1 AND id = $2 AND status IN ('queued', 'in_progress')";
	const struct agent_usage *usage = &response->usage;

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, &response->id, response->status, bh_time_param(response->completed_ms),
			response->error_code, response->error_message, response->incomplete_reason,
			bh_int_or_null_param(usage->known, usage->input),
			bh_int_or_null_param(usage->known, usage->cached),
			bh_int_or_null_param(usage->known, usage->output),
			bh_int_or_null_param(usage->known, usage->reasoning), response->refusal_code,
			bh_int_or_null_param(response->refusal_code != NULL && response->refusal_wait_ms >= 0,
				response->refusal_wait_ms)));
}

int
agent_store_response_delete(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	static const char sql[] = "DELETE FROM response"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(db, sql, BH_PARAMS(tenant, id));
}
