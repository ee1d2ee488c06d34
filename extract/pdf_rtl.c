/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_rtl.c: letters of a page from right to left, sorted into lines and words by their places.
 *
 * poppler's order cannot be used here: it keeps the words of a foreign phrase in the order in which
 * they stand from left to right, and takes ligatures apart the wrong way round. */
#include "pdf_rtl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unicode.h"

enum {
	MARK_LEFT_TO_RIGHT = 0x202a,
	MARK_RIGHT_TO_LEFT = 0x202b,
	MARK_END = 0x202c,
	DEPTH_MAX = 8,
	LAM = 0x644,
	FORMS_MAX = 64,
};

/* Widths that lam and alef have on the page. */
struct forms {
	double widths[FORMS_MAX];
	size_t count;
};

static const double same_place = 0.02;  /* points */
static const double word_gap_min = 0.1; /* in font sizes */

static void
reverse(uint32_t *points, size_t from, size_t to)
{
	for (; from + 1 < to; from++, to--) {
		uint32_t kept = points[from];

		points[from] = points[to - 1];
		points[to - 1] = kept;
	}
}

/* The word's points in the order in which they stand from left to right, without marks. */
static size_t
stand_in_order(const uint32_t *points, size_t n, uint32_t *out)
{
	bool rtl[DEPTH_MAX] = {false}, any = false;
	size_t depth = 0, count = 0, start = 0;

	for (size_t i = 0; i < n; i++) {
		if (points[i] == MARK_LEFT_TO_RIGHT || points[i] == MARK_RIGHT_TO_LEFT) {
			if (depth + 1 < DEPTH_MAX)
				rtl[++depth] = points[i] == MARK_RIGHT_TO_LEFT;
			any = any || points[i] == MARK_RIGHT_TO_LEFT;
			start = count;
		} else if (extract_pdf_is_mark(points[i])) {
			/* Turned here and once more with the whole word, it stands as it was. */
			if (any && depth > 0 && !rtl[depth])
				reverse(out, start, count);
			depth -= depth > 0;
			start = count;
		} else {
			out[count++] = points[i];
		}
	}
	if (any)
		reverse(out, 0, count);
	return count;
}

void
extract_pdf_letters_word(struct extract_pdf_letters *letters, const uint32_t *points,
	size_t n_points, struct extract_glyph *glyphs, size_t n_glyphs)
{
	uint32_t *standing = extract_memory_resize(NULL, n_points + 1, sizeof(*standing));
	size_t count = stand_in_order(points, n_points, standing);

	if (letters->size - letters->count < n_glyphs) {
		letters->size = 2 * letters->size + n_glyphs + 256;
		letters->list = extract_memory_resize(letters->list, letters->size, sizeof(*letters->list));
	}
	for (size_t i = 0; i < n_glyphs && i < count; i++) {
		glyphs[i].point = standing[i];
		if (isfinite(glyphs[i].box.x1 + glyphs[i].box.x2 + glyphs[i].box.y1 + glyphs[i].box.y2))
			letters->list[letters->count++] = glyphs[i];
	}
	extract_memory_free(standing);
}

static int
compare(double a, double b)
{
	return a < b ? -1 : a > b;
}

static int
compare_tops(const void *left, const void *right)
{
	const struct extract_glyph *a = left, *b = right;
	int order = compare(a->box.y1, b->box.y1);

	order = order != 0 ? order : compare(a->box.x1, b->box.x1);
	order = order != 0 ? order : compare(a->box.x2, b->box.x2);
	return order != 0 ? order : a->point < b->point ? -1 : a->point > b->point;
}

static int
compare_lefts(const void *left, const void *right)
{
	const struct extract_glyph *a = left, *b = right;
	int order = compare(a->box.x1, b->box.x1);

	return order != 0 ? order : compare_tops(left, right);
}

static bool
is_same(const struct extract_glyph *a, const struct extract_glyph *b)
{
	return a->point == b->point && fabs(a->box.x1 - b->box.x1) < same_place &&
		fabs(a->box.x2 - b->box.x2) < same_place && fabs(a->box.y1 - b->box.y1) < same_place;
}

static void
drop_repeated(struct extract_pdf_letters *letters)
{
	size_t kept = 0;

	if (letters->count == 0)
		return;
	qsort(letters->list, letters->count, sizeof(*letters->list), compare_tops);
	for (size_t i = 0; i < letters->count; i++)
		if (kept == 0 || !is_same(&letters->list[kept - 1], &letters->list[i]))
			letters->list[kept++] = letters->list[i];
	letters->count = kept;
}

static double
width(const struct extract_glyph *glyph)
{
	return glyph->box.x2 - glyph->box.x1;
}

static bool
is_alef(uint32_t point)
{
	return point == 0x622 || point == 0x623 || point == 0x625 || point == 0x627;
}

/* Two letters that share their width evenly, as those do that are one glyph. */
static bool
share_evenly(const struct extract_glyph *left, const struct extract_glyph *right)
{
	return fabs(width(left) - width(right)) < 0.002 * width(left) &&
		fabs(left->box.x2 - right->box.x1) < same_place;
}

static bool
is_even_pair(const struct extract_glyph *left, const struct extract_glyph *right)
{
	return left->point == LAM && is_alef(right->point) && share_evenly(left, right);
}

/* The right one is a mark above or below the left one, or came out of the same glyph. */
static bool
carries(const struct extract_glyph *left, const struct extract_glyph *right)
{
	return extract_unicode_is_combining(right->point) && extract_unicode_is_rtl(left->point) &&
		((right->box.x1 + right->box.x2) / 2 < left->box.x2 || share_evenly(left, right));
}

/* Notes how wide lam and alef are where they stand by themselves, in shares of the font's size. */
static void
measure_forms(struct forms *forms, const struct extract_glyph *line, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double share = width(&line[i]) / fmax(line[i].size, 1);
		bool known = false;

		if ((line[i].point != LAM && !is_alef(line[i].point)) ||
			(i + 1 < count && is_even_pair(&line[i], &line[i + 1])) ||
			(i > 0 && is_even_pair(&line[i - 1], &line[i])))
			continue;
		for (size_t k = 0; k < forms->count && !known; k++)
			known = fabs(forms->widths[k] - share) < 0.002;
		if (!known && forms->count < FORMS_MAX)
			forms->widths[forms->count++] = share;
	}
}

/* A ligature of lam and alef comes as two letters that share its width evenly, in the wrong order.
 * Some fonts have a lam just as wide as an alef: then that width is known from other places. */
static bool
is_taken_apart(const struct extract_glyph *left, const struct extract_glyph *right,
	const struct forms *forms)
{
	double share = width(left) / fmax(left->size, 1);

	if (!is_even_pair(left, right))
		return false;
	for (size_t k = 0; k < forms->count; k++)
		if (fabs(forms->widths[k] - share) < 0.002)
			return false;
	return true;
}

/* Puts neighbours of a line, which is sorted from left to right, as the reversal wants them: a mark
 * above a letter left of it, so that it follows its letter once reversed. Their places stay. */
static void
settle(struct extract_glyph *line, size_t count, const struct forms *forms)
{
	for (size_t i = 0; i + 1 < count; i++) {
		struct extract_glyph *left = &line[i], *right = &line[i + 1];
		uint32_t kept = left->point;

		if (carries(left, right) || is_taken_apart(left, right, forms)) {
			left->point = right->point;
			right->point = kept;
			i++;
		}
	}
}

static void
add_line(struct extract_page *page, struct extract_glyph *line, size_t count,
	const struct forms *forms)
{
	settle(line, count, forms);
	for (size_t i = 0; i < count; i++) {
		double gap = i == 0 ? 0 : line[i].box.x1 - line[i - 1].box.x2;

		if (gap > word_gap_min * fmax(line[i].size, 1))
			extract_page_add(page, &(struct extract_glyph){.point = ' '});
		extract_page_add(page, &line[i]);
	}
	extract_page_add(page, &(struct extract_glyph){.point = '\n'});
}

/* More of the text runs from right to left than the other way. */
static bool
is_mostly_rtl(const char *text, size_t len)
{
	size_t rtl = 0, letters = 0;

	for (size_t at = 0; at < len;) {
		uint32_t point = extract_unicode_next(text, len, &at);

		rtl += extract_unicode_is_rtl(point);
		letters += extract_unicode_is_letter(point);
	}
	return rtl * 2 > letters;
}

/* Behind the last letter of the line that begins with the first: letters are sorted downwards. */
static size_t
line_end(const struct extract_pdf_letters *letters, size_t first)
{
	const struct extract_box lead = letters->list[first].box;
	size_t end = first + 1;

	while (end < letters->count && letters->list[end].box.y1 <= (lead.y1 + lead.y2) / 2)
		end++;
	return end;
}

void
extract_pdf_letters_place(struct extract_pdf_letters *letters, struct extract_page *page)
{
	struct forms forms = {0};
	bool rtl;

	drop_repeated(letters);
	for (size_t i = 0, end; i < letters->count; i = end) {
		end = line_end(letters, i);
		qsort(&letters->list[i], end - i, sizeof(*letters->list), compare_lefts);
		measure_forms(&forms, &letters->list[i], end - i);
	}
	for (size_t i = 0, end; i < letters->count; i = end) {
		end = line_end(letters, i);
		add_line(page, &letters->list[i], end - i, &forms);
	}
	rtl = is_mostly_rtl(extract_buffer_string(&page->text), page->text.len);
	for (size_t i = 0; i < page->fragment_count; i++) {
		const struct extract_fragment *fragment = &page->fragments[i];
		char *text = page->text.data + fragment->text;

		if (fragment->rtl)
			extract_unicode_to_reading(text, fragment->len,
				rtl || is_mostly_rtl(text, fragment->len));
	}
}

void
extract_pdf_letters_close(struct extract_pdf_letters *letters)
{
	free(letters->list);
	*letters = (struct extract_pdf_letters){0};
}
