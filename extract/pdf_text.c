/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_text.c: makes blocks of a page's rows by gaps, indents, sizes and weight. */
#include "pdf_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pdf_line.h"
#include "pdf_table.h"
#include "sink.h"
#include "table.h"
#include "unicode.h"

enum {
	HEADING_CHARACTERS_MAX = 250,
	BOLD_CHARACTERS_MAX = 120,
	CAPTION_CHARACTERS_MAX = 400,
};

static const double heading_ratio = 1.12; /* of the body's size */

/* How surely some characters were recognized. */
struct trust {
	uint64_t confidence, characters;
};

/* The walk down a page. */
struct reading {
	const struct extract_page *page;
	const struct extract_pdf_sizes *sizes;
	struct extract_sink *sink;
	int number;
	double pitch; /* the usual distance of two lines, in font sizes */

	struct extract_buffer text; /* owned: the block being made */
	struct extract_buffer line; /* owned: the line being added */
	struct extract_table table; /* owned: the table being written */
	bool figures;               /* its rows end in figures */
	bool continued;             /* its next row is the first on another page */
	size_t rows;                /* in the block */
	struct trust trust;         /* in the block's text */
	double size;                /* of the block's first row */
	bool bold;
	bool item;
};

static double
column_edge(const struct extract_page *page, size_t column, bool right)
{
	double edge = right ? -INFINITY : INFINITY;

	for (size_t i = 0; i < page->row_count; i++) {
		if (page->rows[i].column != column)
			continue;
		edge = right ? fmax(edge, page->rows[i].box.x2) : fmin(edge, page->rows[i].box.x1);
	}
	return edge;
}

/* The median distance of neighbouring rows of one column, in font sizes. */
static double
usual_pitch(const struct extract_page *page)
{
	double *pitches = extract_memory_resize(NULL, page->row_count, sizeof(*pitches));
	double pitch = 1.2;
	size_t count = 0;

	for (size_t i = 1; i < page->row_count; i++) {
		const struct extract_row *row = &page->rows[i], *before = &page->rows[i - 1];
		double step = (row->base - before->base) / fmax(row->size, 1);

		if (row->column == before->column && step > 0.5 && step < 3 &&
			fabs(row->size - before->size) < 0.5)
			pitches[count++] = step;
	}
	if (count >= 4) {
		qsort(pitches, count, sizeof(*pitches), extract_page_compare);
		pitch = pitches[count / 2];
	}
	extract_memory_free(pitches);
	return pitch;
}

static const struct extract_fragment *
fragment_of(const struct extract_page *page, const struct extract_row *row, size_t i)
{
	return &page->fragments[page->order[row->first + i]];
}

static void
add_trust(struct trust *trust, const struct extract_page *page, const struct extract_row *row)
{
	for (size_t i = 0; i < row->count; i++) {
		trust->confidence += fragment_of(page, row, i)->confidence;
		trust->characters += fragment_of(page, row, i)->characters;
	}
}

/* 0 for text that was not recognized. */
static int
confidence_of(const struct trust *trust)
{
	return trust->confidence == 0
		? 0
		: (int)((trust->confidence + trust->characters - 1) / trust->characters);
}

static bool
is_item(const struct extract_page *page, const struct extract_row *row)
{
	const struct extract_fragment *first = fragment_of(page, row, 0);

	return extract_pdf_line_mark(page->text.data + first->text, first->len) > 0 &&
		(row->count > 1 ||
			extract_pdf_line_mark(page->text.data + first->text, first->len) < first->len);
}

static void
add_fragment(struct reading *reading, struct extract_buffer *out,
	const struct extract_fragment *fragment)
{
	extract_pdf_line_add(out, reading->page->text.data + fragment->text, fragment->len);
}

/* Appends a row's text; close neighbours were parted by a change of height, not by a blank. */
static void
add_row_text(struct reading *reading, const struct extract_row *row, struct extract_buffer *out)
{
	for (size_t i = 0; i < row->count; i++) {
		const struct extract_fragment *fragment = fragment_of(reading->page, row, i);

		if (i > 0) {
			const struct extract_fragment *before = fragment_of(reading->page, row, i - 1);
			double gap = fmax(fragment->box.x1 - before->box.x2, before->box.x1 - fragment->box.x2);

			if (gap > 0.15 * fragment->size)
				extract_buffer_byte(out, ' ');
		}
		add_fragment(reading, out, fragment);
	}
}

/* The heading level of the block, 0 if it is none. */
static int
heading_level(const struct reading *reading, size_t characters)
{
	const struct extract_pdf_sizes *sizes = reading->sizes;
	uint32_t last = extract_pdf_line_last(reading->text.data, reading->text.len);
	size_t letters = 0;
	int level = 1;

	for (size_t at = 0; at < reading->text.len;)
		letters += extract_unicode_is_letter(
			extract_unicode_next(reading->text.data, reading->text.len, &at));
	if (letters < 2 || letters * 2 < characters || reading->rows > 4)
		return 0;
	while (level < 6 && sizes->heading[level - 1] > reading->size * 1.03)
		level++;
	if (reading->size >= sizes->body * heading_ratio)
		return characters <= HEADING_CHARACTERS_MAX ? level : 0;
	if (extract_unicode_is_digit(last) && memmem(reading->text.data, reading->text.len, " . .", 4))
		return 0; /* an entry of a table of contents */
	if (!reading->bold || reading->rows > 2 || characters > BOLD_CHARACTERS_MAX ||
		reading->size < sizes->body * 0.85 || last == ',' || last == ';' || last == ':' ||
		last == '-' || extract_unicode_ends_sentence(last) ||
		extract_unicode_is_lower((unsigned char)reading->text.data[0]))
		return 0;
	return level;
}

static int
end_block(struct reading *reading)
{
	struct extract_block block = {
		.kind = EXTRACT_PARAGRAPH,
		.page = reading->number,
		.text = extract_buffer_string(&reading->text),
		.len = reading->text.len,
	};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer squeezed = {0};
	size_t characters = extract_unicode_count(block.text, block.len);
	int rc;

	extract_table_squeeze(block.text, block.len, &squeezed);
	block.level = block.len == 0 ? 0 : heading_level(reading, characters);
	if (characters <= CAPTION_CHARACTERS_MAX && extract_pdf_line_is_caption(block.text, block.len))
		block.kind = EXTRACT_CAPTION;
	else if (block.level > 0)
		block.kind = EXTRACT_HEADING;
	else if (reading->item)
		block.kind = EXTRACT_LIST_ITEM;
	block.text = extract_buffer_string(&squeezed);
	block.len = squeezed.len;
	block.confidence = confidence_of(&reading->trust);
	reading->trust = (struct trust){0};
	rc = extract_sink_block(reading->sink, &block);
	extract_buffer_truncate(&reading->text, 0);
	reading->rows = 0;
	reading->item = false;
	return rc;
}

/* Both lines are set around the same middle: neither is indented. */
static bool
is_centred(const struct extract_row *before, const struct extract_row *row)
{
	return fabs(before->box.x1 + before->box.x2 - row->box.x1 - row->box.x2) < 6 &&
		fabs(before->box.x1 - row->box.x1) > 2;
}

/* A line that the next one indents against, as the first of a paragraph. */
static bool
is_indented(const struct extract_page *page, size_t index)
{
	const struct extract_row *row = &page->rows[index];
	const struct extract_row *next = index + 1 < page->row_count ? row + 1 : row;

	return index + 1 < page->row_count && next->column == row->column &&
		fabs(next->size - row->size) < 0.5 && !is_centred(row, next) &&
		row->box.x1 > next->box.x1 + 0.8 * row->size && row->box.x1 < next->box.x1 + 4 * row->size;
}

/* A short line in the middle of its column. */
static bool
is_middle(const struct extract_row *row, double left, double right)
{
	return row->box.x2 - row->box.x1 < (right - left) / 2 &&
		fabs(row->box.x1 + row->box.x2 - left - right) < 12 && row->box.x1 > left + 12;
}

/* The text runs on from the end of one column to the head of the next. */
static bool
runs_on(const struct reading *reading, const struct extract_row *row)
{
	const struct extract_fragment *first = fragment_of(reading->page, row, 0);
	const char *text = reading->page->text.data + first->text;
	size_t at = 0;

	return !extract_pdf_line_ends_sentence(&reading->text) &&
		extract_unicode_is_lower(extract_unicode_next(text, first->len, &at));
}

/* "... shall file Form" and "941. This is" on the next line: the number is part of the sentence. */
static bool
is_number_in_text(const struct reading *reading, size_t index)
{
	const struct extract_row *row = &reading->page->rows[index], *before = row - 1;
	char first = reading->page->text.data[fragment_of(reading->page, row, 0)->text];
	double left = column_edge(reading->page, row->column, false);
	double right = column_edge(reading->page, row->column, true);

	/* The line before is full, as where a sentence was broken. */
	if (before->box.x2 < right - 0.1 * (right - left))
		return false;
	return first >= '0' && first <= '9' && !reading->item && row->column == before->column &&
		fabs(row->box.x1 - before->box.x1) < 1 && fabs(row->size - reading->size) < 0.5 &&
		row->base - before->base <= reading->pitch * 1.3 * fmax(row->size, 1) &&
		!extract_pdf_line_ends_sentence(&reading->text);
}

/* A bold head of several lines that the paragraph's text follows on its last one. */
static bool
is_run_in(const struct reading *reading, const struct extract_row *row)
{
	return reading->bold && !row->bold && fragment_of(reading->page, row, 0)->bold_first &&
		!extract_pdf_line_ends_sentence(&reading->text);
}

/* True if the row begins a block of its own. */
static bool
starts_block(const struct reading *reading, size_t index)
{
	const struct extract_row *row = &reading->page->rows[index], *before;
	double em = fmax(row->size, 1), pitch, left, right;
	uint32_t last = extract_pdf_line_last(extract_buffer_string(&reading->text), reading->text.len);

	if (reading->rows == 0)
		return true;
	if (is_item(reading->page, row))
		return !is_number_in_text(reading, index);
	before = row - 1;
	pitch = (row->base - before->base) / em;
	/* Half a word ends no block, whatever its weight. */
	if ((last == '-' || last == 0xad) && row->column == before->column && pitch > 0 &&
		pitch <= reading->pitch * 1.3 && runs_on(reading, row))
		return false;
	if (fabs(row->size - reading->size) > 0.1 * reading->size ||
		(row->bold != reading->bold && !is_run_in(reading, row)))
		return true;
	if (row->column != before->column)
		return reading->bold || !runs_on(reading, row);
	if (pitch > reading->pitch * 1.3 || pitch < -2)
		return true;
	if (is_centred(before, row))
		return false;
	left = column_edge(reading->page, row->column, false);
	right = column_edge(reading->page, row->column, true);
	if (is_middle(before, left, right) || (!reading->item && is_indented(reading->page, index)))
		return true;
	/* An indented first line; in a list item, lines below the first are indented too. */
	if (!reading->item && row->box.x1 > before->box.x1 + 0.8 * em && row->box.x1 < left + 5 * em)
		return true;
	if (reading->item && row->box.x1 < before->box.x1 - 0.8 * em && reading->rows > 1)
		return true;
	return before->box.x2 < right - 0.2 * (right - left) &&
		extract_pdf_line_ends_sentence(&reading->text);
}

/* A row of a table: the lines from first to end - 1, cell by cell. */
static int
put_record(struct reading *reading, const struct extract_pdf_table *table, size_t first, size_t end)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer cell = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer part = {0};
	bool rtl = fragment_of(reading->page, &reading->page->rows[table->first], 0)->rtl;
	const char *text;
	struct trust trust = {0};
	bool figure = false;
	size_t len;

	for (size_t line = first; line < end; line++)
		add_trust(&trust, reading->page, &reading->page->rows[line]);
	reading->table.confidence = confidence_of(&trust);
	for (size_t i = 0; i <= table->strip_count; i++) {
		size_t column = rtl ? table->strip_count - i : i;

		extract_buffer_truncate(&cell, 0);
		for (size_t line = first; line < end; line++) {
			extract_buffer_truncate(&part, 0);
			extract_pdf_table_part(reading->page, table, line, column, &part);
			extract_buffer_truncate(&reading->line, 0);
			extract_pdf_line_add(&reading->line, extract_buffer_string(&part), part.len);
			text = extract_buffer_string(&reading->line);
			len = reading->line.len;
			extract_pdf_line_trim(&text, &len);
			extract_pdf_line_join(&cell, text, len);
		}
		if (cell.len > 0)
			figure = extract_pdf_line_is_figure(&cell);
		extract_table_cell(&reading->table, extract_buffer_string(&cell), cell.len);
	}
	/* Where the rows of the page before end in figures, words at the head of this one name the columns of
	 * another table. */
	if (reading->continued && reading->figures && !figure &&
		!extract_table_is_repeated(&reading->table))
		extract_table_restart(&reading->table);
	reading->continued = false;
	reading->figures = reading->figures || figure;
	/* Column headers are words; a row with a figure at its end is one of the table. */
	return extract_table_row(&reading->table, !figure && reading->table.rows == 0, reading->number,
		reading->sink);
}

/* True if the page begins with a table whose columns stand where those of the one before stood. */
static bool
goes_on(const struct extract_pdf_tail *tail, const struct extract_pdf_table *table)
{
	if (!tail->open || table->first > 0 || table->strip_count != tail->place.strip_count)
		return false;
	for (size_t i = 0; i < table->strip_count; i++)
		if (table->strips[i].x1 >= tail->place.strips[i].x2 ||
			tail->place.strips[i].x1 >= table->strips[i].x2)
			return false;
	return true;
}

static int
put_table(struct reading *reading, const struct extract_pdf_table *table,
	struct extract_pdf_tail *tail)
{
	int rc = end_block(reading);

	extract_table_close(&reading->table);
	reading->continued = goes_on(tail, table);
	reading->figures = reading->continued && tail->figures;
	if (reading->continued) {
		reading->table = tail->table;
		tail->table = (struct extract_table){0};
	}
	for (size_t first = table->first, end; first < table->end && rc == 0; first = end) {
		end = extract_pdf_table_record(reading->page, table, first);
		rc = put_record(reading, table, first, end);
	}
	return rc;
}

static int
put_row(struct reading *reading, size_t index)
{
	const struct extract_row *row = &reading->page->rows[index];
	int rc = 0;

	if (starts_block(reading, index)) {
		rc = end_block(reading);
		reading->size = row->size;
		reading->bold = row->bold;
		reading->item = is_item(reading->page, row);
	}
	extract_buffer_truncate(&reading->line, 0);
	add_trust(&reading->trust, reading->page, row);
	add_row_text(reading, row, &reading->line);
	extract_pdf_line_join(&reading->text, extract_buffer_string(&reading->line), reading->line.len);
	reading->bold = reading->bold && row->bold;
	reading->rows++;
	return rc;
}

/* "1." and what follows it behind a wide gap are an item, no table. */
static bool
is_marked_item(const struct extract_page *page, size_t index)
{
	const struct extract_row *row = &page->rows[index];

	return extract_pdf_cells(page, index) == 2 && fragment_of(page, row, 0)->characters <= 4 &&
		is_item(page, row);
}

int
extract_pdf_page_blocks(const struct extract_page *page, int number,
	const struct extract_pdf_sizes *sizes, struct extract_pdf_tail *tail, struct extract_sink *sink)
{
	struct reading reading = {.page = page, .sizes = sizes, .sink = sink, .number = number};
	struct extract_pdf_tail end = {0};
	int rc = 0;

	reading.pitch = usual_pitch(page);
	for (size_t i = 0; i < page->row_count && rc == 0;) {
		struct extract_pdf_table table;

		if (!is_marked_item(page, i) && extract_pdf_table_at(page, i, &table)) {
			rc = put_table(&reading, &table, tail);
			i = table.end;
			end.open = i == page->row_count;
			end.place = table;
		} else {
			rc = put_row(&reading, i++);
		}
	}
	if (rc == 0)
		rc = end_block(&reading);
	end.figures = reading.figures;
	end.table = reading.table;
	extract_buffer_close(&reading.text);
	extract_buffer_close(&reading.line);
	extract_pdf_tail_close(tail);
	*tail = end;
	return rc;
}

void
extract_pdf_tail_close(struct extract_pdf_tail *tail)
{
	extract_table_close(&tail->table);
	*tail = (struct extract_pdf_tail){0};
}

static size_t
half_points(double size)
{
	return size <= 0                              ? 0
		: size >= EXTRACT_PDF_SIZES_MAX / 2.0 - 1 ? EXTRACT_PDF_SIZES_MAX - 1
												  : (size_t)(size * 2 + 0.5);
}

void
extract_pdf_sizes_measure(struct extract_pdf_sizes *out, const struct extract_page *pages,
	size_t count)
{
	size_t body = 0, levels = 0;
	double above = INFINITY;

	*out = (struct extract_pdf_sizes){0};
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < pages[i].fragment_count; k++)
			out->characters[half_points(pages[i].fragments[k].size)] +=
				pages[i].fragments[k].characters;
	for (size_t i = 1; i < EXTRACT_PDF_SIZES_MAX; i++)
		if (out->characters[i] > out->characters[body])
			body = i;
	out->body = (double)body / 2;
	/* Sizes close to each other are one level; what is set in a size once or twice is none. */
	for (size_t i = EXTRACT_PDF_SIZES_MAX; i-- > body && levels < 6;) {
		double size = (double)i / 2;

		if (out->characters[i] < 8 || size > above * 0.95 || size < out->body * heading_ratio)
			continue;
		out->heading[levels++] = above = size;
	}
}
