/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h: bytes from outside, and numbers in them. */
#ifndef AUDIO_BYTES_H
#define AUDIO_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed. */
struct audio_bytes {
	const uint8_t *data;
	size_t len;
};

static inline bool
audio_bytes_has(struct audio_bytes bytes, size_t at, size_t count)
{
	return at <= bytes.len && count <= bytes.len - at;
}

/* Whether these stand there. */
static inline bool
audio_bytes_are(struct audio_bytes bytes, size_t at, const void *what, size_t count)
{
	return audio_bytes_has(bytes, at, count) && memcmp(bytes.data + at, what, count) == 0;
}

static inline uint32_t
audio_le16(const uint8_t *at)
{
	return (uint32_t)at[1] << 8 | at[0];
}

static inline uint32_t
audio_le32(const uint8_t *at)
{
	return audio_le16(at + 2) << 16 | audio_le16(at);
}

static inline uint64_t
audio_le64(const uint8_t *at)
{
	return (uint64_t)audio_le32(at + 4) << 32 | audio_le32(at);
}

static inline uint32_t
audio_be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

#endif
