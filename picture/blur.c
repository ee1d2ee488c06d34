/* SPDX-License-Identifier: Apache-2.0 */
/* blur.c: how sharp a picture is, by the variance of its Laplacian. */
#include "analyse.h"

/* A variance that is commonly taken as the border between blurred and sharp; it becomes one half. */
static const double half = 100;

double
picture_sharpness(const struct picture_raster *raster)
{
	uint8_t *grey = picture_raster_grey(raster);
	size_t width = raster->width;
	double sum = 0, squares = 0, count = 0, variance;

	for (size_t y = 1; y + 1 < raster->height; y++)
		for (size_t x = 1; x + 1 < width; x++) {
			const uint8_t *at = grey + y * width + x;
			int value = at[-1] + at[1] + *(at - width) + at[width] - 4 * *at;

			sum += value;
			squares += (double)value * value;
			count++;
		}
	picture_memory_free(grey);
	if (count == 0)
		return 0;
	variance = squares / count - sum / count * (sum / count);
	return variance <= 0 ? 0 : variance / (variance + half);
}
