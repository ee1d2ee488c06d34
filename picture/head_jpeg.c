/* SPDX-License-Identifier: Apache-2.0 */
/* head_jpeg.c: the markers of a JPEG file up to the one that has its size. */
#include "head.h"

#include <string.h>

enum {
	SEGMENTS_MAX = 2000,
	FILL_MAX = 1024, /* bytes between two markers: some cameras leave a few */
	SOF0 = 0xc0,
	SOF15 = 0xcf,
	DHT = 0xc4,
	JPG = 0xc8,
	DAC = 0xcc,
	RST0 = 0xd0,
	SOI = 0xd8,
	EOI = 0xd9,
	SOS = 0xda,
	APP1 = 0xe1,
	APP2 = 0xe2,
	APP14 = 0xee,
	TEM = 0x01,
};

static int
damaged(struct picture_failure *why)
{
	return picture_fail(why, PICTURE_E_DAMAGED, "The JPEG file is damaged.");
}

/* What Adobe's marker says of the colours; -1: there is none. */
struct reading {
	struct picture_head *head;
	int transform;
};

static int
read_frame(int marker, struct picture_bytes body, const struct reading *reading,
	struct picture_failure *why)
{
	struct picture_head *head = reading->head;
	int components;

	if (body.len < 6)
		return damaged(why);
	head->bits = body.data[0];
	head->height = picture_be16(body.data + 1);
	head->width = picture_be16(body.data + 3);
	components = body.data[5];
	if (body.len < 6 + 3 * (size_t)components)
		return damaged(why);
	/* Sequential and progressive, by Huffman or arithmetic coding. */
	if ((marker > 0xc2 && marker != 0xc9 && marker != 0xca) || head->bits != 8)
		return picture_fail(why, PICTURE_E_UNSUPPORTED,
			"JPEG images that are lossless, hierarchical or of more than 8 bits are not "
			"supported.");
	if (components == 1)
		head->colour = PICTURE_GREY;
	else if (components == 3)
		head->colour = reading->transform == 0 ? PICTURE_RGB : PICTURE_YUV;
	else if (components == 4)
		head->colour = reading->transform == 2 ? PICTURE_YCCK : PICTURE_CMYK;
	else
		return damaged(why);
	return 0;
}

static void
read_application(int marker, struct picture_bytes body, struct reading *reading)
{
	if (marker == APP1 && body.len > 6 && memcmp(body.data, "Exif\0", 6) == 0 &&
		reading->head->exif.len == 0)
		reading->head->exif = (struct picture_bytes){body.data + 6, body.len - 6};
	else if (marker == APP2 && body.len > 14 && memcmp(body.data, "ICC_PROFILE", 12) == 0)
		reading->head->profile = true;
	else if (marker == APP14 && body.len >= 12 && memcmp(body.data, "Adobe", 5) == 0)
		reading->transform = body.data[11];
}

/* The next marker at or behind `at`; 0: there is none near. */
static int
next_marker(struct picture_bytes file, size_t *at)
{
	for (int skipped = 0; skipped < FILL_MAX && picture_bytes_has(file, *at, 2); skipped++, ++*at)
		if (file.data[*at] == 0xff && file.data[*at + 1] != 0xff && file.data[*at + 1] != 0) {
			*at += 2;
			return file.data[*at - 1];
		}
	return 0;
}

int
picture_head_jpeg(struct picture_bytes file, uint32_t frames_max, struct picture_head *out,
	struct picture_failure *why)
{
	struct reading reading = {.head = out, .transform = -1};
	size_t at = 2;

	(void)frames_max;
	for (int count = 0; count < SEGMENTS_MAX; count++) {
		int marker = next_marker(file, &at);
		struct picture_bytes body;
		size_t len;

		if (marker == TEM || (marker >= RST0 && marker <= SOI))
			continue;
		if (marker == 0 || marker == EOI || marker == SOS || !picture_bytes_has(file, at, 2))
			return damaged(why);
		len = picture_be16(file.data + at);
		if (len < 2 || !picture_bytes_has(file, at, len))
			return damaged(why);
		body = (struct picture_bytes){file.data + at + 2, len - 2};
		if (marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC)
			return read_frame(marker, body, &reading, why);
		read_application(marker, body, &reading);
		at += len;
	}
	return damaged(why);
}
