/* SPDX-License-Identifier: Apache-2.0 */
/* buf.h: a growing byte buffer on the heap, always NUL-terminated for printing. */
#ifndef BH_BASE_BUF_H
#define BH_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "base/macros.h"

/* Zeroed means valid and empty. Growth aborts when the heap is exhausted, as the arena does. */
struct bh_buf {
	char *data; /* owned; NULL while nothing was written */
	size_t len;
	size_t size;
};

void bh_buf_add(struct bh_buf *buf, const void *bytes, size_t len);
void bh_buf_text(struct bh_buf *buf, const char *text);
void bh_buf_char(struct bh_buf *buf, char c);
void bh_buf_int(struct bh_buf *buf, long long value);
void bh_buf_printf(struct bh_buf *buf, const char *format, ...) BH_PRINTF(2, 3);

/* Room for `len` more bytes behind the content; the caller writes there and adds to buf->len. */
char *bh_buf_room(struct bh_buf *buf, size_t len);

/* Drops the first `len` bytes (a consumer's progress). */
void bh_buf_shift(struct bh_buf *buf, size_t len);

/* Keeps the memory, drops the content. */
void bh_buf_reset(struct bh_buf *buf);

/* The content as a string, "" when nothing was written. Borrowed from the buffer. */
const char *bh_buf_string(const struct bh_buf *buf);

/* Safe on a zeroed buffer, and twice. */
void bh_buf_close(struct bh_buf *buf);

#endif
