/* table.h: makes table rows out of cells, the way every format shows them. */
#ifndef EXTRACT_TABLE_H
#define EXTRACT_TABLE_H

#include <stdbool.h>

#include "buffer.h"

struct extract_sink;

/* A table while it is read, row by row. Zeroed means: no row yet. */
struct extract_table {
	struct extract_buffer header; /* owned: the header row's text */
	struct extract_buffer row;    /* owned: the row being made */
	size_t cells;                 /* in this row */
	size_t filled;                /* cells of this row that hold text */
	size_t shown;                 /* bars that stand in this row */
	size_t rows;                  /* written */
	bool headed;
};

/* Adds a cell; its white space becomes single blanks. */
void extract_table_cell(struct extract_table *table, const char *text, size_t len);

/* Writes the row and starts the next. A first row that is the header goes along with every row
 * after it. A row without text writes nothing. */
EXTRACT_MUST_CHECK int extract_table_row(struct extract_table *table, bool header, int page,
	struct extract_sink *sink);

/* Appends text with each run of white space as one blank, none at either end. */
void extract_table_squeeze(const char *text, size_t len, struct extract_buffer *out);

void extract_table_close(struct extract_table *table);

#endif
