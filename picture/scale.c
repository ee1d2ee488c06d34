/* SPDX-License-Identifier: Apache-2.0 */
/* scale.c: another size by a Lanczos filter of three lobes, which is widened where a picture shrinks: lines first, then
 * columns. Colours are weighted by their alpha, so that what is transparent has none. */
#include "raster.h"

#include <math.h>

enum { LOBES = 3, UNIT = 1 << 14 };

/* For each new pixel the first old one that counts, and how much it and those behind it do; UNIT together. */
struct weights {
	uint32_t taps;
	uint32_t *first; /* owned */
	int16_t *weight; /* owned: taps for each */
};

static double
lanczos(double x)
{
	double angle = M_PI * x;

	if (fabs(x) < 1e-9)
		return 1;
	return fabs(x) >= LOBES ? 0 : LOBES * sin(angle) * sin(angle / LOBES) / (angle * angle);
}

/* The weights of one pixel; rounded so that they are UNIT together. */
static void
weigh(double centre, double widen, uint32_t first, uint32_t taps, int16_t *out)
{
	double sum = 0;
	int left = UNIT;
	uint32_t best = 0;

	for (uint32_t i = 0; i < taps; i++)
		sum += lanczos((first + i + 0.5 - centre) / widen);
	for (uint32_t i = 0; i < taps; i++) {
		out[i] = (int16_t)lround(lanczos((first + i + 0.5 - centre) / widen) / sum * UNIT);
		left -= out[i];
		if (out[i] > out[best])
			best = i;
	}
	out[best] = (int16_t)(out[best] + left);
}

static struct weights
make_weights(uint32_t from, uint32_t to)
{
	double step = (double)from / to, widen = fmax(step, 1);
	uint32_t taps = (uint32_t)ceil(2 * LOBES * widen) + 1;
	struct weights weights = {.taps = taps < from ? taps : from};

	weights.first = picture_memory_resize(NULL, to, sizeof(*weights.first));
	weights.weight = picture_memory_resize(NULL, (size_t)to * weights.taps,
		sizeof(*weights.weight));
	for (uint32_t i = 0; i < to; i++) {
		double centre = (i + 0.5) * step, start = fmax(ceil(centre - LOBES * widen - 0.5), 0);
		double last = (double)from - weights.taps;

		weights.first[i] = (uint32_t)fmin(start, last);
		weigh(centre, widen, weights.first[i], weights.taps,
			weights.weight + (size_t)i * weights.taps);
	}
	return weights;
}

static uint8_t
clamp(int32_t sum)
{
	int32_t value = (sum + UNIT / 2) / UNIT;

	return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* One new pixel of old ones that lie `step` bytes apart. */
static void
mix(const uint8_t *from, size_t step, const int16_t *weight, uint32_t taps, uint8_t *to)
{
	int32_t sum[4] = {0};

	for (uint32_t i = 0; i < taps; i++, from += step)
		for (int c = 0; c < 4; c++)
			sum[c] += weight[i] * from[c];
	for (int c = 0; c < 4; c++)
		to[c] = clamp(sum[c]);
}

static void
premultiply(struct picture_raster *raster)
{
	size_t count = (size_t)raster->width * raster->height;

	for (uint8_t *pixel = raster->pixels; count > 0; count--, pixel += 4)
		for (int c = 0; c < 3; c++)
			pixel[c] = (uint8_t)((pixel[c] * pixel[3] + 127) / 255);
}

static void
unpremultiply(struct picture_raster *raster)
{
	size_t count = (size_t)raster->width * raster->height;

	for (uint8_t *pixel = raster->pixels; count > 0; count--, pixel += 4)
		for (int c = 0; c < 3 && pixel[3] > 0; c++) {
			int value = (pixel[c] * 255 + pixel[3] / 2) / pixel[3];

			pixel[c] = (uint8_t)(value > 255 ? 255 : value);
		}
}

/* Its lines, or its columns. */
static void
resize(struct picture_raster *raster, uint32_t width, uint32_t height)
{
	bool lines = width != raster->width;
	struct weights weights = make_weights(lines ? raster->width : raster->height,
		lines ? width : height);
	struct picture_raster to;
	size_t row = 4 * (size_t)raster->width;

	picture_raster_open(&to, width, height);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++) {
			uint32_t at = lines ? x : y, first = weights.first[at];
			const uint8_t *from = lines ? picture_raster_at(raster, first, y)
										: picture_raster_at(raster, x, first);

			mix(from, lines ? 4 : row, weights.weight + (size_t)at * weights.taps, weights.taps,
				picture_raster_at(&to, x, y));
		}
	picture_memory_free(weights.first);
	picture_memory_free(weights.weight);
	picture_memory_free(raster->pixels);
	raster->pixels = to.pixels;
	raster->width = width;
	raster->height = height;
}

void
picture_raster_scale(struct picture_raster *raster, uint32_t width, uint32_t height)
{
	if (raster->alpha)
		premultiply(raster);
	if (width != raster->width)
		resize(raster, width, raster->height);
	if (height != raster->height)
		resize(raster, raster->width, height);
	if (raster->alpha)
		unpremultiply(raster);
}
