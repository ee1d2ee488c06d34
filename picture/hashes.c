/* SPDX-License-Identifier: Apache-2.0 */
/* hashes.c: 64 bits that stay nearly the same when a picture is scaled, compressed or cut a little: the signs of its
 * lowest frequencies against their median. The same of parts of it, because what is cut off moves everything else. */
#include "analyse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "protocol.h"

enum { SIDE = 32, FREQUENCIES = 8 };

static const double spread_min =
	3; /* of brightness: of less, compression changes more than there is */

/* Of width and height, as shares. */
static const struct picture_part parts[PICTURE_HASHES] = {
	{0, 0, 1, 1},
	{0.025, 0.025, 0.95, 0.95},
	{0.05, 0.05, 0.90, 0.90},
	{0, 0, 0.95, 0.95},
	{0.05, 0, 0.95, 0.95},
	{0, 0.05, 0.95, 0.95},
	{0.05, 0.05, 0.95, 0.95},
};

static int
by_value(const void *left, const void *right)
{
	float a = *(const float *)left, b = *(const float *)right;

	return a < b ? -1 : a > b;
}

/* The cosine transform's frequencies 1 to 8 in either direction. */
static void
transform(const float *grey, float *out)
{
	static float cosines[FREQUENCIES][SIDE];
	float lines[FREQUENCIES][SIDE];

	if (cosines[0][0] == 0)
		for (int u = 0; u < FREQUENCIES; u++)
			for (int x = 0; x < SIDE; x++)
				cosines[u][x] = (float)cos(M_PI * (u + 1) * (x + 0.5) / SIDE);
	for (int u = 0; u < FREQUENCIES; u++)
		for (int y = 0; y < SIDE; y++) {
			lines[u][y] = 0;
			for (int x = 0; x < SIDE; x++)
				lines[u][y] += cosines[u][x] * grey[y * SIDE + x];
		}
	for (int u = 0; u < FREQUENCIES; u++)
		for (int v = 0; v < FREQUENCIES; v++) {
			out[v * FREQUENCIES + u] = 0;
			for (int y = 0; y < SIDE; y++)
				out[v * FREQUENCIES + u] += cosines[v][y] * lines[u][y];
		}
}

static uint64_t
hash(const float *grey)
{
	float values[64], sorted[64], median;
	uint64_t bits = 0;

	transform(grey, values);
	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, 64, sizeof(sorted[0]), by_value);
	median = (sorted[31] + sorted[32]) / 2;
	for (int i = 0; i < 64; i++)
		bits = bits << 1 | (values[i] > median);
	return bits;
}

static double
spread(const float *grey)
{
	double sum = 0, squares = 0;

	for (int i = 0; i < SIDE * SIDE; i++) {
		sum += grey[i];
		squares += (double)grey[i] * grey[i];
	}
	sum /= SIDE * SIDE;
	return sqrt(fmax(0, squares / (SIDE * SIDE) - sum * sum));
}

bool
picture_hashes_find(const struct picture_raster *raster, uint64_t *out)
{
	uint8_t *grey = picture_raster_grey(raster);
	float small[SIDE * SIDE];
	bool found = true;

	for (int i = 0; i < PICTURE_HASHES && found; i++) {
		struct picture_part part = {parts[i].x * raster->width, parts[i].y * raster->height,
			parts[i].width * raster->width, parts[i].height * raster->height};

		picture_grey_shrink(grey, raster->width, raster->height, &part, SIDE, SIDE, small);
		found = i > 0 || spread(small) >= spread_min;
		if (found)
			out[i] = hash(small);
	}
	picture_memory_free(grey);
	return found;
}
