/* SPDX-License-Identifier: Apache-2.0 */
/* head.h: what a picture's header says, read without decoding anything, and the limits that it is held to. */
#ifndef PICTURE_HEAD_H
#define PICTURE_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "memory.h"

enum picture_format { PICTURE_PNG = 1, PICTURE_JPEG, PICTURE_WEBP, PICTURE_GIF };

enum picture_colour {
	PICTURE_GREY,
	PICTURE_RGB,
	PICTURE_PALETTE,
	PICTURE_YUV,
	PICTURE_CMYK,
	PICTURE_YCCK,
};

struct picture_head {
	enum picture_format format;
	uint32_t width, height;
	uint32_t frames; /* counted no further than one more than the limit */
	int bits;
	enum picture_colour colour;
	bool alpha, profile;
	int orientation;           /* 1 to 8 */
	struct picture_bytes exif; /* borrowed from the file: a TIFF structure; none: len 0 */
};

struct picture_limits {
	uint64_t bytes, pixels;
	uint32_t edge, frames, ratio;
};

/* Finds the format by the content, reads the header and holds it to the limits. PICTURE_E_UNSUPPORTED, _DAMAGED,
 * _EMPTY or _TOO_LARGE, with the reason. */
PICTURE_MUST_CHECK int picture_head_read(struct picture_bytes file,
	const struct picture_limits *limits, struct picture_head *out, struct picture_failure *why);

/* A file that is too large is refused before a byte of it is read. */
PICTURE_MUST_CHECK int picture_head_check_bytes(uint64_t bytes, const struct picture_limits *limits,
	struct picture_failure *why);

/* The readers of one format each. frames_max: where counting may end. They fill what the format has. */
PICTURE_MUST_CHECK int picture_head_png(struct picture_bytes file, uint32_t frames_max,
	struct picture_head *out, struct picture_failure *why);
PICTURE_MUST_CHECK int picture_head_jpeg(struct picture_bytes file, uint32_t frames_max,
	struct picture_head *out, struct picture_failure *why);
PICTURE_MUST_CHECK int picture_head_webp(struct picture_bytes file, uint32_t frames_max,
	struct picture_head *out, struct picture_failure *why);
PICTURE_MUST_CHECK int picture_head_gif(struct picture_bytes file, uint32_t frames_max,
	struct picture_head *out, struct picture_failure *why);

const char *picture_format_name(enum picture_format format);
const char *picture_format_mime(enum picture_format format);
const char *picture_colour_name(enum picture_colour colour);

#endif
