/* SPDX-License-Identifier: Apache-2.0 */
/* buf.c: doubling growth; one spare byte always holds the NUL. */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRINT_BYTES = 64 };

char *
bh_buf_room(struct bh_buf *buf, size_t len)
{
	size_t size = buf->size < 256 ? 256 : buf->size;
	char *data;

	if (len > SIZE_MAX / 4 || buf->len > SIZE_MAX / 4)
		abort();
	if (buf->size > buf->len + len)
		return buf->data + buf->len;
	while (size <= buf->len + len)
		size *= 2;
	data = realloc(buf->data, size);
	if (data == NULL) {
		fprintf(stderr, "bulkhead: out of memory (%zu bytes)\n", size);
		abort();
	}
	buf->data = data;
	buf->size = size;
	buf->data[buf->len] = '\0';
	return buf->data + buf->len;
}

void
bh_buf_add(struct bh_buf *buf, const void *bytes, size_t len)
{
	char *room = bh_buf_room(buf, len);

	if (len > 0)
		memcpy(room, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
bh_buf_text(struct bh_buf *buf, const char *text)
{
	bh_buf_add(buf, text, strlen(text));
}

void
bh_buf_char(struct bh_buf *buf, char c)
{
	bh_buf_add(buf, &c, 1);
}

void
bh_buf_int(struct bh_buf *buf, long long value)
{
	char text[24];
	char *at = text + sizeof(text);
	unsigned long long rest = value < 0 ? 0ull - (unsigned long long)value
										: (unsigned long long)value;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		*--at = '-';
	bh_buf_add(buf, at, (size_t)(text + sizeof(text) - at));
}

void
bh_buf_printf(struct bh_buf *buf, const char *format, ...)
{
	size_t room;
	va_list args;
	int len;

	/* Most texts fit the room there is: a second pass is for those that do not. */
	bh_buf_room(buf, PRINT_BYTES);
	room = buf->size - buf->len;
	va_start(args, format);
	len = vsnprintf(buf->data + buf->len, room, format, args);
	va_end(args);
	if (len < 0) {
		buf->data[buf->len] = '\0';
		return;
	}
	if ((size_t)len >= room) {
		bh_buf_room(buf, (size_t)len + 1);
		va_start(args, format);
		vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
		va_end(args);
	}
	buf->len += (size_t)len;
}

void
bh_buf_shift(struct bh_buf *buf, size_t len)
{
	if (len == 0)
		return;
	if (len > buf->len)
		len = buf->len;
	memmove(buf->data, buf->data + len, buf->len - len);
	buf->len -= len;
	buf->data[buf->len] = '\0';
}

void
bh_buf_reset(struct bh_buf *buf)
{
	buf->len = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

const char *
bh_buf_string(const struct bh_buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}

void
bh_buf_close(struct bh_buf *buf)
{
	free(buf->data);
	*buf = (struct bh_buf){0};
}
