/* SPDX-License-Identifier: Apache-2.0 */
/* draw.h: the backend for tests of picture generation. It knows no model and says so in every picture that it draws;
 * what it draws follows from the prompt and a seed. */
#ifndef PICTURE_DRAW_H
#define PICTURE_DRAW_H

#include "raster.h"

#define PICTURE_DRAW_LABEL "TEST BACKEND · no image model"

struct picture_prompt {
	const char *text; /* borrowed; UTF-8 */
	size_t len;
	uint64_t seed;
	uint32_t variant; /* from 0 */
	uint32_t share;   /* of what a whole picture has, in percent: a partial picture has less */
};

/* A picture of its own. */
void picture_draw(struct picture_raster *out, uint32_t width, uint32_t height, bool transparent,
	const struct picture_prompt *prompt);

/* Draws over the picture where the mask (borrowed, of the same size) is transparent; everywhere, but lightly, if it is
 * NULL. Others (borrowed) become small pictures in it. */
void picture_draw_edit(struct picture_raster *raster, const struct picture_raster *mask,
	const struct picture_raster *others, uint32_t count, const struct picture_prompt *prompt);

#endif
