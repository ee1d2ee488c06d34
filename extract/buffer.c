/* SPDX-License-Identifier: Apache-2.0 */
/* buffer.c: a growing run of bytes whose growth cannot fail for its user. */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"

static _Noreturn void
give_up(void)
{
	static const char line[] =
		"{\"type\":\"error\",\"code\":\"" EXTRACT_CODE_TOO_LARGE
		"\",\"message\":\"The document needs more memory than is allowed.\"}\n";

	/* Every line before this one was written whole, so this is a line of its own. */
	if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
		_exit(EXTRACT_EXIT_OUTPUT);
	_exit(EXTRACT_EXIT_ERROR);
}

void *
extract_memory_resize(void *memory, size_t count, size_t size)
{
	void *grown = reallocarray(memory, count == 0 ? 1 : count, size);

	if (grown == NULL)
		give_up();
	return grown;
}

char *
extract_memory_copy(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(extract_memory_resize(NULL, size, 1), text, size);
}

void
extract_memory_free(void *memory)
{
	free(memory);
}

static void
make_room(struct extract_buffer *buffer, size_t extra)
{
	size_t size = buffer->size == 0 ? 256 : buffer->size;

	if (extra >= SIZE_MAX / 4 || buffer->len >= SIZE_MAX / 4)
		give_up();
	while (size < buffer->len + extra + 1)
		size *= 2;
	if (size == buffer->size)
		return;
	buffer->data = extract_memory_resize(buffer->data, size, 1);
	buffer->size = size;
}

void
extract_buffer_append(struct extract_buffer *buffer, const char *data, size_t len)
{
	if (len == 0)
		return;
	make_room(buffer, len);
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	buffer->data[buffer->len] = '\0';
}

void
extract_buffer_text(struct extract_buffer *buffer, const char *text)
{
	extract_buffer_append(buffer, text, strlen(text));
}

void
extract_buffer_byte(struct extract_buffer *buffer, char byte)
{
	extract_buffer_append(buffer, &byte, 1);
}

void
extract_buffer_point(struct extract_buffer *buffer, uint32_t point)
{
	char bytes[4];

	if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		point = 0xfffd;
	if (point < 0x80) {
		extract_buffer_byte(buffer, (char)point);
	} else if (point < 0x800) {
		bytes[0] = (char)(0xc0 | point >> 6);
		bytes[1] = (char)(0x80 | (point & 0x3f));
		extract_buffer_append(buffer, bytes, 2);
	} else if (point < 0x10000) {
		bytes[0] = (char)(0xe0 | point >> 12);
		bytes[1] = (char)(0x80 | (point >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (point & 0x3f));
		extract_buffer_append(buffer, bytes, 3);
	} else {
		bytes[0] = (char)(0xf0 | point >> 18);
		bytes[1] = (char)(0x80 | (point >> 12 & 0x3f));
		bytes[2] = (char)(0x80 | (point >> 6 & 0x3f));
		bytes[3] = (char)(0x80 | (point & 0x3f));
		extract_buffer_append(buffer, bytes, 4);
	}
}

void
extract_buffer_truncate(struct extract_buffer *buffer, size_t len)
{
	if (len >= buffer->len)
		return;
	buffer->len = len;
	buffer->data[len] = '\0';
}

const char *
extract_buffer_string(const struct extract_buffer *buffer)
{
	return buffer->data == NULL ? "" : buffer->data;
}

void
extract_buffer_close(struct extract_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct extract_buffer){0};
}
