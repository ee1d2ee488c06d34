/* SPDX-License-Identifier: Apache-2.0 */
/* http_kept.c: what the platform's operator reads and sets of a tenant's responses. */
#include "agent/http.h"
#include "agent/store.h"
#include "service/request.h"

struct shown {
	int64_t bytes_max, bytes, unfinished_max, unfinished;
	const char *grounding; /* NULL: strict for the managed engine, else mark */
};

static const struct bh_field kept_fields[] = {
	{"responses_bytes", BH_FIELD_INT, offsetof(struct shown, bytes_max)},
	{"responses_used_bytes", BH_FIELD_INT, offsetof(struct shown, bytes)},
	{"responses_unfinished_max", BH_FIELD_INT, offsetof(struct shown, unfinished_max)},
	{"responses_unfinished", BH_FIELD_INT, offsetof(struct shown, unfinished)},
	{"grounding", BH_FIELD_TEXT, offsetof(struct shown, grounding), BH_NULLABLE},
};

const struct bh_shape agent_kept_shape = BH_SHAPE("TenantResponses", struct shown, kept_fields);

/* GET /api/tenants/{tenant}/responses: responses_bytes 0 is no limit. */
int
agent_http_kept_get(struct bh_request *req)
{
	const struct agent *agent = req->service;
	struct agent_kept kept;
	struct shown shown;
	const char *grounding = NULL;
	int rc = agent_store_kept_get(req->target_db, &req->target, &kept);

	if (rc == 0)
		rc = agent_store_default_get(req->target_db, &req->target, &grounding);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = (struct shown){agent->conf.kept_bytes_max, kept.bytes, agent->conf.unfinished_max,
		kept.unfinished, grounding};
	return bh_reply_object(req, 200, &agent_kept_shape, &shown);
}

struct change {
	const char *grounding;
	bool has_grounding;
};

static const struct bh_field change_fields[] = {
	{"grounding", BH_FIELD_CHOICE, offsetof(struct change, grounding), BH_NULL_IS_VALUE,
		.words = "strict mark off", .set = BH_SET(struct change, has_grounding)},
};

const struct bh_shape agent_kept_change = BH_SHAPE("TenantResponsesChange", struct change,
	change_fields);

/* PUT /api/tenants/{tenant}/responses: what is not named stays; null takes the tenant's own away. */
int
agent_http_kept_put(struct bh_request *req)
{
	struct change change = {0};
	int rc = bh_request_object(req, &agent_kept_change, &change);

	if (rc == 0 && change.has_grounding)
		rc = agent_store_default_set(req->target_db, &req->target, change.grounding);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (change.has_grounding)
		bh_audit_text(&req->audit, "grounding", change.grounding != NULL ? change.grounding : "");
	return agent_http_kept_get(req);
}
