/* SPDX-License-Identifier: Apache-2.0 */
/* head_gif.c: the blocks of a GIF file; of its pixels only their lengths. */
#include "head.h"

enum { EXTENSION = 0x21, IMAGE = 0x2c, TRAILER = 0x3b, CONTROL = 0xf9, HAS_TABLE = 0x80 };

static int
damaged(struct picture_failure *why)
{
	return picture_fail(why, PICTURE_E_DAMAGED, "The GIF file is damaged.");
}

/* Bytes of the colour table that this flag byte announces. */
static size_t
table_bytes(int flags)
{
	return (flags & HAS_TABLE) != 0 ? 3 * ((size_t)2 << (flags & 7)) : 0;
}

/* Skips blocks up to the empty one; false: the file ends before. */
static bool
skip_blocks(struct picture_bytes file, size_t *at)
{
	while (picture_bytes_has(file, *at, 1)) {
		size_t len = file.data[*at];

		*at += 1 + len;
		if (len == 0)
			return true;
	}
	return false;
}

/* The first one has to lie within the canvas, at least in part. */
static bool
read_image(struct picture_bytes file, size_t *at, struct picture_head *out)
{
	const uint8_t *data = file.data + *at;

	if (!picture_bytes_has(file, *at, 9))
		return false;
	if (out->frames == 0) {
		if (picture_le16(data) >= out->width || picture_le16(data + 2) >= out->height)
			return false;
		if ((data[8] & HAS_TABLE) != 0)
			out->bits = (data[8] & 7) + 1;
		/* What it leaves free of the canvas is transparent. */
		if (picture_le16(data) > 0 || picture_le16(data + 2) > 0 ||
			picture_le16(data + 4) < out->width || picture_le16(data + 6) < out->height)
			out->alpha = true;
	}
	out->frames++;
	*at += 9 + table_bytes(data[8]) + 1;
	return true;
}

static bool
read_extension(struct picture_bytes file, size_t *at, struct picture_head *out)
{
	if (!picture_bytes_has(file, *at, 3))
		return false;
	if (file.data[*at] == CONTROL && file.data[*at + 1] == 4 && out->frames == 0 &&
		(file.data[*at + 2] & 1) != 0)
		out->alpha = true;
	++*at;
	return skip_blocks(file, at);
}

/* A file that ends too early is damaged only if it has no picture. */
int
picture_head_gif(struct picture_bytes file, uint32_t frames_max, struct picture_head *out,
	struct picture_failure *why)
{
	size_t at = 13;
	bool whole = true;

	if (file.len < at)
		return damaged(why);
	out->width = picture_le16(file.data + 6);
	out->height = picture_le16(file.data + 8);
	out->colour = PICTURE_PALETTE;
	out->bits = (file.data[10] & 7) + 1;
	out->frames = 0;
	at += table_bytes(file.data[10]);
	while (whole && out->frames <= frames_max && picture_bytes_has(file, at, 1)) {
		int kind = file.data[at++];

		if (kind == IMAGE)
			whole = read_image(file, &at, out) && skip_blocks(file, &at);
		else if (kind == EXTENSION)
			whole = read_extension(file, &at, out);
		else
			break;
	}
	return out->frames == 0 ? damaged(why) : 0;
}
