/* http_kept.c: what the platform's operator reads of a tenant's responses. */
#include "agent/http.h"
#include "agent/store.h"
#include "service/request.h"

/* GET /api/tenants/{tenant}/responses: responses_bytes 0 is no limit. */
int
agent_http_kept_get(struct bh_request *req)
{
	const struct agent *agent = req->service;
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct agent_kept kept;
	int rc = agent_store_kept_get(req->target_db, &req->target, &kept);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_write_object(&write);
	bh_write_pair_int(&write, "responses_bytes", agent->conf.kept_bytes_max);
	bh_write_pair_int(&write, "responses_used_bytes", kept.bytes);
	bh_write_pair_int(&write, "responses_unfinished_max", agent->conf.unfinished_max);
	bh_write_pair_int(&write, "responses_unfinished", kept.unfinished);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}
