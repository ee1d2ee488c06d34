/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_scan.h: which pages of a PDF are pictures of text, and how they are drawn for recognition. */
#ifndef EXTRACT_PDF_SCAN_H
#define EXTRACT_PDF_SCAN_H

#include <poppler.h>
#include <stdbool.h>
#include <stdint.h>

#include "ocr.h"
#include "pdf_page.h"

/* What a page's text layer consists of. */
struct extract_pdf_layer {
	uint32_t characters; /* blanks apart */
	uint32_t unknown;    /* codes of a font's own, control characters */
	uint32_t letters;    /* and digits */
	uint32_t signs;      /* neither; leaders apart */
	uint32_t plain;      /* letters of words of four or more of a to z, and nothing else */
	uint32_t vowels;     /* of those */
};

void extract_pdf_layer_measure(struct extract_pdf_layer *out, const char *text);

/* True if the layer is no text: more than a fifth is unknown, or there are more signs than letters, or so few vowels
 * as no language has, because the font shows other characters than it names. */
bool extract_pdf_layer_is_nonsense(const struct extract_pdf_layer *layer);

/* True if the page shows text that its layer does not have: the layer is nonsense, or it has no more than a stamp's
 * words and pictures cover most of the page. */
bool extract_pdf_scan_is(PopplerPage *page, const struct extract_pdf_layer *layer);

/* True if what was recognized is to be had in place of the layer. */
bool extract_pdf_scan_is_better(const struct extract_page *scan,
	const struct extract_pdf_layer *layer);

/* Draws the page at 300 dpi, less where it is very large. False if it has no size. */
EXTRACT_MUST_CHECK bool extract_pdf_scan_draw(PopplerPage *page, struct extract_raster *out);

/* Gives lines that were recognized in about the size of most text exactly that size: measured on a picture, sizes differ
 * a little from line to line. */
void extract_pdf_scan_settle(struct extract_page *pages, size_t count);

#endif
