/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_furniture.c: finds what stands on most pages and belongs to none: heads, feet, page numbers.
 *
 * Only text that is the same on most pages is taken for that, and numbers that follow the pages: never a text that
 * differs in its figures, never a row of a table, nothing larger than the text. And nothing is lost with it: where
 * the words stand nowhere else, the first of their places keeps them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pdf_number.h"
#include "pdf_text.h"
#include "unicode.h"

enum {
	EDGE_LINES = 3, /* lines from the top and from the bottom that are looked at */
	PAGES_MIN = 3,
	TEXT_POINTS = 120,
	SAID_FRAGMENTS = 3, /* a head may stand in the text as its number, and a title on two lines */
};

static const double edge_share = 0.2; /* of the page's height, at either end */
static const double larger = 1.3;     /* than the text: a title, whatever it repeats */
static const uint64_t hash_start = 14695981039346656037U;

/* A fragment at an edge of its page, with what it is compared by. */
struct edge {
	uint64_t text;  /* hash of the text, but for the page's number */
	uint64_t words; /* hash of its letters and digits: where else it is said */
	double y;
	size_t page;
	size_t fragment;
	int64_t offset; /* of a page number to the page's place; INT64_MIN if it is none */
	bool bare;      /* a page number and nothing else */
	bool said;      /* its words stand elsewhere too */
};

struct edges {
	struct edge *list; /* owned */
	size_t count, size;
};

/* A document's pages, and what was found at their edges. */
struct furniture {
	struct extract_page *pages; /* borrowed */
	size_t count;
	struct edges edges;
	double *number_y; /* owned: the page number's line on each page; NAN without one */
};

static uint64_t
hash_point(uint64_t hash, uint32_t point)
{
	return (hash ^ point) * 1099511628211U;
}

/* The text without blanks and case; the number, if there is one, counts as a mark. */
static uint64_t
hash_text(uint64_t hash, const char *text, size_t len, const struct extract_pdf_number *number)
{
	for (size_t at = 0; at < len;) {
		uint32_t point;

		if (number->len > 0 && at == number->at) {
			at += number->len;
			hash = hash_point(hash, UINT32_MAX);
			continue;
		}
		point = extract_unicode_to_lower(extract_unicode_next(text, len, &at));
		hash = point == ' ' ? hash : hash_point(hash, point);
	}
	return hash;
}

static uint64_t
hash_words(uint64_t hash, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t point = extract_unicode_next(text, len, &at);

		if (extract_unicode_is_letter(point) || extract_unicode_is_digit(point))
			hash = hash_point(hash, extract_unicode_to_lower(point));
	}
	return hash;
}

static struct extract_fragment *
fragment_of(const struct furniture *all, const struct edge *edge)
{
	return &all->pages[edge->page].fragments[edge->fragment];
}

static void
add_edge(struct furniture *all, size_t page_index, size_t index)
{
	const struct extract_page *page = &all->pages[page_index];
	struct edges *edges = &all->edges;
	const struct extract_fragment *fragment = &page->fragments[index];
	const char *text = page->text.data + fragment->text;
	struct extract_pdf_number number = {0};
	bool numbered = extract_pdf_number_find(text, fragment->len, &number) &&
		number.value <= (int64_t)(3 * all->count) + 20;
	int64_t offset = numbered ? number.value - (int64_t)page_index : INT64_MIN;
	uint64_t hash = hash_start;

	/* A larger number than the document could have is a record's. */
	if (!numbered)
		number = (struct extract_pdf_number){0};
	/* With words beside it, it has to follow the pages to be no part of the text. */
	if (numbered && !number.bare)
		hash = hash_point(hash, (uint32_t)offset);
	if (edges->count == edges->size) {
		edges->size = edges->size == 0 ? 256 : edges->size * 2;
		edges->list = extract_memory_resize(edges->list, edges->size, sizeof(*edges->list));
	}
	edges->list[edges->count++] = (struct edge){
		.text = hash_text(hash, text, fragment->len, &number),
		.words = hash_words(hash_start, text, fragment->len),
		.y = fragment->box.y1,
		.page = page_index,
		.fragment = index,
		.offset = offset,
		.bare = number.bare,
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
collect(struct furniture *all, size_t page_index, double body)
{
	const struct extract_page *page = &all->pages[page_index];
	double top, bottom;

	if (page->fragment_count == 0)
		return;
	find_edges(page, &top, &bottom);
	for (size_t i = 0; i < page->fragment_count; i++) {
		const struct extract_fragment *fragment = &page->fragments[i];

		if (fragment->characters <= TEXT_POINTS && !fragment->upright &&
			fragment->size <= larger * body &&
			(fragment->box.y1 <= top || fragment->box.y1 >= bottom))
			add_edge(all, page_index, i);
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

/* Pages among edges that are sorted by page within: all of them, the even and the odd ones. */
struct seen {
	size_t pages, of_parity[2];
};

static struct seen
count_pages(const struct edge *list, size_t count)
{
	struct seen out = {0};

	for (size_t i = 0; i < count; i++) {
		bool seen = false;

		/* Equal heights are sorted by page, others may repeat one; a few are enough to know. */
		for (size_t k = i; k > 0 && i - k < 8 && !seen; k--)
			seen = list[k - 1].page == list[i].page;
		if (seen)
			continue;
		out.pages++;
		out.of_parity[list[i].page % 2]++;
	}
	return out;
}

/* True for most pages, or for most of the left or the right ones alone. */
static bool
is_most(struct seen seen, size_t count)
{
	return seen.pages >= PAGES_MIN &&
		(seen.pages * 2 > count ||
			((seen.of_parity[0] == 0 || seen.of_parity[1] == 0) && seen.pages * 4 > count));
}

/* Behind the edges that have the same text at the same height as the first. */
static size_t
same_text(const struct edges *edges, size_t first)
{
	const struct edge *list = edges->list;
	size_t end = first + 1;

	while (end < edges->count && list[end].text == list[first].text &&
		list[end].y - list[end - 1].y < 2)
		end++;
	return end;
}

/* A number alone is left to those that follow the pages: what is 5 on each is none. */
static void
drop_repeated(struct furniture *all)
{
	struct edge *list = all->edges.list;

	qsort(list, all->edges.count, sizeof(*list), compare_texts);
	for (size_t i = 0, end; i < all->edges.count; i = end) {
		end = same_text(&all->edges, i);
		if (!list[i].bare && is_most(count_pages(list + i, end - i), all->count))
			for (size_t k = i; k < end; k++)
				fragment_of(all, &list[k])->dropped = true;
	}
}

static bool
same_line(const struct extract_fragment *a, const struct extract_fragment *b)
{
	return fabs(a->box.y1 - b->box.y1) < 2 || fabs(a->box.y2 - b->box.y2) < 2;
}

/* True for a number at the left or right edge of what the page has from side to side. */
static bool
is_at_margin(const struct extract_page *page, const struct extract_fragment *number)
{
	double left = INFINITY, right = -INFINITY;

	for (size_t i = 0; i < page->fragment_count; i++) {
		left = fmin(left, page->fragments[i].box.x1);
		right = fmax(right, page->fragments[i].box.x2);
	}
	return right - left >= page->width * 0.4 &&
		(number->box.x1 < left + 5 || number->box.x2 > right - 5);
}

/* True for a number on the page's first or last line, by itself, at the margin, or far from what else stands on it:
 * a label has its value closer. */
static bool
stands_apart(const struct extract_page *page, const struct extract_fragment *number)
{
	bool above = false, below = false;
	double gap = is_at_margin(page, number) ? 0 : page->width / 5;

	for (size_t i = 0; i < page->fragment_count; i++) {
		const struct extract_fragment *other = &page->fragments[i];

		if (other == number || other->upright)
			continue;
		if (same_line(number, other)) {
			if (fmax(other->box.x1 - number->box.x2, number->box.x1 - other->box.x2) < gap)
				return false;
		} else if (!other->dropped) {
			above = above || other->box.y1 < number->box.y1;
			below = below || other->box.y1 > number->box.y1;
		}
	}
	return !above || !below;
}

/* Numbers that grow with the page, on many of the pages or on pages in a row: a part with numbers of its own. */
static void
drop_numbers(struct furniture *all)
{
	struct edge *list = all->edges.list;

	qsort(list, all->edges.count, sizeof(*list), compare_offsets);
	for (size_t i = 0, end; i < all->edges.count; i = end) {
		size_t seen;

		for (end = i + 1; end < all->edges.count && list[end].offset == list[i].offset;)
			end++;
		if (list[i].offset == INT64_MIN)
			continue;
		seen = count_pages(list + i, end - i).pages;
		if (seen < PAGES_MIN ||
			(seen * 4 < all->count && list[end - 1].page - list[i].page + 1 > seen))
			continue;
		for (size_t k = i; k < end; k++) {
			struct extract_fragment *number = fragment_of(all, &list[k]);

			if (!list[k].bare || !stands_apart(&all->pages[list[k].page], number))
				continue;
			number->dropped = true;
			all->number_y[list[k].page] = number->box.y1;
		}
	}
}

static bool
on_number_line(const struct furniture *all, size_t page, const struct extract_fragment *fragment)
{
	return fabs(fragment->box.y1 - all->number_y[page]) < 2; /* NAN where there is none */
}

static int
compare_hashes(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* Marks the hashes of the list that a page's text has, in a fragment or in neighbouring ones. */
static void
look_up(const struct furniture *all, size_t index, const uint64_t *wanted, size_t count, bool *said)
{
	const struct extract_page *page = &all->pages[index];

	for (size_t i = 0; i < page->fragment_count; i++) {
		uint64_t hash = hash_start;

		for (size_t k = i; k < page->fragment_count && k < i + SAID_FRAGMENTS; k++) {
			const struct extract_fragment *fragment = &page->fragments[k];
			const uint64_t *found;

			if (fragment->dropped || fragment->characters > TEXT_POINTS ||
				on_number_line(all, index, fragment))
				break;
			hash = hash_words(hash, page->text.data + fragment->text, fragment->len);
			found = bsearch(&hash, wanted, count, sizeof(hash), compare_hashes);
			if (found != NULL)
				said[found - wanted] = true;
		}
	}
}

/* Finds out which of the edges that are dropped, or may be, are said elsewhere. */
static void
find_said(struct furniture *all)
{
	struct edge *list = all->edges.list;
	uint64_t *wanted = extract_memory_resize(NULL, all->edges.count, sizeof(*wanted));
	bool *said = extract_memory_resize(NULL, all->edges.count, sizeof(*said));
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < all->edges.count; i++) {
		const struct extract_fragment *fragment = fragment_of(all, &list[i]);

		if (!list[i].bare && (fragment->dropped || on_number_line(all, list[i].page, fragment)))
			wanted[count++] = list[i].words;
	}
	if (count > 0)
		qsort(wanted, count, sizeof(*wanted), compare_hashes);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || wanted[i] != wanted[i - 1])
			wanted[kept++] = wanted[i];
	memset(said, 0, all->edges.count * sizeof(*said));
	for (size_t i = 0; i < all->count && kept > 0; i++)
		look_up(all, i, wanted, kept, said);
	for (size_t i = 0; i < all->edges.count && kept > 0; i++) {
		const uint64_t *found = bsearch(&list[i].words, wanted, kept, sizeof(*wanted),
			compare_hashes);

		list[i].said = list[i].words == hash_start || (found != NULL && said[found - wanted]);
	}
	extract_memory_free(wanted);
	extract_memory_free(said);
}

/* What else stands on a page number's line is a running head that changes with the chapter, if it stands there
 * again on another page, or in the text: the chapter's own title. */
static void
drop_chapters(struct furniture *all)
{
	struct edge *list = all->edges.list;

	qsort(list, all->edges.count, sizeof(*list), compare_texts);
	for (size_t i = 0, end; i < all->edges.count; i = end) {
		bool again;

		end = same_text(&all->edges, i);
		again = count_pages(list + i, end - i).pages > 1;
		for (size_t k = i; k < end; k++)
			if (!list[k].bare && (again || list[k].said) &&
				on_number_line(all, list[k].page, fragment_of(all, &list[k])))
				fragment_of(all, &list[k])->dropped = true;
	}
}

static bool
is_aligned(const struct extract_fragment *a, const struct extract_fragment *b)
{
	double width = a->box.x2 - a->box.x1, other = b->box.x2 - b->box.x1;

	if (other > 3 * width + 20 || width > 3 * other + 20)
		return false;
	return fabs(a->box.x1 - b->box.x1) < 3 || fabs(a->box.x2 - b->box.x2) < 3 ||
		fabs(a->box.x1 + a->box.x2 - b->box.x1 - b->box.x2) < 6;
}

/* True if a cell of the fragment's column stands right above or below, on a line that is kept. */
static bool
has_cell(const struct extract_page *page, const struct extract_fragment *fragment)
{
	for (size_t i = 0; i < page->fragment_count; i++) {
		const struct extract_fragment *other = &page->fragments[i];

		if (!other->dropped && !same_line(fragment, other) &&
			fabs(other->box.y1 - fragment->box.y1) < 2.2 * fragment->size &&
			is_aligned(fragment, other))
			return true;
	}
	return false;
}

/* True if two fragments of the line have cells above or below: the line is a row of a table, or its header. */
static bool
is_table_row(const struct extract_page *page, const struct extract_fragment *fragment)
{
	size_t cells = 0;

	for (size_t i = 0; i < page->fragment_count && cells < 2; i++)
		cells += same_line(fragment, &page->fragments[i]) && has_cell(page, &page->fragments[i]);
	return cells >= 2;
}

/* A row that is kept can make a row of the one beside it. */
static void
keep_tables(struct furniture *all)
{
	bool changed = true;

	for (int round = 0; round < EDGE_LINES && changed; round++) {
		changed = false;
		for (size_t i = 0; i < all->edges.count; i++) {
			struct extract_fragment *fragment = fragment_of(all, &all->edges.list[i]);

			if (fragment->dropped && is_table_row(&all->pages[all->edges.list[i].page], fragment)) {
				fragment->dropped = false;
				changed = true;
			}
		}
	}
}

/* Edges are sorted by text. */
static void
keep_first(struct furniture *all)
{
	struct edge *list = all->edges.list;

	for (size_t i = 0, end; i < all->edges.count; i = end) {
		size_t first = SIZE_MAX;

		for (end = i; end < all->edges.count && list[end].text == list[i].text; end++)
			if (fragment_of(all, &list[end])->dropped && list[end].page < first)
				first = list[end].page;
		for (size_t k = i; k < end; k++)
			if (!list[k].bare && !list[k].said && list[k].page == first)
				fragment_of(all, &list[k])->dropped = false;
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
	struct furniture all = {.pages = pages, .count = count};
	struct extract_pdf_sizes sizes;

	if (count < PAGES_MIN)
		return;
	extract_pdf_sizes_measure(&sizes, pages, count);
	all.number_y = extract_memory_resize(NULL, count, sizeof(*all.number_y));
	for (size_t i = 0; i < count; i++) {
		all.number_y[i] = NAN;
		collect(&all, i, sizes.body);
	}
	if (all.edges.count > 0) {
		drop_repeated(&all);
		drop_numbers(&all);
		find_said(&all);
		drop_chapters(&all);
		keep_tables(&all);
		keep_first(&all);
		keep_if_much(pages, count);
	}
	extract_memory_free(all.edges.list);
	extract_memory_free(all.number_y);
}
