/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_pdf.h: an invoice or credit note as pages. */
#ifndef BH_BILLING_INVOICE_PDF_H
#define BH_BILLING_INVOICE_PDF_H

#include <stddef.h>

#include "base/buf.h"
#include "billing/store_invoice.h"

struct billing_fonts {
	const char *plain, *bold; /* paths */
};

/* Prints at most BILLING_PDF_LINES lines one by one; the rest is one line. The seller and buyer are those of the
 * invoice itself. Errors as in pdf.h. */
enum { BILLING_PDF_LINES = 1000 };
BH_MUST_CHECK int billing_invoice_pdf(const struct billing_invoice *invoice,
	const struct billing_invoice_line *lines, size_t n, const struct billing_fonts *fonts,
	struct bh_buf *out);

#endif
