/* SPDX-License-Identifier: Apache-2.0 */
/* xlsx.h: the XML inside an Excel workbook, apart from the archive around it. */
#ifndef EXTRACT_XLSX_H
#define EXTRACT_XLSX_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

struct extract_package;
struct extract_sheet;
struct extract_sink;

/* What the sheets of a workbook share. Zeroed means: no strings, and every number as it is. */
struct extract_workbook {
	struct extract_buffer texts; /* owned: the shared strings, each followed by a NUL */
	size_t *strings;             /* owned: where they begin */
	size_t string_count, string_size;
	struct extract_buffer codes; /* owned: the formats' codes, each followed by a NUL */
	long *code_ids;              /* owned: their ids, and where they begin in codes */
	size_t *code_starts;
	size_t code_count;
	long *formats; /* owned: for each style of a cell the id of its number's format */
	size_t format_count;
	bool from_1904;
};

/* Read xl/sharedStrings.xml and xl/styles.xml. EXTRACT_E_DAMAGED, EXTRACT_E_BOMB for entities,
 * EXTRACT_E_TOO_LARGE. What they have read is closed with the workbook, on failure too. */
EXTRACT_MUST_CHECK int extract_workbook_strings(struct extract_workbook *workbook, const char *xml,
	size_t len);
EXTRACT_MUST_CHECK int extract_workbook_formats(struct extract_workbook *workbook, const char *xml,
	size_t len);

/* Characters that XML cannot hold are written as "_x000D_": puts them back, from start on; control
 * characters become blanks. */
void extract_workbook_unescape(struct extract_buffer *text, size_t start);

/* Reads xl/worksheets/sheet1.xml, or another, and writes its rows. */
EXTRACT_MUST_CHECK int extract_workbook_sheet(const struct extract_workbook *workbook,
	const char *xml, size_t len, struct extract_sheet *sheet, struct extract_sink *sink);

/* Reads a workbook's parts: its document line, and of each sheet that is shown its rows. */
EXTRACT_MUST_CHECK int extract_xlsx_read(const struct extract_package *package,
	struct extract_sink *sink);

void extract_workbook_close(struct extract_workbook *workbook);

#endif
