/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_explain.h: tells poppler what the fonts of a PDF do not say, in the way that PDF has for it: an update at the
 * file's end gives each of them a table of characters.
 *
 * Told afterwards, it would be too late: of numbers that are blanks if taken for characters, poppler keeps nothing. */
#ifndef EXTRACT_PDF_EXPLAIN_H
#define EXTRACT_PDF_EXPLAIN_H

#include "pdf_fonts.h"

/* Appends the file and its update. False if there is nothing to explain, or no way to: the file is encrypted. */
bool extract_pdf_explain(const struct extract_pdf_fonts *fonts, const char *data, size_t len,
	struct extract_buffer *out);

#endif
