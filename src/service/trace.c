/* SPDX-License-Identifier: Apache-2.0 */
/* trace.c: a ring of spans, and the thread that sends them. */
#include "service/trace.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "sec/digest.h"
#include "service/metrics.h"

enum {
	GATHER_MS = 1000, /* spans that end within so long are sent together */
	SEND_MS = 5000,
	AWAY_MS = 5000, /* between two tries while the collector is away */
	CLOSE_MS = 2000,
	ANSWER_MOST = 64 * 1024
};

const struct bh_setting bh_trace_settings[] = {
	BH_TEXT("otlp_url", "", struct bh_trace_settings, otlp_url,
		"Collector of traces (OTLP over HTTP, JSON), such as http://127.0.0.1:4318; spans are sent "
		"to /v1/traces below it. Empty: none are sent."),
	BH_TEXT("ca_file", "", struct bh_trace_settings, ca_file,
		"Certificates (PEM) by which an https collector is trusted; the system's by default."),
	BH_INT("percent", "10", 0, 100, struct bh_trace_settings, percent,
		"Share of the traces that are sent, in percent; those that a client marks as sampled are "
		"sent too."),
};
const size_t bh_n_trace_settings = BH_COUNT(bh_trace_settings);

struct bh_trace {
	char service[48];
	int64_t percent;
	struct bh_http_client *client; /* owned */
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	struct bh_trace_span ring[BH_TRACE_SPANS];
	size_t first, n;
	bool stopping;
	int64_t stop_by_ms;
	uint64_t sent, dropped, failures;
	struct bh_trace_span batch[BH_TRACE_BATCH]; /* the thread's alone */
};

int
bh_trace_settings_check(const struct bh_trace_settings *settings)
{
	const char *url = settings->otlp_url;

	if (url[0] != '\0' && !bh_text_starts(url, "http://") && !bh_text_starts(url, "https://"))
		return bh_error(BH_E_CONFIG,
			"trace.otlp_url must begin with http:// or https://, such as http://127.0.0.1:4318");
	return 0;
}

/* ---- sending ---- */

static int
send_batch(struct bh_trace *trace, size_t n)
{
	static const struct bh_http_header headers[] = {{"content-type", "application/json"}};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_buf_close) struct bh_buf answer = {0};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	struct bh_http_call call = {
		.method = "POST",
		.path = "/v1/traces",
		.headers = headers,
		.n_headers = 1,
		.first_byte_ms = SEND_MS,
		.idle_ms = SEND_MS,
		.watch_fd = -1,
		.repeatable = true,
	};
	int rc;

	bh_trace_write(trace->service, trace->batch, n, &body);
	call.body = body.data;
	call.body_len = body.len;
	rc = bh_http_call(trace->client, &call, &reply);
	if (rc == 0 && reply.status / 100 != 2)
		rc = bh_error(BH_E_UPSTREAM, "the collector returned HTTP status %d", reply.status);
	/* Read to its end, so that the connection can be used again. */
	if (rc == 0)
		rc = bh_http_reply_body(&reply, ANSWER_MOST, &answer);
	return rc;
}

/* Takes spans out of the ring; waits for some. False when it is time to end. The caller holds the lock. */
static bool
take(struct bh_trace *trace, size_t *out_n)
{
	int64_t until_ms = bh_clock_steady_ms() + GATHER_MS;
	size_t n;

	while (!trace->stopping && trace->n < BH_TRACE_BATCH &&
		bh_clock_wait_until(&trace->wake, &trace->lock, until_ms))
		;
	n = trace->n < BH_TRACE_BATCH ? trace->n : BH_TRACE_BATCH;
	for (size_t i = 0; i < n; i++)
		trace->batch[i] = trace->ring[(trace->first + i) % BH_TRACE_SPANS];
	trace->first = (trace->first + n) % BH_TRACE_SPANS;
	trace->n -= n;
	*out_n = n;
	return !trace->stopping || (n > 0 && bh_clock_steady_ms() < trace->stop_by_ms);
}

static void *
run(void *of)
{
	struct bh_trace *trace = of;
	bool failing = false;
	size_t n;

	pthread_mutex_lock(&trace->lock);
	while (take(trace, &n)) {
		int64_t again_ms;
		int rc;

		if (n == 0)
			continue;
		pthread_mutex_unlock(&trace->lock);
		rc = send_batch(trace, n);
		if (rc < 0 && !failing)
			bh_log_failure("send traces (spans are dropped until it succeeds)", rc);
		failing = rc < 0;
		again_ms = bh_clock_steady_ms() + AWAY_MS;
		pthread_mutex_lock(&trace->lock);
		*(rc < 0 ? &trace->dropped : &trace->sent) += n;
		trace->failures += rc < 0;
		while (failing && !trace->stopping && bh_clock_steady_ms() < again_ms)
			(void)bh_clock_wait_until(&trace->wake, &trace->lock, again_ms);
	}
	pthread_mutex_unlock(&trace->lock);
	return NULL;
}

int
bh_trace_open(const struct bh_trace_settings *settings, const char *service, struct bh_trace **out)
{
	const struct bh_http_client_conf conf = {
		.url = settings->otlp_url,
		.idle_max = 1,
		.connect_ms = 2000,
		.ca_file = settings->ca_file[0] != '\0' ? settings->ca_file : NULL,
	};
	struct bh_trace *trace;
	int rc;

	*out = NULL;
	if (settings->otlp_url[0] == '\0')
		return 0;
	trace = calloc(1, sizeof(*trace));
	if (trace == NULL)
		return BH_E_MEMORY;
	snprintf(trace->service, sizeof(trace->service), "%s", service);
	trace->percent = settings->percent;
	pthread_mutex_init(&trace->lock, NULL);
	bh_clock_cond_init(&trace->wake);
	rc = bh_http_client_open(&conf, &trace->client);
	if (rc == 0 && pthread_create(&trace->thread, NULL, run, trace) != 0) {
		bh_http_client_close(trace->client);
		rc = BH_E_MEMORY;
	}
	if (rc < 0)
		free(trace);
	else
		*out = trace;
	return rc;
}

void
bh_trace_close(struct bh_trace *trace)
{
	if (trace == NULL)
		return;
	pthread_mutex_lock(&trace->lock);
	trace->stopping = true;
	trace->stop_by_ms = bh_clock_steady_ms() + CLOSE_MS;
	pthread_cond_signal(&trace->wake);
	pthread_mutex_unlock(&trace->lock);
	pthread_join(trace->thread, NULL);
	bh_http_client_close(trace->client);
	pthread_cond_destroy(&trace->wake);
	pthread_mutex_destroy(&trace->lock);
	free(trace);
}

/* ---- spans ---- */

static bool
is_hex(const char *text, size_t len)
{
	return strspn(text, "0123456789abcdef") >= len && strspn(text, "0") < len;
}

static bool
is_parent(const char *text)
{
	return strlen(text) == BH_TRACEPARENT - 1 && strncmp(text, "00-", 3) == 0 &&
		is_hex(text + 3, 32) && text[35] == '-' && is_hex(text + 36, 16) && text[52] == '-';
}

/* By the last bytes of the id, which are random whoever made it. */
static bool
is_sampled(const struct bh_trace *trace, const char *trace_id)
{
	unsigned long value = strtoul(trace_id + 24, NULL, 16);

	return (int64_t)(value % 100) < trace->percent;
}

static int64_t
wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
bh_trace_begin(struct bh_trace *trace, const char *traceparent, enum bh_span_kind kind,
	struct bh_trace_span *out, char out_traceparent[BH_TRACEPARENT])
{
	bool has_parent = is_parent(traceparent), flagged;
	unsigned char random[24];

	*out = (struct bh_trace_span){0};
	if (trace == NULL)
		return;
	bh_random(random, sizeof(random));
	if (has_parent)
		memcpy(out->trace, traceparent + 3, BH_TRACE_ID - 1);
	else
		bh_text_hex(random, 16, out->trace);
	flagged = has_parent && bh_text_hex_digit(traceparent[54]) % 2 == 1;
	if (!flagged && !is_sampled(trace, out->trace)) {
		*out = (struct bh_trace_span){0};
		return;
	}
	if (has_parent)
		memcpy(out->parent, traceparent + 36, BH_SPAN_ID - 1);
	bh_text_hex(random + 16, 8, out->id);
	out->kind = kind;
	out->start_us = wall_us();
	snprintf(out_traceparent, BH_TRACEPARENT, "00-%s-%s-01", out->trace, out->id);
}

/* Cut at a character, for what it holds is UTF-8. */
static void
cut(char out[BH_SPAN_TEXT], const char *text)
{
	size_t len = strnlen(text, BH_SPAN_TEXT - 1);

	while (text[len] != '\0' && len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	memcpy(out, text, len);
	out[len] = '\0';
}

static struct bh_span_attribute *
attribute(struct bh_trace_span *span, const char *key)
{
	struct bh_span_attribute *new;

	if (!bh_span_is_traced(span) || span->n_attributes == BH_SPAN_ATTRIBUTES)
		return NULL;
	new = &span->attributes[span->n_attributes++];
	*new = (struct bh_span_attribute){.key = key};
	return new;
}

void
bh_span_text(struct bh_trace_span *span, const char *key, const char *text)
{
	struct bh_span_attribute *new = text != NULL ? attribute(span, key) : NULL;

	if (new != NULL)
		cut(new->text, text);
}

void
bh_span_int(struct bh_trace_span *span, const char *key, int64_t number)
{
	struct bh_span_attribute *new = attribute(span, key);

	if (new != NULL) {
		new->number = number;
		new->is_number = true;
	}
}

void
bh_trace_end(struct bh_trace *trace, struct bh_trace_span *span)
{
	if (trace != NULL && bh_span_is_traced(span)) {
		if (span->end_us == 0)
			span->end_us = wall_us();
		if (span->end_us < span->start_us)
			span->end_us = span->start_us;
		pthread_mutex_lock(&trace->lock);
		if (trace->n == BH_TRACE_SPANS) {
			trace->dropped++;
		} else {
			trace->ring[(trace->first + trace->n++) % BH_TRACE_SPANS] = *span;
			if (trace->n == BH_TRACE_BATCH)
				pthread_cond_signal(&trace->wake);
		}
		pthread_mutex_unlock(&trace->lock);
	}
	*span = (struct bh_trace_span){0};
}

void
bh_trace_metrics(struct bh_trace *trace, const char *service, struct bh_buf *out)
{
	uint64_t values[3] = {0};
	static const char *const rows[][2] = {
		{"trace_spans_total", "Spans that the collector took."},
		{"trace_spans_dropped_total", "Spans that were dropped, because it was slow or away."},
		{"trace_failures_total", "Requests to the collector that failed."},
	};

	if (trace != NULL) {
		pthread_mutex_lock(&trace->lock);
		values[0] = trace->sent;
		values[1] = trace->dropped;
		values[2] = trace->failures;
		pthread_mutex_unlock(&trace->lock);
	}
	for (size_t i = 0; i < BH_COUNT(rows); i++)
		bh_metrics_one(out, rows[i][0], "counter", rows[i][1], service, (int64_t)values[i]);
}
