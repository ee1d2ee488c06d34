/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c: memory that cannot fail for its user. */
#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"

static _Noreturn void
give_up(void)
{
	static const char line[] = "{\"type\":\"error\",\"code\":\"" PICTURE_CODE_TOO_LARGE
							   "\",\"message\":\"The image needs more memory than is allowed.\"}\n";

	/* Every line before this one was written whole, so this is a line of its own. */
	if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
		_exit(PICTURE_EXIT_OUTPUT);
	_exit(PICTURE_EXIT_ERROR);
}

void *
picture_memory_new(size_t count, size_t size)
{
	void *memory = calloc(count == 0 ? 1 : count, size);

	if (memory == NULL)
		give_up();
	return memory;
}

void *
picture_memory_resize(void *memory, size_t count, size_t size)
{
	void *grown = reallocarray(memory, count == 0 ? 1 : count, size);

	if (grown == NULL)
		give_up();
	return grown;
}

void
picture_memory_free(void *memory)
{
	free(memory);
}

void
picture_buffer_append(struct picture_buffer *buffer, const void *data, size_t len)
{
	size_t size = buffer->size == 0 ? 4096 : buffer->size;

	if (len == 0)
		return;
	if (len >= SIZE_MAX / 4 || buffer->len >= SIZE_MAX / 4)
		give_up();
	while (size < buffer->len + len)
		size *= 2;
	if (size != buffer->size)
		buffer->data = picture_memory_resize(buffer->data, size, 1);
	buffer->size = size;
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
}

void
picture_buffer_text(struct picture_buffer *buffer, const char *text)
{
	picture_buffer_append(buffer, text, strlen(text));
}

void
picture_buffer_close(struct picture_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct picture_buffer){0};
}
