/* SPDX-License-Identifier: Apache-2.0 */
/* sse.h: server-sent events, read from a stream cut anywhere, with a bounded carry. */
#ifndef BH_HTTP_SSE_H
#define BH_HTTP_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/macros.h"

/* Zeroed (with line_max set) is ready. */
struct bh_sse {
	struct bh_buf line;  /* owned: the line so far */
	struct bh_buf data;  /* owned: data lines of the event so far, joined by \n */
	struct bh_buf event; /* owned: its name */
	size_t line_max;     /* longest line and longest event accepted */
	bool saw_cr;
	bool begun;      /* past a byte-order mark, if there was one */
	bool has_data;   /* a data line came, even an empty one */
	bool dispatched; /* the last event was handed out; its text goes with the next call */
};

/* One event; borrowed until the next call. */
struct bh_sse_event {
	const char *event; /* "" if unnamed */
	const char *data;
	size_t data_len;
};

/* Takes bytes from *bytes (advanced) until an event is complete; *out_ready tells whether one is.
 * Comments, id and retry are passed over. LF, CRLF and CR all end a line. BH_E_PROTOCOL over
 * line_max. */
BH_MUST_CHECK int bh_sse_feed(struct bh_sse *sse, const char **bytes, size_t *len,
	struct bh_sse_event *out, bool *out_ready);
void bh_sse_close(struct bh_sse *sse);

#endif
