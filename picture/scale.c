/* SPDX-License-Identifier: Apache-2.0 */
/* scale.c: another size by a Lanczos filter of three lobes, which is widened where a picture shrinks: lines first, then
 * columns. Colours are weighted by their alpha, so that what is transparent has none. */
#include "raster.h"

#include <math.h>
#include <string.h>

enum { LOBES = 3 };

/* The four bytes of a pixel at once, which is what a processor's vectors are for. */
typedef float pixel_sum __attribute__((vector_size(16)));

/* For each new pixel the first old one that counts, and how much it and those behind it do; 1 together. */
struct weights {
	uint32_t taps;
	uint32_t *first; /* owned */
	float *weight;   /* owned: taps for each */
};

static double
lanczos(double x)
{
	double angle = M_PI * x;

	if (fabs(x) < 1e-9)
		return 1;
	return fabs(x) >= LOBES ? 0 : LOBES * sin(angle) * sin(angle / LOBES) / (angle * angle);
}

static void
weigh(double centre, double widen, uint32_t first, uint32_t taps, float *out)
{
	double sum = 0;

	for (uint32_t i = 0; i < taps; i++)
		sum += lanczos((first + i + 0.5 - centre) / widen);
	for (uint32_t i = 0; i < taps; i++)
		out[i] = (float)(lanczos((first + i + 0.5 - centre) / widen) / sum);
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
clamp(float sum)
{
	return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum + 0.5F);
}

static void
convert(const uint8_t *from, uint32_t count, pixel_sum *to)
{
	for (uint32_t i = 0; i < count; i++, from += 4)
		to[i] = (pixel_sum){from[0], from[1], from[2], from[3]};
}

static void
put(const pixel_sum *from, uint32_t count, uint8_t *to)
{
	for (uint32_t i = 0; i < count; i++, to += 4)
		for (int c = 0; c < 4; c++)
			to[c] = clamp(from[i][c]);
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

static void
resize_lines(const struct picture_raster *from, const struct weights *weights,
	struct picture_raster *to)
{
	pixel_sum *line = picture_memory_resize(NULL, from->width, sizeof(*line));
	pixel_sum *made = picture_memory_resize(NULL, to->width, sizeof(*made));

	for (uint32_t y = 0; y < to->height; y++) {
		convert(picture_raster_at(from, 0, y), from->width, line);
		for (uint32_t x = 0; x < to->width; x++) {
			const float *weight = weights->weight + (size_t)x * weights->taps;
			const pixel_sum *old = line + weights->first[x];
			pixel_sum sum = {0};

			for (uint32_t i = 0; i < weights->taps; i++)
				sum += weight[i] * old[i];
			made[x] = sum;
		}
		put(made, to->width, picture_raster_at(to, 0, y));
	}
	picture_memory_free(line);
	picture_memory_free(made);
}

/* The lines that count for one new line are kept, each at its number's remainder. */
static void
resize_columns(const struct picture_raster *from, const struct weights *weights,
	struct picture_raster *to)
{
	uint32_t width = from->width, taps = weights->taps, ready = 0;
	pixel_sum *kept = picture_memory_resize(NULL, (size_t)width * taps, sizeof(*kept));
	pixel_sum *made = picture_memory_resize(NULL, width, sizeof(*made));

	for (uint32_t y = 0; y < to->height; y++) {
		for (; ready < weights->first[y] + taps; ready++)
			convert(picture_raster_at(from, 0, ready), width,
				kept + (size_t)(ready % taps) * width);
		memset(made, 0, width * sizeof(*made));
		for (uint32_t i = 0; i < taps; i++) {
			const pixel_sum *old = kept + (size_t)((weights->first[y] + i) % taps) * width;
			float weight = weights->weight[(size_t)y * taps + i];

			for (uint32_t x = 0; x < width; x++)
				made[x] += weight * old[x];
		}
		put(made, width, picture_raster_at(to, 0, y));
	}
	picture_memory_free(kept);
	picture_memory_free(made);
}

/* Its lines, or its columns. */
static void
resize(struct picture_raster *raster, uint32_t width, uint32_t height)
{
	bool lines = width != raster->width;
	struct weights weights = make_weights(lines ? raster->width : raster->height,
		lines ? width : height);
	struct picture_raster to;

	picture_raster_open(&to, width, height);
	if (lines)
		resize_lines(raster, &weights, &to);
	else
		resize_columns(raster, &weights, &to);
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
