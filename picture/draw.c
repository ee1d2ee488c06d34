/* SPDX-License-Identifier: Apache-2.0 */
/* draw.c: shapes by chance, but the same for the same prompt and seed; the prompt, and below it whose work this is. */
#include "draw.h"

#include <math.h>
#include <string.h>

#include "font.h"
#include "utf8.h"

enum {
	SHAPES = 24,
	PROMPT_LINES = 4,
	LETTER_MIN = 6,  /* pixels of a cell's width in which words can be read */
	LETTER_GOOD = 9, /* and easily */
	LABEL_PARTS = 4,
	WHITE = 0xffffff,
	THUMBNAIL = 256,
};

/* The label in as many lines as a picture is too narrow for. */
static const char *const labels[3][LABEL_PARTS + 1] = {
	{PICTURE_DRAW_LABEL, NULL},
	{"TEST BACKEND", "no image model", NULL},
	{"TEST", "BACKEND", "no image", "model", NULL},
};

/* ---- chance ---- */

static uint64_t
next(uint64_t *state)
{
	uint64_t value = *state += 0x9e3779b97f4a7c15;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

/* From 0 on, and less than 1. */
static double
chance(uint64_t *state)
{
	return (double)(next(state) >> 11) / (double)(1ULL << 53);
}

static uint64_t
begin(const struct picture_prompt *prompt)
{
	uint64_t state = 0xcbf29ce484222325;

	for (size_t i = 0; i < prompt->len; i++)
		state = (state ^ (uint8_t)prompt->text[i]) * 0x100000001b3;
	state ^= prompt->seed;
	next(&state);
	return state + prompt->variant;
}

/* ---- shapes ---- */

static void
lay(uint8_t *pixel, uint32_t rgb, double cover)
{
	double below = pixel[3] / 255.0 * (1 - cover), alpha = cover + below;

	if (alpha <= 0)
		return;
	for (int c = 0; c < 3; c++)
		pixel[c] = (uint8_t)lround(
			((rgb >> (16 - 8 * c) & 255) * cover + pixel[c] * below) / alpha);
	pixel[3] = (uint8_t)lround(255 * alpha);
}

static uint32_t
colour(uint64_t *state)
{
	double hue = chance(state) * 6, values[3];

	for (int c = 0; c < 3; c++) {
		double apart = fabs(fmod(hue + 2 * c, 6) - 3);

		values[c] = 60 + 170 * fmin(fmax(apart - 0.5, 0), 1.5) / 1.5;
	}
	return (uint32_t)values[0] << 16 | (uint32_t)values[1] << 8 | (uint32_t)values[2];
}

/* A disc, or a ring. Where the mask is opaque nothing is drawn. */
static void
draw_disc(struct picture_raster *raster, const struct picture_raster *mask, uint64_t *state,
	double strength)
{
	double edge = fmin(raster->width, raster->height), radius = edge * (0.04 + 0.2 * chance(state));
	double x = chance(state) * raster->width, y = chance(state) * raster->height;
	double inner = chance(state) < 0.4 ? radius * 0.7 : -2;
	uint32_t rgb = colour(state);

	for (double v = fmax(floor(y - radius - 1), 0); v < fmin(y + radius + 1, raster->height); v++)
		for (double u = fmax(floor(x - radius - 1), 0); u < fmin(x + radius + 1, raster->width);
			 u++) {
			double far = hypot(u + 0.5 - x, v + 0.5 - y);
			double cover = fmin(fmin(radius + 0.5 - far, far - inner + 0.5), 1) * strength;

			if (mask != NULL)
				cover *= 1 - picture_raster_at(mask, (uint32_t)u, (uint32_t)v)[3] / 255.0;
			if (cover > 0)
				lay(picture_raster_at(raster, (uint32_t)u, (uint32_t)v), rgb, cover);
		}
}

static void
draw_sky(struct picture_raster *raster, uint64_t *state)
{
	uint32_t top = colour(state), bottom = colour(state);

	for (uint32_t y = 0; y < raster->height; y++)
		for (uint32_t x = 0; x < raster->width; x++) {
			uint8_t *pixel = picture_raster_at(raster, x, y);

			lay(pixel, top, 1);
			lay(pixel, bottom, (double)y / raster->height);
		}
}

/* ---- words ---- */

static void
darken(struct picture_raster *raster, double top, double bottom, double cover)
{
	for (uint32_t y = (uint32_t)fmax(top, 0); y < fmin(bottom, raster->height); y++)
		for (uint32_t x = 0; x < raster->width; x++)
			lay(picture_raster_at(raster, x, y), 0x101418, cover);
}

static size_t
count_points(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t at = 0; at < len; count++)
		picture_utf8_next(text, len, &at);
	return count;
}

/* Pixels of a step in which a label's longest line fits the width. A sixth of the height is enough for a line, and in a
 * low picture a third for all of them, unless they are large enough with less. */
static double
unit_of(const struct picture_raster *raster, const char *const *label)
{
	size_t longest = 1, lines = 0;
	double most;

	for (; label[lines] != NULL; lines++) {
		size_t count = count_points(label[lines], strlen(label[lines]));

		longest = count > longest ? count : longest;
	}
	most = fmin((double)LETTER_GOOD / PICTURE_FONT_WIDTH,
		raster->height / (3 * ((double)lines + 0.4) * PICTURE_FONT_HEIGHT));
	most = fmax(most, (double)raster->height / (6 * PICTURE_FONT_HEIGHT));
	return fmin((double)raster->width / (double)((longest + 1) * PICTURE_FONT_WIDTH), most);
}

/* At the foot, on a dark ground; returns where that begins. */
static double
draw_label(struct picture_raster *raster)
{
	size_t which = 0, lines = 0;
	double unit, top;

	while (which < 2 && unit_of(raster, labels[which]) * PICTURE_FONT_WIDTH < LETTER_MIN - 0.5)
		which++;
	unit = unit_of(raster, labels[which]);
	while (labels[which][lines] != NULL)
		lines++;
	top = raster->height - unit * PICTURE_FONT_HEIGHT * ((double)lines + 0.4);
	darken(raster, top, raster->height, 1);
	for (size_t i = 0; i < lines; i++)
		picture_font_draw(raster, unit * PICTURE_FONT_WIDTH / 2,
			top + unit * PICTURE_FONT_HEIGHT * ((double)i + 0.2), unit, WHITE, labels[which][i],
			strlen(labels[which][i]));
	return top;
}

/* Where a line ends that may have so many letters: behind a word if one ends in it. */
static size_t
find_line(const char *text, size_t len, size_t letters)
{
	size_t at = 0, blank = 0;

	for (size_t count = 0; at < len && count < letters; count++) {
		if (text[at] == ' ' || text[at] == '\n')
			blank = at + 1;
		if (text[at] == '\n')
			return blank;
		picture_utf8_next(text, len, &at);
	}
	return at < len && blank > 0 ? blank : at;
}

/* Its first lines, above the label. */
static void
draw_prompt(struct picture_raster *raster, const struct picture_prompt *prompt, double foot)
{
	double unit = fmax(raster->width / (36.0 * PICTURE_FONT_WIDTH), 1.2);
	double height = unit * PICTURE_FONT_HEIGHT;
	size_t letters = (size_t)fmax(raster->width / (unit * PICTURE_FONT_WIDTH) - 1, 1);
	size_t ends[PROMPT_LINES + 1] = {0}, lines = 0;

	while (lines < PROMPT_LINES && ends[lines] < prompt->len &&
		height * (double)(lines + 1) < foot * 0.6) {
		ends[lines + 1] = ends[lines] +
			find_line(prompt->text + ends[lines], prompt->len - ends[lines], letters);
		lines++;
	}
	foot -= height * (double)lines;
	darken(raster, foot, foot + height * (double)lines, 0.6);
	for (size_t i = 0; i < lines; i++)
		picture_font_draw(raster, unit * PICTURE_FONT_WIDTH / 2, foot + height * (double)i, unit,
			WHITE, prompt->text + ends[i], ends[i + 1] - ends[i]);
}

static void
draw_words(struct picture_raster *raster, const struct picture_prompt *prompt)
{
	draw_prompt(raster, prompt, draw_label(raster));
}

/* ---- pictures ---- */

void
picture_draw(struct picture_raster *out, uint32_t width, uint32_t height, bool transparent,
	const struct picture_prompt *prompt)
{
	uint64_t state = begin(prompt);

	picture_raster_open(out, width, height);
	out->alpha = transparent;
	if (!transparent)
		draw_sky(out, &state);
	for (uint32_t i = 0; i < SHAPES * prompt->share / 100; i++)
		draw_disc(out, NULL, &state, 0.85);
	draw_words(out, prompt);
}

static void
draw_other(struct picture_raster *raster, const struct picture_raster *other, uint32_t x)
{
	struct picture_raster small;
	uint32_t edge = raster->width < raster->height ? raster->width : raster->height;

	edge = edge / 4 < THUMBNAIL ? edge / 4 + 1 : THUMBNAIL;
	picture_raster_thumbnail(other, edge, &small);
	for (uint32_t v = 0; v < small.height && v < raster->height; v++)
		for (uint32_t u = 0; u < small.width && x * edge + u < raster->width; u++) {
			const uint8_t *from = picture_raster_at(&small, u, v);

			lay(picture_raster_at(raster, x * edge + u, v),
				(uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2], from[3] / 255.0);
		}
	picture_raster_close(&small);
}

void
picture_draw_edit(struct picture_raster *raster, const struct picture_raster *mask,
	const struct picture_raster *others, uint32_t count, const struct picture_prompt *prompt)
{
	uint64_t state = begin(prompt);

	for (uint32_t i = 0; i < SHAPES * prompt->share / 100; i++)
		draw_disc(raster, mask, &state, mask != NULL ? 0.95 : 0.35);
	for (uint32_t i = 0; i < count; i++)
		draw_other(raster, &others[i], i);
	draw_words(raster, prompt);
}
