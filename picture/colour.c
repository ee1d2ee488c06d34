/* SPDX-License-Identifier: Apache-2.0 */
/* colour.c: ICC profiles by Little CMS, a line at a time and in place. */
#include "colour.h"

#include <lcms2.h>
#include <stdlib.h>
#include <string.h>

enum {
	PROFILE_BYTES_MAX = 4 * 1024 * 1024,
	STEPS = 5,     /* of each colour that are tried to see whether a profile changes any */
	UNCHANGED = 2, /* differences up to this are nobody's to see */
};

static cmsHTRANSFORM
make_transform(struct picture_bytes data, cmsColorSpaceSignature space, cmsUInt32Number format)
{
	cmsHPROFILE from, to;
	cmsHTRANSFORM transform = NULL;

	if (data.len == 0 || data.len > PROFILE_BYTES_MAX)
		return NULL;
	from = cmsOpenProfileFromMem(data.data, (cmsUInt32Number)data.len);
	to = cmsCreate_sRGBProfile();
	if (from != NULL && to != NULL && cmsGetColorSpace(from) == space)
		transform = cmsCreateTransform(from, format, to, TYPE_RGBA_8, INTENT_PERCEPTUAL,
			format == TYPE_RGBA_8 ? cmsFLAGS_COPY_ALPHA : 0);
	if (from != NULL)
		cmsCloseProfile(from);
	if (to != NULL)
		cmsCloseProfile(to);
	return transform;
}

/* Most profiles say sRGB in other words; to apply them would only take time. */
static bool
changes_nothing(cmsHTRANSFORM transform)
{
	uint8_t before[STEPS * STEPS * STEPS][4], after[STEPS * STEPS * STEPS][4];

	for (int i = 0; i < STEPS * STEPS * STEPS; i++) {
		before[i][0] = (uint8_t)(i % STEPS * 255 / (STEPS - 1));
		before[i][1] = (uint8_t)(i / STEPS % STEPS * 255 / (STEPS - 1));
		before[i][2] = (uint8_t)(i / STEPS / STEPS * 255 / (STEPS - 1));
		before[i][3] = 255;
	}
	cmsDoTransform(transform, before, after, STEPS * STEPS * STEPS);
	for (int i = 0; i < STEPS * STEPS * STEPS; i++)
		for (int c = 0; c < 3; c++)
			if (abs(before[i][c] - after[i][c]) > UNCHANGED)
				return false;
	return true;
}

static void
convert_grey(struct picture_raster *raster, cmsHTRANSFORM transform)
{
	uint8_t grey[256], colours[256][4];
	size_t count = (size_t)raster->width * raster->height;

	for (int i = 0; i < 256; i++)
		grey[i] = (uint8_t)i;
	cmsDoTransform(transform, grey, colours, 256);
	for (uint8_t *pixel = raster->pixels; count > 0; count--, pixel += 4)
		memcpy(pixel, colours[pixel[0]], 3);
}

static void
convert_lines(struct picture_raster *raster, cmsHTRANSFORM transform)
{
	for (uint32_t y = 0; y < raster->height; y++) {
		uint8_t *line = picture_raster_at(raster, 0, y);

		cmsDoTransform(transform, line, line, raster->width);
	}
}

/* Whether red, green and blue are the same everywhere, as they are where a file has only grey. */
static bool
is_grey(const struct picture_raster *raster)
{
	size_t count = (size_t)raster->width * raster->height;

	for (const uint8_t *pixel = raster->pixels; count > 0; count--, pixel += 4)
		if (pixel[0] != pixel[1] || pixel[1] != pixel[2])
			return false;
	return true;
}

void
picture_colour_convert(struct picture_raster *raster, struct picture_bytes profile)
{
	cmsHTRANSFORM transform = make_transform(profile, cmsSigRgbData, TYPE_RGBA_8);

	if (transform != NULL) {
		if (!changes_nothing(transform))
			convert_lines(raster, transform);
		cmsDeleteTransform(transform);
		return;
	}
	transform = make_transform(profile, cmsSigGrayData, TYPE_GRAY_8);
	if (transform == NULL)
		return;
	if (is_grey(raster))
		convert_grey(raster, transform);
	cmsDeleteTransform(transform);
}

static void
convert_by_rule(struct picture_raster *raster, bool inverted)
{
	size_t count = (size_t)raster->width * raster->height;

	for (uint8_t *pixel = raster->pixels; count > 0; count--, pixel += 4) {
		int black = inverted ? pixel[3] : 255 - pixel[3];

		for (int c = 0; c < 3; c++)
			pixel[c] = (uint8_t)((inverted ? pixel[c] : 255 - pixel[c]) * black / 255);
	}
}

void
picture_colour_convert_inks(struct picture_raster *raster, struct picture_bytes profile,
	bool inverted)
{
	cmsHTRANSFORM transform = make_transform(profile, cmsSigCmykData,
		inverted ? TYPE_CMYK_8_REV : TYPE_CMYK_8);
	size_t count = (size_t)raster->width * raster->height;

	if (transform != NULL) {
		convert_lines(raster, transform);
		cmsDeleteTransform(transform);
	} else {
		convert_by_rule(raster, inverted);
	}
	for (uint8_t *alpha = raster->pixels + 3; count > 0; count--, alpha += 4)
		*alpha = 255;
}
