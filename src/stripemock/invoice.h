/* SPDX-License-Identifier: Apache-2.0 */
/* invoice.h: invoices from their draft to their end, and the lines on them. */
#ifndef BH_STRIPEMOCK_INVOICE_H
#define BH_STRIPEMOCK_INVOICE_H

#include "stripemock/work.h"

/* ---- invoice_line.c ---- */

/* One line, or an item that waits for its invoice. */
struct stripemock_line {
	int64_t amount, quantity;
	const char *description, *currency;
	int64_t start, end;
	const struct stripemock_value *price; /* NULL: none */
	const char *subscription, *item;      /* NULL: of none */
	const char *invoice_item;             /* the line is this item; NULL: none */
	bool is_proration;
	const struct stripemock_value *tax_rates; /* ids; NULL: those of the invoice */
	const struct stripemock_value *metadata;
};

/* Adds a line to a draft. */
struct stripemock_value *stripemock_invoice_line_add(struct stripemock_work *work,
	struct stripemock_doc *invoice, const struct stripemock_line *line);
/* Adds an item to the customer's next invoice. */
BH_MUST_CHECK int stripemock_invoice_item_add(struct stripemock_work *work,
	const struct stripemock_doc *customer, const struct stripemock_line *line,
	struct stripemock_doc **out);
/* Puts one on a draft. */
void stripemock_invoice_item_take(struct stripemock_work *work, struct stripemock_doc *invoice,
	struct stripemock_doc *item);
/* Puts the items that wait on a draft: those of the subscription, or of none. */
BH_MUST_CHECK int stripemock_invoice_items_take(struct stripemock_work *work,
	struct stripemock_doc *invoice, const char *subscription);

/* ---- invoice_sum.c ---- */

/* Adds up lines, taxes, credits and the customer's balance. */
BH_MUST_CHECK int stripemock_invoice_sum(struct stripemock_work *work,
	struct stripemock_doc *invoice);

/* ---- invoice_life.c ---- */

/* A draft for a customer. Subscription: NULL for none. */
struct stripemock_doc *stripemock_invoice_new(struct stripemock_work *work,
	const struct stripemock_doc *customer, const struct stripemock_doc *subscription,
	const char *reason);
/* Makes a draft final: number, credits, balance, payment. Nothing is left to pay: it is paid. */
BH_MUST_CHECK int stripemock_invoice_finalize(struct stripemock_work *work,
	struct stripemock_doc *invoice);
/* Tries to pay, with this method or (NULL) the one that is set. It is paid if its status says so. */
BH_MUST_CHECK int stripemock_invoice_pay(struct stripemock_work *work,
	struct stripemock_doc *invoice, struct stripemock_doc *method);
/* Its payment is not waited for any more. */
BH_MUST_CHECK int stripemock_invoice_forgo(struct stripemock_work *work,
	struct stripemock_doc *invoice);
/* It was paid in another way, or there is nothing to pay. */
BH_MUST_CHECK int stripemock_invoice_settle(struct stripemock_work *work,
	struct stripemock_doc *invoice, const char *method);
BH_MUST_CHECK int stripemock_invoice_void(struct stripemock_work *work,
	struct stripemock_doc *invoice);
BH_MUST_CHECK int stripemock_invoice_uncollectible(struct stripemock_work *work,
	struct stripemock_doc *invoice);
/* Its payment; *out is NULL where there is none. */
BH_MUST_CHECK int stripemock_invoice_intent(struct stripemock_work *work,
	const struct stripemock_doc *invoice, struct stripemock_doc **out);
/* Its moment has come: a draft is made final and paid, an open one tried again. */
BH_MUST_CHECK int stripemock_invoice_due(struct stripemock_work *work,
	struct stripemock_doc *invoice);

/* "subscription_cycle" and so on: the subscription it is of; NULL: none. */
static inline const char *
stripemock_invoice_subscription(const struct stripemock_doc *invoice)
{
	return text_at(invoice->body, "parent.subscription_details.subscription");
}

#endif
