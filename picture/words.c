/* SPDX-License-Identifier: Apache-2.0 */
/* words.c: has the document reader's OCR read a picture, and finds where its words stand in it. */
#include "words.h"

#include <math.h>
#include <string.h>

#include "extract/ocr.h"
#include "extract/pdf_page.h"
#include "extract/unicode.h"
#include "protocol.h"

enum { DPI_MIN = 100, DPI_MAX = 2400 };

static const double page_inches =
	11.7; /* the long side of A4: a picture says nothing of its own that is true */
static const double enlarge_max = 3;

struct picture_words {
	struct extract_ocr *ocr; /* owned */
};

struct picture_words *
picture_words_open(const char *languages, char *message, size_t size)
{
	struct picture_words *words = picture_memory_new(1, sizeof(*words));

	extract_unicode_open();
	words->ocr = extract_ocr_open(languages, PICTURE_TEXT_SECONDS, message, size);
	if (words->ocr != NULL)
		return words;
	picture_memory_free(words);
	return NULL;
}

void
picture_words_close(struct picture_words *words)
{
	if (words == NULL)
		return;
	extract_ocr_close(words->ocr);
	picture_memory_free(words);
}

/* Grey, at about 300 dpi of a page. */
static void
make_raster(const struct picture_raster *raster, struct extract_raster *out, double *out_scale)
{
	double longer = fmax(raster->width, raster->height),
		   pixels = (double)raster->width * raster->height;
	double dpi = fmin(fmax(longer / page_inches, DPI_MIN), DPI_MAX), scale = EXTRACT_OCR_DPI / dpi;
	struct picture_raster scaled;

	scale = scale > 0.8 && scale < 1.2 ? 1 : fmin(scale, enlarge_max);
	scale = fmin(scale, sqrt(EXTRACT_RASTER_PIXELS_MAX / pixels));
	picture_raster_thumbnail(raster, (uint32_t)longer, &scaled);
	picture_raster_flatten(&scaled, 0xffffff);
	if (scale != 1)
		picture_raster_scale(&scaled, (uint32_t)fmax(1, raster->width * scale),
			(uint32_t)fmax(1, raster->height * scale));
	*out = (struct extract_raster){.grey = picture_raster_grey(&scaled),
		.width = scaled.width,
		.height = scaled.height,
		.dpi = dpi * scale};
	*out_scale = (double)scaled.width / raster->width;
	picture_raster_close(&scaled);
}

/* How a place of the page that was read becomes one of the picture. */
struct way {
	struct extract_ocr_turn turn;
	double width, height; /* of the page, in its pixels */
	double pixels;        /* for a point */
	double scale;         /* pixels of the page for one of the picture */
};

static void
go(const struct way *way, double *x, double *y)
{
	double angle = -way->turn.degrees * M_PI / 180, u = *x * way->pixels - way->width / 2,
		   v = *y * way->pixels - way->height / 2;
	double s = u * cos(angle) - v * sin(angle) + way->width / 2,
		   t = u * sin(angle) + v * cos(angle) + way->height / 2;

	switch (way->turn.quarters) {
	case 1:
		*x = t, *y = way->width - s;
		break;
	case 2:
		*x = way->width - s, *y = way->height - t;
		break;
	case 3:
		*x = way->height - t, *y = s;
		break;
	default:
		*x = s, *y = t;
		break;
	}
	*x /= way->scale;
	*y /= way->scale;
}

/* What surrounds the four corners once they are back in the picture. */
static void
find_box(const struct way *way, const struct picture_raster *raster, double x1, double x2,
	const struct extract_fragment *fragment, int box[4])
{
	double left = raster->width, top = raster->height, right = 0, bottom = 0;

	for (int corner = 0; corner < 4; corner++) {
		double x = (corner & 1) != 0 ? x2 : x1,
			   y = (corner & 2) != 0 ? fragment->box.y2 : fragment->box.y1;

		go(way, &x, &y);
		left = fmin(left, x);
		top = fmin(top, y);
		right = fmax(right, x);
		bottom = fmax(bottom, y);
	}
	left = fmax(floor(left), 0);
	top = fmax(floor(top), 0);
	box[0] = (int)left;
	box[1] = (int)top;
	box[2] = (int)(fmax(fmin(ceil(right), raster->width), left) - left);
	box[3] = (int)(fmax(fmin(ceil(bottom), raster->height), top) - top);
}

/* Where the text of a word ends: at a blank, or with its fragment. */
static size_t
word_end(const struct extract_page *page, const struct extract_fragment *fragment, size_t from)
{
	while (from < fragment->text + fragment->len && page->text.data[from] != ' ')
		from++;
	return from;
}

static int
put_fragment(struct picture_answer *answer, const struct extract_page *page,
	const struct extract_fragment *fragment, const struct way *way,
	const struct picture_raster *raster, int64_t line, int64_t block)
{
	int rc = 0;

	for (size_t i = 0; i < fragment->words && rc == 0; i++) {
		const struct extract_word *word = &page->words[fragment->word + i];
		size_t len = word_end(page, fragment, word->text) - word->text;
		char *text = picture_memory_new(len + 1, 1);
		int box[4];

		memcpy(text, page->text.data + word->text, len);
		find_box(way, raster, word->x1, word->x2, fragment, box);
		picture_answer_begin(answer, "word");
		picture_answer_text(answer, "text", text);
		picture_answer_number(answer, "confidence", word->confidence);
		picture_answer_box(answer, "box", box);
		picture_answer_number(answer, "line", line);
		picture_answer_number(answer, "block", block);
		picture_memory_free(text);
		rc = picture_answer_end(answer);
	}
	return rc;
}

/* Words in the order in which a person reads them. */
static int
put_page(struct picture_answer *answer, struct extract_page *page, const struct way *way,
	const struct picture_raster *raster, bool complete)
{
	double confidence = 0, characters = 0, turned = way->turn.quarters * 90 + way->turn.degrees;
	int64_t words = 0;
	int rc = 0;

	extract_page_arrange(page);
	for (size_t i = 0; i < page->row_count && rc == 0; i++)
		for (size_t j = 0; j < page->rows[i].count && rc == 0; j++) {
			const struct extract_fragment *fragment =
				&page->fragments[page->order[page->rows[i].first + j]];

			rc = put_fragment(answer, page, fragment, way, raster, (int64_t)i,
				(int64_t)page->rows[i].column);
			words += (int64_t)fragment->words;
			confidence += (double)fragment->confidence;
			characters += fragment->characters;
		}
	if (rc < 0)
		return rc;
	picture_answer_begin(answer, "text");
	picture_answer_number(answer, "words", words);
	picture_answer_number(answer, "confidence",
		characters > 0 ? lround(confidence / characters) : 0);
	/* It was turned so far to be upright; in the picture it lies the other way. */
	picture_answer_real(answer, "turned", turned == 0 ? 0 : fmod(720 - turned, 360), 1);
	picture_answer_flag(answer, "complete", complete);
	return picture_answer_end(answer);
}

int
picture_put_words(struct picture_answer *answer, struct picture_words *words,
	const struct picture_raster *raster)
{
	struct extract_raster grey;
	struct extract_page page = {0};
	struct way way = {0};
	bool complete;
	int rc;

	make_raster(raster, &grey, &way.scale);
	way.pixels = grey.dpi / 72;
	complete = extract_ocr_begin(words->ocr) &&
		extract_ocr_read(words->ocr, &grey, &page) == EXTRACT_OCR_DONE;
	way.turn = extract_ocr_turn(words->ocr);
	way.width = way.turn.quarters % 2 == 0 ? (double)grey.width : (double)grey.height;
	way.height = way.turn.quarters % 2 == 0 ? (double)grey.height : (double)grey.width;
	extract_raster_close(&grey);
	rc = put_page(answer, &page, &way, raster, complete);
	extract_page_close(&page);
	return rc;
}
