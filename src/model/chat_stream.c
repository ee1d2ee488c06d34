/* SPDX-License-Identifier: Apache-2.0 */
/* chat_stream.c: nothing is held back: each event of the engine is rebuilt and sent at once, unless the tenant has it
 * judged before. What comes before the first one is still told with an HTTP status. */
#include "model/chat_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "json/mend.h"
#include "model/gather.h"
#include "model/guard.h"
#include "model/upstream.h"
#include "service/request.h"

enum { EVENT_BYTES_MAX = 1024 * 1024, READ_BYTES = 16 * 1024 };

struct stream {
	struct bh_http_reply reply; /* owned */
	struct model_ticket ticket; /* owned */
	struct model_call call;     /* owned */
	struct model_entry entry;   /* its text is the request's */
	struct bh_sse sse;          /* owned */
	struct model_normal normal; /* owned */
	struct model_guard guard;   /* owned */
	struct bh_buf held;         /* owned: what is not judged yet */
	struct bh_buf pending;      /* owned: what is ready for the client */
	char read[READ_BYTES];
	const char *at; /* unread part of `read` */
	size_t left;
	struct model_chunk_head head; /* owned */
	struct bh_claims claims;
	struct bh_token_checker *checker; /* borrowed */
	bool include_usage, running_usage, done;
	bool is_behind;   /* output has passed since the usage was told */
	bool is_unjudged; /* nobody could judge what the engine had made, which is paid for */
	bool has_flushed; /* the body is over, and what it left without an end was taken */
	struct model_outcome outcome;
	char request_id[40];
};

/* The in-band error: a top-level `error` object, at which both official clients raise. */
static void
stream_fail(struct stream *stream, int error)
{
	bh_log_failure("stream", error);
	bh_buf_reset(&stream->held);
	bh_request_release(stream->call.req);
	bh_buf_text(&stream->pending, "data: ");
	bh_error_body(&stream->pending, error, NULL);
	bh_buf_text(&stream->pending, "\n\n");
	stream->outcome.status = METER_TRUNCATED;
	stream->done = true;
}

static void
stream_piece(struct stream *stream, const struct model_piece *piece, struct bh_buf *out)
{
	bool is_known = stream->running_usage && stream->outcome.usage.present && !stream->is_behind;
	struct model_usage usage = {0};

	/* What is told is what the call would be billed if its client left now. */
	if (is_known)
		usage = model_call_usage(&stream->call, &stream->outcome);
	bh_buf_text(out, "data: ");
	model_chat_chunk(piece, usage.present ? &usage : NULL, &stream->head, out);
	bh_buf_text(out, "\n\n");
}

/* A report from before the last piece counts too little, however the answer ended. */
static struct model_usage
settle(struct stream *stream)
{
	if (stream->is_behind)
		stream->outcome.usage = (struct model_usage){0};
	return model_call_usage(&stream->call, &stream->outcome);
}

/* The end behind the last piece. */
static void
stream_end(struct stream *stream, enum meter_status status)
{
	const struct model_usage usage = settle(stream);

	stream->outcome.status = status;
	if (stream->include_usage) {
		bh_buf_text(&stream->pending, "data: ");
		model_chat_usage_chunk(&usage, &stream->head, &stream->pending);
		bh_buf_text(&stream->pending, "\n\n");
	}
	bh_buf_text(&stream->pending, "data: [DONE]\n\n");
	stream->done = true;
}

/* What was held goes on its way, or the answer ends here; what the engine has made so far is paid for. */
static int
stream_judge(struct stream *stream)
{
	const struct model_piece filtered = {.finish = "content_filter"};
	bool refused;
	int rc = model_guard_judge(&stream->guard, &refused);

	stream->is_unjudged = rc < 0;
	if (rc < 0)
		return rc;
	if (refused)
		bh_buf_reset(&stream->held);
	bh_buf_add(&stream->pending, stream->held.data, stream->held.len);
	bh_buf_reset(&stream->held);
	if (!refused)
		return 0;
	stream_piece(stream, &filtered, &stream->pending);
	stream_end(stream, METER_CUT);
	return 0;
}

static int
stream_finish(struct stream *stream)
{
	struct bh_buf *out = model_guard_holds(&stream->guard) ? &stream->held : &stream->pending;
	struct model_piece last;
	int rc;

	if (model_normal_end(&stream->normal, &last))
		stream_piece(stream, &last, out);
	rc = stream_judge(stream);
	if (rc == 0 && !stream->done)
		stream_end(stream, METER_OK);
	return rc;
}

/* What an event or a whole answer tells, and what the client gets of it. */
static int
stream_take(struct stream *stream, const struct bh_json *told, bool is_whole)
{
	struct model_piece piece = {0};
	int rc = is_whole ? model_normal_whole(&stream->normal, told, &piece)
					  : model_normal_event(&stream->normal, told, &piece);

	if (rc == 0 && piece.error != NULL)
		rc = model_upstream_error(stream->call.model, &stream->entry, piece.error);
	if (rc < 0)
		return rc;
	model_usage_follow(told, piece.bytes, &stream->outcome.usage, &stream->is_behind);
	if (piece.bytes > 0)
		model_call_count(&stream->call, 1, piece.bytes);
	if (piece.is_empty)
		return 0;
	model_guard_hear(&stream->guard, &piece);
	stream_piece(stream, &piece,
		model_guard_holds(&stream->guard) ? &stream->held : &stream->pending);
	return model_guard_is_due(&stream->guard) ? stream_judge(stream) : 0;
}

static bool
is_end_mark(const struct bh_sse_event *event)
{
	static const char *const marks[] = {"[DONE]", "\"[DONE]\"", "DONE"};

	for (size_t i = 0; i < BH_COUNT(marks); i++) {
		size_t len = strlen(marks[i]);

		if (event->data_len >= len && memcmp(event->data, marks[i], len) == 0)
			return true;
	}
	return false;
}

/* Nothing is said by an event without data, nor behind the end. */
static int
read_event(const struct model_normal *normal, const struct bh_sse_event *event,
	struct bh_json_doc *out)
{
	size_t blanks = strspn(event->data, " \t");
	int rc = blanks == event->data_len ? 0
									   : bh_json_parse_mended(event->data, event->data_len, out);

	return rc == BH_E_JSON && normal->has_ended ? 0 : rc;
}

/* Adds to `pending`, which is empty, what the client gets of an event. */
static int
stream_event(struct stream *stream, const struct bh_sse_event *event)
{
	struct bh_json_doc doc = {0};
	int rc;

	if (is_end_mark(event)) {
		if (model_normal_is_strange(&stream->normal))
			return bh_error(BH_E_UPSTREAM, "nothing of an answer came from the upstream");
		return stream_finish(stream);
	}
	rc = read_event(&stream->normal, event, &doc);
	if (rc < 0)
		return bh_error(BH_E_UPSTREAM, "an upstream event is not valid JSON");
	rc = doc.root != NULL ? stream_take(stream, doc.root, false) : 0;
	bh_json_close(&doc);
	return rc;
}

/* The body has ended, in order (0) or not: an answer that has told how it ended is whole. */
static bool
is_whole(const struct model_normal *normal, int rc)
{
	return normal->has_ended && (rc == 0 || rc == BH_E_PROTOCOL || rc == BH_E_UPSTREAM_TIMEOUT);
}

/* The upstream's body is over. The last event may lack the empty line behind it. */
static int
stream_over(struct stream *stream, int rc)
{
	if (rc == 0 && !stream->has_flushed) {
		stream->has_flushed = true;
		stream->at = "\n\n";
		stream->left = 2;
		return 0;
	}
	if (is_whole(&stream->normal, rc))
		return stream_finish(stream);
	return rc < 0
		? rc
		: bh_error(BH_E_UPSTREAM, "the upstream ended its stream before the answer's end");
}

static int
stream_read(struct stream *stream)
{
	ssize_t got = stream->has_flushed
		? 0
		: bh_http_reply_read(&stream->reply, stream->read, sizeof(stream->read));

	if (got <= 0)
		return stream_over(stream, (int)got);
	stream->at = stream->read;
	stream->left = (size_t)got;
	if (bh_token_checker_revoked(stream->checker, &stream->claims))
		return bh_error(BH_E_UNAUTHENTICATED, "The credential was revoked.");
	return 0;
}

/* Reads on until there is something for the client. */
static int
stream_fill(struct stream *stream)
{
	while (stream->pending.len == 0 && !stream->done) {
		struct bh_sse_event event;
		bool ready = false;
		int rc;

		if (stream->left == 0) {
			rc = stream_read(stream);
			if (rc < 0)
				return rc;
			continue;
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
		stream->outcome.status = METER_CUT;
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
stream_free(struct stream *stream)
{
	const struct model_usage usage = settle(stream);

	/* First the engine's slot, then the books. */
	bh_http_reply_close(&stream->reply);
	stream->ticket.used = usage.prompt_tokens + usage.completion_tokens;
	model_ticket_close(&stream->ticket);
	model_guard_close(&stream->guard);
	model_call_end(&stream->call, &stream->outcome);
	model_normal_close(&stream->normal);
	bh_sse_close(&stream->sse);
	bh_buf_close(&stream->held);
	bh_buf_close(&stream->pending);
	bh_buf_close(&stream->head.text);
	free(stream);
}

static void
stream_close(void *state)
{
	struct stream *stream = state;

	if (!stream->done)
		stream->outcome.status = METER_CUT;
	stream_free(stream);
}

/* Some upstreams answer in one piece whatever they are asked for; its first bytes are read already. */
static int
stream_whole(struct bh_request *req, struct stream *stream)
{
	const struct model *model = req->service;
	struct bh_json_doc doc = {0};
	struct bh_buf text = {0};
	int rc;

	bh_buf_add(&text, stream->at, stream->left);
	rc = bh_http_reply_body(&stream->reply, (size_t)model->conf.answer_bytes_max, &text);
	if (rc == 0)
		rc = bh_request_answer_text(req, &text, &doc);
	bh_buf_close(&text);
	if (rc == 0)
		rc = stream_take(stream, doc.root, true);
	if (rc == 0 && !stream->done)
		rc = stream_finish(stream);
	bh_json_close(&doc);
	return rc;
}

/* Fails before anything was sent. What the upstream refuses, it has done no work for. */
static int
stream_refuse(struct bh_request *req, struct stream *stream, int rc)
{
	const struct bh_error_row *row = bh_error_row(rc);

	if (rc == BH_E_PROTOCOL || rc == BH_E_JSON || rc == BH_E_TOO_LARGE)
		rc = bh_error(BH_E_UPSTREAM, "the upstream's response was incomplete or too large");
	stream->outcome.status = rc == BH_E_GONE ? METER_CUT : METER_TRUNCATED;
	stream->outcome.refused = row->status >= 400 && row->status < 500 && rc != BH_E_GONE &&
		rc != BH_E_UNAUTHENTICATED && rc != BH_E_UPSTREAM && !stream->is_unjudged;
	stream_free(stream);
	if (rc == BH_E_UPSTREAM || rc == BH_E_UPSTREAM_TIMEOUT)
		bh_reply_header(req, "x-should-retry", "false");
	return bh_reply_error(req, rc, NULL);
}

bool
model_chat_stream_is(const struct bh_http_reply *reply)
{
	const char *type = bh_http_reply_header(reply, "content-type");

	return type != NULL && strncasecmp(type, "text/event-stream", 17) == 0;
}

/* Up to the first piece, whatever the upstream calls what it sends: no event begins with a brace. */
static int
stream_begin(struct bh_request *req, struct stream *stream)
{
	int rc = stream_read(stream);
	size_t blanks = 0;

	if (rc < 0)
		return rc;
	while (blanks < stream->left && strchr(" \t\r\n", stream->at[blanks]) != NULL)
		blanks++;
	return blanks < stream->left && stream->at[blanks] == '{' ? stream_whole(req, stream)
															  : stream_fill(stream);
}

int
model_chat_stream_start(struct bh_request *req, const struct model_entry *entry,
	const struct model_answer_head *head, const struct model_chat *chat, struct model_guard *guard,
	struct model_ticket *ticket, struct model_call *call, struct bh_http_reply *reply)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	const struct bh_http_stream source = {stream_next, stream_close, stream};
	int rc;

	if (stream == NULL) {
		const struct model_outcome nothing = {.status = METER_FAILED};

		model_call_end(call, &nothing);
		return bh_reply_error(req, BH_E_MEMORY, NULL);
	}
	stream->reply = *reply;
	*reply = (struct bh_http_reply){0};
	stream->ticket = *ticket;
	*ticket = (struct model_ticket){0};
	stream->call = *call;
	*call = (struct model_call){0};
	stream->guard = *guard;
	*guard = (struct model_guard){0};
	stream->entry = *entry;
	stream->sse.line_max = EVENT_BYTES_MAX;
	model_chunk_head_init(&stream->head, head);
	stream->claims = req->claims;
	stream->checker = bh_runtime_checker(req->runtime);
	stream->include_usage = chat->include_usage;
	stream->running_usage = chat->running_usage;
	memcpy(stream->request_id, req->request_id, strnlen(req->request_id, 39));
	rc = stream_begin(req, stream);
	return rc < 0 ? stream_refuse(req, stream, rc) : bh_reply_stream(req, &source);
}

/* ---- for those who did not ask for a stream ---- */

/* One event; *out_done at the end mark. */
static int
gather_event(struct model_call *call, const struct bh_sse_event *event, struct model_gather *out,
	bool *out_done)
{
	int64_t pieces = out->pieces, bytes = out->bytes;
	struct bh_json_doc doc = {0};
	int rc;

	*out_done = is_end_mark(event);
	if (*out_done)
		return model_normal_is_strange(&out->normal) ? BH_E_PROTOCOL : 0;
	rc = read_event(&out->normal, event, &doc);
	if (rc == 0 && doc.root != NULL)
		rc = model_gather_add(out, doc.root);
	bh_json_close(&doc);
	if (out->pieces > pieces)
		model_call_count(call, out->pieces - pieces, out->bytes - bytes);
	return rc;
}

/* All events of the next bytes. */
static int
gather_bytes(struct bh_sse *sse, const char *at, size_t left, struct model_call *call,
	struct model_gather *out, bool *out_done)
{
	int rc = 0;

	while (rc == 0 && left > 0 && !*out_done) {
		struct bh_sse_event event;
		bool ready = false;

		rc = bh_sse_feed(sse, &at, &left, &event, &ready);
		if (rc == 0 && ready)
			rc = gather_event(call, &event, out, out_done);
	}
	return rc;
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

		/* The last event may lack the empty line behind it. */
		if (got == 0)
			rc = gather_bytes(&sse, "\n\n", 2, call, out, &done);
		if (got <= 0) {
			if (rc == 0 && !done && !is_whole(&out->normal, (int)got))
				rc = got == 0 ? BH_E_PROTOCOL : (int)got;
			break;
		}
		total += (size_t)got;
		rc = total > bytes_max ? bh_error(BH_E_UPSTREAM, "the upstream's response is too large")
							   : gather_bytes(&sse, read, (size_t)got, call, out, &done);
	}
	bh_sse_close(&sse);
	if (rc == 0)
		rc = model_gather_end(out);
	if (rc == BH_E_PROTOCOL || rc == BH_E_JSON)
		rc = bh_error(BH_E_UPSTREAM, "the upstream's response was incomplete");
	return rc;
}
