/* SPDX-License-Identifier: Apache-2.0 */
/* trace.h: spans of requests, sent to a collector by OTLP over HTTP. A span is a struct of fixed size, which a thread of
 * its own writes and sends: whoever ends one waits for nobody, and where the collector is slow or away, spans are
 * dropped and counted. No content of a tenant is in one: no prompt, no answer, no path's values. */
#ifndef BH_SERVICE_TRACE_H
#define BH_SERVICE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "conf/conf.h"

enum {
	BH_TRACE_ID = 33,    /* 32 hex digits and the NUL */
	BH_SPAN_ID = 17,     /* 16 hex digits and the NUL */
	BH_TRACEPARENT = 56, /* of W3C, version 00, and the NUL */
	BH_SPAN_ATTRIBUTES = 8,
	BH_SPAN_TEXT = 96,     /* bytes of a name or value with the NUL; the rest is cut off */
	BH_TRACE_SPANS = 2048, /* that wait to be sent */
	BH_TRACE_BATCH = 256
};

/* [trace] of bulkhead.conf. */
struct bh_trace_settings {
	const char *otlp_url; /* "": nothing is sent */
	const char *ca_file;
	int64_t percent;
};
extern const struct bh_setting bh_trace_settings[];
extern const size_t bh_n_trace_settings;

/* A wrong setting is told at the start. BH_E_CONFIG. */
BH_MUST_CHECK int bh_trace_settings_check(const struct bh_trace_settings *settings);

/* As OTLP numbers them. */
enum bh_span_kind { BH_SPAN_INTERNAL = 1, BH_SPAN_SERVER = 2, BH_SPAN_CLIENT = 3 };

struct bh_span_attribute {
	const char *key; /* static */
	char text[BH_SPAN_TEXT];
	int64_t number;
	bool is_number;
};

/* Zeroed means that it is not traced: whatever is done to it then does nothing. */
struct bh_trace_span {
	char trace[BH_TRACE_ID], id[BH_SPAN_ID], parent[BH_SPAN_ID]; /* parent "": none */
	char name[BH_SPAN_TEXT];
	enum bh_span_kind kind;
	int64_t start_us, end_us; /* since 1970 */
	bool failed;
	struct bh_span_attribute attributes[BH_SPAN_ATTRIBUTES];
	size_t n_attributes;
};

/* Thread-safe. NULL: nothing is traced, and all functions may be called with it. */
struct bh_trace;

/* `service`: "bulkhead-model". *out is NULL when the settings name no collector. */
BH_MUST_CHECK int bh_trace_open(const struct bh_trace_settings *settings, const char *service,
	struct bh_trace **out);
/* Sends what is left, for two seconds at most. */
void bh_trace_close(struct bh_trace *trace);

/* Begins a span below the one that the traceparent names ("" or malformed: none), and writes the one that those below
 * it get. Whether a trace is sampled, its flag says, or its id by trace.percent: every process decides alike. */
void bh_trace_begin(struct bh_trace *trace, const char *traceparent, enum bh_span_kind kind,
	struct bh_trace_span *out, char out_traceparent[BH_TRACEPARENT]);

static inline bool
bh_span_is_traced(const struct bh_trace_span *span)
{
	return span->id[0] != '\0';
}

/* An attribute beyond the last is left out. */
void bh_span_text(struct bh_trace_span *span, const char *key, const char *text);
void bh_span_int(struct bh_trace_span *span, const char *key, int64_t number);

/* Ends it now, unless end_us says when, and queues it. The span is zeroed. */
void bh_trace_end(struct bh_trace *trace, struct bh_trace_span *span);

/* A request of OTLP (JSON) with these spans. */
void bh_trace_write(const char *service, const struct bh_trace_span *spans, size_t n,
	struct bh_buf *out);

/* Its lines of /metrics. */
void bh_trace_metrics(struct bh_trace *trace, const char *service, struct bh_buf *out);

/* Reads a line of the gateway's audit file into a span. False: it is none, or is not sampled. */
bool bh_trace_gateway_line(struct bh_trace *trace, const char *line, size_t len,
	struct bh_trace_span *out);

/* A worker's beat: spans of the gateway, which sends none itself, from the lines that its audit file has got since.
 * Begins at the end of the file. */
struct bh_trace_tail {
	const char *path; /* borrowed */
	int fd;           /* owned; -1: none */
	bool begun;
	struct bh_buf rest; /* owned: a line's beginning */
};
void bh_trace_tail_read(struct bh_trace *trace, struct bh_trace_tail *tail);
void bh_trace_tail_close(struct bh_trace_tail *tail);

#endif
