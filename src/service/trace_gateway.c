/* SPDX-License-Identifier: Apache-2.0 */
/* trace_gateway.c: spans of the gateway, of the lines of its audit file: it has no time to send any itself. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json/json.h"
#include "service/audit_line.h"
#include "service/trace.h"

enum { READ_BYTES = 64 * 1024, READ_MOST = 4 * 1024 * 1024 };

bool
bh_trace_gateway_line(struct bh_trace *trace, const char *line, size_t len,
	struct bh_trace_span *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *trace_id, *span_id, *parent, *event, *method;
	char traceparent[BH_TRACEPARENT], own[BH_TRACEPARENT];
	int64_t end_ms, status, duration_ms;

	*out = (struct bh_trace_span){0};
	if (len == 0 || len > BH_AUDIT_LINE_MOST || bh_json_parse(line, len, &doc) < 0)
		return false;
	trace_id = bh_json_get_string(doc.root, "trace_id");
	span_id = bh_json_get_string(doc.root, "span_id");
	event = bh_json_get_string(doc.root, "event");
	method = bh_json_get_string(doc.root, "method");
	duration_ms = bh_json_get_int(doc.root, "duration_ms", -1);
	status = bh_json_get_int(doc.root, "status", 0);
	if (trace_id == NULL || span_id == NULL || event == NULL || method == NULL || duration_ms < 0 ||
		strlen(trace_id) != BH_TRACE_ID - 1 || strlen(span_id) != BH_SPAN_ID - 1 ||
		!bh_audit_line_time(bh_json_get_string(doc.root, "time"), &end_ms))
		return false;
	/* What came with the request, so that the choice is the one that the services make. */
	parent = bh_json_get_string(doc.root, "parent_id");
	snprintf(traceparent, sizeof(traceparent), "00-%s-%s-%02x", trace_id,
		parent != NULL && strlen(parent) == BH_SPAN_ID - 1 ? parent : span_id,
		bh_json_get_int(doc.root, "sampled", 0) == 1 ? 1u : 0u);
	bh_trace_begin(trace, traceparent, BH_SPAN_SERVER, out, own);
	if (!bh_span_is_traced(out))
		return false;
	strcpy(out->id, span_id);
	if (parent == NULL)
		out->parent[0] = '\0';
	out->end_us = end_ms * 1000;
	out->start_us = out->end_us - duration_ms * 1000;
	out->failed = status >= 500;
	snprintf(out->name, sizeof(out->name), "%.16s %.70s", method, event);
	bh_span_text(out, "http.request.method", method);
	bh_span_int(out, "http.response.status_code", status);
	bh_span_text(out, "bulkhead.request_id", bh_json_get_string(doc.root, "request_id"));
	bh_span_text(out, "bulkhead.decision", bh_json_get_string(doc.root, "decision"));
	return true;
}

static void
take_lines(struct bh_trace *trace, struct bh_buf *rest)
{
	const char *at = rest->data, *end;
	size_t left = rest->len;

	while (left > 0 && (end = memchr(at, '\n', left)) != NULL) {
		struct bh_trace_span span;

		if (bh_trace_gateway_line(trace, at, (size_t)(end - at), &span))
			bh_trace_end(trace, &span);
		left -= (size_t)(end + 1 - at);
		at = end + 1;
	}
	bh_buf_shift(rest, rest->len - left);
	if (rest->len > BH_AUDIT_LINE_MOST)
		bh_buf_reset(rest);
}

/* What has come since; where that is very much, the rest waits for the next beat. */
static void
read_more(struct bh_trace *trace, struct bh_trace_tail *tail)
{
	ssize_t n = 1;

	for (size_t sum = 0; n > 0 && sum < READ_MOST; sum += (size_t)n) {
		n = read(tail->fd, bh_buf_room(&tail->rest, READ_BYTES), READ_BYTES);
		if (n <= 0)
			break;
		tail->rest.len += (size_t)n;
		take_lines(trace, &tail->rest);
	}
}

static void
follow(struct bh_trace_tail *tail)
{
	if (tail->fd >= 0)
		close(tail->fd);
	bh_buf_reset(&tail->rest);
	tail->fd = open(tail->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

void
bh_trace_tail_read(struct bh_trace *trace, struct bh_trace_tail *tail)
{
	struct stat there, ours;

	if (trace == NULL)
		return;
	if (!tail->begun) {
		tail->begun = true;
		tail->fd = -1;
		follow(tail);
		if (tail->fd >= 0)
			(void)lseek(tail->fd, 0, SEEK_END);
		return;
	}
	if (tail->fd >= 0)
		read_more(trace, tail);
	/* It was put aside: the lines until then are read, and the new file's from its beginning. */
	if (stat(tail->path, &there) == 0 &&
		(tail->fd < 0 || fstat(tail->fd, &ours) < 0 || ours.st_ino != there.st_ino)) {
		follow(tail);
		if (tail->fd >= 0)
			read_more(trace, tail);
	}
}

void
bh_trace_tail_close(struct bh_trace_tail *tail)
{
	if (tail->begun && tail->fd >= 0)
		close(tail->fd);
	bh_buf_close(&tail->rest);
	*tail = (struct bh_trace_tail){0};
}
