/* SPDX-License-Identifier: Apache-2.0 */
/* create.c: the job is durable before anything is done for it; its request waits for it as any other client could. */
#include "multimodal/create.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "multimodal/answer.h"
#include "multimodal/http.h"
#include "multimodal/multimodal.h"
#include "multimodal/watch.h"
#include "queue/worker.h"
#include "service/peer.h"
#include "service/request.h"

struct adding {
	struct bh_request *req;
	const struct multimodal_new *wanted;
	struct multimodal_job row;
};

static int
add_work(struct bh_db *tx, void *ctx)
{
	const struct adding *adding = ctx;
	const struct multimodal_job *row = &adding->row;
	const struct bh_uuid *tenant = &adding->req->tenant;
	const struct bh_job_new job = {
		.id = row->job,
		.queue = MULTIMODAL_QUEUE,
		.kind = MULTIMODAL_JOB_IMAGE,
		.subject = row->id,
		.payload = "{}",
		.background = row->detached,
	};
	int rc = multimodal_store_job_add(tx, tenant, row);

	for (size_t i = 0; rc == 0 && i < adding->wanted->n_inputs; i++)
		rc = multimodal_store_input_add(tx, tenant, &row->id, &adding->wanted->inputs[i]);
	if (rc == 0)
		rc = bh_job_add(tx, tenant, &job);
	return rc < 0 ? rc : bh_request_bind(adding->req, tx, &row->id);
}

int
multimodal_create_check(struct bh_request *req)
{
	const struct multimodal *multimodal = req->service;
	int64_t unfinished = 0;
	int rc = multimodal_store_job_unfinished(req->db, &req->tenant, &unfinished);

	if (rc == 0 && unfinished >= multimodal->conf.unfinished_max)
		return bh_error(BH_E_BUSY,
			"Limit reached: %lld unfinished image jobs of the tenant. Try again when one has "
			"finished.",
			(long long)multimodal->conf.unfinished_max);
	return rc;
}

static int
add(struct bh_request *req, const struct multimodal_new *wanted, struct bh_uuid *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf spec = {0};
	struct bh_peer peer;
	struct adding adding = {.req = req, .wanted = wanted};
	int rc = multimodal_create_check(req);

	if (rc < 0)
		return rc;
	bh_peer_from(req, &peer);
	multimodal_spec_write(wanted->spec, &spec);
	adding.row = (struct multimodal_job){
		.id = bh_uuid_new(),
		.job = bh_uuid_new(),
		.kind = wanted->kind,
		.spec = bh_buf_string(&spec),
		.removed = wanted->spec->removed,
		.images = wanted->spec->n,
		.detached = wanted->spec->own.detached,
		.subject = req->claims.subject_text,
		.credential = peer.onward.credential,
		.request_id = req->request_id,
		.traceparent = req->traceparent,
		.created_ms = bh_clock_wall_ms(),
	};
	rc = bh_tx_run(req->db, add_work, &adding);
	if (rc < 0)
		return rc;
	bh_audit_int(&req->audit, "images", wanted->spec->n);
	bh_audit_text(&req->audit, "size", wanted->spec->size);
	bh_worker_pool_hand(bh_runtime_jobs(req->runtime), &req->tenant, &adding.row.job,
		adding.row.detached);
	*out = adding.row.id;
	return 0;
}

static int
reply(struct bh_request *req, const struct bh_uuid *id, const struct multimodal_spec *spec)
{
	struct multimodal_job row = {0};
	int rc;

	if (spec->stream)
		return multimodal_answer_events(req, id, -1, true);
	if (spec->own.detached) {
		rc = multimodal_store_job_get(req->db, &req->tenant, id, &row);
		return rc < 0 ? bh_reply_error(req, rc, NULL) : multimodal_answer_job(req, &row);
	}
	rc = multimodal_watch(req, id, &row);
	if (rc == 0)
		rc = multimodal_answer_error(&row);
	if (rc < 0) {
		bh_request_unbind(req);
		return bh_reply_error(req, rc, NULL);
	}
	return multimodal_answer_images(req, &row);
}

int
multimodal_create(struct bh_request *req, const struct multimodal_new *wanted)
{
	struct bh_uuid id;
	int rc = add(req, wanted, &id);

	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply(req, &id, wanted->spec);
}

int
multimodal_create_again(struct bh_request *req, const struct bh_uuid *job,
	const struct multimodal_spec *spec)
{
	return reply(req, job, spec);
}
