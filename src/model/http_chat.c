/* SPDX-License-Identifier: Apache-2.0 */
/* http_chat.c: POST /v1/chat/completions. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "model/chat_stream.h"
#include "model/adapters.h"
#include "model/clients.h"
#include "model/engine.h"
#include "model/gather.h"
#include "model/guard.h"
#include "model/http.h"
#include "model/place.h"
#include "model/upstream.h"
#include "service/entitle.h"
#include "service/request.h"

/* The engine's whole answer, gathered from its stream where it streams anyway. */
static int
read_answer(struct bh_request *req, const struct model_entry *entry, struct bh_http_reply *reply,
	struct model_call *call, struct model_gather *out)
{
	const struct model *model = req->service;
	size_t bytes_max = (size_t)model->conf.answer_bytes_max;
	struct bh_json_doc doc = {0};
	int rc;

	if (entry->managed || model_chat_stream_is(reply))
		return model_chat_stream_gather(reply, call, bytes_max, out);
	rc = bh_request_answer(req, reply, bytes_max, &doc);
	if (rc == 0)
		rc = model_gather_whole(out, doc.root);
	if (rc < 0 && out->error != NULL)
		rc = model_upstream_error(req->service, entry, out->error);
	out->error = NULL;
	if (rc == 0)
		model_call_count(call, out->pieces, out->bytes);
	bh_json_close(&doc);
	if (rc == BH_E_PROTOCOL || rc == BH_E_TOO_LARGE)
		rc = bh_error(BH_E_UPSTREAM, "the upstream's response was incomplete or too large");
	else if (rc == BH_E_JSON)
		rc = bh_error(BH_E_UPSTREAM, "the upstream's response is not valid JSON");
	return rc;
}

/* A failure after the request was forwarded: clients must not repeat it by themselves. is_ours: hanging
 * up ends the engine's work, and what it had done was counted, or told in `usage`. */
static int
reply_failure(struct bh_request *req, struct model_call *call, int rc, bool is_ours, bool sent,
	struct model_usage usage)
{
	const struct model_outcome outcome = {
		.status = rc == BH_E_GONE ? METER_CUT : METER_FAILED,
		.usage = usage,
		.refused = rc == BH_E_UNAVAILABLE || rc == BH_E_UPSTREAM_LIMITED || rc == BH_E_INVALID ||
			rc == BH_E_CONTEXT_LENGTH || !sent,
		/* We hung up, and it was not ours to end: what the provider made of it is not known, and is
		 * paid for. */
		.unread = (rc == BH_E_GONE || rc == BH_E_UPSTREAM_TIMEOUT) && !is_ours,
	};

	model_call_end(call, &outcome);
	if (rc == BH_E_UPSTREAM || rc == BH_E_UPSTREAM_TIMEOUT)
		bh_reply_header(req, "x-should-retry", "false");
	return bh_reply_error(req, rc, NULL);
}

/* What may not be passed on is replaced by nothing. */
static int
guard_answer(struct model_guard *guard, struct model_gather *gather)
{
	bool refused;
	int rc;

	model_guard_hear_text(guard, gather->content.data, gather->content.len);
	model_guard_hear_text(guard, gather->refusal.data, gather->refusal.len);
	for (size_t i = 0; i < gather->n_calls; i++)
		model_guard_hear_text(guard, gather->calls[i].arguments.data,
			gather->calls[i].arguments.len);
	rc = model_guard_judge(guard, &refused);
	if (rc == 0 && refused)
		model_gather_empty(gather, "content_filter");
	return rc;
}

static int
reply_whole(struct bh_request *req, const struct model_entry *entry,
	const struct model_answer_head *head, struct model_guard *guard, struct model_ticket *ticket,
	struct model_call *call, struct bh_http_reply *reply)
{
	BH_AUTO(model_gather_close) struct model_gather gather = {0};
	struct model_outcome outcome = {.status = METER_OK};
	struct model_usage usage;
	struct bh_buf out = {0};
	int rc;

	rc = read_answer(req, entry, reply, call, &gather);
	/* A report from before the last piece counts too little. */
	if (!gather.is_behind)
		outcome.usage = gather.usage;
	if (rc < 0)
		return reply_failure(req, call, rc, entry->managed, true, outcome.usage);
	usage = model_call_usage(call, &outcome);
	ticket->used = usage.prompt_tokens + usage.completion_tokens;
	/* Who judges is another engine, which this one need not wait for. */
	model_ticket_close(ticket);
	model_call_end(call, &outcome);
	rc = guard_answer(guard, &gather);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	model_gather_write(&gather, head, &usage, &out);
	rc = bh_reply_json(req, 200, &out);
	bh_buf_close(&out);
	return rc;
}

/* Says otherwise what the server does not know, each thing once: false where there is no other way. */
static bool
say_otherwise(struct model *model, const struct model_entry *entry, struct model_chat *chat,
	int64_t output_cap, enum model_unknown unknown, unsigned *tried)
{
	if (entry->managed || unknown == 0 || (*tried & unknown) != 0)
		return false;
	*tried |= unknown;
	if (unknown == MODEL_UNKNOWN_CAP) {
		chat->is_cap_new = !chat->is_cap_new;
		return output_cap > 0;
	}
	if (!chat->asks_running)
		return false;
	chat->asks_running = false;
	model_clients_told_no_running(model->clients, entry);
	return true;
}

/* Finds the process that serves now, and sends the request to it. One that has ended before a word of its answer, because
 * another one has succeeded it, has done nothing that counts: the request is written for that one. */
static int
send(struct bh_request *req, const struct model_entry *entry, struct model_chat *chat,
	int64_t output_cap, bool is_ours, struct bh_http_reply *out)
{
	enum { TRIES = 4 };
	struct model *model = req->service;
	struct model_engine *engine = bh_arena_alloc(req->arena, sizeof(*engine));
	int rc = 0;

	for (int tries = 0; tries < TRIES; tries++) {
		BH_AUTO(bh_buf_close) struct bh_buf body = {0};
		struct model_entry at = *entry;

		/* An adapter may go between two looks. */
		rc = model_adapters_wait(req, entry);
		if (rc == 0)
			rc = model_engine_wait(req, entry, engine);
		if (rc == BH_E_NOT_FOUND)
			continue;
		if (rc < 0)
			return rc;
		chat->engine = engine;
		if (engine->url[0] != '\0')
			at.url = engine->url;
		model_chat_write(chat, entry, output_cap, model->conf.share_prompt_cache, &body);
		rc = model_upstream_post(model, &at, "/v1/chat/completions", &body,
			bh_http_client_fd(req->http), is_ours ? 0 : model->conf.finish_ms, out);
		if (rc != BH_E_UNAVAILABLE || engine->url[0] == '\0' ||
			!model_engine_has_moved(entry, engine))
			return rc;
		bh_http_reply_close(out);
		*out = (struct bh_http_reply){0};
	}
	return rc == BH_E_NOT_FOUND ? BH_E_UNAVAILABLE : rc;
}

/* Sends the request. Once more, with the other name for the answer's cap or without what only some servers
 * know, to a server that refuses it as it is: it has done no work. 0 with an answer of status 200;
 * *out_refused: it has refused. */
static int
ask(struct bh_request *req, const struct model_entry *entry, struct model_chat *chat,
	int64_t output_cap, bool is_ours, struct bh_http_reply *out, bool *out_refused)
{
	struct model *model = req->service;
	enum model_unknown unknown;
	unsigned tried = 0;
	int rc;

	*out_refused = false;
	chat->asks_running = chat->running_usage && !entry->managed &&
		model_clients_may_tell_running(model->clients, entry);
	for (;;) {
		rc = send(req, entry, chat, output_cap, is_ours, out);
		if (rc < 0 || out->status == 200)
			return rc;
		rc = model_upstream_refusal(req, entry, out, &unknown);
		*out_refused = true;
		if (!say_otherwise(model, entry, chat, output_cap, unknown, &tried))
			return rc;
		*out_refused = false;
		bh_http_reply_close(out);
	}
}

static int
take_pictures(struct bh_request *req, const struct model_entry *entry, struct model_chat *chat,
	struct model_pictures *out)
{
	int rc = model_pictures_take(req, entry, chat->messages, chat->n_pictures, out);

	chat->pictures = out;
	chat->prompt_estimate += out->tokens;
	return rc;
}

int
model_http_chat_create(struct bh_request *req)
{
	struct model *model = req->service;
	/* Closed in the opposite order: the engine is done with a call before the next one comes. */
	BH_AUTO(model_ticket_close) struct model_ticket ticket = {0};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(model_pictures_close) struct model_pictures pictures = {0};
	BH_AUTO(model_guard_close) struct model_guard guard = {0};
	struct model_answer_head head;
	struct model_call call = {0};
	struct model_entry entry = {0};
	struct model_chat chat = {0};
	struct bh_uuid answer = bh_uuid_new();
	char *id = bh_arena_alloc(req->arena, 48);
	bool is_ours, is_refused;
	int rc = bh_request_json(req);

	if (rc == 0)
		rc = model_chat_read(req->body.root, &chat);
	if (rc == 0)
		rc = model_catalog_find(model, req->db, &req->tenant, chat.model, MODEL_CHAT, &entry);
	if (rc == 0)
		rc = bh_entitle_model(&req->claims, entry.base != NULL ? entry.base : entry.name);
	/* Before a place at the engine, too. */
	if (rc == 0)
		rc = model_adapters_wait(req, &entry);
	/* Before a place at the engine, which others wait for. */
	if (rc == 0)
		rc = take_pictures(req, &entry, &chat, &pictures);
	if (rc == 0)
		rc = model_guard_open(req, &guard);
	if (rc == 0)
		rc = model_guard_input(&guard, &chat, &pictures);
	if (rc == 0)
		rc = model_place_take(req, &entry, chat.prompt_estimate, &ticket);
	if (ticket.waited_ms > 0)
		bh_audit_int(&req->audit, "queued_ms", ticket.waited_ms);
	if (rc == 0)
		rc = model_call_begin(req, &entry, chat.prompt_estimate, chat.output_cap,
			chat.stream ? MODEL_STREAMED : 0, &call);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	is_ours = entry.managed || chat.stream;
	bh_uuid_format_id(&answer, "chatcmpl-", id, 48);
	head = (struct model_answer_head){id, entry.name, bh_clock_wall_ms() / 1000, pictures.in_words};
	rc = ask(req, &entry, &chat, call.output_cap, is_ours, &reply, &is_refused);
	if (rc < 0 && !is_refused)
		return reply_failure(req, &call, rc, is_ours, reply.sent, (struct model_usage){0});
	if (rc < 0) {
		const struct model_outcome refused = {.status = METER_FAILED, .refused = true};

		model_call_end(&call, &refused);
		return bh_reply_error(req, rc, NULL);
	}
	if (chat.stream)
		return model_chat_stream_start(req, &entry, &head, &chat, &guard, &ticket, &call, &reply);
	return reply_whole(req, &entry, &head, &guard, &ticket, &call, &reply);
}
