/* SPDX-License-Identifier: Apache-2.0 */
/* store_image.c: the SQL of pictures that are made, their jobs and what a stream tells of them. */
#include "multimodal/store.h"

#include "service/list.h"

#define JOB_COLUMNS \
	"j.id, j.job_id, j.kind, j.status, j.spec, j.removed, j.images," \
	" (SELECT count(*) FROM image AS i WHERE i.tenant_id = $1 AND i.image_job_id = j.id)," \
	" j.detached, j.cancel_asked_at IS NOT NULL, j.test_backend, j.subject, j.credential_id," \
	" j.request_id, j.traceparent, j.created_at, j.completed_at, j.model, j.error_code," \
	" j.error_message, j.error_param"
static const struct bh_row job_row = BH_ROW(struct multimodal_job, id, job, kind, status, spec,
	removed, images, done, detached, cancel_asked, test_backend, subject, credential, request_id,
	traceparent, created_ms, completed_ms, model, error_code, error_message, error_param);

int
multimodal_store_job_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_job *job)
{
	static const char sql[] =
		"INSERT INTO image_job (tenant_id, id, job_id, kind, status, spec, removed, images,"
		"                       detached, subject, credential_id, request_id, traceparent,"
		"                       created_at)"
		" VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, $8, $9, $10, $11, $12, $13)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &job->id, &job->job, job->kind, job->spec, job->removed, job->images,
			job->detached, job->subject, &job->credential, job->request_id, job->traceparent,
			bh_time_param(job->created_ms)),
		NULL);
}

int
multimodal_store_job_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct multimodal_job *out)
{
	static const char sql[] = "SELECT " JOB_COLUMNS "  FROM image_job AS j"
							  " WHERE j.tenant_id = $1 AND j.id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &job_row, out);
}

#define LISTED \
	"SELECT " JOB_COLUMNS "  FROM image_job AS j" \
	" WHERE j.tenant_id = $1 AND j.id > $2 AND j.id < $3"

int
multimodal_store_job_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, struct multimodal_job **out, size_t *out_n)
{
	static const char up[] = LISTED " ORDER BY j.id LIMIT $4";
	static const char down[] = LISTED " ORDER BY j.id DESC LIMIT $4";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, &slice->low, &slice->high, slice->limit), &job_row, out, out_n);
}

int
multimodal_store_job_unfinished(struct bh_db *db, const struct bh_uuid *tenant, int64_t *out)
{
	static const char sql[] = "SELECT count(*)"
							  "  FROM image_job"
							  " WHERE tenant_id = $1 AND completed_at IS NULL";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant), &bh_row_int, out);
}

int
multimodal_store_job_ahead(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t *out)
{
	static const char sql[] = "SELECT count(*)"
							  "  FROM image_job"
							  " WHERE tenant_id = $1 AND completed_at IS NULL AND status = 'queued'"
							  "   AND id < $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &bh_row_int, out);
}

int
multimodal_store_job_begin(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] = "UPDATE image_job"
							  "   SET status = 'in_progress'"
							  " WHERE tenant_id = $1 AND id = $2 AND completed_at IS NULL";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id));
}

int
multimodal_store_job_model(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *model, bool test_backend)
{
	static const char sql[] = "UPDATE image_job"
							  "   SET model = $3, test_backend = $4"
							  " WHERE tenant_id = $1 AND id = $2 AND completed_at IS NULL";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id, model, test_backend));
}

int
multimodal_store_job_cancel(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	/* What nobody has begun has ended with that. */
	static const char sql[] =
		"UPDATE image_job"
		"   SET cancel_asked_at = coalesce(cancel_asked_at, now()),"
		"       completed_at = CASE WHEN status = 'queued' THEN clock_timestamp() END,"
		"       status = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END"
		" WHERE tenant_id = $1 AND id = $2 AND completed_at IS NULL";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id));
}

int
multimodal_store_job_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_job *job)
{
	static const char sql[] =
		"UPDATE image_job"
		"   SET status = $3, completed_at = $4, error_code = $5, error_message = $6,"
		"       error_param = $7"
		" WHERE tenant_id = $1 AND id = $2 AND completed_at IS NULL";

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, &job->id, job->status, bh_time_param(job->completed_ms), job->error_code,
			job->error_message, job->error_param));
}

int
multimodal_store_input_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const struct multimodal_input *input)
{
	static const char sql[] =
		"INSERT INTO image_input (tenant_id, image_job_id, position, file_id, bytes)"
		" VALUES ($1, $2, $3, $4, $5)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, job, input->position, &input->file, input->bytes),
		NULL);
}

static const struct bh_row input_row = BH_ROW(struct multimodal_input, position, file, bytes);

int
multimodal_store_input_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, struct multimodal_input **out, size_t *out_n)
{
	static const char sql[] = "SELECT position, file_id, bytes"
							  "  FROM image_input"
							  " WHERE tenant_id = $1 AND image_job_id = $2"
							  " ORDER BY position";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, job), &input_row, out, out_n);
}

int
multimodal_store_image_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const struct multimodal_image *image)
{
	static const char sql[] =
		"INSERT INTO image (tenant_id, image_job_id, position, file_id, format, width, height,"
		"                   bytes, revised_prompt)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, job, image->position, &image->file, image->format, image->width,
			image->height, image->bytes, image->revised_prompt),
		NULL);
}

static const struct bh_row image_row = BH_ROW(struct multimodal_image, position, file, format,
	width, height, bytes, revised_prompt, created_ms);

int
multimodal_store_image_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, struct multimodal_image **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT position, file_id, format, width, height, bytes, revised_prompt, created_at"
		"  FROM image"
		" WHERE tenant_id = $1 AND image_job_id = $2"
		" ORDER BY position";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, job), &image_row, out, out_n);
}

int
multimodal_store_event_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const struct multimodal_event *event)
{
	/* The lease's fence keeps others from doing the same at the same time. */
	static const char sql[] =
		"INSERT INTO image_event (tenant_id, image_job_id, sequence_number, position, partial,"
		"                         file_id)"
		" VALUES ($1, $2, (SELECT coalesce(max(sequence_number) + 1, 0) FROM image_event"
		"                   WHERE tenant_id = $1 AND image_job_id = $2), $3, $4, $5)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, job, event->position, event->partial, &event->file), NULL);
}

static const struct bh_row event_row = BH_ROW(struct multimodal_event, number, position, partial,
	file, created_ms);

int
multimodal_store_event_next(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, int64_t after, struct multimodal_event *out, bool *out_found)
{
	static const char sql[] = "SELECT sequence_number, position, partial, file_id, created_at"
							  "  FROM image_event"
							  " WHERE tenant_id = $1 AND image_job_id = $2 AND sequence_number > $3"
							  " ORDER BY sequence_number LIMIT 1";

	return bh_db_read_maybe(db, sql, BH_PARAMS(tenant, job, after), &event_row, out, out_found);
}
