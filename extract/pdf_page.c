/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_page.c: gathers a page's characters into pieces of lines. */
#include "pdf_page.h"

#include <math.h>
#include <stdlib.h>

#include "unicode.h"

static const double word_gap_max = 1.2;   /* in font sizes: a wider one separates cells */
static const double letter_gap_max = 0.6; /* where the PDF has no blank */
static const double index_gap_max = 0.15; /* before a character set lower or higher */

/* How far apart two spans are; negative if they overlap. */
static double
apart(double a1, double a2, double b1, double b2)
{
	return fmax(b1 - a2, a1 - b2);
}

static double
overlap_share(double a1, double a2, double b1, double b2)
{
	double least = fmin(a2 - a1, b2 - b1);

	return least <= 0 ? (apart(a1, a2, b1, b2) <= 0 ? 1 : 0)
					  : (fmin(a2, b2) - fmax(a1, b1)) / least;
}

/* True if the character stands next to the fragment's last one, as in a line or in turned text. */
static bool
continues(const struct extract_page *page, const struct extract_fragment *fragment,
	const struct extract_glyph *glyph, bool *out_upright)
{
	const struct extract_box *last = &page->last, *next = &glyph->box;
	double gap_max = fmax(glyph->size, fragment->size) *
		(page->blank ? word_gap_max : letter_gap_max);
	double across = apart(last->x1, last->x2, next->x1, next->x2);
	double down = apart(last->y1, last->y2, next->y1, next->y2);
	/* Of an index, some writers set most below the line: the 2 of water. */
	bool index = !page->blank && fabs(glyph->size - fragment->size) > 0.1 * fragment->size &&
		across <= index_gap_max * fragment->size;

	*out_upright = false;
	if (overlap_share(fragment->box.y1, fragment->box.y2, next->y1, next->y2) >=
			(index ? 0.2 : 0.4) &&
		!fragment->upright)
		return across <= gap_max;
	if (overlap_share(last->x1, last->x2, next->x1, next->x2) < 0.5 || down > gap_max)
		return false;
	*out_upright = fragment->upright || (!page->blank && fragment->characters < 2);
	return *out_upright;
}

static struct extract_fragment *
start_fragment(struct extract_page *page, const struct extract_glyph *glyph)
{
	if (page->fragment_count == page->fragment_size) {
		page->fragment_size = page->fragment_size == 0 ? 64 : page->fragment_size * 2;
		page->fragments = extract_memory_resize(page->fragments, page->fragment_size,
			sizeof(*page->fragments));
	}
	page->fragments[page->fragment_count] = (struct extract_fragment){
		.box = glyph->box,
		.size = glyph->size,
		.bold_first = glyph->bold,
		.text = page->text.len,
	};
	page->open = true;
	page->blank = false;
	return &page->fragments[page->fragment_count++];
}

/* Notes where a character stands: in the fragment's last word, or in a new one. */
static void
add_to_word(struct extract_page *page, struct extract_fragment *fragment,
	const struct extract_glyph *glyph)
{
	const struct extract_box *box = &glyph->box;
	struct extract_word *word;

	if (fragment->words > 0 && !page->blank) {
		word = &page->words[page->word_count - 1];
		word->x1 = fmin(word->x1, box->x1);
		word->x2 = fmax(word->x2, box->x2);
		return;
	}
	if (page->word_count == page->word_size) {
		page->word_size = page->word_size == 0 ? 256 : page->word_size * 2;
		page->words = extract_memory_resize(page->words, page->word_size, sizeof(*page->words));
	}
	fragment->word = fragment->words++ == 0 ? page->word_count : fragment->word;
	page->words[page->word_count++] = (struct extract_word){page->text.len, box->x1, box->x2,
		glyph->confidence};
}

/* The size of most characters, by majority vote: one counter is enough. */
static void
vote(struct extract_fragment *fragment, double size)
{
	if (fabs(fragment->size - size) < 0.3) {
		fragment->votes++;
	} else if (fragment->votes == 0) {
		fragment->size = size;
		fragment->votes = 1;
	} else {
		fragment->votes--;
	}
}

/* An index hangs below its line or stands above it, but the line's place is that of its letters. */
static void
grow(struct extract_fragment *fragment, const struct extract_glyph *glyph)
{
	const struct extract_box *box = &glyph->box;

	fragment->box.x1 = fmin(fragment->box.x1, box->x1);
	fragment->box.x2 = fmax(fragment->box.x2, box->x2);
	if (glyph->size < 0.9 * fragment->size && !fragment->upright)
		return;
	fragment->box.y1 = fmin(fragment->box.y1, box->y1);
	fragment->box.y2 = fmax(fragment->box.y2, box->y2);
}

static bool
is_finite(const struct extract_glyph *glyph)
{
	return isfinite(glyph->box.x1) && isfinite(glyph->box.x2) && isfinite(glyph->box.y1) &&
		isfinite(glyph->box.y2) && isfinite(glyph->size);
}

void
extract_page_add(struct extract_page *page, const struct extract_glyph *glyph)
{
	struct extract_fragment *fragment = NULL;
	bool upright = false;

	if (glyph->point == '\n') {
		page->open = false;
		return;
	}
	if (extract_unicode_is_space(glyph->point)) {
		page->blank = true;
		return;
	}
	if (!is_finite(glyph))
		return;
	if (page->open && page->fragment_count > 0)
		fragment = &page->fragments[page->fragment_count - 1];
	if (fragment == NULL || !continues(page, fragment, glyph, &upright))
		fragment = start_fragment(page, glyph);
	else if (page->blank)
		extract_buffer_byte(&page->text, ' ');
	add_to_word(page, fragment, glyph);
	page->blank = false;
	extract_buffer_point(&page->text, glyph->point);
	fragment->len = page->text.len - fragment->text;
	if (upright && !fragment->upright)
		fragment->downward = glyph->box.y1 > page->last.y1;
	fragment->upright = fragment->upright || upright;
	fragment->rtl = fragment->rtl || extract_unicode_is_rtl(glyph->point);
	fragment->characters++;
	fragment->bold += glyph->bold;
	fragment->confidence += glyph->confidence;
	vote(fragment, glyph->size);
	grow(fragment, glyph);
	page->last = glyph->box;
}

enum extract_turn
extract_page_turn(const struct extract_page *page)
{
	size_t all = 0, up = 0, down = 0;

	for (size_t i = 0; i < page->fragment_count; i++) {
		const struct extract_fragment *fragment = &page->fragments[i];

		all += fragment->characters;
		if (fragment->upright && fragment->characters >= 3)
			*(fragment->downward ? &down : &up) += fragment->characters;
	}
	return up * 3 > all * 2  ? EXTRACT_TURN_UP
		: down * 3 > all * 2 ? EXTRACT_TURN_DOWN
							 : EXTRACT_TURN_NONE;
}

struct extract_box
extract_box_turn(struct extract_box box, enum extract_turn turn, double width, double height)
{
	switch (turn) {
	case EXTRACT_TURN_UP:
		return (struct extract_box){height - box.y2, box.x1, height - box.y1, box.x2};
	case EXTRACT_TURN_DOWN:
		return (struct extract_box){box.y1, width - box.x2, box.y2, width - box.x1};
	default:
		return box;
	}
}

bool
extract_page_is_gap(const struct extract_fragment *left, const struct extract_fragment *right)
{
	return apart(left->box.x1, left->box.x2, right->box.x1, right->box.x2) >
		word_gap_max * 0.8 * fmax(left->size, right->size);
}

void
extract_page_close(struct extract_page *page)
{
	extract_buffer_close(&page->text);
	free(page->fragments);
	free(page->words);
	free(page->order);
	free(page->rows);
	*page = (struct extract_page){0};
}

int
extract_page_compare(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}
