/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_furniture.c: finds what stands on every page and belongs to none: heads, feet, numbers. */
#include <math.h>
#include <stdlib.h>

#include "pdf_text.h"
#include "unicode.h"

enum {
	EDGE_LINES = 3, /* lines from the top and from the bottom that are looked at */
	PAGES_MIN = 3,
	TEXT_POINTS = 120,
};

static const double edge_share = 0.2; /* of the page's height, at either end */

/* A fragment at an edge of its page, with what it is compared by. */
struct edge {
	uint64_t text; /* hash of the text, digits made alike */
	double y;
	size_t page;
	size_t fragment;
	int64_t offset; /* of a page number to the page's place; INT64_MIN if it is none */
};

struct edges {
	struct edge *list; /* owned */
	size_t count, size;
};

static uint64_t
hash_text(const char *text, size_t len)
{
	uint64_t hash = 14695981039346656037U;
	bool digit = false;

	for (size_t at = 0; at < len;) {
		uint32_t point = extract_unicode_to_lower(extract_unicode_next(text, len, &at));

		if (point == ' ')
			continue;
		/* A run of digits counts as one: 9 and 10 are the same running head. */
		if (extract_unicode_is_digit(point)) {
			if (digit)
				continue;
			point = '#';
		}
		digit = point == '#';
		hash = (hash ^ point) * 1099511628211U;
	}
	return hash;
}

/* "12", "- 12 -", "Page 12", "12 of 40": the first number of a text with few other letters. */
static int64_t
page_number(const char *text, size_t len)
{
	int64_t number = -1;
	size_t letters = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9') {
			letters += text[i] != ' ' && text[i] != '-' && text[i] != '.';
			continue;
		}
		if (number >= 0)
			continue;
		for (number = 0; i < len && text[i] >= '0' && text[i] <= '9' && number < 100000; i++)
			number = number * 10 + (text[i] - '0');
	}
	return letters <= 8 && len <= 24 ? number : -1;
}

static void
add_edge(struct edges *edges, const struct extract_page *page, size_t page_index, size_t index)
{
	const struct extract_fragment *fragment = &page->fragments[index];
	const char *text = page->text.data + fragment->text;
	int64_t number = page_number(text, fragment->len);

	if (edges->count == edges->size) {
		edges->size = edges->size == 0 ? 256 : edges->size * 2;
		edges->list = extract_memory_resize(edges->list, edges->size, sizeof(*edges->list));
	}
	edges->list[edges->count++] = (struct edge){
		.text = hash_text(text, fragment->len),
		.y = fragment->box.y1,
		.page = page_index,
		.fragment = index,
		.offset = number < 0 ? INT64_MIN : number - (int64_t)page_index,
	};
}

/* Where the third line from the top ends and the third from the bottom begins. */
static void
find_edges(const struct extract_page *page, double *out_top, double *out_bottom)
{
	double *tops = extract_memory_resize(NULL, page->fragment_count, sizeof(*tops));
	size_t count = page->fragment_count, lines = 0;

	for (size_t i = 0; i < count; i++)
		tops[i] = page->fragments[i].box.y1;
	qsort(tops, count, sizeof(*tops), extract_page_compare);
	*out_top = tops[0];
	for (size_t i = 1; i < count && lines + 1 < EDGE_LINES; i++) {
		lines += tops[i] > tops[i - 1] + 2;
		*out_top = tops[i];
	}
	lines = 0;
	*out_bottom = tops[count - 1];
	for (size_t i = count - 1; i > 0 && lines + 1 < EDGE_LINES; i--) {
		lines += tops[i] > tops[i - 1] + 2;
		*out_bottom = tops[i - 1];
	}
	*out_top = fmin(*out_top, page->height * edge_share);
	*out_bottom = fmax(*out_bottom, page->height * (1 - edge_share));
	extract_memory_free(tops);
}

static void
collect(struct edges *edges, const struct extract_page *page, size_t page_index)
{
	double top, bottom;

	if (page->fragment_count == 0)
		return;
	find_edges(page, &top, &bottom);
	for (size_t i = 0; i < page->fragment_count; i++) {
		const struct extract_fragment *fragment = &page->fragments[i];

		if (fragment->characters <= TEXT_POINTS && !fragment->upright &&
			(fragment->box.y1 <= top || fragment->box.y1 >= bottom))
			add_edge(edges, page, page_index, i);
	}
}

static int
compare_texts(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;

	if (a->text != b->text)
		return a->text < b->text ? -1 : 1;
	if (a->y != b->y)
		return a->y < b->y ? -1 : 1;
	return a->page < b->page ? -1 : a->page > b->page;
}

static int
compare_offsets(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->page < b->page ? -1 : a->page > b->page;
}

static void
drop(struct extract_page *pages, const struct edge *edge)
{
	pages[edge->page].fragments[edge->fragment].dropped = true;
}

/* Pages among edges that are sorted by page within. */
static size_t
count_pages(const struct edge *list, size_t count)
{
	size_t pages = 0;

	for (size_t i = 0; i < count; i++) {
		bool seen = false;

		/* Equal heights are sorted by page, others may repeat one; three are enough to know. */
		for (size_t k = i; k > 0 && i - k < 8 && !seen; k--)
			seen = list[k - 1].page == list[i].page;
		pages += !seen;
	}
	return pages;
}

/* The same text at the same height on two fifths of the pages: left and right pages may differ. */
static void
drop_repeated(struct edges *edges, struct extract_page *pages, size_t count)
{
	qsort(edges->list, edges->count, sizeof(*edges->list), compare_texts);
	for (size_t i = 0, end; i < edges->count; i = end) {
		size_t seen;

		for (end = i + 1; end < edges->count && edges->list[end].text == edges->list[i].text &&
			 edges->list[end].y - edges->list[end - 1].y < 2;)
			end++;
		seen = count_pages(edges->list + i, end - i);
		if (seen >= PAGES_MIN && seen * 5 >= count * 2)
			for (size_t k = i; k < end; k++)
				drop(pages, &edges->list[k]);
	}
}

/* Others on a page number's line are a running head that changes with the chapter. */
static void
drop_line(struct extract_page *page, const struct extract_fragment *number)
{
	for (size_t i = 0; i < page->fragment_count; i++) {
		struct extract_fragment *other = &page->fragments[i];

		if (fabs(other->box.y1 - number->box.y1) < 2 && other->characters <= TEXT_POINTS)
			other->dropped = true;
	}
}

/* Numbers that grow with the page, on most of the pages that have any. */
static void
drop_numbers(struct edges *edges, struct extract_page *pages, size_t count)
{
	qsort(edges->list, edges->count, sizeof(*edges->list), compare_offsets);
	for (size_t i = 0, end; i < edges->count; i = end) {
		size_t seen;

		for (end = i + 1; end < edges->count && edges->list[end].offset == edges->list[i].offset;)
			end++;
		if (edges->list[i].offset == INT64_MIN)
			continue;
		seen = count_pages(edges->list + i, end - i);
		if (seen < PAGES_MIN || seen * 4 < count)
			continue;
		for (size_t k = i; k < end; k++) {
			struct extract_page *page = &pages[edges->list[k].page];

			drop(pages, &edges->list[k]);
			drop_line(page, &page->fragments[edges->list[k].fragment]);
		}
	}
}

/* More than this much of a document is no furniture: its pages are just alike. */
static void
keep_if_much(struct extract_page *pages, size_t count)
{
	size_t all = 0, dropped = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < pages[i].fragment_count; k++) {
			all += pages[i].fragments[k].characters;
			if (pages[i].fragments[k].dropped)
				dropped += pages[i].fragments[k].characters;
		}
	}
	for (size_t i = 0; i < count && dropped * 10 > all * 6; i++)
		for (size_t k = 0; k < pages[i].fragment_count; k++)
			pages[i].fragments[k].dropped = false;
}

void
extract_pdf_drop_furniture(struct extract_page *pages, size_t count)
{
	struct edges edges = {0};

	if (count < PAGES_MIN)
		return;
	for (size_t i = 0; i < count; i++)
		collect(&edges, &pages[i], i);
	if (edges.count > 0) {
		drop_repeated(&edges, pages, count);
		drop_numbers(&edges, pages, count);
		keep_if_much(pages, count);
	}
	free(edges.list);
}
