/* SPDX-License-Identifier: Apache-2.0 */
/* csv.h: a bounded reader of comma-separated values after RFC 4180, tolerant where files are. */
#ifndef EXTRACT_CSV_H
#define EXTRACT_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

enum {
	EXTRACT_CSV_CELLS_MAX = 4096,
	EXTRACT_CSV_RECORD_BYTES_MAX = 4 * 1024 * 1024,
};

/* A place in the text, and the record read last. Zeroed but for text, len and separator. */
struct extract_csv {
	const char *text; /* borrowed; UTF-8 */
	size_t len;
	size_t at;
	char separator;

	struct extract_buffer row; /* owned: the cells, each followed by a NUL */
	size_t cells;
	size_t filled;  /* cells that hold more than blanks */
	size_t numbers; /* of these, cells that hold a number ... */
	size_t years;   /* ... and that number may be a year */
};

/* The separator that the first lines speak for: comma, semicolon, tab or bar. */
char extract_csv_separator(const char *text, size_t len);

/* Reads the next record: 1, or 0 at the end, or EXTRACT_E_TOO_LARGE past a bound. Quoted cells may
 * hold separators, line ends and doubled quotes; a quote that never closes ends with the text. */
EXTRACT_MUST_CHECK int extract_csv_next(struct extract_csv *csv);

/* Appends the record's cells, trimmed, on one line, joined by " | "; empty ones at its end are left
 * out. */
void extract_csv_join(const struct extract_csv *csv, struct extract_buffer *out);

void extract_csv_close(struct extract_csv *csv);

#endif
