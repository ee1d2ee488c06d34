/* SPDX-License-Identifier: Apache-2.0 */
/* store_job.c: the SQL of fine-tuning jobs. */
#include "finetune/store.h"
#include "service/list.h"

#define COLUMNS \
	"j.id, j.status, j.stage, j.model, j.method, j.suffix, j.seed, j.training_file_id," \
	" j.validation_file_id, j.spec, j.metadata, j.subject, j.actor, j.credential_id, " \
	"j.session_id," \
	" j.user_id, j.key_id, j.team_id, j.request_id, j.traceparent, j.created_at, j.begun_at," \
	" j.paused_at, j.finished_at, j.estimated_finish_at, j.steps_done, j.steps, j.trained_tokens," \
	" j.reserved_tokens, j.price_nanos, j.rate_version, j.checked, j.evaluation, j.engine," \
	" j.fine_tuned_model, j.result_file_id, j.published, j.error_code, j.error_message," \
	" j.error_param"
static const struct bh_row job_row = BH_ROW(struct finetune_job, id, status, stage, model, method,
	suffix, seed, training_file, validation_file, spec, metadata, subject, actor, credential,
	session, user, key, team, request_id, traceparent, created_ms, begun_ms, paused_ms, finished_ms,
	estimated_ms, steps_done, steps, trained_tokens, reserved_tokens, price_nanos, rate_version,
	checked, evaluation, engine, fine_tuned_model, result_file, published, error_code,
	error_message, error_param);

int
finetune_store_job_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *job)
{
	static const char sql[] =
		"INSERT INTO fine_tuning_job (tenant_id, id, status, stage, model, method, suffix, seed,"
		"       training_file_id, validation_file_id, spec, metadata, subject, actor,"
		"       credential_id, session_id, user_id, key_id, team_id, request_id, traceparent,"
		"       created_at, reserved_tokens, price_nanos, rate_version)"
		" VALUES ($1, $2, 'validating_files', 'validate', $3, $4, $5, $6, $7, $8, $9, $10, $11,"
		"         $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &job->id, job->model, job->method, job->suffix, job->seed,
			&job->training_file, bh_uuid_or_null_param(&job->validation_file), job->spec,
			bh_json_text_param(job->metadata), job->subject, job->actor, &job->credential,
			&job->session, &job->user, &job->key, &job->team, job->request_id, job->traceparent,
			bh_time_param(job->created_ms), job->reserved_tokens, job->price_nanos,
			job->rate_version),
		NULL);
}

int
finetune_store_job_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct finetune_job *out)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM fine_tuning_job AS j"
							  " WHERE j.tenant_id = $1 AND j.id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &job_row, out);
}

int
finetune_store_job_lock(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct finetune_job *out)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM fine_tuning_job AS j"
							  " WHERE j.tenant_id = $1 AND j.id = $2"
							  "   FOR UPDATE";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, id), &job_row, out);
}

#define LISTED \
	"SELECT " COLUMNS "  FROM fine_tuning_job AS j" \
	" WHERE j.tenant_id = $1 AND j.id > $2 AND j.id < $3" \
	"   AND ($4::jsonb IS NULL OR j.metadata @> $4)"

int
finetune_store_job_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, const char *metadata, struct finetune_job **out, size_t *out_n)
{
	static const char up[] = LISTED " ORDER BY j.id LIMIT $5";
	static const char down[] = LISTED " ORDER BY j.id DESC LIMIT $5";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, &slice->low, &slice->high, bh_json_text_param(metadata), slice->limit),
		&job_row, out, out_n);
}

int
finetune_store_job_unfinished(struct bh_db *db, const struct bh_uuid *tenant, int64_t *out)
{
	static const char sql[] = "SELECT count(*)"
							  "  FROM fine_tuning_job"
							  " WHERE tenant_id = $1 AND finished_at IS NULL";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant), &bh_row_int, out);
}

int
finetune_store_job_turn(struct bh_db *tx, const struct bh_uuid *tenant)
{
	/* By a hash of the tenant: two that share one wait for each other for moments, and no more. */
	static const char sql[] =
		"SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 311)) IS NULL";
	bool ignored;

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_bool, &ignored);
}

int
finetune_store_job_ahead(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t *out)
{
	static const char sql[] = "SELECT count(*)"
							  "  FROM fine_tuning_job"
							  " WHERE tenant_id = $1 AND finished_at IS NULL AND status = 'queued'"
							  "   AND paused_at IS NULL AND id < $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &bh_row_int, out);
}

static const struct bh_row wanted_row = BH_ROW(struct finetune_wanted, finished_ms, paused_ms);

int
finetune_store_job_wanted(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct finetune_wanted *out)
{
	static const char sql[] = "SELECT finished_at, paused_at"
							  "  FROM fine_tuning_job"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &wanted_row, out);
}

int
finetune_store_job_stage(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *job)
{
	static const char sql[] =
		"UPDATE fine_tuning_job"
		"   SET status = $3, stage = $4, checked = $5, begun_at = coalesce(begun_at, $6),"
		"       engine = $7"
		" WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL";

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, &job->id, job->status, job->stage, job->checked,
			bh_time_or_null_param(job->begun_ms), job->engine));
}

int
finetune_store_job_progress(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *job)
{
	static const char sql[] =
		"UPDATE fine_tuning_job"
		"   SET steps_done = greatest(steps_done, $3), steps = $4,"
		"       trained_tokens = greatest(trained_tokens, $5), estimated_finish_at = $6"
		" WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL";

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, &job->id, job->steps_done, job->steps, job->trained_tokens,
			bh_time_or_null_param(job->estimated_ms)));
}

int
finetune_store_job_evaluation(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *evaluation, const char *name)
{
	static const char sql[] = "UPDATE fine_tuning_job"
							  "   SET evaluation = $3, fine_tuned_model = $4"
							  " WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id, evaluation, name));
}

int
finetune_store_job_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *job)
{
	static const char sql[] =
		"UPDATE fine_tuning_job"
		"   SET status = $3, finished_at = $4, error_code = $5, error_message = $6,"
		"       error_param = $7, fine_tuned_model = $8, result_file_id = $9, published = $10,"
		"       paused_at = NULL, estimated_finish_at = NULL"
		" WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL";

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, &job->id, job->status, bh_time_param(job->finished_ms), job->error_code,
			job->error_message, job->error_param, job->fine_tuned_model,
			bh_uuid_or_null_param(&job->result_file), job->published));
}

int
finetune_store_job_pause(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	bool paused)
{
	static const char sql[] =
		"UPDATE fine_tuning_job"
		"   SET paused_at = CASE WHEN $3 THEN coalesce(paused_at, clock_timestamp()) END,"
		"       estimated_finish_at = NULL"
		" WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id, paused));
}

int
finetune_store_durable(struct bh_db *tx)
{
	static const char sql[] = "SELECT set_config('synchronous_commit', 'on', true)";
	const char *value = NULL;

	return bh_db_one(tx, sql, NULL, 0, &bh_row_text, &value);
}
