/* SPDX-License-Identifier: Apache-2.0 */
/* http_checkpoints.c: checkpoints of a job, and with whom each is shared. Nothing is shared across tenants: the only
 * project that there is, is the organisation itself. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "finetune/http.h"
#include "finetune/work.h"
#include "service/list.h"
#include "service/request.h"

enum { PROJECTS_MOST = 16 };

/* ---- checkpoints ---- */

struct shown {
	struct finetune_checkpoint row;
	const char *metrics; /* JSON text */
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field own_fields[] = {
	{"sha256", BH_FIELD_TEXT, AT(row.sha256)},
	{"bytes", BH_FIELD_INT, AT(row.bytes)},
};

static const void *
own_of(const void *row)
{
	return row;
}

static const struct bh_field fields[] = {
	{"id", BH_FIELD_ID, AT(row.id), .words = FINETUNE_CHECKPOINT_PREFIX},
	{"object", BH_FIELD_CONST, .words = "fine_tuning.job.checkpoint"},
	{"created_at", BH_FIELD_TIME, AT(row.created_ms)},
	{"fine_tuned_model_checkpoint", BH_FIELD_TEXT, AT(row.name)},
	{"fine_tuning_job_id", BH_FIELD_ID, AT(row.job), .words = FINETUNE_JOB_PREFIX},
	{"step_number", BH_FIELD_INT, AT(row.step)},
	{"metrics", BH_FIELD_JSON, AT(metrics)},
	{"bulkhead", BH_FIELD_OBJECT, .object_of = own_of, BH_FIELDS(own_fields)},
};

#undef AT

const struct bh_shape finetune_checkpoint_shape = BH_SHAPE("FineTuningCheckpoint", struct shown,
	fields);

static const char *
metrics_of(struct bh_request *req, const struct finetune_checkpoint *row)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	bh_write_object(&write);
	bh_write_pair_int(&write, "step", row->step);
	if (row->has_train) {
		bh_write_pair_double(&write, "train_loss", row->train_loss);
		bh_write_pair_double(&write, "train_mean_token_accuracy", row->train_accuracy);
	}
	/* All of the held-out part is measured: both names of it. */
	if (row->has_valid) {
		bh_write_pair_double(&write, "valid_loss", row->valid_loss);
		bh_write_pair_double(&write, "valid_mean_token_accuracy", row->valid_accuracy);
		bh_write_pair_double(&write, "full_valid_loss", row->valid_loss);
		bh_write_pair_double(&write, "full_valid_mean_token_accuracy", row->valid_accuracy);
	}
	bh_write_end(&write);
	return bh_arena_strdup(req->arena, bh_buf_string(&text));
}

static const struct bh_paging paging = {10, 100, "after before order", FINETUNE_CHECKPOINT_PREFIX};

/* GET /v1/fine_tuning/jobs/{fine_tuning_job}/checkpoints */
int
finetune_http_checkpoint_list(struct bh_request *req)
{
	struct finetune_checkpoint *rows = NULL;
	struct finetune_job job;
	struct bh_page page;
	struct bh_slice slice;
	struct shown *shown;
	size_t n = 0;
	int rc = finetune_http_job_find(req, &job);

	if (rc < 0)
		return bh_reply_error(req, rc, "fine_tuning_job");
	rc = bh_list_page(req, &paging, &page);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = finetune_store_checkpoint_list(req->db, &req->tenant, &job.id, &slice, &rows, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; i < n; i++)
		shown[i] = (struct shown){.row = rows[i], .metrics = metrics_of(req, &rows[i])};
	return bh_reply_page(req, &finetune_checkpoint_shape, &page, shown, n);
}

/* ---- permissions ---- */

static const struct bh_field permission_fields[] = {
	{"id", BH_FIELD_ID, offsetof(struct finetune_permission, id),
		.words = FINETUNE_PERMISSION_PREFIX},
	{"object", BH_FIELD_CONST, .words = "checkpoint.permission"},
	{"created_at", BH_FIELD_TIME, offsetof(struct finetune_permission, created_ms)},
	{"project_id", BH_FIELD_TEXT, offsetof(struct finetune_permission, project)},
};

const struct bh_shape finetune_permission_shape = BH_SHAPE("FineTuningCheckpointPermission",
	struct finetune_permission, permission_fields);

static int
find(struct bh_request *req, struct finetune_checkpoint *out)
{
	int rc = finetune_store_checkpoint_named(req->db, &req->tenant,
		bh_request_param(req, "checkpoint"), out);

	return rc == BH_E_NOT_FOUND ? bh_error(BH_E_NOT_FOUND, "No such checkpoint.") : rc;
}

static const struct bh_paging permission_paging = {10, 100, "after before order",
	FINETUNE_PERMISSION_PREFIX};

/* GET /v1/fine_tuning/checkpoints/{checkpoint}/permissions */
int
finetune_http_permission_list(struct bh_request *req)
{
	struct finetune_permission *rows = NULL;
	struct finetune_checkpoint checkpoint;
	const char *project = NULL;
	struct bh_page page;
	struct bh_slice slice;
	size_t n = 0;
	int rc = find(req, &checkpoint);

	if (rc == 0)
		rc = bh_list_page(req, &permission_paging, &page);
	if (rc == 0)
		rc = bh_request_query_text(req, "project_id", &project);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = finetune_store_permission_list(req->db, &req->tenant, &checkpoint.id, project, &slice,
		&rows, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &finetune_permission_shape, &page, rows, n);
}

struct asked {
	const char **projects;
	size_t n;
};

static const struct bh_field project_row = {"", BH_FIELD_TEXT};

static const struct bh_field asked_fields[] = {
	{"project_ids", BH_FIELD_ARRAY, offsetof(struct asked, projects), BH_REQUIRED, 1, PROJECTS_MOST,
		BH_ELEMENTS(struct asked, projects, n, &project_row)},
};

const struct bh_shape finetune_permission_create = BH_SHAPE("FineTuningCheckpointPermissionCreate",
	struct asked, asked_fields);

struct giving {
	struct bh_request *req;
	struct finetune_checkpoint checkpoint;
	struct asked asked;
	struct finetune_permission given[PROJECTS_MOST];
};

static int
give_work(struct bh_db *tx, void *ctx)
{
	struct giving *giving = ctx;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < giving->asked.n; i++)
		rc = finetune_store_permission_add(tx, &giving->req->tenant, &giving->checkpoint.id,
			giving->asked.projects[i], &giving->given[i]);
	return rc;
}

/* Of somebody else's there is none for this tenant. */
static int
check_projects(const struct bh_request *req, const struct asked *asked)
{
	char own[sizeof("org-") + BH_UUID_HEX];

	bh_uuid_format_id(&req->tenant, "org-", own, sizeof(own));
	for (size_t i = 0; i < asked->n; i++)
		if (strcmp(asked->projects[i], own) != 0)
			return bh_error_param(BH_E_NOT_FOUND, "project_ids",
				"No such project: a checkpoint can be shared with %s only.", own);
	return 0;
}

/* POST /v1/fine_tuning/checkpoints/{checkpoint}/permissions */
int
finetune_http_permission_add(struct bh_request *req)
{
	struct giving giving = {.req = req};
	int rc = find(req, &giving.checkpoint);

	if (rc == 0)
		rc = bh_request_object(req, &finetune_permission_create, &giving.asked);
	if (rc == 0)
		rc = check_projects(req, &giving.asked);
	if (rc == 0)
		rc = bh_tx_run(req->db, give_work, &giving);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_list(req, &finetune_permission_shape, giving.given, giving.asked.n);
}

/* DELETE /v1/fine_tuning/checkpoints/{checkpoint}/permissions/{permission} */
int
finetune_http_permission_delete(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct finetune_checkpoint checkpoint;
	struct bh_uuid id;
	int rc = find(req, &checkpoint);

	if (rc == 0)
		rc = bh_request_id(req, "permission", FINETUNE_PERMISSION_PREFIX, &id);
	if (rc == 0)
		rc = finetune_store_permission_delete(req->db, &req->tenant, &checkpoint.id, &id);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_write_object(&write);
	bh_write_pair_text(&write, "id", bh_request_param(req, "permission"));
	bh_write_pair_text(&write, "object", "checkpoint.permission");
	bh_write_pair_bool(&write, "deleted", true);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}
