/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.c: see the header. */
#include "sheet.h"

#include <stdlib.h>

#include "sink.h"
#include "unicode.h"

enum {
	FAR_COLUMNS = 32, /* a cell further to the right than this is beside the table */
	NO_TABLE_FIRST = 1,
};

static void
end_table(struct extract_sheet *sheet)
{
	extract_table_close(&sheet->table);
	sheet->first = NO_TABLE_FIRST;
	sheet->last = 0;
	sheet->headed = false;
}

void
extract_sheet_begin(struct extract_sheet *sheet, const char *name)
{
	end_table(sheet);
	extract_buffer_truncate(&sheet->name, 0);
	extract_buffer_text(&sheet->name, name);
	extract_buffer_truncate(&sheet->texts, 0);
	sheet->count = sheet->row = 0;
}

static bool
is_blank(const char *text, size_t len)
{
	for (size_t at = 0; at < len;)
		if (!extract_unicode_is_space(extract_unicode_next(text, len, &at)))
			return false;
	return true;
}

int
extract_sheet_cell(struct extract_sheet *sheet, size_t column, const char *text, size_t len,
	enum extract_sheet_kind kind)
{
	struct extract_sheet_cell cell = {column, sheet->texts.len, len, kind};

	if (is_blank(text, len))
		return 0;
	if (column >= EXTRACT_SHEET_COLUMNS_MAX || sheet->count >= EXTRACT_SHEET_COLUMNS_MAX ||
		sheet->texts.len + len > EXTRACT_SHEET_ROW_BYTES_MAX)
		return EXTRACT_E_TOO_LARGE;
	extract_buffer_append(&sheet->texts, text, len);
	if (sheet->count == sheet->size) {
		sheet->size = sheet->size == 0 ? 64 : sheet->size * 2;
		sheet->cells = extract_memory_resize(sheet->cells, sheet->size, sizeof(*sheet->cells));
	}
	sheet->cells[sheet->count++] = cell;
	return 0;
}

/* Column names are words, perhaps with years among them; or one word and then a row of dates. */
static bool
is_header(const struct extract_sheet *sheet)
{
	size_t counts[EXTRACT_SHEET_FIGURE + 1] = {0};
	size_t dates;

	for (size_t i = 0; i < sheet->count; i++)
		counts[sheet->cells[i].kind]++;
	dates = counts[EXTRACT_SHEET_DATE];
	return sheet->count > 1 && counts[EXTRACT_SHEET_FIGURE] == 0 &&
		counts[EXTRACT_SHEET_WORD] > 0 &&
		(dates == 0 || (dates > 1 && counts[EXTRACT_SHEET_WORD] == 1));
}

/* Whether the row goes on with the table, after others or an empty one. */
static bool
is_inside(const struct extract_sheet *sheet, bool gap)
{
	size_t first = sheet->cells[0].column, last = sheet->cells[sheet->count - 1].column;

	if (sheet->last < sheet->first)
		return false;
	if (gap)
		return first == sheet->first && last == sheet->last && !is_header(sheet);
	return first <= sheet->last && last >= sheet->first;
}

static int
put_name(struct extract_sheet *sheet, struct extract_sink *sink)
{
	struct extract_block block = {
		.kind = EXTRACT_HEADING,
		.level = 1,
		.text = extract_buffer_string(&sheet->name),
		.len = sheet->name.len,
	};
	int rc = extract_sink_block(sink, &block);

	extract_buffer_truncate(&sheet->name, 0);
	return rc;
}

/* Adds the row's cells to the table, with the empty ones between. */
static void
add_cells(struct extract_sheet *sheet)
{
	const char *texts = extract_buffer_string(&sheet->texts);
	size_t next = sheet->cells[0].column < sheet->first ? sheet->cells[0].column : sheet->first;

	for (size_t i = 0; i < sheet->count; i++) {
		const struct extract_sheet_cell *cell = &sheet->cells[i];

		if (cell->column > next + FAR_COLUMNS)
			next = cell->column;
		for (; next < cell->column; next++)
			extract_table_cell(&sheet->table, "", 0);
		extract_table_cell(&sheet->table, texts + cell->text, cell->len);
		next = cell->column + 1;
	}
}

static int
compare(const void *first, const void *second)
{
	const struct extract_sheet_cell *one = first, *other = second;

	return (one->column > other->column) - (one->column < other->column);
}

int
extract_sheet_row(struct extract_sheet *sheet, size_t number, struct extract_sink *sink)
{
	bool header = false;
	int rc = 0;

	if (sheet->count == 0)
		return 0;
	qsort(sheet->cells, sheet->count, sizeof(*sheet->cells), compare);
	if (sheet->name.len > 0)
		rc = put_name(sheet, sink);
	if (!is_inside(sheet, number > sheet->row + 1))
		end_table(sheet);
	/* A title or note above the table is a row without columns. */
	if (!sheet->headed && sheet->count > 1) {
		end_table(sheet);
		sheet->headed = true;
		header = is_header(sheet);
	}
	if (sheet->last < sheet->first) {
		sheet->first = sheet->cells[0].column;
		sheet->last = sheet->cells[sheet->count - 1].column;
	}
	add_cells(sheet);
	if (rc == 0)
		rc = extract_table_row(&sheet->table, header, 0, sink);
	sheet->row = number;
	sheet->count = 0;
	extract_buffer_truncate(&sheet->texts, 0);
	return rc;
}

void
extract_sheet_close(struct extract_sheet *sheet)
{
	extract_buffer_close(&sheet->name);
	extract_buffer_close(&sheet->texts);
	extract_table_close(&sheet->table);
	extract_memory_free(sheet->cells);
	*sheet = (struct extract_sheet){0};
}
