/* SPDX-License-Identifier: Apache-2.0 */
/* test_trace.c: spans reach a collector as OTLP has them, whoever ends one never waits, and what cannot be sent is
 * counted. */
#include "service/trace.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "http/server.h"
#include "json/json.h"

#define PARENT "00-0123456789abcdef0123456789abcdef-00f067aa0ba902b7-"

struct collector {
	char folder[64], url[128];
	struct bh_http_server *server;
	pthread_mutex_t lock;
	pthread_cond_t came;
	struct bh_buf body;
	int status, requests;
};

static int64_t
admit(void *ctx, struct bh_http_exchange *exchange)
{
	(void)ctx;
	(void)exchange;
	return BH_MIB;
}

static void
handle(void *ctx, struct bh_http_exchange *exchange)
{
	struct collector *collector = ctx;

	pthread_mutex_lock(&collector->lock);
	assert_string_equal(exchange->path, "/v1/traces");
	bh_buf_add(&collector->body, exchange->body.data, exchange->body.len);
	collector->requests++;
	pthread_cond_signal(&collector->came);
	pthread_mutex_unlock(&collector->lock);
	bh_http_answer(exchange, collector->status, NULL, 0, "{}", 2);
}

static void
collector_open(struct collector *collector, int status)
{
	char path[100];
	const struct bh_http_server_conf conf = {
		.socket_path = path,
		.socket_fd = -1,
		.socket_mode = 0600,
		.connections_max = 4,
		.idle_s = 10,
		.body_memory_max = BH_MIB,
		.spool_dir = collector->folder,
		.ctx = collector,
		.admit = admit,
		.handle = handle,
	};

	*collector = (struct collector){.status = status};
	strcpy(collector->folder, "/tmp/test_trace.XXXXXX");
	assert_non_null(mkdtemp(collector->folder));
	snprintf(path, sizeof(path), "%s/s", collector->folder);
	snprintf(collector->url, sizeof(collector->url), "unix:%s", path);
	pthread_mutex_init(&collector->lock, NULL);
	bh_clock_cond_init(&collector->came);
	assert_int_equal(bh_http_server_open(&conf, &collector->server), 0);
}

static void
collector_close(struct collector *collector)
{
	char path[100];

	bh_http_server_close(collector->server, 1000);
	bh_buf_close(&collector->body);
	snprintf(path, sizeof(path), "%s/s", collector->folder);
	unlink(path);
	rmdir(collector->folder);
}

static struct bh_trace *
open_trace(const char *url, int64_t percent)
{
	const struct bh_trace_settings settings = {url, "", percent};
	struct bh_trace *trace = NULL;

	assert_int_equal(bh_trace_open(&settings, "bulkhead-hello", &trace), 0);
	return trace;
}

static uint64_t
counted(struct bh_trace *trace, const char *name)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	char line[128];
	const char *at;

	bh_trace_metrics(trace, "hello", &out);
	snprintf(line, sizeof(line), "\nbulkhead_service_%s{service=\"hello\"} ", name);
	at = strstr(bh_buf_string(&out), line);
	assert_non_null(at);
	return strtoull(at + strlen(line), NULL, 10);
}

static void
a_span_arrives_as_otlp_has_it(void **state)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct collector collector;
	struct bh_trace *trace;
	struct bh_trace_span span;
	char below[BH_TRACEPARENT];
	const struct bh_json *got, *attributes;

	(void)state;
	collector_open(&collector, 200);
	trace = open_trace(collector.url, 0);
	bh_trace_begin(trace, PARENT "01", BH_SPAN_CLIENT, &span, below);
	assert_true(bh_span_is_traced(&span));
	assert_memory_equal(below, "00-0123456789abcdef0123456789abcdef-", 36);
	assert_memory_equal(below + 36, span.id, 16);
	snprintf(span.name, sizeof(span.name), "chat m");
	bh_span_text(&span, "gen_ai.operation.name", "chat");
	bh_span_int(&span, "gen_ai.usage.input_tokens", 12);
	span.failed = true;
	bh_trace_end(trace, &span);
	assert_false(bh_span_is_traced(&span));
	bh_trace_close(trace);

	assert_int_equal(collector.requests, 1);
	assert_int_equal(bh_json_parse(bh_buf_string(&collector.body), collector.body.len, &doc), 0);
	got = bh_json_at(bh_json_get(doc.root, "resourceSpans"), 0);
	assert_string_equal(bh_json_get_string(bh_json_get(bh_json_at(bh_json_get(bh_json_get(got,
																				  "resource"),
																	  "attributes"),
														   0),
											   "value"),
							"stringValue"),
		"bulkhead-hello");
	got = bh_json_at(bh_json_get(bh_json_at(bh_json_get(got, "scopeSpans"), 0), "spans"), 0);
	assert_string_equal(bh_json_get_string(got, "traceId"), "0123456789abcdef0123456789abcdef");
	assert_string_equal(bh_json_get_string(got, "parentSpanId"), "00f067aa0ba902b7");
	assert_string_equal(bh_json_get_string(got, "name"), "chat m");
	assert_int_equal(bh_json_get_int(got, "kind", 0), 3);
	assert_int_equal(bh_json_get_int(bh_json_get(got, "status"), "code", 0), 2);
	assert_int_equal(strlen(bh_json_get_string(got, "startTimeUnixNano")), 19);
	attributes = bh_json_get(got, "attributes");
	assert_int_equal(bh_json_count(attributes), 2);
	assert_string_equal(bh_json_get_string(bh_json_get(bh_json_at(attributes, 1), "value"),
							"intValue"),
		"12");
	collector_close(&collector);
}

static void
what_is_not_sampled_is_not_traced(void **state)
{
	struct bh_trace *trace = open_trace("unix:/nowhere/at/all", 0),
					*all = open_trace("unix:/nowhere/at/all", 100);
	struct bh_trace_span span;
	char below[BH_TRACEPARENT] = "";

	(void)state;
	bh_trace_begin(trace, PARENT "00", BH_SPAN_SERVER, &span, below);
	assert_false(bh_span_is_traced(&span));
	bh_span_text(&span, "key", "text");
	bh_trace_end(trace, &span);
	bh_trace_begin(NULL, PARENT "01", BH_SPAN_SERVER, &span, below);
	assert_false(bh_span_is_traced(&span));
	assert_string_equal(below, "");
	bh_trace_begin(all, PARENT "00", BH_SPAN_SERVER, &span, below);
	assert_true(bh_span_is_traced(&span));
	/* A malformed parent is none. */
	bh_trace_begin(all, "00-xyz", BH_SPAN_SERVER, &span, below);
	assert_true(bh_span_is_traced(&span));
	assert_string_equal(span.parent, "");
	bh_trace_begin(trace, "00-00000000000000000000000000000000-00f067aa0ba902b7-01", BH_SPAN_SERVER,
		&span, below);
	assert_false(bh_span_is_traced(&span));
	bh_trace_close(trace);
	bh_trace_close(all);
}

/* Nobody takes anything: the ring fills, and ending a span goes on at once. */
static void
spans_are_dropped_and_counted_while_the_collector_is_away(void **state)
{
	struct bh_trace *trace = open_trace("unix:/nowhere/at/all", 100);
	const uint64_t ended = 3 * BH_TRACE_SPANS;
	char below[BH_TRACEPARENT];

	(void)state;
	for (uint64_t i = 0; i < ended; i++) {
		struct bh_trace_span span;

		bh_trace_begin(trace, "", BH_SPAN_SERVER, &span, below);
		bh_trace_end(trace, &span);
	}
	assert_true(
		counted(trace, "trace_spans_dropped_total") >= ended - BH_TRACE_SPANS - BH_TRACE_BATCH);
	assert_int_equal(counted(trace, "trace_spans_total"), 0);
	bh_trace_close(trace);
}

static void
a_refusal_of_the_collector_counts_as_dropped(void **state)
{
	struct collector collector;
	struct bh_trace *trace;
	struct bh_trace_span span;
	char below[BH_TRACEPARENT];

	(void)state;
	collector_open(&collector, 503);
	trace = open_trace(collector.url, 100);
	bh_trace_begin(trace, "", BH_SPAN_SERVER, &span, below);
	bh_trace_end(trace, &span);
	pthread_mutex_lock(&collector.lock);
	while (collector.requests == 0)
		assert_true(
			bh_clock_wait_until(&collector.came, &collector.lock, bh_clock_steady_ms() + 20000));
	pthread_mutex_unlock(&collector.lock);
	while (counted(trace, "trace_failures_total") == 0)
		sched_yield();
	assert_int_equal(counted(trace, "trace_spans_dropped_total"), 1);
	bh_trace_close(trace);
	collector_close(&collector);
}

static void
texts_are_cut_at_a_character_and_attributes_are_few(void **state)
{
	struct bh_trace_span span = {.id = "00f067aa0ba902b7"};
	char text[BH_SPAN_TEXT + 10] = "";

	(void)state;
	memset(text, 'x', BH_SPAN_TEXT - 2);
	strcat(text, "\xc3\xa4");
	for (int i = 0; i < 2 * BH_SPAN_ATTRIBUTES; i++)
		bh_span_text(&span, "key", text);
	assert_int_equal(span.n_attributes, BH_SPAN_ATTRIBUTES);
	assert_int_equal(strlen(span.attributes[0].text), BH_SPAN_TEXT - 2);
}

static void
a_line_of_the_gateway_becomes_a_span(void **state)
{
	static const char line[] = "{\"time\":\"2026-01-31T23:59:59.500Z\",\"event\":\"file.get\","
							   "\"request_id\":\"ab\",\"trace_id\":"
							   "\"0123456789abcdef0123456789abcdef\",\"span_id\":"
							   "\"1111111111111111\",\"parent_id\":\"00f067aa0ba902b7\","
							   "\"sampled\":1,\"method\":\"GET\",\"path\":\"/v1/files/"
							   "secret\",\"status\":503,\"duration_ms\":250}";
	struct bh_trace *trace = open_trace("unix:/nowhere/at/all", 0);
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_trace_span span;

	(void)state;
	assert_true(bh_trace_gateway_line(trace, line, strlen(line), &span));
	assert_string_equal(span.id, "1111111111111111");
	assert_string_equal(span.parent, "00f067aa0ba902b7");
	assert_string_equal(span.name, "GET file.get");
	assert_int_equal(span.end_us - span.start_us, 250000);
	assert_true(span.failed);
	bh_trace_write("bulkhead-gateway", &span, 1, &out);
	assert_null(strstr(bh_buf_string(&out), "secret"));
	for (size_t len = 0; len < strlen(line); len++)
		assert_false(bh_trace_gateway_line(trace, line, len, &span));
	bh_trace_close(trace);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_arrives_as_otlp_has_it),
		cmocka_unit_test(what_is_not_sampled_is_not_traced),
		cmocka_unit_test(spans_are_dropped_and_counted_while_the_collector_is_away),
		cmocka_unit_test(a_refusal_of_the_collector_counts_as_dropped),
		cmocka_unit_test(texts_are_cut_at_a_character_and_attributes_are_few),
		cmocka_unit_test(a_line_of_the_gateway_becomes_a_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
