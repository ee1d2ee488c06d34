/* SPDX-License-Identifier: Apache-2.0 */
/* reply.c: the answers of handlers: JSON, text, streams, and the API's one error shape. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "service/running.h"
#include "service/serving.h"

void
bh_reply_header(struct bh_request *req, const char *name, const char *value)
{
	struct bh_serving *serving = bh_serving(req);

	BH_ASSERT(!req->replied && serving->n_headers < BH_REPLY_HEADERS_MOST);
	serving->headers[serving->n_headers].name = bh_arena_strdup(req->arena, name);
	serving->headers[serving->n_headers].value = bh_arena_strdup(req->arena, value);
	serving->n_headers++;
}

void
bh_reply_header_int(struct bh_request *req, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	bh_reply_header(req, name, text);
}

void
bh_reply_retry_after(struct bh_request *req, int64_t wait_ms)
{
	bh_reply_header_int(req, "retry-after-ms", wait_ms);
	bh_reply_header_int(req, "retry-after", (wait_ms + 999) / 1000);
}

static bool
has_header(const struct bh_serving *serving, const char *name)
{
	for (size_t i = 0; i < serving->n_headers; i++) {
		if (strcasecmp(serving->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

static int
reply(struct bh_request *req, const struct bh_answer *answer)
{
	BH_ASSERT(!req->replied);
	bh_serving(req)->answer = *answer;
	req->replied = true;
	return 0;
}

/* The strings of headers outlive the call, so they need no copy. */
static void
add_header(struct bh_serving *serving, const char *name, const char *value)
{
	BH_ASSERT(serving->n_headers < BH_REPLY_HEADERS_MOST);
	serving->headers[serving->n_headers++] = (struct bh_http_header){name, value};
}

void
bh_reply_send(struct bh_request *req)
{
	struct bh_serving *serving = bh_serving(req);
	const struct bh_answer *answer = &serving->answer;

	add_header(serving, "x-request-id", req->request_id);
	/* Who would keep the connection finds another address for the next request. */
	if (__atomic_load_n(&req->runtime->draining, __ATOMIC_RELAXED) ||
		(req->runtime->walled && bh_runtime_stopping(req->runtime)))
		add_header(serving, "connection", "close");
	if (answer->content_type != NULL && !has_header(serving, "content-type"))
		add_header(serving, "content-type", answer->content_type);
	switch (answer->kind) {
	case BH_ANSWER_NONE:
		BH_ASSERT(false);
		break;
	case BH_ANSWER_BYTES:
		bh_http_answer_taken(req->http, answer->status, serving->headers, serving->n_headers,
			answer->body, answer->len);
		break;
	case BH_ANSWER_FILE:
		bh_http_answer_file(req->http, answer->status, serving->headers, serving->n_headers,
			answer->fd, answer->file_start, answer->file_bytes);
		break;
	case BH_ANSWER_STREAM:
		bh_http_answer_stream(req->http, answer->status, serving->headers, serving->n_headers,
			&answer->stream);
		break;
	}
}

/* `error` is what the answer tells of, or 0. */
static int
reply_bytes(struct bh_request *req, int status, int error, const char *content_type,
	const void *body, size_t len)
{
	void *copy = malloc(len + 1);

	BH_ASSERT(copy != NULL);
	if (len > 0)
		memcpy(copy, body, len);
	return reply(req,
		&(struct bh_answer){.kind = BH_ANSWER_BYTES,
			.status = status,
			.error = error,
			.content_type = content_type,
			.body = copy,
			.len = len});
}

int
bh_reply_json(struct bh_request *req, int status, const struct bh_buf *body)
{
	return reply_bytes(req, status, 0, "application/json", bh_buf_string(body), body->len);
}

int
bh_reply_object(struct bh_request *req, int status, const struct bh_shape *shape, const void *row)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};

	bh_fields_write(&write, shape->fields, shape->n_fields, row);
	return bh_reply_json(req, status, &body);
}

int
bh_reply_text(struct bh_request *req, int status, const char *content_type, const char *body)
{
	return reply_bytes(req, status, 0, content_type, body, strlen(body));
}

int
bh_reply_bytes(struct bh_request *req, int status, const char *content_type, const void *body,
	size_t len)
{
	return reply_bytes(req, status, 0, content_type, body, len);
}

int
bh_reply_empty(struct bh_request *req, int status)
{
	return reply_bytes(req, status, 0, NULL, "", 0);
}

int
bh_reply_file(struct bh_request *req, int status, const char *content_type, int fd, int64_t start,
	int64_t bytes)
{
	return reply(req,
		&(struct bh_answer){.kind = BH_ANSWER_FILE,
			.status = status,
			.content_type = content_type,
			.fd = fd,
			.file_start = start,
			.file_bytes = bytes});
}

int
bh_reply_content(struct bh_request *req, int status, const char *content_type,
	const struct bh_http_stream *stream)
{
	return reply(req,
		&(struct bh_answer){.kind = BH_ANSWER_STREAM,
			.status = status,
			.content_type = content_type,
			.stream = *stream});
}

int
bh_reply_stream(struct bh_request *req, const struct bh_http_stream *stream)
{
	bh_reply_header(req, "cache-control", "no-cache");
	return reply(req,
		&(struct bh_answer){.kind = BH_ANSWER_STREAM,
			.status = 200,
			.content_type = "text/event-stream; charset=utf-8",
			.stream = *stream});
}

static void
member(struct bh_buf *out, const char *name, const char *value)
{
	bh_buf_printf(out, "\"%s\":", name);
	if (value == NULL)
		bh_buf_text(out, "null");
	else
		bh_text_json(out, value, strlen(value));
}

void
bh_error_body(struct bh_buf *out, int error, const char *param)
{
	const struct bh_error_row *row = bh_error_public_row(error);
	const char *message = row->sentence;

	/* Only the client's own mistakes are explained with the detail; it tells of its input. */
	if (row->status < 500 && row->number == error && bh_error_detail(error)[0] != '\0')
		message = bh_error_detail(error);
	if (param == NULL)
		param = bh_error_field(error);
	bh_buf_text(out, "{\"error\":{");
	member(out, "message", message);
	bh_buf_char(out, ',');
	member(out, "type", row->type);
	bh_buf_char(out, ',');
	member(out, "param", param);
	bh_buf_char(out, ',');
	member(out, "code", row->code);
	bh_buf_text(out, "}}");
}

static void
preset_header(struct bh_request *req, const char *name, const char *value)
{
	if (!has_header(bh_serving(req), name))
		bh_reply_header(req, name, value);
}

/* What tells clients whether and when to try again; what the handler has set stands. */
static void
add_retry_headers(struct bh_request *req, const struct bh_error_row *row)
{
	bool doubtful = row->status == 502 || row->status == 504 || row->number == BH_E_DB_UNKNOWN;

	if (row->status == 503)
		preset_header(req, "retry-after", "1");
	/* The request was forwarded, or perhaps done: a second one may be charged a second time. */
	if (doubtful && strcmp(req->http->method, "POST") == 0)
		preset_header(req, "x-should-retry", "false");
	if (row->number == BH_E_OVER_BUDGET) {
		preset_header(req, "x-should-retry", "false");
	} else if (row->status == 429 && !has_header(bh_serving(req), "retry-after")) {
		bh_reply_header(req, "retry-after", "1");
		preset_header(req, "retry-after-ms", "1000");
	} else if (row->status == 401) {
		preset_header(req, "www-authenticate", "Bearer");
	}
}

/* Who asks whether we are ready yet, or is sooner at it than we are, has met no failure. */
static bool
is_failure(const struct bh_request *req, const struct bh_error_row *row)
{
	return row->status >= 500 && req->route != NULL && strcmp(req->route->audit, "none") != 0 &&
		__atomic_load_n(&req->runtime->state_open, __ATOMIC_ACQUIRE);
}

int
bh_reply_error(struct bh_request *req, int error, const char *param)
{
	const struct bh_error_row *row = bh_error_public_row(error);
	struct bh_buf body = {0};

	if (is_failure(req, row))
		bh_log_failure(req->route->audit, error);
	bh_error_body(&body, error, param);
	add_retry_headers(req, row);
	bh_serving(req)->error_code = row->code;
	reply_bytes(req, row->status, error, "application/json", body.data, body.len);
	bh_buf_close(&body);
	return 0;
}
