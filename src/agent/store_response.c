/* store_response.c: the row of a response. */
#include "agent/store.h"

#include "base/error.h"

static struct bh_param
uuid_or_null(const struct bh_uuid *id)
{
	return bh_uuid_is_zero(id) ? bh_null_param(BH_PARAM_UUID) : bh_uuid_param(id);
}

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
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(&response->id),
		bh_uuid_param(&response->job),
		uuid_or_null(&response->previous),
		bh_text_param(response->status),
		bh_text_param(response->model),
		bh_text_param(response->echo),
		bh_bool_param(response->background),
		bh_bool_param(response->store),
		bh_bool_param(response->include_results),
		bh_text_param(response->subject),
		bh_uuid_param(&response->session),
		bh_int_param(response->token_version),
		bh_text_param(response->request_id),
		bh_text_param(response->traceparent),
		bh_time_param(response->created_ms),
		bh_bool_param(response->by_key),
		bh_int_param(response->journal_bytes),
	};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

int
agent_store_response_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct agent_response *out)
{
	static const char sql[] =
		"SELECT id, job_id, previous_id, session_id, by_key, status, model, echo, background, "
		"store,"
		"       include_results, subject, token_version, request_id, traceparent, created_at,"
		"       completed_at, error_code, error_message, incomplete_reason,"
		"       input_tokens IS NOT NULL, input_tokens, cached_tokens, output_tokens,"
		"       reasoning_tokens, journal_gone"
		"  FROM response"
		" WHERE tenant_id = $1 AND id = $2";
	struct agent_response row = {0};
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id)};
	const struct bh_column columns[] = {
		bh_uuid_column(&row.id),
		bh_uuid_column(&row.job),
		bh_uuid_column(&row.previous),
		bh_uuid_column(&row.session),
		bh_bool_column(&row.by_key),
		bh_text_column(&row.status),
		bh_text_column(&row.model),
		bh_text_column(&row.echo),
		bh_bool_column(&row.background),
		bh_bool_column(&row.store),
		bh_bool_column(&row.include_results),
		bh_text_column(&row.subject),
		bh_int_column(&row.token_version),
		bh_text_column(&row.request_id),
		bh_text_column(&row.traceparent),
		bh_time_column(&row.created_ms),
		bh_time_column(&row.completed_ms),
		bh_text_column(&row.error_code),
		bh_text_column(&row.error_message),
		bh_text_column(&row.incomplete_reason),
		bh_bool_column(&row.usage.known),
		bh_int_column(&row.usage.input),
		bh_int_column(&row.usage.cached),
		bh_int_column(&row.usage.output),
		bh_int_column(&row.usage.reasoning),
		bh_bool_column(&row.journal_gone),
	};
	int rc;

	rc = bh_db_read_one(db, sql, BH_LIST(params), BH_LIST(columns));
	if (rc == 0)
		*out = row;
	return rc;
}

/* One row changed, or it is not there. */
static int
change(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n)
{
	int64_t rows = 0;
	int rc;

	rc = bh_db_exec(db, sql, params, n, &rows);
	if (rc < 0)
		return rc;
	return rows == 1 ? 0 : BH_E_NOT_FOUND;
}

int
agent_store_response_begin(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] =
		"UPDATE response"
		"   SET status = 'in_progress'"
		" WHERE tenant_id = $1 AND id = $2 AND status IN ('queued', 'in_progress')";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id)};

	return change(tx, sql, BH_LIST(params));
}

static struct bh_param
int_or_null(bool known, int64_t value)
{
	return known ? bh_int_param(value) : bh_null_param(BH_PARAM_INT);
}

int
agent_store_response_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct agent_response *response)
{
	static const char sql[] =
		"UPDATE response"
		"   SET status = $3, completed_at = $4, error_code = $5, error_message = $6,"
		"       incomplete_reason = $7, input_tokens = $8, cached_tokens = $9, output_tokens = $10,"
		"       reasoning_tokens = $11"
		" WHERE tenant_id = $1 AND id = $2 AND status IN ('queued', 'in_progress')";
	const struct agent_usage *usage = &response->usage;
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(&response->id),
		bh_text_param(response->status),
		bh_time_param(response->completed_ms),
		bh_text_param(response->error_code),
		bh_text_param(response->error_message),
		bh_text_param(response->incomplete_reason),
		int_or_null(usage->known, usage->input),
		int_or_null(usage->known, usage->cached),
		int_or_null(usage->known, usage->output),
		int_or_null(usage->known, usage->reasoning),
	};

	return change(tx, sql, BH_LIST(params));
}

int
agent_store_response_delete(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	static const char sql[] = "DELETE FROM response"
							  " WHERE tenant_id = $1 AND id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id)};

	return change(db, sql, BH_LIST(params));
}
