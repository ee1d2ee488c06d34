/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_line.h: the lines that are computed: usage by kind, model and price, what credits covered, what
 * changed of days billed before, and what is missing to a minimum. */
#ifndef BH_BILLING_INVOICE_LINE_H
#define BH_BILLING_INVOICE_LINE_H

#include "billing/store_invoice.h"

/* Writes them anew for these days; usage must have been posted in the same transaction. *out: sums of all
 * lines of the invoice. */
BH_MUST_CHECK int billing_invoice_line_compute(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, const struct billing_days *days,
	struct billing_line_sums *out);

#endif
