/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.h: the rows of a spreadsheet: its name as a heading, its tables told apart, each with the
 * row that names its columns. */
#ifndef EXTRACT_SHEET_H
#define EXTRACT_SHEET_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "table.h"

struct extract_sink;

enum {
	EXTRACT_SHEET_COLUMNS_MAX = 16384,
	EXTRACT_SHEET_ROW_BYTES_MAX = 4 * 1024 * 1024,
};

/* What a cell holds, as far as it tells which row names the columns. */
enum extract_sheet_kind {
	EXTRACT_SHEET_WORD,
	EXTRACT_SHEET_YEAR,
	EXTRACT_SHEET_DATE,
	EXTRACT_SHEET_FIGURE,
};

struct extract_sheet_cell {
	size_t column;
	size_t text; /* in texts */
	size_t len;
	enum extract_sheet_kind kind;
};

/* Zeroed means: no sheet yet. */
struct extract_sheet {
	struct extract_buffer name;       /* owned: "" once it is written */
	struct extract_table table;       /* owned: the table being written */
	struct extract_buffer texts;      /* owned: this row's */
	struct extract_sheet_cell *cells; /* owned: this row's, by column; those that hold text */
	size_t count, size;
	size_t row;         /* of the last one written, from 1; 0: none */
	size_t first, last; /* the table's columns; last < first: no table */
	bool headed;        /* the table's first rows are written */
};

/* Ends the sheet before and starts one. */
void extract_sheet_begin(struct extract_sheet *sheet, const char *name);

/* Adds a cell to the row. One without text adds nothing. EXTRACT_E_TOO_LARGE past
 * a bound. */
EXTRACT_MUST_CHECK int extract_sheet_cell(struct extract_sheet *sheet, size_t column,
	const char *text, size_t len, enum extract_sheet_kind kind);

/* Writes the row; number counts from 1 and leaves out the rows that are empty. */
EXTRACT_MUST_CHECK int extract_sheet_row(struct extract_sheet *sheet, size_t number,
	struct extract_sink *sink);

void extract_sheet_close(struct extract_sheet *sheet);

#endif
