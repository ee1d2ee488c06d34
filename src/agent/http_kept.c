/* SPDX-License-Identifier: Apache-2.0 */
/* http_kept.c: what the platform's operator reads of a tenant's responses. */
#include "agent/http.h"
#include "agent/store.h"
#include "service/request.h"

struct shown {
	int64_t bytes_max, bytes, unfinished_max, unfinished;
};

static const struct bh_field kept_fields[] = {
	{"responses_bytes", BH_FIELD_INT, offsetof(struct shown, bytes_max)},
	{"responses_used_bytes", BH_FIELD_INT, offsetof(struct shown, bytes)},
	{"responses_unfinished_max", BH_FIELD_INT, offsetof(struct shown, unfinished_max)},
	{"responses_unfinished", BH_FIELD_INT, offsetof(struct shown, unfinished)},
};

static const struct bh_shape kept_shape = BH_SHAPE(NULL, struct shown, kept_fields);

/* GET /api/tenants/{tenant}/responses: responses_bytes 0 is no limit. */
int
agent_http_kept_get(struct bh_request *req)
{
	const struct agent *agent = req->service;
	struct agent_kept kept;
	struct shown shown;
	int rc = agent_store_kept_get(req->target_db, &req->target, &kept);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = (struct shown){agent->conf.kept_bytes_max, kept.bytes, agent->conf.unfinished_max,
		kept.unfinished};
	return bh_reply_object(req, 200, &kept_shape, &shown);
}
