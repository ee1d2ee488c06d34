/* SPDX-License-Identifier: Apache-2.0 */
/* head_png.c: the chunks of a PNG file that stand before its pixels. */
#include "head.h"

#include <string.h>

enum { CHUNKS_MAX = 1000, CHUNK_BYTES_MAX = 0x7fffffff };

static int
damaged(struct picture_failure *why)
{
	return picture_fail(why, PICTURE_E_DAMAGED, "The PNG file is damaged.");
}

/* Whether there may be so many bits of a sample of this type. */
static bool
is_depth(int bits, int type)
{
	switch (type) {
	case 0:
		return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
	case 3:
		return bits == 1 || bits == 2 || bits == 4 || bits == 8;
	case 2:
	case 4:
	case 6:
		return bits == 8 || bits == 16;
	default:
		return false;
	}
}

static int
read_first(const uint8_t *data, struct picture_head *out, struct picture_failure *why)
{
	int type = data[9];

	out->width = picture_be32(data);
	out->height = picture_be32(data + 4);
	out->bits = data[8];
	if (!is_depth(out->bits, type) || data[10] != 0 || data[11] != 0 || data[12] > 1 ||
		out->width > CHUNK_BYTES_MAX || out->height > CHUNK_BYTES_MAX)
		return damaged(why);
	out->colour = type == 3 ? PICTURE_PALETTE : (type & 2) != 0 ? PICTURE_RGB : PICTURE_GREY;
	out->alpha = (type & 4) != 0;
	return 0;
}

static void
read_chunk(const uint8_t *name, struct picture_bytes body, struct picture_head *out)
{
	if (memcmp(name, "tRNS", 4) == 0)
		out->alpha = true;
	else if (memcmp(name, "iCCP", 4) == 0)
		out->profile = true;
	else if (memcmp(name, "eXIf", 4) == 0)
		out->exif = body;
	else if (memcmp(name, "acTL", 4) == 0 && body.len == 8 && picture_be32(body.data) > 0)
		out->frames = picture_be32(body.data);
}

/* EXIF may stand behind the pixels as well; it is read where it stands before them. Of an animation only the first
 * frame is decoded, so that the number it declares may be believed. */
int
picture_head_png(struct picture_bytes file, uint32_t frames_max, struct picture_head *out,
	struct picture_failure *why)
{
	size_t at = 8;

	(void)frames_max;
	for (int count = 0; count < CHUNKS_MAX && picture_bytes_has(file, at, 8); count++) {
		size_t len = picture_be32(file.data + at);
		const uint8_t *name = file.data + at + 4;
		int rc = 0;

		if (memcmp(name, "IDAT", 4) == 0 && count > 0)
			return 0;
		if (!picture_bytes_has(file, at + 8, len + 4) ||
			(count == 0) != (memcmp(name, "IHDR", 4) == 0))
			return damaged(why);
		if (count == 0)
			rc = len == 13 ? read_first(name + 4, out, why) : damaged(why);
		else
			read_chunk(name, (struct picture_bytes){name + 4, len}, out);
		if (rc < 0)
			return rc;
		at += len + 12;
	}
	return damaged(why);
}
