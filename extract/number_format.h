/* SPDX-License-Identifier: Apache-2.0 */
/* number_format.h: a spreadsheet's numbers as its formats show them. Dates are written as ISO 8601
 * does, because the order of day and month depends on where the sheet is opened. */
#ifndef EXTRACT_NUMBER_FORMAT_H
#define EXTRACT_NUMBER_FORMAT_H

#include <stdbool.h>

#include "buffer.h"
#include "sheet.h"

/* The code of a built-in format; "General" for others than the fixed ones. */
const char *extract_number_format_code(long id);

/* Appends the value in the format of this code, and returns what it is. Dates count days from the
 * end of 1899, or of 1903 if from_1904. */
enum extract_sheet_kind extract_number_format(double value, const char *code, bool from_1904,
	struct extract_buffer *out);

#endif
