/* SPDX-License-Identifier: Apache-2.0 */
/* analyse.h: what can be said of a picture without a model; a line of protocol.h each. */
#ifndef PICTURE_ANALYSE_H
#define PICTURE_ANALYSE_H

#include "answer.h"
#include "head.h"
#include "raster.h"

PICTURE_MUST_CHECK int picture_put_head(struct picture_answer *answer,
	const struct picture_head *head, size_t bytes);
PICTURE_MUST_CHECK int picture_put_exif(struct picture_answer *answer, struct picture_bytes tiff);
PICTURE_MUST_CHECK int picture_put_gps(struct picture_answer *answer, struct picture_bytes tiff);
PICTURE_MUST_CHECK int picture_put_colours(struct picture_answer *answer,
	const struct picture_raster *raster);
PICTURE_MUST_CHECK int picture_put_hashes(struct picture_answer *answer,
	const struct picture_raster *raster);
PICTURE_MUST_CHECK int picture_put_blur(struct picture_answer *answer,
	const struct picture_raster *raster);

/* The longer side of what colours, hashes and blur are found in. */
enum { PICTURE_ANALYSE_EDGE = 1024 };

/* A colour and its share of the picture, 0 to 1. */
struct picture_share {
	uint8_t rgb[3];
	double share;
};
int picture_colours_find(const struct picture_raster *raster, struct picture_share *out);

/* False: the picture has too little in it. out holds PICTURE_HASHES. */
bool picture_hashes_find(const struct picture_raster *raster, uint64_t *out);

/* 0 to 1. */
double picture_sharpness(const struct picture_raster *raster);

#endif
