/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_text.h: from the pages of a PDF to headings, paragraphs, list items and table rows. */
#ifndef EXTRACT_PDF_TEXT_H
#define EXTRACT_PDF_TEXT_H

#include "pdf_page.h"
#include "pdf_table.h"
#include "table.h"

struct extract_sink;

enum { EXTRACT_PDF_SIZES_MAX = 256 }; /* half points */

/* How much of a document is set in which size. */
struct extract_pdf_sizes {
	size_t characters[EXTRACT_PDF_SIZES_MAX]; /* by half points */
	double body;
	double heading[6]; /* sizes of headings, largest first; 0 where there are no more */
};

/* Marks running heads, running feet and page numbers as dropped: text that stands at the same
 * height on many pages, and numbers that grow with the page. */
void extract_pdf_drop_furniture(struct extract_page *pages, size_t count);

void extract_pdf_sizes_measure(struct extract_pdf_sizes *out, const struct extract_page *pages,
	size_t count);

/* The table at a page's end, which may go on at the head of the next. Zeroed means: none. */
struct extract_pdf_tail {
	bool open;
	bool figures;                   /* its rows end in figures */
	struct extract_pdf_table place; /* its strips, on the page it was on */
	struct extract_table table;     /* owned: with its header */
};

/* Writes an arranged page's blocks; number counts from 1. The tail is the page's before, and then this
 * one's. */
EXTRACT_MUST_CHECK int extract_pdf_page_blocks(const struct extract_page *page, int number,
	const struct extract_pdf_sizes *sizes, struct extract_pdf_tail *tail,
	struct extract_sink *sink);

/* Writes the blocks of all pages, which are closed: headings, heads and feet show only when all are known. */
EXTRACT_MUST_CHECK int extract_pdf_put_pages(struct extract_page *pages, int count,
	struct extract_sink *sink);

void extract_pdf_tail_close(struct extract_pdf_tail *tail);

#endif
