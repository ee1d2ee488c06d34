/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_rtl.h: pages written from right to left, put together again from where each letter stands. */
#ifndef EXTRACT_PDF_RTL_H
#define EXTRACT_PDF_RTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pdf_page.h"

/* The letters of a page in no order. Zeroed means none. */
struct extract_pdf_letters {
	struct extract_glyph *list; /* owned */
	size_t count, size;
};

/* One word as poppler tells it: its text, with marks around runs of the other direction, and
 * the letters' boxes from left to right. points has the marks, glyphs (a letter each, with the box
 * and font) has not; glyphs are given the points that stand there, and are added. */
void extract_pdf_letters_word(struct extract_pdf_letters *letters, const uint32_t *points,
	size_t n_points, struct extract_glyph *glyphs, size_t n_glyphs);

/* Adds the letters to the page line by line, each fragment's text in the order of reading. What was
 * found several times counts once. */
void extract_pdf_letters_place(struct extract_pdf_letters *letters, struct extract_page *page);

void extract_pdf_letters_close(struct extract_pdf_letters *letters);

/* The marks that poppler puts around a run against its surroundings. */
static inline bool
extract_pdf_is_mark(uint32_t point)
{
	return point >= 0x202a && point <= 0x202e;
}

#endif
