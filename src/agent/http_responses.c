/* SPDX-License-Identifier: Apache-2.0 */
/* http_responses.c: /v1/responses. */
#include "agent/http.h"

#include <string.h>

#include "agent/accept.h"
#include "agent/items.h"
#include "agent/request.h"
#include "agent/store.h"
#include "agent/store_chat.h"
#include "agent/stream.h"
#include "agent/wire.h"
#include "base/clock.h"
#include "base/error.h"
#include "queue/worker.h"
#include "service/list.h"
#include "service/request.h"

enum { CANCEL_WAIT_MS = 4000, ITEMS_PRESET = 20, ITEMS_MOST = 100 };

/* ---- replies ---- */

/* What failed before its first word is a failed request to a client that waits, as if it had asked the model
 * itself. */
static int
reply_refusal(struct bh_request *req, const struct agent_response *response)
{
	int error = bh_error_of_code(response->refusal_code);
	const char *param = error == BH_E_CONTEXT_LENGTH ? "input" : NULL;

	bh_request_unbind(req);
	if (response->refusal_wait_ms >= 0)
		bh_reply_retry_after(req, response->refusal_wait_ms);
	return bh_reply_error(req, bh_error(error, "%s", response->error_message), param);
}

static int
reply_response(struct bh_request *req, const struct bh_uuid *id, bool include_results)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_buf_close) struct bh_buf output = {0};
	struct bh_write write = {.out = &body};
	struct agent_response response;
	struct agent_wire_response shown;
	struct agent_item *items = NULL;
	size_t n = 0;
	int rc;

	rc = agent_store_response_get(req->db, &req->tenant, id, &response);
	if (rc == 0)
		rc = agent_store_item_list(req->db, &req->tenant, id, true, &items, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	agent_items_output(items, n, include_results || response.include_results, &output);
	shown = agent_wire_response_of(&response, bh_buf_string(&output));
	bh_fields_write(&write, BH_OF(agent_wire_response_shape), &shown);
	return bh_reply_json(req, 200, &body);
}

/* Waits for the end and answers with the whole response. */
static int
reply_end(struct bh_request *req, const struct agent_response *response, struct agent_watch *watch)
{
	struct agent_response ended = {0};
	int rc, sent;

	rc = agent_stream_wait(req, response, watch, 0);
	if (rc == 0)
		rc = agent_store_response_get(req->db, &req->tenant, &response->id, &ended);
	sent = rc < 0                    ? bh_reply_error(req, rc, NULL)
		: ended.refusal_code != NULL ? reply_refusal(req, &ended)
									 : reply_response(req, &response->id, false);
	agent_stream_leave(req->service, &req->tenant, response, watch, rc == 0);
	return sent;
}

/* Answers with the events. Nothing is sent before there is something to tell: until then a refusal has an
 * HTTP status. */
static int
reply_events(struct bh_request *req, const struct agent_response *response,
	struct agent_watch *watch)
{
	struct agent_response held = {0};
	int rc, sent;

	rc = agent_stream_hold(req, response, watch, &held);
	if (rc == 0 && held.refusal_code == NULL)
		return agent_stream_reply(req, response, -1, watch);
	sent = rc < 0 ? bh_reply_error(req, rc, NULL) : reply_refusal(req, &held);
	agent_stream_leave(req->service, &req->tenant, response, watch, rc == 0);
	return sent;
}

/* A new response, or, for a request that repeats one by its Idempotency-Key, the one which that made. */
static int
make_or_find(struct bh_request *req, const struct agent_request *request,
	struct agent_response *out, bool *out_repeated)
{
	struct bh_uuid id;
	int rc;

	*out_repeated = bh_request_repeats(req, &id);
	if (!*out_repeated)
		return agent_accept(req, request, out);
	rc = agent_store_response_get(req->db, &req->tenant, &id, out);
	/* Deleted, or never stored: a second run would be another one. */
	return rc == BH_E_NOT_FOUND ? BH_E_KEY_NOT_KEPT : rc;
}

/* POST /v1/responses */
int
agent_http_response_create(struct bh_request *req)
{
	struct agent *agent = req->service;
	struct agent_watch *watch = bh_arena_alloc(req->arena, sizeof(*watch));
	struct agent_request request;
	struct agent_response response;
	bool repeated = false;
	int rc;

	rc = bh_request_json(req);
	if (rc == 0)
		rc = agent_request_read(req->arena, req->body.root, &request);
	if (rc == 0)
		rc = make_or_find(req, &request, &response, &repeated);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_KEY_NOT_KEPT ? "Idempotency-Key" : NULL);

	bh_audit_text(&req->audit, "model", response.model);
	rc = agent_hub_watch(agent->hub, &req->tenant, &response, watch);
	if (!repeated)
		bh_worker_pool_hand(bh_runtime_jobs(req->runtime), &req->tenant, &response.job,
			response.background);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (request.stream && !request.background)
		return reply_events(req, &response, watch);
	if (request.stream)
		return agent_stream_reply(req, &response, -1, watch);
	if (!request.background)
		return reply_end(req, &response, watch);
	agent_hub_unwatch(watch, bh_clock_steady_ms());
	return reply_response(req, &response.id, false);
}

/* ---- what is kept ---- */

/* The response named in the path; one that is not stored is not there for anybody, and one of another's chat
 * not for this subject. */
static int
find(struct bh_request *req, struct agent_response *out)
{
	struct bh_uuid id;
	bool hidden = false;
	int rc;

	rc = bh_request_id(req, "response", AGENT_RESPONSE_PREFIX, &id);
	if (rc == 0)
		rc = agent_store_response_get(req->db, &req->tenant, &id, out);
	if (rc == 0)
		rc = agent_store_turn_hides(req->db, agent_asker(req), &id, &hidden);
	return rc == 0 && (hidden || !out->store) ? BH_E_NOT_FOUND : rc;
}

/* One `name=value` of a query; `end` is behind it. */
static int
read_include(struct bh_request *req, const char *at, const char *end, bool *results)
{
	const char *equals = memchr(at, '=', (size_t)(end - at));
	const char *stop = equals != NULL ? equals : end, *name, *value = "";
	int rc;

	rc = bh_http_decode(req->arena, at, (size_t)(stop - at), true, &name);
	if (rc == 0 && equals != NULL)
		rc = bh_http_decode(req->arena, equals + 1, (size_t)(end - equals - 1), true, &value);
	if (rc < 0 || (strcmp(name, "include") != 0 && strncmp(name, "include[", 8) != 0))
		return rc;
	return agent_request_include(value, results)
		? 0
		: bh_error_param(BH_E_INVALID, "include", "Unknown value for 'include': '%.64s'.", value);
}

/* include, include[] or include[0]: clients differ, and repeat it. */
static int
wants_results(struct bh_request *req, bool *out)
{
	const char *at = req->http->query;
	bool results = false;
	int rc = 0;

	while (rc == 0 && at != NULL && *at != '\0') {
		const char *end = strchrnul(at, '&');

		rc = read_include(req, at, end, &results);
		at = *end == '&' ? end + 1 : end;
	}
	if (rc == 0)
		*out = results;
	return rc;
}

static int
reply_replay(struct bh_request *req, const struct agent_response *response, int64_t after)
{
	struct agent *agent = req->service;
	struct agent_watch *watch = bh_arena_alloc(req->arena, sizeof(*watch));
	int rc;

	rc = agent_hub_watch(agent->hub, &req->tenant, response, watch);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return agent_stream_reply(req, response, after, watch);
}

/* GET /v1/responses/{response}: the object, or its events from a number on. */
int
agent_http_response_get(struct bh_request *req)
{
	struct agent_response response;
	bool stream = false, obfuscation = false, results = false;
	int64_t after = -1;
	int rc;

	rc = bh_request_query_bool(req, "stream", &stream);
	if (rc == 0)
		rc = bh_request_query_bool(req, "include_obfuscation", &obfuscation);
	if (rc == 0)
		rc = bh_request_query_int(req, "starting_after", -1, INT64_MAX, &after);
	if (rc == 0)
		rc = wants_results(req, &results);
	if (rc == 0)
		rc = find(req, &response);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (stream && response.journal_gone)
		return bh_reply_error(req,
			bh_error_param(BH_E_STATE, "stream",
				"The events of this response are no longer kept; retrieve it without 'stream'."),
			NULL);
	if (stream)
		return reply_replay(req, &response, after);
	return reply_response(req, &response.id, results);
}

static const struct bh_field deleted_fields[] = {
	{"id", BH_FIELD_TEXT, offsetof(struct agent_deleted, id)},
	{"object", BH_FIELD_TEXT, offsetof(struct agent_deleted, object)},
	{"deleted", BH_FIELD_BOOL, offsetof(struct agent_deleted, deleted)},
};

const struct bh_shape agent_deleted_shape = BH_SHAPE("Deleted", struct agent_deleted,
	deleted_fields);

struct deletion {
	const struct bh_uuid *tenant; /* borrowed: the request's */
	const struct agent_response *response;
};

static int
delete_work(struct bh_db *tx, void *ctx)
{
	const struct deletion *deletion = ctx;
	const struct agent_response *response = deletion->response;
	int rc;

	rc = agent_store_response_delete(tx, deletion->tenant, &response->id);
	if (rc < 0)
		return rc;
	rc = bh_job_cancel(tx, deletion->tenant, &response->job);
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

/* DELETE /v1/responses/{response}: a run in progress ends with it. */
int
agent_http_response_delete(struct bh_request *req)
{
	struct agent *agent = req->service;
	struct agent_response response;
	int rc;

	rc = find(req, &response);
	if (rc == 0)
		rc = bh_tx_run(req->db, delete_work, &(struct deletion){&req->tenant, &response});
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	agent_hub_stop(agent->hub, &response.id, AGENT_STOP_DELETED);
	agent_hub_notify(agent->hub, &response.id);
	return bh_reply_object(req, 200, &agent_deleted_shape,
		&(struct agent_deleted){bh_request_param(req, "response"), "response", true});
}

/* POST /v1/responses/{response}/cancel: stops a background run; answers when it has stopped. */
int
agent_http_response_cancel(struct bh_request *req)
{
	struct agent *agent = req->service;
	struct agent_watch watch = {0};
	struct agent_response response;
	int rc;

	rc = find(req, &response);
	if (rc == 0 && !response.background)
		rc = bh_error(BH_E_STATE,
			"Only a response created with background=true can be cancelled; any other ends when "
			"its client disconnects.");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (agent_status_is_final(response.status))
		return reply_response(req, &response.id, false);
	rc = agent_hub_watch(agent->hub, &req->tenant, &response, &watch);
	if (rc == 0)
		rc = bh_job_cancel(req->db, &req->tenant, &response.job);
	if (rc == BH_E_NOT_FOUND)
		rc = 0; /* it has just ended */
	if (rc == 0) {
		agent_hub_stop(agent->hub, &response.id, BH_JOB_STOP_CANCELLED);
		rc = agent_stream_wait(req, &response, &watch, CANCEL_WAIT_MS);
	}
	agent_hub_unwatch(&watch, bh_clock_steady_ms());
	/* The wish is noted; a worker that is busy elsewhere sees it at its next heartbeat. */
	if (rc < 0 && rc != BH_E_UPSTREAM_TIMEOUT)
		return bh_reply_error(req, rc, NULL);
	return reply_response(req, &response.id, false);
}

/* ---- input items ---- */

static void
write_items(const struct agent_item *items, size_t n, bool has_more, bool results,
	struct bh_buf *out)
{
	struct bh_write write = {.out = out};
	BH_AUTO(bh_buf_close) struct bh_buf item = {0};

	bh_list_begin(&write);
	for (size_t i = 0; i < n; i++) {
		bh_buf_reset(&item);
		agent_items_show(items[i].json, results, &item);
		bh_write_raw(&write, item.data, item.len);
	}
	bh_list_end(&write, n > 0 ? items[0].id : "", n > 0 ? items[n - 1].id : "", has_more);
}

static const struct bh_paging paging = {ITEMS_PRESET, ITEMS_MOST, "after order", ""};

/* GET /v1/responses/{response}/input_items */
int
agent_http_response_input_items(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct agent_response response;
	struct agent_item *items = NULL;
	struct bh_page page;
	bool results = false, more;
	size_t n = 0;
	int rc;

	rc = bh_list_page(req, &paging, &page);
	if (rc == 0)
		rc = wants_results(req, &results);
	if (rc == 0)
		rc = find(req, &response);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = agent_store_item_page(req->db, &req->tenant, &response.id, page.after_text, page.ascending,
		page.limit + 1, &items, &n);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error_param(BH_E_INVALID, "after", "'after' is not an id from this list.");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	more = n > (size_t)page.limit;
	write_items(items, more ? (size_t)page.limit : n, more, results, &body);
	return bh_reply_json(req, 200, &body);
}
