/* SPDX-License-Identifier: Apache-2.0 */
/* raster.c: pixels turned, laid on a colour, and made grey. */
#include "raster.h"

#include <math.h>
#include <string.h>

void
picture_raster_open(struct picture_raster *out, uint32_t width, uint32_t height)
{
	*out = (struct picture_raster){.pixels = picture_memory_new((size_t)width * height, 4),
		.width = width,
		.height = height};
}

void
picture_raster_close(struct picture_raster *raster)
{
	picture_memory_free(raster->pixels);
	*raster = (struct picture_raster){0};
}

/* Where the pixel comes from that is shown at a place. */
struct origin {
	ptrdiff_t first, right, down; /* in pixels */
};

static struct origin
origin_of(int orientation, ptrdiff_t width, ptrdiff_t height)
{
	ptrdiff_t last_x = width - 1, last_y = (height - 1) * width;

	switch (orientation) {
	case 2:
		return (struct origin){last_x, -1, width};
	case 3:
		return (struct origin){last_y + last_x, -1, -width};
	case 4:
		return (struct origin){last_y, 1, -width};
	case 5:
		return (struct origin){0, width, 1};
	case 6:
		return (struct origin){last_y, -width, 1};
	case 7:
		return (struct origin){last_y + last_x, -width, -1};
	case 8:
		return (struct origin){last_x, width, -1};
	default:
		return (struct origin){0, 1, width};
	}
}

/* In squares, so that lines and columns both stay in the processor's cache. */
void
picture_raster_orient(struct picture_raster *raster, int orientation)
{
	enum { SQUARE = 32 };
	struct origin origin = origin_of(orientation, raster->width, raster->height);
	uint32_t width = orientation >= 5 ? raster->height : raster->width;
	uint32_t height = orientation >= 5 ? raster->width : raster->height;
	const uint32_t *from = (const uint32_t *)(const void *)raster->pixels;
	uint32_t *to;

	if (orientation <= 1)
		return;
	to = picture_memory_resize(NULL, (size_t)width * height, 4);
	for (uint32_t top = 0; top < height; top += SQUARE)
		for (uint32_t left = 0; left < width; left += SQUARE)
			for (uint32_t y = top; y < height && y < top + SQUARE; y++)
				for (uint32_t x = left; x < width && x < left + SQUARE; x++)
					to[(size_t)y * width + x] = from[origin.first + (ptrdiff_t)x * origin.right +
						(ptrdiff_t)y * origin.down];
	picture_memory_free(raster->pixels);
	raster->pixels = (uint8_t *)to;
	raster->width = width;
	raster->height = height;
}

void
picture_raster_fit(struct picture_raster *raster, uint32_t max_edge)
{
	uint32_t longer = raster->width > raster->height ? raster->width : raster->height;
	double scale = (double)max_edge / longer;

	if (max_edge == 0 || longer <= max_edge)
		return;
	picture_raster_scale(raster, (uint32_t)fmax(1, round(raster->width * scale)),
		(uint32_t)fmax(1, round(raster->height * scale)));
}

/* Colours count by their alpha. */
static void
mean(const struct picture_raster *raster, uint32_t left, uint32_t top, uint32_t side, uint8_t *out)
{
	uint32_t sum[4] = {0};

	for (uint32_t y = top; y < top + side; y++) {
		const uint8_t *pixel = picture_raster_at(raster, left, y);

		for (uint32_t x = 0; x < side; x++, pixel += 4) {
			for (int c = 0; c < 3; c++)
				sum[c] += (uint32_t)pixel[c] * pixel[3];
			sum[3] += pixel[3];
		}
	}
	for (int c = 0; c < 3; c++)
		out[c] = (uint8_t)(sum[3] == 0 ? 0 : sum[c] / sum[3]);
	out[3] = (uint8_t)(sum[3] / (side * side));
}

void
picture_raster_thumbnail(const struct picture_raster *raster, uint32_t max_edge,
	struct picture_raster *out)
{
	uint32_t longer = raster->width > raster->height ? raster->width : raster->height;
	uint32_t shorter = raster->width > raster->height ? raster->height : raster->width;
	uint32_t side = longer / max_edge < shorter ? longer / max_edge : shorter;

	side = side < 1 ? 1 : side;
	picture_raster_open(out, raster->width / side, raster->height / side);
	out->alpha = raster->alpha;
	for (uint32_t y = 0; y < out->height; y++)
		for (uint32_t x = 0; x < out->width; x++)
			mean(raster, x * side, y * side, side, picture_raster_at(out, x, y));
	picture_raster_fit(out, max_edge);
}

static uint8_t
blend(uint32_t over, uint32_t under, uint32_t alpha)
{
	return (uint8_t)((over * alpha + under * (255 - alpha) + 127) / 255);
}

void
picture_raster_flatten(struct picture_raster *raster, uint32_t rgb)
{
	size_t count = (size_t)raster->width * raster->height;

	if (!raster->alpha)
		return;
	for (size_t i = 0; i < count; i++) {
		uint8_t *pixel = raster->pixels + 4 * i;

		pixel[0] = blend(pixel[0], rgb >> 16 & 255, pixel[3]);
		pixel[1] = blend(pixel[1], rgb >> 8 & 255, pixel[3]);
		pixel[2] = blend(pixel[2], rgb & 255, pixel[3]);
		pixel[3] = 255;
	}
	raster->alpha = false;
}

/* By the weights of Rec. 601. */
uint8_t *
picture_raster_grey(const struct picture_raster *raster)
{
	size_t count = (size_t)raster->width * raster->height;
	uint8_t *grey = picture_memory_resize(NULL, count, 1);

	for (size_t i = 0; i < count; i++) {
		const uint8_t *pixel = raster->pixels + 4 * i;
		uint32_t value = (77U * pixel[0] + 150U * pixel[1] + 29U * pixel[2] + 128) >> 8;

		grey[i] = blend(value, 255, pixel[3]);
	}
	return grey;
}

/* Sum of what lies between two places of a line or column of which each cell holds one mean. */
void
picture_grey_shrink(const uint8_t *grey, uint32_t grey_width, uint32_t grey_height,
	const struct picture_part *part, uint32_t width, uint32_t height, float *out)
{
	for (uint32_t y = 0; y < height; y++) {
		uint32_t top = (uint32_t)(part->y + part->height * y / height);
		uint32_t bottom = (uint32_t)ceil(part->y + part->height * (y + 1) / height);

		for (uint32_t x = 0; x < width; x++) {
			uint32_t left = (uint32_t)(part->x + part->width * x / width);
			uint32_t right = (uint32_t)ceil(part->x + part->width * (x + 1) / width);
			uint64_t sum = 0, count = 0;

			for (uint32_t v = top; v < bottom && v < grey_height; v++)
				for (uint32_t u = left; u < right && u < grey_width; u++, count++)
					sum += grey[(size_t)v * grey_width + u];
			out[y * width + x] = count == 0 ? 0 : (float)((double)sum / (double)count);
		}
	}
}
