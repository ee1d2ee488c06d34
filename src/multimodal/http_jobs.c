/* SPDX-License-Identifier: Apache-2.0 */
/* http_jobs.c: requests for pictures as objects, for whoever comes back to one. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "multimodal/answer.h"
#include "multimodal/http.h"
#include "multimodal/kept.h"
#include "multimodal/multimodal.h"
#include "multimodal/spec.h"
#include "multimodal/store.h"
#include "queue/queue.h"
#include "service/list.h"
#include "service/request.h"

/* ---- the object ---- */

struct shown {
	struct multimodal_job row;
	struct multimodal_spec spec;
	int64_t position; /* in its tenant's queue, from 1; 0: it does not wait */
	struct multimodal_image *images;
	size_t n_images;
};

static const struct bh_field image_fields[] = {
	{"file_id", BH_FIELD_ID, offsetof(struct multimodal_image, file),
		.words = MULTIMODAL_FILE_PREFIX},
	{"format", BH_FIELD_TEXT, offsetof(struct multimodal_image, format)},
	{"width", BH_FIELD_INT, offsetof(struct multimodal_image, width)},
	{"height", BH_FIELD_INT, offsetof(struct multimodal_image, height)},
	{"bytes", BH_FIELD_INT, offsetof(struct multimodal_image, bytes)},
	{"revised_prompt", BH_FIELD_TEXT, offsetof(struct multimodal_image, revised_prompt),
		BH_NULLABLE},
};

static const struct bh_field image_row = {"", BH_FIELD_OBJECT, BH_FIELDS(image_fields)};

static const void *
error_of(const void *row)
{
	const struct multimodal_job *job = &((const struct shown *)row)->row;

	return job->error_code != NULL ? job : NULL;
}

static const struct bh_field error_fields[] = {
	{"code", BH_FIELD_TEXT, offsetof(struct multimodal_job, error_code)},
	{"message", BH_FIELD_TEXT, offsetof(struct multimodal_job, error_message)},
	{"param", BH_FIELD_TEXT, offsetof(struct multimodal_job, error_param), BH_NULLABLE},
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field fields[] = {
	{"id", BH_FIELD_ID, AT(row.id), .words = MULTIMODAL_JOB_PREFIX},
	{"object", BH_FIELD_CONST, .words = "image.job"},
	{"kind", BH_FIELD_TEXT, AT(row.kind)},
	{"status", BH_FIELD_TEXT, AT(row.status)},
	{"created_at", BH_FIELD_TIME, AT(row.created_ms)},
	{"completed_at", BH_FIELD_TIME, AT(row.completed_ms), BH_NULLABLE},
	{"queue_position", BH_FIELD_INT, AT(position)},
	{"n", BH_FIELD_INT, AT(row.images)},
	{"done", BH_FIELD_INT, AT(row.done)},
	{"model", BH_FIELD_TEXT, AT(row.model), BH_NULLABLE},
	{"test_backend", BH_FIELD_BOOL, AT(row.test_backend)},
	{"prompt", BH_FIELD_TEXT, AT(spec.prompt)},
	{"removed", BH_FIELD_WORDS, AT(row.removed)},
	{"size", BH_FIELD_TEXT, AT(spec.size)},
	{"quality", BH_FIELD_TEXT, AT(spec.quality)},
	{"background", BH_FIELD_TEXT, AT(spec.background)},
	{"output_format", BH_FIELD_TEXT, AT(spec.output_format)},
	{"seed", BH_FIELD_INT, AT(spec.own.seed)},
	{"images", BH_FIELD_ARRAY, AT(images), BH_ELEMENTS(struct shown, images, n_images, &image_row)},
	{"error", BH_FIELD_OBJECT, .object_of = error_of, .flags = BH_NULLABLE,
		BH_FIELDS(error_fields)},
};

#undef AT

const struct bh_shape multimodal_job_shape = BH_SHAPE("ImageJob", struct shown, fields);

static int
show(struct bh_request *req, const struct multimodal_job *row, struct shown *out)
{
	struct bh_json_doc doc = {0};
	struct multimodal_spec spec;
	int64_t ahead = 0;
	int rc = bh_json_parse(row->spec, strlen(row->spec), &doc);

	*out = (struct shown){.row = *row};
	if (rc == 0)
		rc = multimodal_spec_read(doc.root, &spec);
	if (rc == 0) {
		out->spec = spec;
		/* The document is not kept. */
		out->spec.prompt = bh_arena_strdup(req->arena, spec.prompt);
		out->spec.size = bh_arena_strdup(req->arena, spec.size);
		out->spec.quality = bh_arena_strdup(req->arena, spec.quality);
		out->spec.background = bh_arena_strdup(req->arena, spec.background);
		out->spec.output_format = bh_arena_strdup(req->arena, spec.output_format);
	}
	bh_json_close(&doc);
	if (rc == 0 && strcmp(row->status, "queued") == 0) {
		rc = multimodal_store_job_ahead(req->db, &req->tenant, &row->id, &ahead);
		out->position = ahead + 1;
	}
	if (rc == 0)
		rc = multimodal_store_image_list(req->db, &req->tenant, &row->id, &out->images,
			&out->n_images);
	return rc;
}

int
multimodal_answer_job(struct bh_request *req, const struct multimodal_job *job)
{
	struct shown shown;
	int rc = show(req, job, &shown);

	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &multimodal_job_shape, &shown);
}

static int
find(struct bh_request *req, struct multimodal_job *out)
{
	struct bh_uuid id;
	int rc = bh_request_id(req, "job", MULTIMODAL_JOB_PREFIX, &id);

	return rc < 0 ? rc : multimodal_store_job_get(req->db, &req->tenant, &id, out);
}

/* GET /v1/images/jobs/{job} */
int
multimodal_http_job_get(struct bh_request *req)
{
	struct multimodal_job row;
	int rc = find(req, &row);

	return rc < 0 ? bh_reply_error(req, rc, "job") : multimodal_answer_job(req, &row);
}

static const struct bh_paging paging = {20, 100, "after before order", MULTIMODAL_JOB_PREFIX};

/* GET /v1/images/jobs */
int
multimodal_http_job_list(struct bh_request *req)
{
	struct multimodal_job *rows = NULL;
	struct shown *shown;
	struct bh_page page;
	struct bh_slice slice;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = multimodal_store_job_list(req->db, &req->tenant, &slice, &rows, &n);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = show(req, &rows[i], &shown[i]);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &multimodal_job_shape, &page, shown, n);
}

/* ---- its course ---- */

/* GET /v1/images/jobs/{job}/events: those behind starting_after, to the job's end. */
int
multimodal_http_job_events(struct bh_request *req)
{
	struct multimodal_job row;
	int64_t after = -1;
	int rc = find(req, &row);

	if (rc < 0)
		return bh_reply_error(req, rc, "job");
	rc = bh_request_query_int(req, "starting_after", -1, INT64_MAX, &after);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : multimodal_answer_events(req, &row.id, after, false);
}

struct cancelling {
	const struct bh_uuid *tenant;
	const struct multimodal_job *row;
};

static int
cancel_work(struct bh_db *tx, void *ctx)
{
	const struct cancelling *cancelling = ctx;
	const struct multimodal_job *row = cancelling->row;
	int rc = multimodal_store_job_cancel(tx, cancelling->tenant, &row->id);

	if (rc == 0)
		rc = bh_job_cancel(tx, cancelling->tenant, &row->job);
	/* It has just ended by itself. */
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

/* POST /v1/images/jobs/{job}/cancel: asks it to end; answers with the job, which is cancelled within two seconds. */
int
multimodal_http_job_cancel(struct bh_request *req)
{
	struct multimodal_job row;
	int rc = find(req, &row);

	if (rc < 0)
		return bh_reply_error(req, rc, "job");
	if (row.completed_ms != 0)
		return bh_reply_error(req,
			bh_error(BH_E_STATE, "The job has ended; its status is %s.", row.status), "job");
	rc = bh_tx_run(req->db, cancel_work, &(struct cancelling){&req->tenant, &row});
	bh_bell_ring(&((struct multimodal *)req->service)->bell);
	if (rc == 0)
		rc = find(req, &row);
	return rc < 0 ? bh_reply_error(req, rc, "job") : multimodal_answer_job(req, &row);
}
