/* SPDX-License-Identifier: Apache-2.0 */
/* http_create.c: POST /v1/fine_tuning/jobs. What cannot come to anything is refused before there is a job. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "finetune/base.h"
#include "finetune/http.h"
#include "finetune/kept.h"
#include "finetune/money.h"
#include "finetune/work.h"
#include "service/entitle.h"
#include "service/peer.h"
#include "service/request.h"

struct creating {
	struct bh_request *req;
	struct finetune_spec spec;
	struct finetune_job row;
	struct meter_terms terms;
};

/* ---- the model ---- */

/* The model's own name of what the tenant calls `name`: "default" is one of those. Unchanged if the model service knows
 * none. */
static int
ask_name(struct bh_request *req, const char *name, const char **out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct bh_peer_call call = {.service = "model"};
	struct bh_peer peer;
	const char *id;
	int rc;

	bh_peer_from(req, &peer);
	bh_buf_text(&path, "/internal/models/");
	bh_text_url(&path, name);
	bh_buf_text(&path, "?kind=chat");
	call.path = bh_buf_string(&path);
	rc = bh_peer_ask(&peer, &call, &doc);
	*out = name;
	if (rc == BH_E_MODEL_NOT_FOUND || rc == BH_E_NOT_FOUND)
		return 0;
	id = rc == 0 ? bh_json_get_string(doc.root, "id") : NULL;
	if (id != NULL)
		*out = bh_arena_strdup(req->arena, id);
	return rc;
}

static int
find_model(struct creating *creating)
{
	struct bh_request *req = creating->req;
	const struct bh_platform_conf *conf = bh_runtime_conf(req->runtime);
	const char *name = creating->spec.model;
	struct finetune_base base;
	int rc = bh_entitle_model(&req->claims, name);

	if (rc < 0)
		return rc;
	rc = finetune_base_find(req->arena, conf->program_dir, conf->home, name, &base);
	if (rc == BH_E_MODEL_NOT_FOUND) {
		rc = ask_name(req, name, &name);
		if (rc == 0)
			rc = finetune_base_find(req->arena, conf->program_dir, conf->home, name, &base);
	}
	if (rc == 0)
		creating->row.model = base.name;
	return rc;
}

/* ---- the files ---- */

static int
check_file(const struct bh_peer *peer, const struct bh_uuid *id, const char *param,
	int64_t *out_bytes)
{
	struct finetune_file file;
	int rc = finetune_kept_describe(peer, id, param, &file);

	if (rc < 0)
		return rc;
	if (strcmp(file.purpose, "fine-tune") != 0)
		return bh_error_param(BH_E_INVALID, param,
			"The file's purpose is %s; files to train on are uploaded with the purpose fine-tune.",
			file.purpose);
	if (file.bytes > FINETUNE_FILE_BYTES_MAX)
		return bh_error_param(BH_E_INVALID, param, "The file is larger than 512 MB.");
	if (file.bytes == 0)
		return bh_error_param(BH_E_INVALID, param, "The file is empty.");
	*out_bytes = file.bytes;
	return 0;
}

static int
check_files(struct creating *creating)
{
	const struct finetune_spec *spec = &creating->spec;
	struct bh_peer peer;
	int64_t bytes = 0, unused;
	int rc;

	/* What is trained on can be read from the result. */
	if (!bh_text_has_word(creating->req->claims.scope, FINETUNE_FILE_SCOPE))
		return bh_error_param(BH_E_FORBIDDEN, "training_file",
			"Training on a file requires the scope " FINETUNE_FILE_SCOPE ".");
	bh_peer_from(creating->req, &peer);
	rc = check_file(&peer, &spec->training_file, "training_file", &bytes);
	if (rc == 0 && spec->has_validation_file)
		rc = check_file(&peer, &spec->validation_file, "validation_file", &unused);
	creating->row.reserved_tokens = finetune_money_estimate(bytes, finetune_spec_epochs(spec));
	return rc;
}

/* ---- the job ---- */

static int
check_room(struct bh_request *req, struct bh_db *db)
{
	const struct finetune *finetune = req->service;
	int64_t unfinished = 0;
	int rc = finetune_store_job_unfinished(db, &req->tenant, &unfinished);

	if (rc == 0 && unfinished >= finetune->conf.unfinished_max)
		return bh_error(BH_E_BUSY,
			"Limit reached: %lld unfinished fine-tuning jobs of the tenant. Try again when one has "
			"finished.",
			(long long)finetune->conf.unfinished_max);
	return rc;
}

static int
create_work(struct bh_db *tx, void *ctx)
{
	struct creating *creating = ctx;
	const struct bh_uuid *tenant = &creating->req->tenant;
	const struct finetune_job *row = &creating->row;
	const struct finetune_event event = finetune_said_event("info",
		"The job was created; its files are validated.");
	/* Of several at once none sees the others', unless they take turns. */
	int rc = finetune_store_job_turn(tx, tenant);

	if (rc == 0)
		rc = check_room(creating->req, tx);
	if (rc == 0)
		rc = finetune_store_job_add(tx, tenant, row);
	if (rc == 0)
		rc = finetune_store_event_add(tx, tenant, &row->id, &event);
	if (rc == 0)
		rc = finetune_work_add(tx, tenant, &row->id, FINETUNE_VALIDATE);
	if (rc == 0)
		rc = finetune_money_reserve(tx, tenant, &creating->terms, row);
	return rc < 0 ? rc : bh_request_bind(creating->req, tx, &row->id);
}

static void
fill(struct creating *creating, const struct bh_buf *spec)
{
	struct bh_request *req = creating->req;
	const struct finetune_spec *asked = &creating->spec;
	struct finetune_job *row = &creating->row;
	struct bh_peer peer;

	bh_peer_from(req, &peer);
	row->id = bh_uuid_new();
	row->method = asked->method;
	row->suffix = asked->suffix;
	row->seed = asked->has_seed ? asked->seed
								: (row->id.bytes[12] & 0x7f) << 24 | row->id.bytes[13] << 16 |
			row->id.bytes[14] << 8 | row->id.bytes[15];
	row->training_file = asked->training_file;
	row->validation_file = asked->validation_file;
	row->spec = bh_buf_string(spec);
	row->metadata = asked->metadata;
	row->subject = req->claims.subject_text;
	row->actor = req->claims.actor;
	row->credential = peer.onward.credential;
	row->request_id = req->request_id;
	row->traceparent = req->traceparent;
	row->created_ms = bh_clock_wall_ms();
	finetune_money_fill(req, &creating->terms, row);
}

static int
create(struct creating *creating)
{
	BH_AUTO(bh_buf_close) struct bh_buf spec = {0};
	struct bh_request *req = creating->req;
	struct finetune *finetune = req->service;
	int rc = check_room(req, req->db);

	if (rc == 0)
		rc = meter_terms_get(finetune->terms, req->db, &req->tenant, bh_clock_steady_ms(),
			&creating->terms);
	if (rc < 0)
		return rc;
	finetune_spec_write(&creating->spec, &spec);
	fill(creating, &spec);
	rc = bh_tx_run(req->db, create_work, creating);
	if (rc == BH_E_OVER_BUDGET)
		bh_reply_header(req, "x-should-retry", "false");
	if (rc < 0)
		return rc;
	bh_audit_text(&req->audit, "model", creating->row.model);
	bh_audit_text(&req->audit, "method", creating->row.method);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return 0;
}

static int
check_trainer(const struct finetune *finetune)
{
	if (access(finetune->trainer, X_OK) == 0)
		return 0;
	return bh_error(BH_E_STATE,
		"No trainer is installed on this platform; its operator compiles it with `make trainer`.");
}

int
finetune_http_job_create(struct bh_request *req)
{
	struct creating creating = {.req = req};
	struct bh_uuid id;
	int rc;

	if (bh_request_repeats(req, &id)) {
		rc = finetune_store_job_get(req->db, &req->tenant, &id, &creating.row);
		return rc < 0 ? bh_reply_error(req, rc, NULL) : finetune_http_job_reply(req, &creating.row);
	}
	rc = finetune_spec_request(req, &creating.spec);
	if (rc == 0)
		rc = check_trainer(req->service);
	if (rc == 0)
		rc = find_model(&creating);
	if (rc == 0)
		rc = check_files(&creating);
	if (rc == 0)
		rc = create(&creating);
	if (rc == 0)
		rc = finetune_store_job_get(req->db, &req->tenant, &creating.row.id, &creating.row);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : finetune_http_job_reply(req, &creating.row);
}
