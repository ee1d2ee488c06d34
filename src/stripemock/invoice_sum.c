/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_sum.c: what an invoice comes to. */
#include <string.h>

#include "base/arena.h"
#include "stripemock/invoice.h"
#include "stripemock/pricing.h"

/* Adds the tax of one rate to a line and to the invoice's sums by rate. */
static void
add_tax(struct stripemock_value *line, struct stripemock_value *totals,
	const struct stripemock_doc *rate, int64_t taxable)
{
	bool inclusive = bool_at(rate->body, "inclusive");
	int64_t amount = stripemock_pricing_tax(taxable, text_at(rate->body, "_percentage"), inclusive);
	struct stripemock_value *tax = stripemock_value_new(line->arena, BH_JSON_OBJECT);

	put_int(tax, "amount", amount);
	put_text(tax, "tax_behavior", inclusive ? "inclusive" : "exclusive");
	put_text(tax, "tax_rate_details.tax_rate", rate->id);
	put_text(tax, "taxability_reason", "not_available");
	put_int(tax, "taxable_amount", taxable);
	put_text(tax, "type", "tax_rate_details");
	stripemock_value_add(stripemock_value_at(line, "taxes"), tax);
	for (EACH(total, totals)) {
		if (!stripemock_value_is(total, "tax_rate_details.tax_rate", rate->id))
			continue;
		put_int(total, "amount", int_at(total, "amount") + amount);
		put_int(total, "taxable_amount", int_at(total, "taxable_amount") + taxable);
		return;
	}
	stripemock_value_add(totals, stripemock_value_clone(line->arena, tax));
}

static int64_t
credits_of(const struct stripemock_value *line)
{
	int64_t sum = 0;

	for (EACH(credit, stripemock_value_at(line, "pretax_credit_amounts")))
		sum += int_at(credit, "amount");
	return sum;
}

/* Taxes of all lines, anew. A line's own rates count, then the invoice's. */
static int
tax_lines(struct stripemock_work *work, struct stripemock_doc *invoice,
	struct stripemock_value *totals)
{
	const struct stripemock_value *preset = stripemock_value_at(invoice->body, "_tax_rates");
	struct stripemock_doc *rate;
	int rc;

	for (EACH(line, stripemock_value_at(invoice->body, "lines.data"))) {
		const struct stripemock_value *rates = stripemock_value_at(line, "_tax_rates");

		stripemock_value_put(line, "taxes", stripemock_value_new(work->arena, BH_JSON_ARRAY));
		if (rates == NULL || rates->count == 0)
			rates = preset;
		for (EACH(id, rates)) {
			rc = stripemock_work_get(work, "tax_rate", id->text, "default_tax_rates", &rate);
			if (rc < 0)
				return rc;
			add_tax(line, totals, rate, int_at(line, "amount") - credits_of(line));
		}
	}
	return 0;
}

/* What is due once the customer's balance is counted: a debt is added, credit is used up. */
static void
put_due(struct stripemock_value *body, int64_t total, int64_t balance)
{
	int64_t due = total + balance;
	int64_t paid = int_at(body, "amount_paid");

	put_int(body, "starting_balance", balance);
	put_int(body, "_ending_balance", due < 0 ? due : 0);
	if (due < 0)
		due = 0;
	put_int(body, "amount_due", due);
	put_int(body, "amount_remaining", due - paid - int_at(body, "pre_payment_credit_notes_amount"));
}

int
stripemock_invoice_sum(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	struct stripemock_value *body = invoice->body;
	struct stripemock_value *totals = stripemock_value_new(work->arena, BH_JSON_ARRAY);
	int64_t subtotal = 0, credits = 0, exclusive = 0, inclusive = 0;
	struct stripemock_doc *customer;
	int rc = tax_lines(work, invoice, totals);

	if (rc == 0)
		rc = stripemock_work_get(work, "customer", text_at(body, "customer"), "customer",
			&customer);
	if (rc < 0)
		return rc;
	for (EACH(line, stripemock_value_at(body, "lines.data"))) {
		subtotal += int_at(line, "amount");
		credits += credits_of(line);
	}
	for (EACH(total, totals)) {
		if (stripemock_value_is(total, "tax_behavior", "exclusive"))
			exclusive += int_at(total, "amount");
		else
			inclusive += int_at(total, "amount");
	}
	stripemock_value_put(body, "total_taxes", totals);
	put_int(body, "subtotal", subtotal);
	put_int(body, "subtotal_excluding_tax", subtotal - inclusive);
	put_int(body, "total", subtotal - credits + exclusive);
	put_int(body, "total_excluding_tax", subtotal - credits - inclusive);
	if (stripemock_value_is(body, "status", "draft"))
		put_due(body, int_at(body, "total"), int_at(customer->body, "balance"));
	stripemock_work_touch(invoice);
	return 0;
}
