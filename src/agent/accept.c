/* SPDX-License-Identifier: Apache-2.0 */
/* accept.c: checks first, then one transaction. */
#include "agent/accept.h"

#include <string.h>

#include "agent/calls.h"
#include "agent/chain.h"
#include "agent/fit.h"
#include "agent/items.h"
#include "agent/kept.h"
#include "agent/record.h"
#include "agent/store.h"
#include "agent/store_chat.h"
#include "agent/turn.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "queue/queue.h"
#include "service/request.h"

/* What a search, and a file, through rag's own routes ask for. */
#define SEARCH_SCOPE "vector_stores:read"
#define FILE_SCOPE "files:read"

/* What is being put together; memory is the request's. */
struct accepting {
	struct bh_request *req;
	struct agent_request request;
	struct agent_response response;
	struct bh_uuid chat; /* zero: none */
	struct agent_item *before, *items;
	size_t n_before, n_items;
	struct agent_record record; /* owned */
};

static int
read_previous(struct accepting *accepting)
{
	static const char param[] = "previous_response_id";
	const char *id = accepting->request.previous_response_id;
	struct bh_request *req = accepting->req;
	struct agent_response previous = {0};
	bool hidden = false;
	int rc;

	if (id == NULL)
		return 0;
	rc = bh_uuid_parse_id(id, AGENT_RESPONSE_PREFIX, &accepting->response.previous);
	if (rc == 0)
		rc = agent_store_response_get(req->db, &req->tenant, &accepting->response.previous,
			&previous);
	if (rc == 0)
		rc = agent_store_turn_hides(req->db, agent_asker(req), &accepting->response.previous,
			&hidden);
	if (rc == BH_E_NOT_FOUND || (rc == 0 && (hidden || !previous.store)))
		return bh_error_param(BH_E_NOT_FOUND, param, "Response '%.64s' not found.", id);
	if (rc < 0)
		return rc;
	if (!agent_status_is_final(previous.status))
		return bh_error_param(BH_E_STATE, param, "The previous response is still in progress.");
	return agent_chain_read(req->db, &req->tenant, &accepting->response.previous,
		agent_request_truncates(&accepting->request), &accepting->before, &accepting->n_before);
}

static int
read_chat(struct accepting *accepting)
{
	const char *id = accepting->request.chat;
	struct bh_request *req = accepting->req;
	struct agent_chat_row chat;
	int rc;

	if (id == NULL)
		return 0;
	rc = bh_uuid_parse_id(id, AGENT_CHAT_PREFIX, &accepting->chat);
	if (rc == 0)
		rc = agent_store_chat_get(req->db, agent_asker(req), &accepting->chat, &chat);
	return rc == BH_E_NOT_FOUND ? bh_error_param(rc, "bulkhead.chat", "Chat '%.64s' not found.", id)
								: rc;
}

static int
read_items(struct accepting *accepting)
{
	int rc;

	rc = agent_items_read(accepting->req->arena, accepting->request.input, &accepting->items,
		&accepting->n_items);
	return rc < 0 ? rc
				  : agent_calls_match(accepting->before, accepting->n_before, accepting->items,
						accepting->n_items);
}

/* Whether the credential may have the pictures read, and whether the model takes them: it is told in words what is in
 * them where it does not, and the Response says so. */
static int
check_pictures(struct accepting *accepting, const struct agent_model *model,
	const struct agent_prompt *prompt)
{
	struct agent_request *request = &accepting->request;
	bool may = bh_text_has_word(accepting->req->claims.scope, FILE_SCOPE);

	for (size_t i = 0; i < prompt->n; i++) {
		const struct agent_message *message = &prompt->messages[i];

		for (size_t j = 0; j < message->n_pieces && message->kept; j++) {
			const char *url = message->pieces[j].url;

			if (url == NULL)
				continue;
			if (!may && bh_text_starts(url, "file-"))
				return bh_error_param(BH_E_FORBIDDEN, "input",
					"An image by the id of a file requires the scope " FILE_SCOPE
					", which the credential does not have.");
			if (!model->vision) {
				request->images = "described";
				request->extended = true;
			}
		}
	}
	return 0;
}

/* The whole conversation must fit the model, before anything is promised. */
static int
check_fit(struct accepting *accepting, const struct bh_peer *peer, const struct agent_model *model)
{
	struct agent *agent = accepting->req->service;
	size_t n = accepting->n_before + accepting->n_items;
	struct agent_item *all = bh_arena_array(accepting->req->arena, n + 1, sizeof(*all));
	struct agent_fit fit;
	int rc;

	if (accepting->n_before > 0)
		memcpy(all, accepting->before, accepting->n_before * sizeof(*all));
	memcpy(all + accepting->n_before, accepting->items, accepting->n_items * sizeof(*all));
	rc = agent_fit(peer, &agent->conf, &accepting->request, model, all, n, NULL, &fit);
	return rc < 0 ? rc : check_pictures(accepting, model, &fit.prompt);
}

static void
make_echo(struct accepting *accepting)
{
	BH_AUTO(bh_buf_close) struct bh_buf echo = {0};
	struct bh_write write = {.out = &echo};

	bh_fields_write(&write, BH_OF(agent_request_echo), &accepting->request);
	accepting->response.echo = bh_arena_copy(accepting->req->arena, echo.data, echo.len);
}

/* rag names its own fields; the client knows them as members of its tool. */
static int
check_search(struct accepting *accepting, const struct bh_peer *peer)
{
	const struct agent_request *request = &accepting->request;
	BH_AUTO(bh_json_close) struct bh_json_doc found = {0};
	const char *field, *detail;
	int rc;

	if (request->file_search == NULL)
		return 0;
	if (!bh_text_has_word(accepting->req->claims.scope, SEARCH_SCOPE))
		return bh_error_param(BH_E_FORBIDDEN, "tools",
			"The file_search tool requires the scope " SEARCH_SCOPE
			", which the credential does not have.");
	rc = agent_peer_search(peer, request->file_search, NULL, 0, 0, &found);
	if (rc == 0 || bh_error_row(rc)->status >= 500 || bh_error_field(rc) == NULL)
		return rc;
	field = bh_arena_printf(peer->arena, "tools.%zu.%s",
		(size_t)(request->file_search - request->tools), bh_error_field(rc));
	detail = bh_arena_strdup(peer->arena, bh_error_detail(rc));
	return bh_error_param(rc, field, "%s", detail);
}

/* What a request with a search does not say of grounding is decided here: a default that is changed later
 * changes no run. */
static int
decide_grounding(struct accepting *accepting, const struct agent_model *model)
{
	struct agent_request *request = &accepting->request;
	struct bh_request *req = accepting->req;
	int rc = 0;

	request->extended = request->file_search != NULL;
	if (!request->extended || request->grounding != NULL)
		return 0;
	rc = agent_store_default_get(req->db, &req->tenant, &request->grounding);
	if (rc < 0)
		return rc;
	if (request->grounding == NULL)
		request->grounding = model->managed ? "strict" : "mark";
	if (agent_request_is_strict(request) && strcmp(request->format.type, "text") != 0)
		request->grounding = "mark";
	return 0;
}

static int
check(struct accepting *accepting)
{
	struct bh_request *req = accepting->req;
	const struct agent *agent = req->service;
	struct bh_peer peer;
	struct agent_model model;
	int rc = agent_kept_admit(req->db, &req->tenant, &agent->conf);

	bh_peer_from(req, &peer);
	if (rc == 0)
		rc = agent_peer_model(&peer, accepting->request.model, &model);
	if (rc < 0)
		return rc;
	if (!model.is_chat)
		return bh_error_param(BH_E_INVALID, "model", "Model '%.64s' is not a chat model.",
			model.id);
	accepting->response.model = model.id;
	rc = check_search(accepting, &peer);
	if (rc == 0)
		rc = decide_grounding(accepting, &model);
	if (rc == 0)
		rc = read_previous(accepting);
	if (rc == 0)
		rc = read_chat(accepting);
	if (rc == 0)
		rc = read_items(accepting);
	return rc < 0 ? rc : check_fit(accepting, &peer, &model);
}

/* ---- writing ---- */

static int
write_work(struct bh_db *tx, void *ctx)
{
	struct accepting *accepting = ctx;
	const struct agent_response *response = &accepting->response;
	const struct bh_uuid *tenant = &accepting->req->tenant;
	const struct agent *agent = accepting->req->service;
	const struct bh_job_new job = {
		.id = response->job,
		.queue = AGENT_QUEUE,
		.kind = AGENT_JOB_RUN,
		.subject = response->id,
		.payload = "{}",
		.background = response->background,
	};
	int rc;

	rc = agent_store_response_add(tx, tenant, response);
	if (rc == 0)
		rc = agent_store_item_add(tx, tenant, &response->id, false, 0, accepting->items,
			accepting->n_items);
	if (rc == 0)
		rc = agent_store_event_add(tx, tenant, &response->id, 0,
			(const void *)accepting->record.pending.data,
			accepting->record.pending.len / sizeof(struct agent_event));
	if (rc == 0 && accepting->request.chat != NULL)
		rc = agent_store_turn_add(tx, agent_asker(accepting->req), &accepting->chat, &response->id,
			agent_turn_question(accepting->req->arena, accepting->request.input));
	if (rc == 0)
		rc = bh_job_add(tx, tenant, &job);
	if (rc == 0)
		rc = bh_request_bind(accepting->req, tx, &response->id);
	if (rc == 0)
		rc = agent_kept_check(tx, tenant, &agent->conf);
	return rc;
}

static void
fill_response(struct accepting *accepting)
{
	const struct agent_request *request = &accepting->request;
	struct bh_request *req = accepting->req;
	struct agent_response *response = &accepting->response;

	response->id = bh_uuid_new();
	response->job = bh_uuid_new();
	response->session = req->claims.session;
	response->by_key = strcmp(req->claims.client, "api_key") == 0;
	response->status = request->background ? "queued" : "in_progress";
	response->background = request->background;
	response->store = request->store;
	response->include_results = request->include_results;
	response->subject = req->claims.subject_text;
	response->token_version = req->claims.version;
	response->request_id = req->request_id;
	response->traceparent = req->traceparent;
	response->created_ms = bh_clock_wall_ms();
}

static int
write_all(struct accepting *accepting)
{
	struct agent_record *record = &accepting->record;

	*record = (struct agent_record){.arena = accepting->req->arena,
		.response = &accepting->response};
	agent_record_response(record, "response.created");
	agent_record_response(record,
		accepting->request.background ? "response.queued" : "response.in_progress");
	accepting->response.journal_bytes = (int64_t)agent_record_pending_bytes(record);
	return bh_tx_run(accepting->req->db, write_work, accepting);
}

int
agent_accept(struct bh_request *req, const struct agent_request *request,
	struct agent_response *out)
{
	struct accepting accepting = {.req = req, .request = *request};
	int rc = check(&accepting);

	if (rc == 0) {
		fill_response(&accepting);
		make_echo(&accepting);
		rc = write_all(&accepting);
	}
	if (rc == 0)
		*out = accepting.response;
	agent_record_close(&accepting.record);
	return rc;
}
