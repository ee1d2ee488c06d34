/* SPDX-License-Identifier: Apache-2.0 */
/* credit.c: how grants are used up: by priority, then by expiry, category, and age. */
#include "stripemock/credit.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Whether it can be used at all, now. */
static bool
is_usable(const struct stripemock_work *work, const struct stripemock_doc *grant)
{
	const struct stripemock_value *body = grant->body;

	return int_at(body, "_remaining") > 0 && !has_at(body, "voided_at") &&
		int_at(body, "effective_at") <= work->now_s &&
		(!has_at(body, "expires_at") || int_at(body, "expires_at") > work->now_s);
}

static int
order(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare(const void *left, const void *right)
{
	const struct stripemock_doc *a = *(struct stripemock_doc *const *)left;
	const struct stripemock_doc *b = *(struct stripemock_doc *const *)right;
	int64_t end_a = has_at(a->body, "expires_at") ? int_at(a->body, "expires_at") : INT64_MAX;
	int64_t end_b = has_at(b->body, "expires_at") ? int_at(b->body, "expires_at") : INT64_MAX;
	int by = order(int_at(a->body, "priority"), int_at(b->body, "priority"));

	if (by == 0)
		by = order(end_a, end_b);
	if (by == 0)
		by = order(stripemock_value_is(a->body, "category", "paid"),
			stripemock_value_is(b->body, "category", "paid"));
	if (by == 0)
		by = order(int_at(a->body, "effective_at"), int_at(b->body, "effective_at"));
	return by != 0 ? by : order(a->seq, b->seq);
}

/* Whether it is for a line: one of usage, or of the prices that it names. */
static bool
applies(const struct stripemock_doc *grant, const struct stripemock_value *line)
{
	const struct stripemock_value *scope = stripemock_value_at(grant->body,
		"applicability_config.scope");

	if (!stripemock_value_is(line, "_usage_type", "metered"))
		return false;
	if (stripemock_value_is(scope, "price_type", "metered"))
		return true;
	for (EACH(price, stripemock_value_at(scope, "prices"))) {
		if (stripemock_value_is(line, "pricing.price_details.price", text_at(price, "id")))
			return true;
	}
	return false;
}

/* A row of the grant's account: a debit, or a credit that gives one back. */
static struct stripemock_doc *
book(struct stripemock_work *work, const struct stripemock_doc *grant, const char *side,
	const char *type, int64_t amount)
{
	struct stripemock_doc *doc = stripemock_work_new(work, "billing.credit_balance_transaction",
		"cbtxn", "{'credit':null,'debit':null}");
	struct stripemock_value *booked = stripemock_value_new(work->arena, BH_JSON_OBJECT);

	put_copy(booked, "amount", stripemock_value_at(grant->body, "amount"));
	put_int(booked, "amount.monetary.value", amount);
	put_text(booked, "type", type);
	stripemock_value_put(doc->body, side, booked);
	put_text(doc->body, "credit_grant", grant->id);
	put_int(doc->body, "effective_at", work->now_s);
	put_copy(doc->body, "test_clock", stripemock_value_at(grant->body, "test_clock"));
	put_text(doc->body, "type", side);
	put_copy(doc->body, "_customer", stripemock_value_at(grant->body, "customer"));
	return doc;
}

/* Uses as much of a grant as a line still costs. */
static void
use(struct stripemock_work *work, struct stripemock_doc *invoice, struct stripemock_value *line,
	struct stripemock_doc *grant)
{
	struct stripemock_value *credits = stripemock_value_at(line, "pretax_credit_amounts");
	struct stripemock_value *used = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	int64_t left = int_at(line, "amount"), remaining = int_at(grant->body, "_remaining");
	struct stripemock_doc *booked;

	for (EACH(credit, credits))
		left -= int_at(credit, "amount");
	if (left <= 0)
		return;
	if (left > remaining)
		left = remaining;
	put_int(grant->body, "_remaining", remaining - left);
	stripemock_work_touch(grant);
	booked = book(work, grant, "debit", "credits_applied", left);
	put_text(booked->body, "debit.credits_applied.invoice", invoice->id);
	put_text(booked->body, "debit.credits_applied.invoice_line_item", text_at(line, "id"));
	put_int(used, "amount", left);
	put_text(used, "credit_balance_transaction", booked->id);
	put_text(used, "type", "credit_balance_transaction");
	stripemock_value_add(credits, used);
	stripemock_value_add(stripemock_value_at(invoice->body, "total_pretax_credit_amounts"),
		stripemock_value_clone(work->arena, used));
}

static int
grants_of(struct stripemock_work *work, const char *customer, struct stripemock_doc ***out,
	size_t *out_n)
{
	return stripemock_work_list(work,
		&(struct stripemock_filter){.kind = "billing.credit_grant", .customer = customer}, out,
		out_n);
}

int
stripemock_credit_apply(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	struct stripemock_doc **grants;
	size_t n;
	int rc = grants_of(work, text_at(invoice->body, "customer"), &grants, &n);

	if (rc < 0)
		return rc;
	qsort(grants, n, sizeof(struct stripemock_doc *), compare);
	for (size_t i = 0; i < n; i++) {
		if (!stripemock_value_is(grants[i]->body, "amount.monetary.currency",
				text_at(invoice->body, "currency")))
			continue;
		for (EACH(line, stripemock_value_at(invoice->body, "lines.data"))) {
			if (is_usable(work, grants[i]) && applies(grants[i], line))
				use(work, invoice, line, grants[i]);
		}
	}
	return 0;
}

int
stripemock_credit_restore(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	for (EACH(used, stripemock_value_at(invoice->body, "total_pretax_credit_amounts"))) {
		struct stripemock_doc *debit, *grant = NULL, *booked;
		int64_t amount = int_at(used, "amount");
		int rc = stripemock_work_find(work, "billing.credit_balance_transaction",
			text_at(used, "credit_balance_transaction"), &debit);

		if (rc == 0 && debit != NULL)
			rc = stripemock_work_find(work, "billing.credit_grant",
				text_at(debit->body, "credit_grant"), &grant);
		if (rc < 0)
			return rc;
		if (grant == NULL)
			continue;
		put_int(grant->body, "_remaining", int_at(grant->body, "_remaining") + amount);
		stripemock_work_touch(grant);
		booked = book(work, grant, "credit", "credits_application_invoice_voided", amount);
		put_text(booked->body, "credit.credits_application_invoice_voided.invoice", invoice->id);
		put_copy(booked->body, "credit.credits_application_invoice_voided.invoice_line_item",
			stripemock_value_at(debit->body, "debit.credits_applied.invoice_line_item"));
	}
	return 0;
}

/* What is left of it is gone. */
int
stripemock_credit_due(struct stripemock_work *work, struct stripemock_doc *grant)
{
	int64_t left = int_at(grant->body, "_remaining");

	put_bool(grant->body, "_expired", true);
	if (left > 0)
		book(work, grant, "debit", "credits_expired", left);
	put_int(grant->body, "_remaining", 0);
	stripemock_work_touch(grant);
	return stripemock_work_event(work, "billing.credit_grant.updated", grant);
}
