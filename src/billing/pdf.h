/* SPDX-License-Identifier: Apache-2.0 */
/* pdf.h: pages of text as PDF/A-1b, by libharu: A4, two fonts, embedded.
 *
 * Text within Windows-1252 is set in simple fonts, and the file then says that it is PDF/A-1b. Other scripts are
 * set in a composite font, whose subset libharu does not describe as PDF/A wants it: the file then says
 * nothing of PDF/A. What the library itself offers for PDF/A writes two names wrongly, so metadata and output
 * intent are made here from its objects. */
#ifndef BH_BILLING_PDF_H
#define BH_BILLING_PDF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"

struct billing_pdf;

/* Points. */
#define BILLING_PDF_WIDTH 595
#define BILLING_PDF_HEIGHT 842

/* Begins a document; fonts are the paths of TrueType files. BH_E_CONFIG: one cannot be read. Closed by
 * billing_pdf_close. */
BH_MUST_CHECK int billing_pdf_open(const char *font, const char *bold, struct billing_pdf **out);
void billing_pdf_close(struct billing_pdf *pdf); /* safe on NULL */

void billing_pdf_page(struct billing_pdf *pdf);
struct billing_pdf_style {
	double size;
	bool bold;
	double width; /* cut there; 0: not at all */
	bool right;   /* x is where it ends */
};
/* Text is UTF-8; y counts from below. */
void billing_pdf_text(struct billing_pdf *pdf, double x, double y,
	const struct billing_pdf_style *style, const char *text);
void billing_pdf_rule(struct billing_pdf *pdf, double x, double y, double until_x);

/* The same calls with the same id and time make the same bytes. `title` is ASCII. BH_E_INTERNAL: something
 * failed on the way. */
BH_MUST_CHECK int billing_pdf_save(struct billing_pdf *pdf, const char *title, int64_t made_ms,
	const struct bh_uuid *id, struct bh_buf *out);

#endif
