/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_scan.c: tells pages that are pictures from those that have text, and draws them. */
#include "pdf_scan.h"

#include <cairo.h>
#include <math.h>
#include <string.h>

#include "unicode.h"

enum {
	SIGNS_MIN = 50,  /* fewer may be a formula */
	PLAIN_MIN = 100, /* letters from which the share of vowels says something */
	WORD_MIN = 4,
	STAMP_CHARACTERS_MAX = 100, /* more is a page's own text */
	HALF_POINTS_MAX = 256,
};

static const double cover_min = 0.1;       /* of a page without text */
static const double stamp_cover_min = 0.7; /* of a page with a stamp's words */
static const double settle_share = 0.2;    /* by which sizes of the same type may differ */
static const double side_pixels_max = 20000;

void
extract_raster_close(struct extract_raster *raster)
{
	extract_memory_free(raster->grey);
	*raster = (struct extract_raster){0};
}

/* ---- the text layer ---- */

static bool
is_unknown(gunichar point)
{
	return point == 0xfffd || (point < ' ' && !extract_unicode_is_space(point)) ||
		(point >= 0xe000 && point < 0xf000) || (point >= 0xf100 && point < 0xf900) ||
		point >= 0xf0000;
}

/* A word that is being read. */
struct word {
	uint32_t letters, vowels;
	bool other; /* it has something else */
};

static void
end_word(struct extract_pdf_layer *out, struct word *word)
{
	if (word->letters >= WORD_MIN && !word->other) {
		out->plain += word->letters;
		out->vowels += word->vowels;
	}
	*word = (struct word){0};
}

static void
add_to_word(struct word *word, gunichar point)
{
	gunichar letter = point | 0x20;

	if (letter < 'a' || letter > 'z' || point > 'z') {
		word->other = true;
		return;
	}
	word->letters++;
	word->vowels += strchr("aeiouy", (int)letter) != NULL;
}

void
extract_pdf_layer_measure(struct extract_pdf_layer *out, const char *text)
{
	struct word word = {0};

	*out = (struct extract_pdf_layer){0};
	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar point = g_utf8_get_char(text);

		if (extract_unicode_is_space(point)) {
			end_word(out, &word);
			continue;
		}
		out->characters++;
		out->unknown += is_unknown(point);
		if (extract_unicode_is_letter(point) || extract_unicode_is_digit(point))
			out->letters++;
		else
			out->signs += point > 0x7f ? point != 0x2022 && point != 0xb7
									   : strchr("._-*|", (int)point) == NULL;
		add_to_word(&word, point);
	}
	end_word(out, &word);
}

bool
extract_pdf_layer_is_nonsense(const struct extract_pdf_layer *layer)
{
	if (layer->unknown * 5 > layer->characters)
		return true;
	if (layer->signs >= SIGNS_MIN && layer->signs > layer->letters)
		return true;
	return layer->plain >= PLAIN_MIN && layer->vowels * 4 < layer->plain;
}

/* ---- the page ---- */

/* Share of the page that pictures cover. Their sizes are used alone: of a page whose box does not begin at zero, poppler
 * gives wrong places. */
static double
cover(PopplerPage *page)
{
	GList *mapping = poppler_page_get_image_mapping(page);
	double width = 0, height = 0, area = 0;

	poppler_page_get_size(page, &width, &height);
	for (const GList *at = mapping; at != NULL; at = at->next) {
		const PopplerRectangle *box = &((const PopplerImageMapping *)at->data)->area;

		area += fmin(fabs(box->x2 - box->x1), width) * fmin(fabs(box->y2 - box->y1), height);
	}
	poppler_page_free_image_mapping(mapping);
	return width > 0 && height > 0 ? area / (width * height) : 0;
}

bool
extract_pdf_scan_is(PopplerPage *page, const struct extract_pdf_layer *layer)
{
	if (layer->characters == 0)
		return cover(page) >= cover_min;
	if (extract_pdf_layer_is_nonsense(layer))
		return true;
	return layer->characters <= STAMP_CHARACTERS_MAX && cover(page) >= stamp_cover_min;
}

bool
extract_pdf_scan_is_better(const struct extract_page *scan, const struct extract_pdf_layer *layer)
{
	uint64_t characters = 0;

	for (size_t i = 0; i < scan->fragment_count; i++)
		characters += scan->fragments[i].characters;
	if (extract_pdf_layer_is_nonsense(layer))
		return characters > 0;
	return characters > layer->characters + layer->characters / 2;
}

static void
copy_grey(cairo_surface_t *surface, struct extract_raster *out)
{
	const uint8_t *lines = cairo_image_surface_get_data(surface);
	size_t stride = (size_t)cairo_image_surface_get_stride(surface);

	for (size_t y = 0; y < out->height; y++) {
		const uint32_t *line = (const uint32_t *)(const void *)(lines + y * stride);

		for (size_t x = 0; x < out->width; x++) {
			uint32_t red = line[x] >> 16 & 0xff, green = line[x] >> 8 & 0xff, blue = line[x] & 0xff;

			out->grey[y * out->width + x] = (uint8_t)((red * 77 + green * 151 + blue * 28) >> 8);
		}
	}
}

bool
extract_pdf_scan_draw(PopplerPage *page, struct extract_raster *out)
{
	struct extract_raster raster = {.dpi = EXTRACT_OCR_DPI};
	cairo_surface_t *surface;
	cairo_t *cairo;
	double width = 0, height = 0;

	poppler_page_get_size(page, &width, &height);
	if (!(width >= 1 && height >= 1 && isfinite(width) && isfinite(height)))
		return false;
	raster.dpi = fmin(raster.dpi, sqrt(EXTRACT_RASTER_PIXELS_MAX * 72.0 * 72.0 / width / height));
	raster.dpi = fmin(raster.dpi, side_pixels_max * 72 / fmax(width, height));
	raster.width = (size_t)fmax(width * raster.dpi / 72, 1);
	raster.height = (size_t)fmax(height * raster.dpi / 72, 1);
	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)raster.width, (int)raster.height);
	cairo = cairo_create(surface);
	cairo_set_source_rgb(cairo, 1, 1, 1);
	cairo_paint(cairo);
	cairo_scale(cairo, raster.dpi / 72, raster.dpi / 72);
	poppler_page_render(page, cairo);
	cairo_destroy(cairo);
	cairo_surface_flush(surface);
	if (cairo_image_surface_get_data(surface) != NULL) {
		raster.grey = extract_memory_resize(NULL, raster.width * raster.height, 1);
		copy_grey(surface, &raster);
		*out = raster;
	}
	cairo_surface_destroy(surface);
	return raster.grey != NULL;
}

/* ---- sizes ---- */

void
extract_pdf_scan_settle(struct extract_page *pages, size_t count)
{
	size_t characters[HALF_POINTS_MAX] = {0}, most = 0;
	double body;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < pages[i].fragment_count; k++)
			if (pages[i].fragments[k].confidence > 0)
				characters[(size_t)fmin(fmax(pages[i].fragments[k].size * 2, 0),
					HALF_POINTS_MAX - 1)] += pages[i].fragments[k].characters;
	for (size_t i = 1; i < HALF_POINTS_MAX; i++)
		if (characters[i] > characters[most])
			most = i;
	body = (double)most / 2;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < pages[i].fragment_count; k++) {
			struct extract_fragment *fragment = &pages[i].fragments[k];

			if (fragment->confidence > 0 && fabs(fragment->size - body) <= settle_share * body)
				fragment->size = body;
		}
	}
}
