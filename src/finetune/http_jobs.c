/* SPDX-License-Identifier: Apache-2.0 */
/* http_jobs.c: fine-tuning jobs as OpenAI shows them, and what can be done with one. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "finetune/http.h"
#include "finetune/money.h"
#include "finetune/work.h"
#include "service/list.h"
#include "service/request.h"

/* ---- the object ---- */

struct shown {
	struct finetune_job row;
	const char *organization;
	const char *hyperparameters, *method, *result_files; /* JSON text */
	bool paused, is_over;
	int64_t position; /* in its tenant's queue, from 1; 0: it does not wait */
	int64_t most_nanos, nanos;
};

static const void *
error_of(const void *row)
{
	const struct finetune_job *job = &((const struct shown *)row)->row;

	return job->error_code != NULL ? job : NULL;
}

static const void *
own_of(const void *row)
{
	return row;
}

static const struct bh_field error_fields[] = {
	{"code", BH_FIELD_TEXT, offsetof(struct finetune_job, error_code)},
	{"message", BH_FIELD_TEXT, offsetof(struct finetune_job, error_message)},
	{"param", BH_FIELD_TEXT, offsetof(struct finetune_job, error_param), BH_NULLABLE},
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field own_fields[] = {
	{"stage", BH_FIELD_TEXT, AT(row.stage)},
	{"paused", BH_FIELD_BOOL, AT(paused)},
	{"queue_position", BH_FIELD_INT, AT(position)},
	{"steps_done", BH_FIELD_INT, AT(row.steps_done)},
	{"steps", BH_FIELD_INT, AT(row.steps)},
	{"trained_tokens", BH_FIELD_INT, AT(row.trained_tokens)},
	{"reserved_tokens", BH_FIELD_INT, AT(row.reserved_tokens)},
	{"cost_at_most", BH_FIELD_MONEY, AT(most_nanos)},
	{"cost", BH_FIELD_MONEY, AT(nanos)},
	{"engine", BH_FIELD_TEXT, AT(row.engine), BH_NULLABLE},
	{"data", BH_FIELD_JSON, AT(row.checked), BH_NULLABLE},
	{"evaluation", BH_FIELD_JSON, AT(row.evaluation), BH_NULLABLE},
	{"published", BH_FIELD_BOOL, AT(row.published)},
};

static const struct bh_field fields[] = {
	{"id", BH_FIELD_ID, AT(row.id), .words = FINETUNE_JOB_PREFIX},
	{"object", BH_FIELD_CONST, .words = "fine_tuning.job"},
	{"created_at", BH_FIELD_TIME, AT(row.created_ms)},
	{"error", BH_FIELD_OBJECT, .object_of = error_of, .flags = BH_NULLABLE,
		BH_FIELDS(error_fields)},
	{"fine_tuned_model", BH_FIELD_TEXT, AT(row.fine_tuned_model), BH_NULLABLE},
	{"finished_at", BH_FIELD_TIME, AT(row.finished_ms), BH_NULLABLE},
	{"estimated_finish", BH_FIELD_TIME, AT(row.estimated_ms), BH_NULLABLE},
	{"hyperparameters", BH_FIELD_JSON, AT(hyperparameters)},
	{"method", BH_FIELD_JSON, AT(method)},
	{"model", BH_FIELD_TEXT, AT(row.model)},
	{"organization_id", BH_FIELD_TEXT, AT(organization)},
	{"result_files", BH_FIELD_JSON, AT(result_files)},
	{"seed", BH_FIELD_INT, AT(row.seed)},
	{"status", BH_FIELD_TEXT, AT(row.status)},
	{"trained_tokens", BH_FIELD_INT, AT(row.trained_tokens), BH_NULLABLE,
		.set = BH_SET(struct shown, is_over)},
	{"training_file", BH_FIELD_ID, AT(row.training_file), .words = FINETUNE_FILE_PREFIX},
	{"validation_file", BH_FIELD_ID, AT(row.validation_file), BH_NULLABLE,
		.words = FINETUNE_FILE_PREFIX},
	{"metadata", BH_FIELD_METADATA, AT(row.metadata)},
	{"bulkhead", BH_FIELD_OBJECT, .object_of = own_of, BH_FIELDS(own_fields)},
};

#undef AT

const struct bh_shape finetune_job_shape = BH_SHAPE("FineTuningJob", struct shown, fields);

static const char *
copy_of(struct bh_request *req, struct bh_buf *text)
{
	const char *copy = bh_arena_strdup(req->arena, bh_buf_string(text));

	bh_buf_close(text);
	return copy;
}

static void
show_method(struct bh_request *req, const struct finetune_spec *spec, struct shown *out)
{
	bool dpo = strcmp(out->row.method, "dpo") == 0;
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	finetune_spec_write_hyper(&write, &spec->hyper, dpo);
	out->hyperparameters = dpo ? "{}" : bh_arena_strdup(req->arena, bh_buf_string(&text));
	bh_buf_reset(&text);
	write = (struct bh_write){.out = &text};
	bh_write_object(&write);
	bh_write_pair_text(&write, "type", out->row.method);
	bh_write_name(&write, out->row.method);
	bh_write_object(&write);
	bh_write_name(&write, "hyperparameters");
	finetune_spec_write_hyper(&write, &spec->hyper, dpo);
	bh_write_end(&write);
	bh_write_end(&write);
	out->method = copy_of(req, &text);
}

/* Answers to examples tell what is in the tenant's files: they are for those who may read these, and not for the staff. */
static bool
may_read_samples(const struct bh_request *req)
{
	return bh_uuid_equal(&req->target, &req->tenant) &&
		bh_text_has_word(req->claims.scope, FINETUNE_FILE_SCOPE);
}

static int
leave_out_samples(struct bh_request *req, const char **evaluation)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	const struct bh_json *value;
	const char *name;
	void *cursor = NULL;
	int rc = bh_json_parse(*evaluation, strlen(*evaluation), &doc);

	if (rc < 0)
		return rc;
	bh_write_object(&write);
	while (bh_json_next(doc.root, &cursor, &name, &value))
		if (strcmp(name, "samples") != 0)
			bh_write_pair_json(&write, name, value);
	bh_write_end(&write);
	*evaluation = copy_of(req, &text);
	return 0;
}

static int
show(struct bh_request *req, const struct finetune_job *row, struct shown *out)
{
	struct finetune_spec spec;
	char hex[BH_UUID_HEX], file[64];
	int64_t ahead = 0;
	int rc = finetune_spec_read(row->spec, &spec);

	*out = (struct shown){
		.row = *row,
		.paused = row->paused_ms != 0,
		.is_over = row->finished_ms != 0,
		.result_files = "[]",
		.most_nanos = finetune_money_cost(row, row->reserved_tokens),
		.nanos = finetune_money_cost(row, row->trained_tokens),
	};
	if (out->nanos > out->most_nanos)
		out->nanos = out->most_nanos;
	bh_uuid_hex(&req->target, hex);
	out->organization = bh_arena_printf(req->arena, "org-%s", hex);
	if (!bh_uuid_is_zero(&row->result_file)) {
		bh_uuid_format_id(&row->result_file, FINETUNE_FILE_PREFIX, file, sizeof(file));
		out->result_files = bh_arena_printf(req->arena, "[\"%s\"]", file);
	}
	if (rc == 0 && row->evaluation != NULL && !may_read_samples(req))
		rc = leave_out_samples(req, &out->row.evaluation);
	if (rc < 0)
		return rc;
	show_method(req, &spec, out);
	if (strcmp(row->status, "queued") == 0 && !out->paused) {
		rc = finetune_store_job_ahead(req->target_db, &req->target, &row->id, &ahead);
		out->position = ahead + 1;
	}
	return rc;
}

int
finetune_http_job_reply(struct bh_request *req, const struct finetune_job *row)
{
	struct shown shown;
	int rc = show(req, row, &shown);

	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &finetune_job_shape, &shown);
}

int
finetune_http_job_find(struct bh_request *req, struct finetune_job *out)
{
	struct bh_uuid id;
	int rc = bh_request_id(req, "fine_tuning_job", FINETUNE_JOB_PREFIX, &id);

	return rc < 0 ? rc : finetune_store_job_get(req->target_db, &req->target, &id, out);
}

/* GET /v1/fine_tuning/jobs/{fine_tuning_job} */
int
finetune_http_job_get(struct bh_request *req)
{
	struct finetune_job row;
	int rc = finetune_http_job_find(req, &row);

	return rc < 0 ? bh_reply_error(req, rc, "fine_tuning_job") : finetune_http_job_reply(req, &row);
}

/* ---- the list ---- */

enum { FILTERS_MOST = 16, FILTER_BYTES = 2048 };

/* One metadata[name]=value of the query into an object. */
static int
add_filter(struct bh_request *req, const char *pair, size_t len, struct bh_write *write)
{
	static const char start[] = "metadata[";
	const char *sign = memchr(pair, '=', len);
	const char *name, *value;
	int rc;

	if (sign == NULL)
		return 0;
	rc = bh_http_decode(req->arena, pair, (size_t)(sign - pair), true, &name);
	if (rc < 0 || strncmp(name, start, sizeof(start) - 1) != 0 || !bh_text_ends(name, "]"))
		return rc;
	rc = bh_http_decode(req->arena, sign + 1, len - (size_t)(sign - pair) - 1, true, &value);
	if (rc < 0)
		return rc;
	name += sizeof(start) - 1;
	bh_write_pair_text(write, bh_arena_copy(req->arena, name, strlen(name) - 1), value);
	return 0;
}

static int
read_filter(struct bh_request *req, const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	const char *at = req->http->query;
	int rc = 0;

	bh_write_object(&write);
	for (int i = 0; rc == 0 && at != NULL && i < FILTERS_MOST; i++) {
		size_t len = strcspn(at, "&");

		if (len <= FILTER_BYTES)
			rc = add_filter(req, at, len, &write);
		at = at[len] == '&' ? at + len + 1 : NULL;
	}
	bh_write_end(&write);
	*out = text.len > 2 ? bh_arena_strdup(req->arena, bh_buf_string(&text)) : NULL;
	return rc < 0 ? bh_error_param(rc, "metadata", "The query parameter 'metadata' is malformed.")
				  : 0;
}

static const struct bh_paging paging = {20, 100, "after before order", FINETUNE_JOB_PREFIX};

/* GET /v1/fine_tuning/jobs */
int
finetune_http_job_list(struct bh_request *req)
{
	struct finetune_job *rows = NULL;
	const char *filter = NULL;
	struct shown *shown;
	struct bh_page page;
	struct bh_slice slice;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc == 0)
		rc = read_filter(req, &filter);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = finetune_store_job_list(req->target_db, &req->target, &slice, filter, &rows, &n);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = show(req, &rows[i], &shown[i]);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &finetune_job_shape, &page, shown, n);
}

/* ---- what can be done with it ---- */

struct acting {
	struct bh_request *req;
	struct bh_uuid id;
	struct finetune_job row; /* as it was */
};

static int
lock(struct bh_db *tx, struct acting *acting)
{
	int rc = finetune_store_job_lock(tx, &acting->req->target, &acting->id, &acting->row);

	if (rc == 0 && acting->row.finished_ms != 0)
		return bh_error(BH_E_STATE, "The job has ended; its status is %s.", acting->row.status);
	return rc;
}

/* Jobs of the queue that nobody has begun; who has begun one looks at the row. Publishing is not dropped: it takes back
 * what an attempt before has kept. */
static int
drop(struct bh_db *tx, const struct acting *acting)
{
	static const char *const kinds[] = {FINETUNE_VALIDATE, FINETUNE_TRAIN};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < BH_COUNT(kinds); i++)
		rc = bh_job_drop(tx, &acting->req->target, FINETUNE_QUEUE, kinds[i], &acting->id);
	return rc;
}

static int
cancel_work(struct bh_db *tx, void *ctx)
{
	struct acting *acting = ctx;
	int rc = lock(tx, acting);

	if (rc < 0)
		return rc;
	acting->row.status = "cancelled";
	acting->row.finished_ms = bh_clock_wall_ms();
	rc = finetune_work_close(tx, &acting->req->target, &acting->row);
	return rc < 0 ? rc : drop(tx, acting);
}

static int
pause_work(struct bh_db *tx, void *ctx)
{
	struct acting *acting = ctx;
	const struct finetune_event event = finetune_said_event("info", "The job is paused.");
	const struct bh_uuid *tenant = &acting->req->target;
	int rc = lock(tx, acting);

	if (rc < 0 || acting->row.paused_ms != 0)
		return rc;
	rc = finetune_store_job_pause(tx, tenant, &acting->id, true);
	if (rc == 0)
		rc = finetune_store_event_add(tx, tenant, &acting->id, &event);
	/* Validation and publishing go on to their ends. */
	if (rc == 0)
		rc = bh_job_drop(tx, tenant, FINETUNE_QUEUE, FINETUNE_TRAIN, &acting->id);
	return rc;
}

static int
resume_work(struct bh_db *tx, void *ctx)
{
	struct acting *acting = ctx;
	const struct finetune_event event = finetune_said_event("info", "The job was resumed.");
	const struct bh_uuid *tenant = &acting->req->target;
	int rc = lock(tx, acting);

	if (rc < 0)
		return rc;
	if (acting->row.paused_ms == 0)
		return bh_error(BH_E_STATE, "The job is not paused.");
	rc = finetune_store_job_pause(tx, tenant, &acting->id, false);
	if (rc == 0)
		rc = finetune_store_event_add(tx, tenant, &acting->id, &event);
	if (rc == 0)
		rc = finetune_work_add(tx, tenant, &acting->id, acting->row.stage);
	return rc;
}

static int
act(struct bh_request *req, int (*work)(struct bh_db *tx, void *ctx))
{
	struct finetune *finetune = req->service;
	struct acting acting = {.req = req};
	struct finetune_job row;
	int rc = bh_request_id(req, "fine_tuning_job", FINETUNE_JOB_PREFIX, &acting.id);

	if (rc == 0)
		rc = bh_tx_run(req->target_db, work, &acting);
	bh_bell_ring(&finetune->bell);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	if (rc == 0)
		rc = finetune_store_job_get(req->target_db, &req->target, &acting.id, &row);
	return rc < 0 ? bh_reply_error(req, rc, "fine_tuning_job") : finetune_http_job_reply(req, &row);
}

/* POST /v1/fine_tuning/jobs/{fine_tuning_job}/cancel: it has ended with that; its trainer is gone within two seconds. */
int
finetune_http_job_cancel(struct bh_request *req)
{
	return act(req, cancel_work);
}

/* POST /v1/fine_tuning/jobs/{fine_tuning_job}/pause: its trainer stops within two seconds; what it has reached is kept. */
int
finetune_http_job_pause(struct bh_request *req)
{
	return act(req, pause_work);
}

/* POST /v1/fine_tuning/jobs/{fine_tuning_job}/resume */
int
finetune_http_job_resume(struct bh_request *req)
{
	return act(req, resume_work);
}
