/* SPDX-License-Identifier: Apache-2.0 */
/* colours.c: the colours that most of a picture has, by a histogram whose fullest cells draw the others to them. */
#include "analyse.h"

#include <stdlib.h>
#include <string.h>

#include "protocol.h"

enum {
	CELLS = 4096,  /* 16 steps of red, green and blue */
	SAMPLES = 160, /* to a side */
	APART = 40,    /* that two colours have to be, of 441 between black and white */
	OPAQUE = 128,
};

static const double share_min = 0.005;

struct cell {
	uint64_t count, sum[3];
};

static uint64_t
fill(const struct picture_raster *raster, struct cell *cells)
{
	uint32_t step_x = raster->width / SAMPLES + 1, step_y = raster->height / SAMPLES + 1;
	uint64_t all = 0;

	for (uint32_t y = step_y / 2; y < raster->height; y += step_y)
		for (uint32_t x = step_x / 2; x < raster->width; x += step_x) {
			const uint8_t *pixel = picture_raster_at(raster, x, y);
			struct cell *cell = &cells[(pixel[0] >> 4) << 8 | (pixel[1] >> 4) << 4 | pixel[2] >> 4];

			if (pixel[3] < OPAQUE)
				continue;
			cell->count++;
			for (int c = 0; c < 3; c++)
				cell->sum[c] += pixel[c];
			all++;
		}
	return all;
}

static int
distance2(const uint8_t *left, const uint8_t *right)
{
	int sum = 0;

	for (int c = 0; c < 3; c++)
		sum += (left[c] - right[c]) * (left[c] - right[c]);
	return sum;
}

static void
mean_of(const struct cell *cell, uint8_t *out)
{
	for (int c = 0; c < 3; c++)
		out[c] = (uint8_t)(cell->sum[c] / cell->count);
}

static int
by_count(const void *left, const void *right)
{
	const struct cell *a = left, *b = right;

	return a->count < b->count ? 1
		: a->count > b->count  ? -1
							   : memcmp(a->sum, b->sum, sizeof(a->sum));
}

/* Of those that stand first, the nearest; -1: none is near enough. */
static int
nearest(const uint8_t centres[][3], int count, const uint8_t *colour, int limit2)
{
	int best = -1;

	for (int i = 0; i < count; i++) {
		int apart = distance2(centres[i], colour);

		if (apart < limit2)
			best = i, limit2 = apart;
	}
	return best;
}

static int
by_share(const void *left, const void *right)
{
	const struct picture_share *a = left, *b = right;

	return a->share < b->share ? 1 : a->share > b->share ? -1 : memcmp(a->rgb, b->rgb, 3);
}

int
picture_colours_find(const struct picture_raster *raster, struct picture_share *out)
{
	struct cell *cells = picture_memory_new(CELLS, sizeof(*cells));
	struct cell groups[PICTURE_COLOURS_MAX] = {0};
	uint8_t centres[PICTURE_COLOURS_MAX][3], colour[3];
	uint64_t all = fill(raster, cells);
	int count = 0, kept = 0;

	qsort(cells, CELLS, sizeof(*cells), by_count);
	for (int i = 0; i < CELLS && cells[i].count > 0 && count < PICTURE_COLOURS_MAX; i++) {
		mean_of(&cells[i], colour);
		if (nearest(centres, count, colour, APART * APART) < 0)
			memcpy(centres[count++], colour, 3);
	}
	for (int i = 0; i < CELLS && cells[i].count > 0; i++) {
		struct cell *group;

		mean_of(&cells[i], colour);
		group = &groups[nearest(centres, count, colour, INT32_MAX)];
		group->count += cells[i].count;
		for (int c = 0; c < 3; c++)
			group->sum[c] += cells[i].sum[c];
	}
	picture_memory_free(cells);
	for (int i = 0; i < count; i++) {
		out[kept].share = (double)groups[i].count / (double)all;
		mean_of(&groups[i], out[kept].rgb);
		kept += out[kept].share >= share_min;
	}
	qsort(out, (size_t)kept, sizeof(*out), by_share);
	return kept;
}
