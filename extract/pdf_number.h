/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_number.h: whether a line at the edge of a page is a page number: "12", "- 12 -", "Page 12 of 40". */
#ifndef EXTRACT_PDF_NUMBER_H
#define EXTRACT_PDF_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the number stands in the text, and what else does. */
struct extract_pdf_number {
	int64_t value;
	size_t at, len;
	bool bare; /* no words beside it but such as "Page" and "of" */
};

/* True for a number that says by itself, or by what stands beside it, that it may be the page's. "Step 3" and
 * "2026-03-10" never are: whoever reads them reads more than the page's place. */
bool extract_pdf_number_find(const char *text, size_t len, struct extract_pdf_number *out);

#endif
