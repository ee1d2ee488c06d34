/* SPDX-License-Identifier: Apache-2.0 */
/* table.h: makes table rows out of cells, the way every format shows them. */
#ifndef EXTRACT_TABLE_H
#define EXTRACT_TABLE_H

#include <stdbool.h>

#include "buffer.h"

struct extract_sink;

enum { EXTRACT_TABLE_SPANS_MAX = 64 }; /* columns in which cells may reach down */

/* A table while it is read, row by row. Zeroed means: no row yet. */
struct extract_table {
	struct extract_buffer header; /* owned: the header row's text */
	struct extract_buffer row;    /* owned: the row being made */
	size_t cells;                 /* in this row */
	size_t filled;                /* cells of this row that hold text */
	size_t shown;                 /* bars that stand in this row */
	size_t rows;                  /* written */
	int confidence; /* of the row being made, as a block's; 0 again once it is written */
	bool headed;
	size_t heads;                           /* header rows so far */
	struct extract_buffer texts;            /* owned: this row's cells, each followed by a NUL */
	struct extract_buffer above;            /* owned: those of the row before */
	unsigned down[EXTRACT_TABLE_SPANS_MAX]; /* rows that the cell above still reaches into */
};

/* Adds a cell; its white space becomes single blanks. */
void extract_table_cell(struct extract_table *table, const char *text, size_t len);

/* Adds a cell that reaches over several columns and rows. What it holds is said once more in each
 * row, so that every row can be understood alone, but not in each column. */
void extract_table_span(struct extract_table *table, const char *text, size_t len, unsigned across,
	unsigned down);

/* Adds what the row before has in this column. */
void extract_table_repeat(struct extract_table *table);

/* Writes the row and starts the next. A first row that is the header goes along with every row
 * after it; a second one right below adds to it. Where it is repeated, as on the next page, it goes
 * along with itself no more than the first time. A row without text writes nothing. */
EXTRACT_MUST_CHECK int extract_table_row(struct extract_table *table, bool header, int page,
	struct extract_sink *sink);

/* True if the row being made says the same as the header. */
bool extract_table_is_repeated(const struct extract_table *table);

/* Makes the row being made the first of another table. */
void extract_table_restart(struct extract_table *table);

/* Appends text with each run of white space as one blank, none at either end. */
void extract_table_squeeze(const char *text, size_t len, struct extract_buffer *out);

void extract_table_close(struct extract_table *table);

#endif
