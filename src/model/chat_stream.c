/* SPDX-License-Identifier: Apache-2.0 */
/* chat_stream.c: nothing is held back: each event of the engine is rebuilt and sent at once. */
#include "model/chat_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "model/gather.h"
#include "service/request.h"

enum { EVENT_BYTES_MAX = 1024 * 1024, READ_BYTES = 16 * 1024 };

struct stream {
	struct bh_http_reply reply; /* owned */
	struct model_ticket ticket; /* owned */
	struct model_call call;     /* owned */
	struct bh_sse sse;          /* owned */
	struct bh_buf pending;      /* owned: what is ready for the client */
	char read[READ_BYTES];
	const char *at; /* unread part of `read` */
	size_t left;
	struct model_chunk_head head; /* owned */
	struct bh_claims claims;
	struct bh_token_checker *checker; /* borrowed */
	bool include_usage, done;
	struct model_outcome outcome;
	char request_id[40];
};

/* The in-band error: a top-level `error` object, at which both official clients raise. */
static void
stream_fail(struct stream *stream, int error)
{
	bh_log_failure("stream", error);
	bh_request_release(stream->call.req);
	bh_buf_text(&stream->pending, "data: ");
	bh_error_body(&stream->pending, error, NULL);
	bh_buf_text(&stream->pending, "\n\n");
	stream->outcome.status = MODEL_TRUNCATED;
	stream->done = true;
}

static void
stream_finish(struct stream *stream)
{
	const struct model_usage usage = model_call_usage(&stream->call, &stream->outcome);

	stream->outcome.status = MODEL_OK;
	if (stream->include_usage) {
		bh_buf_text(&stream->pending, "data: ");
		model_chat_usage_chunk(&usage, &stream->head, &stream->pending);
		bh_buf_text(&stream->pending, "\n\n");
	}
	bh_buf_text(&stream->pending, "data: [DONE]\n\n");
	stream->done = true;
}

/* Adds to `pending`, which is empty, what the client gets of an event. */
static int
stream_event(struct stream *stream, const struct bh_sse_event *event)
{
	struct model_chunk chunk = {0};
	struct bh_json_doc doc = {0};
	int rc;

	if (event->data_len == 6 && memcmp(event->data, "[DONE]", 6) == 0) {
		stream_finish(stream);
		return 0;
	}
	rc = bh_json_parse(event->data, event->data_len, &doc);
	if (rc < 0)
		return bh_error(BH_E_UPSTREAM, "an upstream event is not valid JSON");
	bh_buf_text(&stream->pending, "data: ");
	rc = model_chat_chunk(doc.root, &stream->head, &stream->pending, &chunk);
	bh_json_close(&doc);
	if (rc == 0 && chunk.error)
		rc = bh_error(BH_E_UPSTREAM, "the upstream ended its stream with an error");
	if (rc < 0 || chunk.empty)
		bh_buf_reset(&stream->pending);
	else
		bh_buf_text(&stream->pending, "\n\n");
	if (rc < 0)
		return rc;
	if (chunk.usage.present)
		stream->outcome.usage = chunk.usage;
	if (chunk.pieces > 0)
		model_call_count(&stream->call, chunk.pieces, chunk.bytes);
	return 0;
}

/* Reads on until there is something for the client. */
static int
stream_fill(struct stream *stream)
{
	while (stream->pending.len == 0 && !stream->done) {
		struct bh_sse_event event;
		bool ready = false;
		ssize_t got;
		int rc;

		if (stream->left == 0) {
			got = bh_http_reply_read(&stream->reply, stream->read, sizeof(stream->read));
			if (got == 0)
				return bh_error(BH_E_UPSTREAM, "the upstream ended its stream without [DONE]");
			if (got < 0)
				return (int)got;
			stream->at = stream->read;
			stream->left = (size_t)got;
			if (bh_token_checker_revoked(stream->checker, &stream->claims))
				return bh_error(BH_E_UNAUTHENTICATED, "The credential was revoked.");
		}
		rc = bh_sse_feed(&stream->sse, &stream->at, &stream->left, &event, &ready);
		if (rc == 0 && ready)
			rc = stream_event(stream, &event);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static ssize_t
stream_next(void *state, char *out, size_t size)
{
	struct stream *stream = state;
	size_t len;
	int rc;

	bh_log_request(stream->request_id);
	rc = stream_fill(stream);
	if (rc == BH_E_GONE) {
		stream->outcome.status = MODEL_CUT;
		return -1;
	}
	if (rc == BH_E_PROTOCOL)
		rc = bh_error(BH_E_UPSTREAM, "the upstream's stream ended early");
	if (rc < 0)
		stream_fail(stream, rc);
	len = stream->pending.len < size ? stream->pending.len : size;
	if (len > 0)
		memcpy(out, stream->pending.data, len);
	bh_buf_shift(&stream->pending, len);
	return (ssize_t)len;
}

static void
stream_close(void *state)
{
	struct stream *stream = state;
	struct model_usage usage = model_call_usage(&stream->call, &stream->outcome);

	/* First the engine's slot, then the books. */
	bh_http_reply_close(&stream->reply);
	stream->ticket.used = usage.prompt_tokens + usage.completion_tokens;
	model_ticket_close(&stream->ticket);
	if (!stream->done)
		stream->outcome.status = MODEL_CUT;
	model_call_end(&stream->call, &stream->outcome);
	bh_sse_close(&stream->sse);
	bh_buf_close(&stream->pending);
	bh_buf_close(&stream->head.text);
	free(stream);
}

int
model_chat_stream_start(struct bh_request *req, const struct model_entry *entry, const char *id,
	bool include_usage, struct model_ticket *ticket, struct model_call *call,
	struct bh_http_reply *reply)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	const struct bh_http_stream source = {stream_next, stream_close, stream};

	if (stream == NULL) {
		const struct model_outcome nothing = {.status = MODEL_FAILED};

		model_call_end(call, &nothing);
		return bh_reply_error(req, BH_E_MEMORY, NULL);
	}
	stream->reply = *reply;
	*reply = (struct bh_http_reply){0};
	stream->ticket = *ticket;
	*ticket = (struct model_ticket){0};
	stream->call = *call;
	*call = (struct model_call){0};
	stream->sse.line_max = EVENT_BYTES_MAX;
	model_chunk_head_init(&stream->head, id, entry->name, bh_clock_wall_ms() / 1000);
	stream->claims = req->claims;
	stream->checker = bh_runtime_checker(req->runtime);
	stream->include_usage = include_usage;
	memcpy(stream->request_id, req->request_id, strnlen(req->request_id, 39));
	return bh_reply_stream(req, &source);
}

int
model_chat_stream_gather(struct bh_http_reply *reply, struct model_call *call, size_t bytes_max,
	struct model_gather *out)
{
	struct bh_sse sse = {.line_max = EVENT_BYTES_MAX};
	char read[READ_BYTES];
	size_t total = 0;
	bool done = false;
	int rc = 0;

	while (rc == 0 && !done) {
		ssize_t got = bh_http_reply_read(reply, read, sizeof(read));
		const char *at = read;
		size_t left = got > 0 ? (size_t)got : 0;

		if (got <= 0) {
			rc = got == 0 ? BH_E_PROTOCOL : (int)got;
			break;
		}
		total += left;
		if (total > bytes_max)
			rc = bh_error(BH_E_UPSTREAM, "the upstream's response is too large");
		while (rc == 0 && left > 0 && !done) {
			struct bh_json_doc doc = {0};
			struct bh_sse_event event;
			int64_t pieces = out->pieces, bytes = out->bytes;
			bool ready = false;

			rc = bh_sse_feed(&sse, &at, &left, &event, &ready);
			if (rc < 0 || !ready)
				continue;
			done = event.data_len == 6 && memcmp(event.data, "[DONE]", 6) == 0;
			if (done)
				continue;
			rc = bh_json_parse(event.data, event.data_len, &doc);
			if (rc == 0)
				rc = model_gather_add(out, doc.root);
			bh_json_close(&doc);
			if (rc == 0 && out->error)
				rc = bh_error(BH_E_UPSTREAM, "the upstream ended its stream with an error");
			if (out->pieces > pieces)
				model_call_count(call, out->pieces - pieces, out->bytes - bytes);
		}
	}
	bh_sse_close(&sse);
	if (rc == BH_E_PROTOCOL || rc == BH_E_JSON)
		rc = bh_error(BH_E_UPSTREAM, "the upstream's response was incomplete");
	return rc;
}
