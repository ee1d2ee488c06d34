/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_table.c: tells tables by their columns, and the lines of a wrapped cell from rows.
 *
 * Two rows with wide gaps in the same places make a table. A cell may fill its column up to the next
 * one's text, so that no wide gap is left; the strip that other rows leave free still parts them. */
#include "pdf_table.h"

#include <math.h>
#include <string.h>

enum {
	LINES_MAX = 500,
	CANDIDATES_MAX = 160,
	PIECES_MAX = 400,
};

static const double strip_min = 0.4;   /* in font sizes: wider than blanks between words */
static const double line_step_max = 4; /* in font sizes: further apart is another table */

static const struct extract_fragment *
fragment_of(const struct extract_page *page, const struct extract_row *row, size_t i)
{
	return &page->fragments[page->order[row->first + i]];
}

size_t
extract_pdf_cells(const struct extract_page *page, size_t index)
{
	const struct extract_row *row = &page->rows[index];
	size_t cells = 1;

	for (size_t i = 1; i < row->count; i++)
		cells += extract_page_is_gap(fragment_of(page, row, i - 1), fragment_of(page, row, i));
	return cells;
}

/* Pieces of a fragment that cannot be parted: its words; all of it where it runs from right to left,
 * since its text no longer follows the places of its words. */
static size_t
pieces(const struct extract_fragment *fragment)
{
	return fragment->rtl || fragment->words == 0 ? 1 : fragment->words;
}

static struct extract_strip
piece(const struct extract_page *page, const struct extract_fragment *fragment, size_t i)
{
	const struct extract_word *word = &page->words[fragment->word + i];

	if (pieces(fragment) == 1)
		return (struct extract_strip){fragment->box.x1, fragment->box.x2};
	return (struct extract_strip){word->x1, word->x2};
}

/* Places where two columns may part. A line can leave several of one gap's parts free, since blanks
 * between words are free too: they all stay until other lines tell which one is the strip. */
struct candidates {
	struct {
		struct extract_strip strip;
		size_t gap; /* candidates of one gap have the same number */
	} list[CANDIDATES_MAX];
	size_t count;
	size_t gaps;
};

static void
add_candidate(struct candidates *candidates, struct extract_strip strip, size_t gap, double size)
{
	if (strip.x2 - strip.x1 < strip_min * fmax(size, 1) || candidates->count == CANDIDATES_MAX)
		return;
	candidates->list[candidates->count].strip = strip;
	candidates->list[candidates->count++].gap = gap;
}

/* Adds what a row leaves free of a strip. */
static void
add_free(const struct extract_page *page, const struct extract_row *row, struct extract_strip strip,
	size_t gap, struct candidates *out)
{
	double from = strip.x1;

	/* From the left edge on, each time to the next word: words are few and in no certain order. */
	for (;;) {
		double next = strip.x2, end = strip.x2;

		for (size_t i = 0; i < row->count; i++) {
			const struct extract_fragment *fragment = fragment_of(page, row, i);

			for (size_t k = 0; k < pieces(fragment); k++) {
				struct extract_strip word = piece(page, fragment, k);

				if (word.x2 > from && word.x1 < next) {
					next = fmax(word.x1, from);
					end = word.x2;
				}
			}
		}
		add_candidate(out, (struct extract_strip){from, next}, gap, row->size);
		if (next >= strip.x2 || end <= from)
			return;
		from = end;
	}
}

/* Narrows the candidates to what the row leaves free; false, and nothing changes, if it covers all
 * of a gap. */
static bool
narrow(const struct extract_page *page, struct candidates *candidates,
	const struct extract_row *row)
{
	struct candidates next = {.gaps = candidates->gaps};
	uint64_t left = 0;

	for (size_t i = 0; i < candidates->count; i++)
		add_free(page, row, candidates->list[i].strip, candidates->list[i].gap, &next);
	for (size_t i = 0; i < next.count; i++)
		left |= (uint64_t)1 << next.list[i].gap;
	if (left != ((uint64_t)1 << next.gaps) - 1)
		return false;
	*candidates = next;
	return true;
}

static bool
is_known(const struct candidates *candidates, struct extract_strip strip)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (candidates->list[i].strip.x1 < strip.x2 && strip.x1 < candidates->list[i].strip.x2)
			return true;
	return false;
}

/* Adds the row's own wide gaps, as far as the rows above it leave them free too. */
static void
add_gaps(const struct extract_page *page, struct candidates *candidates, size_t first, size_t index)
{
	const struct extract_row *row = &page->rows[index];

	for (size_t i = 1; i < row->count && candidates->gaps < EXTRACT_PDF_STRIPS_MAX; i++) {
		const struct extract_box *a = &fragment_of(page, row, i - 1)->box;
		const struct extract_box *b = &fragment_of(page, row, i)->box;
		struct extract_strip strip = {fmin(a->x2, b->x2), fmax(a->x1, b->x1)};
		struct candidates own = {.gaps = 1};

		if (!extract_page_is_gap(fragment_of(page, row, i - 1), fragment_of(page, row, i)) ||
			is_known(candidates, strip))
			continue;
		add_candidate(&own, strip, 0, row->size);
		for (size_t k = first; k < index && own.count > 0; k++)
			if (!narrow(page, &own, &page->rows[k]))
				own.count = 0;
		for (size_t k = 0; k < own.count; k++)
			add_candidate(candidates, own.list[k].strip, candidates->gaps, row->size);
		candidates->gaps += own.count > 0;
	}
}

/* The widest candidate of each gap; of such as are alike the last, since the next column's text
 * begins at its edge. */
static void
choose(const struct candidates *candidates, struct extract_pdf_table *out)
{
	for (size_t gap = 0; gap < candidates->gaps; gap++) {
		struct extract_strip best = {0};
		size_t place = out->strip_count++;

		for (size_t i = 0; i < candidates->count; i++) {
			const struct extract_strip *strip = &candidates->list[i].strip;

			if (candidates->list[i].gap == gap && strip->x2 - strip->x1 > 0.8 * (best.x2 - best.x1))
				best = *strip;
		}
		for (; place > 0 && out->strips[place - 1].x1 > best.x1; place--)
			out->strips[place] = out->strips[place - 1];
		out->strips[place] = best;
	}
}

static size_t
column_of(const struct extract_pdf_table *table, struct extract_strip piece)
{
	double middle = (piece.x1 + piece.x2) / 2;
	size_t column = 0;

	while (column < table->strip_count &&
		middle > (table->strips[column].x1 + table->strips[column].x2) / 2)
		column++;
	return column;
}

/* The columns that the line fills, a bit each. */
static uint64_t
filled(const struct extract_page *page, const struct extract_pdf_table *table, size_t line)
{
	const struct extract_row *row = &page->rows[line];
	uint64_t columns = 0;

	for (size_t i = 0; i < row->count; i++) {
		const struct extract_fragment *fragment = fragment_of(page, row, i);

		for (size_t k = 0; k < pieces(fragment); k++)
			columns |= (uint64_t)1 << column_of(table, piece(page, fragment, k));
	}
	return columns;
}

static size_t
count_bits(uint64_t bits)
{
	return (size_t)__builtin_popcountll(bits);
}

static double
step_to(const struct extract_page *page, size_t line)
{
	return page->rows[line].base - page->rows[line - 1].base;
}

/* Lines of more pieces than any table has are not gone through, strip by strip. */
static bool
is_dense(const struct extract_page *page, size_t line)
{
	const struct extract_row *row = &page->rows[line];
	size_t count = 0;

	for (size_t i = 0; i < row->count; i++)
		count += pieces(fragment_of(page, row, i));
	return count > PIECES_MAX;
}

/* True if the line can be part of the table by its place and size. */
static bool
is_near(const struct extract_page *page, const struct extract_pdf_table *table, size_t line)
{
	const struct extract_row *first = &page->rows[table->first], *row = &page->rows[line];

	return line < page->row_count && line - table->first < LINES_MAX && !is_dense(page, line) &&
		row->column == first->column && fabs(row->size - first->size) <= 0.2 * first->size &&
		step_to(page, line) > 0 && step_to(page, line) < line_step_max * fmax(row->size, 1);
}

/* A line across the strips, between two rows of the table: a cell over several columns. */
static bool
is_spanning(const struct extract_page *page, const struct extract_pdf_table *table,
	const struct candidates *candidates, size_t line)
{
	struct candidates after = *candidates;

	return page->rows[line].count == 1 && is_near(page, table, line + 1) &&
		page->rows[line + 1].base - page->rows[line - 1].base < 3.2 * page->rows[line].size &&
		extract_pdf_cells(page, line + 1) >= 2 && narrow(page, &after, &page->rows[line + 1]);
}

/* True if the line stands less than a line below the one before, as cells do that are set in the
 * middle of their row: between two lines of a longer cell. */
static bool
is_half(const struct extract_page *page, size_t line)
{
	return step_to(page, line) < 0.9 * page->rows[line].size;
}

/* Finds out whether lines of one cell are closer than rows are. */
static void
measure_steps(const struct extract_page *page, struct extract_pdf_table *table)
{
	double least = INFINITY, most = 0;

	for (size_t i = table->first + 1; i < table->end; i++) {
		if (!is_half(page, i))
			least = fmin(least, step_to(page, i));
		else if (i + 1 < table->end && is_half(page, i + 1))
			least = fmin(least, step_to(page, i) + step_to(page, i + 1));
		most = fmax(most, step_to(page, i));
	}
	table->tight = most > 1.2 * least ? 1.1 * least : 0;
}

/* Takes lines off the end that stand below the table: alone in a column and further down. */
static void
trim(const struct extract_page *page, struct extract_pdf_table *table)
{
	while (table->end > table->first + 1) {
		double least = INFINITY;

		for (size_t i = table->first + 1; i < table->end; i++)
			least = fmin(least, step_to(page, i));
		if (count_bits(filled(page, table, table->end - 1)) > 1 ||
			step_to(page, table->end - 1) < 1.4 * least)
			return;
		table->end--;
	}
}

bool
extract_pdf_table_at(const struct extract_page *page, size_t row, struct extract_pdf_table *out)
{
	struct extract_pdf_table table = {.first = row, .end = row + 1};
	struct candidates candidates = {0};
	size_t strong = 1, wide = 0;

	if (extract_pdf_cells(page, row) < 2 || is_dense(page, row))
		return false;
	add_gaps(page, &candidates, row, row);
	for (; is_near(page, &table, table.end); table.end++) {
		if (!narrow(page, &candidates, &page->rows[table.end])) {
			if (!is_spanning(page, &table, &candidates, table.end))
				break;
			continue;
		}
		add_gaps(page, &candidates, row, table.end);
		strong += extract_pdf_cells(page, table.end) >= 2;
	}
	choose(&candidates, &table);
	trim(page, &table);
	for (size_t i = table.first; i < table.end; i++)
		wide += count_bits(filled(page, &table, i)) >= 3;
	if (table.end - table.first < 2 || table.strip_count == 0 || (strong < 2 && wide < 2))
		return false;
	measure_steps(page, &table);
	*out = table;
	return true;
}

size_t
extract_pdf_table_record(const struct extract_page *page, const struct extract_pdf_table *table,
	size_t line)
{
	uint64_t record = filled(page, table, line);
	size_t columns = table->strip_count + 1, end = line + 1;
	bool apart = table->tight > 0 && line > table->first && step_to(page, line) > table->tight;

	for (; end < table->end; end++) {
		uint64_t here = filled(page, table, end);
		bool close = table->tight > 0 && step_to(page, end) <= table->tight;

		if (is_half(page, end)) {
			record |= here;
			continue;
		}
		/* A row that begins without its first cell has it further down: in its middle, or on its last line. */
		if (apart && close && (record & 1) == 0) {
			record |= here;
			continue;
		}
		if (table->tight > 0 ? !close || count_bits(here) >= count_bits(record)
							 : count_bits(here) != 1 || (here & 1) != 0)
			break;
		/* Rows that come in groups are close to each other as well, but begin at the left. */
		if ((here & 1) != 0 && columns > 2 && count_bits(here) * 2 >= columns)
			break;
		record |= here;
	}
	return end;
}

void
extract_pdf_table_part(const struct extract_page *page, const struct extract_pdf_table *table,
	size_t line, size_t column, struct extract_buffer *out)
{
	const struct extract_row *row = &page->rows[line];
	const struct extract_fragment *before = NULL;
	size_t start = out->len;

	for (size_t i = 0; i < row->count; i++) {
		const struct extract_fragment *fragment = fragment_of(page, row, i);
		size_t count = pieces(fragment);

		for (size_t k = 0; k < count; k++) {
			size_t from = count == 1 ? fragment->text : page->words[fragment->word + k].text;
			size_t end = k + 1 < count ? page->words[fragment->word + k + 1].text
									   : fragment->text + fragment->len;

			if (column_of(table, piece(page, fragment, k)) != column)
				continue;
			/* A wide gap parts cells too, where only lines further up cover it. */
			if (out->len > start && before != fragment && extract_page_is_gap(before, fragment))
				extract_buffer_text(out, " | ");
			else if (out->len > start && out->data[out->len - 1] != ' ')
				extract_buffer_byte(out, ' ');
			extract_buffer_append(out, page->text.data + from, end - from);
			before = fragment;
		}
	}
}
