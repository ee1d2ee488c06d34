/* SPDX-License-Identifier: Apache-2.0 */
/* trace_write.c: spans as OTLP has them in JSON (ExportTraceServiceRequest). */
#include <stdio.h>

#include "json/fields.h"
#include "service/trace.h"

static void
pair_nanos(struct bh_write *write, const char *name, int64_t us)
{
	char text[32];

	/* 64-bit integers are strings in the JSON of protocol buffers. */
	snprintf(text, sizeof(text), "%lld000", (long long)us);
	bh_write_pair_text(write, name, text);
}

static void
key_text(struct bh_write *write, const char *key, const char *text)
{
	bh_write_object(write);
	bh_write_pair_text(write, "key", key);
	bh_write_name(write, "value");
	bh_write_object(write);
	bh_write_pair_text(write, "stringValue", text);
	bh_write_end(write);
	bh_write_end(write);
}

static void
key_int(struct bh_write *write, const char *key, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	bh_write_object(write);
	bh_write_pair_text(write, "key", key);
	bh_write_name(write, "value");
	bh_write_object(write);
	bh_write_pair_text(write, "intValue", text);
	bh_write_end(write);
	bh_write_end(write);
}

static void
write_span(struct bh_write *write, const struct bh_trace_span *span)
{
	bh_write_object(write);
	bh_write_pair_text(write, "traceId", span->trace);
	bh_write_pair_text(write, "spanId", span->id);
	if (span->parent[0] != '\0')
		bh_write_pair_text(write, "parentSpanId", span->parent);
	bh_write_pair_text(write, "name", span->name);
	bh_write_pair_int(write, "kind", span->kind);
	pair_nanos(write, "startTimeUnixNano", span->start_us);
	pair_nanos(write, "endTimeUnixNano", span->end_us);
	bh_write_name(write, "attributes");
	bh_write_array(write);
	for (size_t i = 0; i < span->n_attributes; i++) {
		const struct bh_span_attribute *each = &span->attributes[i];

		if (each->is_number)
			key_int(write, each->key, each->number);
		else
			key_text(write, each->key, each->text);
	}
	bh_write_end(write);
	bh_write_name(write, "status");
	bh_write_object(write);
	if (span->failed)
		bh_write_pair_int(write, "code", 2);
	bh_write_end(write);
	bh_write_end(write);
}

void
bh_trace_write(const char *service, const struct bh_trace_span *spans, size_t n, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_name(&write, "resourceSpans");
	bh_write_array(&write);
	bh_write_object(&write);
	bh_write_name(&write, "resource");
	bh_write_object(&write);
	bh_write_name(&write, "attributes");
	bh_write_array(&write);
	key_text(&write, "service.name", service);
	key_text(&write, "service.namespace", "bulkhead");
	key_text(&write, "service.version", BH_VERSION);
	bh_write_end(&write);
	bh_write_end(&write);
	bh_write_name(&write, "scopeSpans");
	bh_write_array(&write);
	bh_write_object(&write);
	bh_write_name(&write, "scope");
	bh_write_object(&write);
	bh_write_pair_text(&write, "name", "bulkhead");
	bh_write_end(&write);
	bh_write_name(&write, "spans");
	bh_write_array(&write);
	for (size_t i = 0; i < n; i++)
		write_span(&write, &spans[i]);
	bh_write_end(&write);
	bh_write_end(&write);
	bh_write_end(&write);
	bh_write_end(&write);
	bh_write_end(&write);
	bh_write_end(&write);
}
