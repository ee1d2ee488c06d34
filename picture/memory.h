/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h: memory of bulkhead-picture, bytes that are read and bytes that grow. */
#ifndef PICTURE_MEMORY_H
#define PICTURE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PICTURE_MUST_CHECK __attribute__((warn_unused_result))

/* Bytes from outside, borrowed. */
struct picture_bytes {
	const uint8_t *data;
	size_t len;
};

static inline bool
picture_bytes_has(struct picture_bytes bytes, size_t at, size_t count)
{
	return at <= bytes.len && count <= bytes.len - at;
}

static inline uint32_t
picture_be16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t
picture_be32(const uint8_t *at)
{
	return picture_be16(at) << 16 | picture_be16(at + 2);
}

static inline uint32_t
picture_le16(const uint8_t *at)
{
	return (uint32_t)at[1] << 8 | at[0];
}

static inline uint32_t
picture_le24(const uint8_t *at)
{
	return (uint32_t)at[2] << 16 | picture_le16(at);
}

static inline uint32_t
picture_le32(const uint8_t *at)
{
	return picture_le16(at + 2) << 16 | picture_le16(at);
}

/* Memory never runs out for the caller: this process reads one picture inside a fixed address space, so running out
 * means that the picture needs too much, which is then reported as too_large. */
void *picture_memory_new(size_t count, size_t size); /* zeroed */
void *picture_memory_resize(void *memory, size_t count, size_t size);
void picture_memory_free(void *memory); /* NULL is fine */

/* Bytes that grow. Zeroed means empty. */
struct picture_buffer {
	uint8_t *data; /* owned */
	size_t len, size;
};

void picture_buffer_append(struct picture_buffer *buffer, const void *data, size_t len);
void picture_buffer_text(struct picture_buffer *buffer, const char *text);
void picture_buffer_close(struct picture_buffer *buffer);

#endif
