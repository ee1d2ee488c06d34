/* SPDX-License-Identifier: Apache-2.0 */
/* raster.h: a picture's pixels, and what is done with them. */
#ifndef PICTURE_RASTER_H
#define PICTURE_RASTER_H

#include "memory.h"

/* Red, green, blue and alpha, a byte each and not premultiplied, in sRGB; lines without padding. Zeroed: none. */
struct picture_raster {
	uint8_t *pixels; /* owned */
	uint32_t width, height;
	bool alpha;     /* some pixel may be transparent; else every alpha is 255 */
	bool truncated; /* the file ended too early */
};

/* Every byte zero: transparent black. */
void picture_raster_open(struct picture_raster *out, uint32_t width, uint32_t height);
void picture_raster_close(struct picture_raster *raster);

static inline uint8_t *
picture_raster_at(const struct picture_raster *raster, uint32_t x, uint32_t y)
{
	return raster->pixels + 4 * ((size_t)y * raster->width + x);
}

/* Turns the pixels as EXIF's orientation (1 to 8) asks for. */
void picture_raster_orient(struct picture_raster *raster, int orientation);

/* Another size, by a Lanczos filter; alpha counts. Either side is at least 1. */
void picture_raster_scale(struct picture_raster *raster, uint32_t width, uint32_t height);

/* What the longer side has to be at most; 0: as it is. Never enlarges. */
void picture_raster_fit(struct picture_raster *raster, uint32_t max_edge);

/* A copy whose longer side is at most so long, by the mean of whole pixels first. */
void picture_raster_thumbnail(const struct picture_raster *raster, uint32_t max_edge,
	struct picture_raster *out);

/* Lays the picture on a colour. */
void picture_raster_flatten(struct picture_raster *raster, uint32_t rgb);

/* A byte of brightness for each pixel, on white; owned by the caller. */
uint8_t *picture_raster_grey(const struct picture_raster *raster);

/* Grey pixels of another size, by the mean of what each covers; owned by the caller. A part of the picture only. */
struct picture_part {
	double x, y, width, height; /* in pixels */
};
void picture_grey_shrink(const uint8_t *grey, uint32_t grey_width, uint32_t grey_height,
	const struct picture_part *part, uint32_t width, uint32_t height, float *out);

#endif
