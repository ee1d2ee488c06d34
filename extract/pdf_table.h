/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_table.h: tables of a PDF page, found by the strips that stay free between their columns. */
#ifndef EXTRACT_PDF_TABLE_H
#define EXTRACT_PDF_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "pdf_page.h"

enum { EXTRACT_PDF_STRIPS_MAX = 40 };

/* A strip between two columns. */
struct extract_strip {
	double x1, x2;
};

/* Rows first to end - 1 of an arranged page, parted by strips that go from left to right. */
struct extract_pdf_table {
	size_t first, end;
	struct extract_strip strips[EXTRACT_PDF_STRIPS_MAX];
	size_t strip_count;
	double tight; /* lines at most this far apart belong together; 0 if distances do not tell */
};

/* Cells of a row: parts with wide gaps between. */
size_t extract_pdf_cells(const struct extract_page *page, size_t row);

/* True if a table begins with the row. */
bool extract_pdf_table_at(const struct extract_page *page, size_t row,
	struct extract_pdf_table *out);

/* Behind the last line of the record that begins with the line: wrapped cells take several. */
size_t extract_pdf_table_record(const struct extract_page *page,
	const struct extract_pdf_table *table, size_t line);

/* Appends what stands in the column on that line; columns count from the left. */
void extract_pdf_table_part(const struct extract_page *page, const struct extract_pdf_table *table,
	size_t line, size_t column, struct extract_buffer *out);

#endif
