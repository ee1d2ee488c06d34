/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_layout.c: the order in which a person reads a page: columns, then lines, top to bottom.
 *
 * The PDF's own order cannot be trusted: it is the order of drawing. A band of the page is read
 * as columns if a vertical strip stays free all the way down it and both sides look like running
 * text; a table has free strips too, but its cells are narrow, and it is read line by line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pdf_page.h"

enum {
	SPANS_MAX = 24,
	COLUMN_ROWS_MIN = 4,
	SINGLE_SPAN_MAX = 12, /* fragments after which a strip should have shown */
	FRAGMENTS_MAX = 6000, /* more, and the order of drawing has to do */
	DEPTH_MAX = 6,
};

static const double strip_min = 6;         /* points: a strip between columns is no narrower */
static const double column_width_min = 70; /* points */

/* The parts of the line that fragments cover, from left to right, with strips between. */
struct spans {
	double from[SPANS_MAX], to[SPANS_MAX];
	size_t count;
};

/* The text on one side of a strip. */
struct side {
	size_t rows;
	size_t filled; /* rows with a fragment over half of the side's width */
	double x1, x2, y1, y2;
	double bottom, widest; /* of the row being counted */
};

static const struct extract_fragment *
at(const struct extract_page *page, size_t index)
{
	return &page->fragments[index];
}

/* Adds a span; spans closer than a strip become one. */
static void
cover(struct spans *spans, double from, double to)
{
	struct spans next = {0};

	for (size_t i = 0; i < spans->count; i++) {
		if (spans->from[i] < to + strip_min && from < spans->to[i] + strip_min) {
			from = fmin(from, spans->from[i]);
			to = fmax(to, spans->to[i]);
		}
	}
	for (size_t i = 0; i < spans->count; i++) {
		if (spans->to[i] < from) {
			next.from[next.count] = spans->from[i];
			next.to[next.count++] = spans->to[i];
		}
	}
	next.from[next.count] = from;
	next.to[next.count++] = to;
	for (size_t i = 0; i < spans->count && next.count < SPANS_MAX; i++) {
		if (spans->from[i] > to) {
			next.from[next.count] = spans->from[i];
			next.to[next.count++] = spans->to[i];
		}
	}
	if (next.count < SPANS_MAX)
		*spans = next;
}

static void
end_row(struct side *side, double width)
{
	if (side->rows > 0)
		side->filled += side->widest >= width / 2;
}

/* Measures the fragments between two edges; list is sorted downwards. */
static struct side
measure(const struct extract_page *page, const size_t *list, size_t count, double from, double to)
{
	struct side side = {.x1 = INFINITY,
		.x2 = -INFINITY,
		.y1 = INFINITY,
		.y2 = -INFINITY,
		.bottom = -INFINITY};

	for (size_t i = 0; i < count; i++) {
		const struct extract_box *box = &at(page, list[i])->box;

		if (box->x1 < from || box->x2 > to)
			continue;
		side.x1 = fmin(side.x1, box->x1);
		side.x2 = fmax(side.x2, box->x2);
		side.y1 = fmin(side.y1, box->y1);
		side.y2 = fmax(side.y2, box->y2);
	}
	for (size_t i = 0; i < count; i++) {
		const struct extract_box *box = &at(page, list[i])->box;

		if (box->x1 < from || box->x2 > to)
			continue;
		if ((box->y1 + box->y2) / 2 > side.bottom) {
			end_row(&side, side.x2 - side.x1);
			side.rows++;
			side.bottom = box->y2;
			side.widest = 0;
		}
		side.widest = fmax(side.widest, box->x2 - box->x1);
	}
	end_row(&side, side.x2 - side.x1);
	return side;
}

static bool
is_column(const struct side *side)
{
	return side->rows >= COLUMN_ROWS_MIN && side->x2 - side->x1 >= column_width_min &&
		side->filled * 2 >= side->rows;
}

/* True if the strip from x1 to x2 parts two columns of text that stand side by side. */
static bool
parts_columns(const struct extract_page *page, const size_t *list, size_t count, double x1,
	double x2)
{
	struct side left = measure(page, list, count, -INFINITY, x1);
	struct side right = measure(page, list, count, x2, INFINITY);
	double common = fmin(left.y2, right.y2) - fmax(left.y1, right.y1);

	return is_column(&left) && is_column(&right) &&
		common * 2 >= fmin(left.y2 - left.y1, right.y2 - right.y1);
}

/* How many fragments from the first on form a band of columns, and where it is to be parted; 0 if
 * none do. */
static size_t
find_band(const struct extract_page *page, const size_t *list, size_t count, double *out_x)
{
	struct spans spans = {0}, before = {0};
	double widest = 0;
	size_t band = 0;

	for (; band < count; band++) {
		const struct extract_box *box = &at(page, list[band])->box;

		before = spans;
		cover(&spans, box->x1, box->x2);
		if (spans.count == 1 && (before.count > 1 || band >= SINGLE_SPAN_MAX))
			break;
	}
	spans = band < count ? before : spans;
	for (size_t i = 0; i + 1 < spans.count; i++) {
		double width = spans.from[i + 1] - spans.to[i];

		if (width > widest && parts_columns(page, list, band, spans.to[i], spans.from[i + 1])) {
			widest = width;
			*out_x = (spans.to[i] + spans.from[i + 1]) / 2;
		}
	}
	return widest > 0 ? band : 0;
}

static void
measure_row(const struct extract_page *page, struct extract_row *row)
{
	uint32_t most = 0;

	row->bold = true;
	row->box = at(page, page->order[row->first])->box;
	for (size_t i = 0; i < row->count; i++) {
		const struct extract_fragment *fragment = at(page, page->order[row->first + i]);

		row->box.x1 = fmin(row->box.x1, fragment->box.x1);
		row->box.y1 = fmin(row->box.y1, fragment->box.y1);
		row->box.x2 = fmax(row->box.x2, fragment->box.x2);
		row->box.y2 = fmax(row->box.y2, fragment->box.y2);
		row->bold = row->bold && fragment->bold * 10 >= fragment->characters * 9;
		if (fragment->characters > most) {
			most = fragment->characters;
			row->size = fragment->size;
			row->base = fragment->box.y2;
		}
	}
}

static void
add_row(struct extract_page *page, const size_t *list, size_t count, size_t column)
{
	struct extract_row *row;
	bool rtl = false;

	if (page->row_count == page->row_size) {
		page->row_size = page->row_size == 0 ? 64 : page->row_size * 2;
		page->rows = extract_memory_resize(page->rows, page->row_size, sizeof(*page->rows));
	}
	row = &page->rows[page->row_count++];
	*row = (struct extract_row){.first = page->order_count, .count = count, .column = column};
	for (size_t i = 0; i < count; i++) {
		size_t place = page->order_count + i;

		rtl = rtl || at(page, list[i])->rtl;
		/* Insertion by left edge: a row has few fragments. */
		while (place > page->order_count &&
			at(page, page->order[place - 1])->box.x1 > at(page, list[i])->box.x1) {
			page->order[place] = page->order[place - 1];
			place--;
		}
		page->order[place] = list[i];
	}
	for (size_t i = 0; rtl && i < count / 2; i++) {
		size_t *left = &page->order[page->order_count + i];
		size_t *right = &page->order[page->order_count + count - 1 - i], kept = *left;

		*left = *right;
		*right = kept;
	}
	page->order_count += count;
	measure_row(page, row);
}

/* True if the fragment stands on the line of the other. */
static bool
same_line(const struct extract_fragment *a, const struct extract_fragment *b)
{
	double least = fmin(a->box.y2 - a->box.y1, b->box.y2 - b->box.y1);

	return fmin(a->box.y2, b->box.y2) - fmax(a->box.y1, b->box.y1) >= least * 0.5;
}

/* Makes rows of fragments that are sorted downwards. */
static void
add_rows(struct extract_page *page, size_t *list, size_t count)
{
	size_t column = page->columns++;

	while (count > 0) {
		const struct extract_fragment *lead = at(page, list[0]);
		size_t taken = 1;

		/* The row's fragments come first; what lies below moves up behind them, in order. */
		for (size_t i = 1; i < count; i++) {
			size_t index = list[i];

			if (at(page, index)->box.y1 > lead->box.y2)
				break;
			if (!same_line(lead, at(page, index)))
				continue;
			memmove(list + taken + 1, list + taken, (i - taken) * sizeof(*list));
			list[taken++] = index;
		}
		add_row(page, list, taken, column);
		list += taken;
		count -= taken;
	}
}

static void
arrange(struct extract_page *page, size_t *list, size_t count, int depth)
{
	size_t *right = extract_memory_resize(NULL, count, sizeof(*right));
	size_t plain = 0;

	for (size_t i = 0; i < count;) {
		size_t lefts = 0, rights = 0, band = 0;
		double x = 0;

		/* A band begins with a line, not with a later cell of one. */
		if (depth < DEPTH_MAX && count <= FRAGMENTS_MAX &&
			(i == 0 || at(page, list[i])->box.y1 > at(page, list[i - 1])->box.y1 + 1))
			band = find_band(page, list + i, count - i, &x);
		if (band == 0) {
			i++;
			plain++;
			continue;
		}
		add_rows(page, list + i - plain, plain);
		plain = 0;
		for (size_t k = i; k < i + band; k++) {
			if (at(page, list[k])->box.x1 < x)
				list[i + lefts++] = list[k];
			else
				right[rights++] = list[k];
		}
		memcpy(list + i + lefts, right, rights * sizeof(*list));
		arrange(page, list + i, lefts, depth + 1);
		arrange(page, list + i + lefts, rights, depth + 1);
		i += band;
	}
	add_rows(page, list + count - plain, plain);
	extract_memory_free(right);
}

/* qsort passes no context, so the place on the page travels with the index. */
struct place {
	double y, x;
	size_t index;
};

static int
compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->y != b->y)
		return a->y < b->y ? -1 : 1;
	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

void
extract_page_arrange(struct extract_page *page)
{
	struct place *places = extract_memory_resize(NULL, page->fragment_count, sizeof(*places));
	size_t *list = extract_memory_resize(NULL, page->fragment_count, sizeof(*list));
	size_t count = 0;

	page->order = extract_memory_resize(page->order, page->fragment_count, sizeof(*page->order));
	page->order_count = page->row_count = page->columns = 0;
	for (size_t i = 0; i < page->fragment_count; i++) {
		const struct extract_fragment *fragment = at(page, i);

		if (!fragment->dropped && (!fragment->upright || fragment->characters < 3))
			places[count++] = (struct place){fragment->box.y1, fragment->box.x1, i};
	}
	qsort(places, count, sizeof(*places), compare_places);
	for (size_t i = 0; i < count; i++)
		list[i] = places[i].index;
	arrange(page, list, count, 0);
	/* Turned text stands in no line: it follows the page's own. */
	for (size_t i = 0; i < page->fragment_count; i++)
		if (!at(page, i)->dropped && at(page, i)->upright && at(page, i)->characters >= 3)
			add_row(page, &i, 1, page->columns++);
	extract_memory_free(places);
	extract_memory_free(list);
}
