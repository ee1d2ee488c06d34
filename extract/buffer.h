/* SPDX-License-Identifier: Apache-2.0 */
/* buffer.h: memory of the extractor, and a growing run of bytes. */
#ifndef EXTRACT_BUFFER_H
#define EXTRACT_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#define EXTRACT_MUST_CHECK __attribute__((warn_unused_result))
#define EXTRACT_AUTO(close) __attribute__((cleanup(close)))

/* Bytes followed by a NUL that len does not count. Zeroed means empty. */
struct extract_buffer {
	char *data; /* owned; NULL while nothing was ever appended */
	size_t len;
	size_t size;
};

/* Memory never runs out for the caller: this process reads one document inside a fixed address
 * space, so running out means that the document needs too much. It is reported as too_large. */
void *extract_memory_resize(void *memory, size_t count, size_t size);
/* A copy of a text, of the same memory. */
char *extract_memory_copy(const char *text);

/* Frees what the call above gave. NULL is fine. */
void extract_memory_free(void *memory);

void extract_buffer_append(struct extract_buffer *buffer, const char *data, size_t len);
void extract_buffer_text(struct extract_buffer *buffer, const char *text);
void extract_buffer_byte(struct extract_buffer *buffer, char byte);

/* Appends a code point as UTF-8; one that is no scalar value becomes U+FFFD. */
void extract_buffer_point(struct extract_buffer *buffer, uint32_t point);

void extract_buffer_truncate(struct extract_buffer *buffer, size_t len);

/* The bytes as a C string, "" when empty. Borrowed until the next append. */
const char *extract_buffer_string(const struct extract_buffer *buffer);

/* Frees. Safe on a zeroed buffer, and twice. */
void extract_buffer_close(struct extract_buffer *buffer);

#endif
