/* SPDX-License-Identifier: Apache-2.0 */
/* test_pages.h: pages of a PDF made of placed lines, and their blocks. */
#ifndef EXTRACT_TEST_PAGES_H
#define EXTRACT_TEST_PAGES_H

#include <stdbool.h>

#include "pdf_page.h"

struct capture;

/* Places a line of text the way poppler gives it: characters half as wide as their size. */
void page_place(struct extract_page *page, double x, double y, double size, bool bold,
	const char *text);

/* A line that begins in bold and goes on without. */
void page_place_run_in(struct extract_page *page, double x, double y, double size, const char *bold,
	const char *text);

/* Arranges the pages, writes their blocks and closes them; returns the exit status. */
int pages_put(struct capture *out, struct extract_page *pages, size_t count);

/* Arranges the page, writes its blocks and closes it; returns the exit status. */
int page_put(struct capture *out, struct extract_page *page);

#endif
