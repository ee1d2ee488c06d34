/* SPDX-License-Identifier: Apache-2.0 */
/* head_webp.c: the chunks of a WebP file. */
#include "head.h"

#include <string.h>

enum { CHUNKS_MAX = 100000, PROFILE = 0x20, ALPHA = 0x10, ANIMATION = 0x02 };

static int
damaged(struct picture_failure *why)
{
	return picture_fail(why, PICTURE_E_DAMAGED, "The WebP file is damaged.");
}

/* The size of one picture; false: it is none, or broken. */
static bool
read_size(const uint8_t *name, struct picture_bytes body, uint32_t *out_width, uint32_t *out_height,
	bool *out_alpha)
{
	if (memcmp(name, "VP8L", 4) == 0 && body.len >= 5 && body.data[0] == 0x2f) {
		uint32_t bits = picture_le32(body.data + 1);

		*out_width = (bits & 0x3fff) + 1;
		*out_height = (bits >> 14 & 0x3fff) + 1;
		*out_alpha = *out_alpha || (bits >> 28 & 1) != 0;
		return bits >> 29 == 0;
	}
	if (memcmp(name, "VP8 ", 4) == 0 && body.len >= 10 && (body.data[0] & 1) == 0 &&
		memcmp(body.data + 3, "\x9d\x01\x2a", 3) == 0) {
		*out_width = picture_le16(body.data + 6) & 0x3fff;
		*out_height = picture_le16(body.data + 8) & 0x3fff;
		return true;
	}
	return false;
}

/* The chunk at `at`; false: the file ends in it. */
static bool
next_chunk(struct picture_bytes file, size_t *at, const uint8_t **out_name,
	struct picture_bytes *out)
{
	size_t len;

	if (!picture_bytes_has(file, *at, 8))
		return false;
	*out_name = file.data + *at;
	len = picture_le32(file.data + *at + 4);
	if (!picture_bytes_has(file, *at + 8, len))
		return false;
	*out = (struct picture_bytes){file.data + *at + 8, len};
	*at += 8 + len + (len & 1);
	return true;
}

/* A frame lies within the canvas, and the picture in it has its size. */
static bool
is_frame(struct picture_bytes body, const struct picture_head *head)
{
	struct picture_bytes inside;
	const uint8_t *name;
	uint32_t width, height, inner_width, inner_height;
	bool alpha = false;
	size_t at = 16;

	if (body.len < 16)
		return false;
	width = picture_le24(body.data + 6) + 1;
	height = picture_le24(body.data + 9) + 1;
	if (picture_le24(body.data) * 2 + width > head->width ||
		picture_le24(body.data + 3) * 2 + height > head->height)
		return false;
	while (next_chunk(body, &at, &name, &inside))
		if (read_size(name, inside, &inner_width, &inner_height, &alpha))
			return inner_width == width && inner_height == height;
	return false;
}

static int
read_extended(struct picture_bytes file, struct picture_bytes first, uint32_t frames_max,
	struct picture_head *out, struct picture_failure *why)
{
	struct picture_bytes body;
	const uint8_t *name;
	uint32_t width = 0, height = 0;
	size_t at = 12 + 8 + 10;
	bool animated;

	if (first.len != 10)
		return damaged(why);
	animated = (first.data[0] & ANIMATION) != 0;
	out->alpha = (first.data[0] & ALPHA) != 0;
	out->profile = (first.data[0] & PROFILE) != 0;
	out->width = picture_le24(first.data + 4) + 1;
	out->height = picture_le24(first.data + 7) + 1;
	out->frames = 0;
	for (int count = 0;
		 count < CHUNKS_MAX && out->frames <= frames_max && next_chunk(file, &at, &name, &body);
		 count++) {
		if (animated && memcmp(name, "ANMF", 4) == 0) {
			if (out->frames++ == 0 && !is_frame(body, out))
				return damaged(why);
		} else if (!animated && read_size(name, body, &width, &height, &out->alpha)) {
			out->frames = 1;
		} else if (memcmp(name, "EXIF", 4) == 0) {
			out->exif = body;
		}
		if (memcmp(name, "VP8L", 4) == 0)
			out->colour = PICTURE_RGB;
	}
	/* Some writers put JPEG's six bytes before it. */
	if (out->exif.len > 6 && memcmp(out->exif.data, "Exif\0", 6) == 0)
		out->exif = (struct picture_bytes){out->exif.data + 6, out->exif.len - 6};
	if (out->frames == 0 || (!animated && (width != out->width || height != out->height)))
		return damaged(why);
	return 0;
}

int
picture_head_webp(struct picture_bytes file, uint32_t frames_max, struct picture_head *out,
	struct picture_failure *why)
{
	struct picture_bytes body;
	const uint8_t *name;
	size_t at = 12, len = 8 + (size_t)picture_le32(file.data + 4);

	/* What comes behind is not the picture's. */
	if (len < file.len)
		file.len = len;
	out->colour = PICTURE_YUV;
	if (!next_chunk(file, &at, &name, &body))
		return damaged(why);
	if (memcmp(name, "VP8X", 4) == 0)
		return read_extended(file, body, frames_max, out, why);
	if (!read_size(name, body, &out->width, &out->height, &out->alpha))
		return damaged(why);
	if (memcmp(name, "VP8L", 4) == 0)
		out->colour = PICTURE_RGB;
	return 0;
}
