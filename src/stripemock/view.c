/* SPDX-License-Identifier: Apache-2.0 */
/* view.c: objects as they are shown: what other objects they hold, and what `expand` asks for. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "stripemock/operation.h"

enum { EXPAND_DEPTH = 6, SHOWN_PAYMENTS = 100 };

/* A price as the older object that subscription items still carry. */
static struct stripemock_value *
plan_of(struct stripemock_work *work, const struct stripemock_value *price)
{
	struct stripemock_value *plan = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	static const char *const same[] = {"id", "active", "billing_scheme", "created", "currency",
		"livemode", "metadata", "nickname", "product", "tiers_mode"};

	put_text(plan, "object", "plan");
	for (size_t i = 0; i < BH_COUNT(same); i++)
		put_copy(plan, same[i], stripemock_value_at(price, same[i]));
	put_copy(plan, "amount", stripemock_value_at(price, "unit_amount"));
	put_copy(plan, "amount_decimal", stripemock_value_at(price, "unit_amount_decimal"));
	put_copy(plan, "interval", stripemock_value_at(price, "recurring.interval"));
	put_copy(plan, "interval_count", stripemock_value_at(price, "recurring.interval_count"));
	put_copy(plan, "meter", stripemock_value_at(price, "recurring.meter"));
	put_copy(plan, "trial_period_days", stripemock_value_at(price, "recurring.trial_period_days"));
	put_copy(plan, "usage_type", stripemock_value_at(price, "recurring.usage_type"));
	put_null(plan, "transform_usage");
	return plan;
}

/* Puts the price itself where its id stands. */
static int
show_price(struct stripemock_work *work, struct stripemock_value *item, bool with_plan)
{
	struct stripemock_doc *price;
	int rc = stripemock_work_find(work, "price", text_at(item, "price"), &price);

	if (rc < 0 || price == NULL)
		return rc;
	put_copy(item, "price", price->body);
	if (with_plan)
		stripemock_value_put(item, "plan", plan_of(work, price->body));
	return 0;
}

int
stripemock_view(struct stripemock_work *work, const struct stripemock_doc *doc,
	struct stripemock_value **out)
{
	struct stripemock_value *shown = stripemock_value_clone(work->arena, doc->body);
	int rc = 0;

	if (strcmp(doc->kind, "subscription") == 0) {
		for (EACH(item, stripemock_value_at(shown, "items.data"))) {
			if (rc == 0)
				rc = show_price(work, item, true);
		}
	}
	if (rc == 0)
		*out = shown;
	return rc;
}

/* ---- expand ---- */

static int
payments_of(struct stripemock_work *work, const char *invoice, struct stripemock_value **out)
{
	struct stripemock_filter filter = {.kind = "invoice_payment",
		.limit = SHOWN_PAYMENTS,
		.members = stripemock_work_member(work, "invoice", invoice)};
	struct stripemock_doc **docs;
	size_t n;
	int rc = stripemock_work_list(work, &filter, &docs, &n);

	*out = stripemock_operation_list(work->arena, "/v1/invoice_payments");
	for (size_t i = 0; rc == 0 && i < n; i++)
		stripemock_value_add(stripemock_value_at(*out, "data"),
			stripemock_value_clone(work->arena, docs[i]->body));
	return rc;
}

static int
subscriptions_of(struct stripemock_work *work, const char *customer, struct stripemock_value **out)
{
	struct stripemock_filter filter = {.kind = "subscription", .customer = customer};
	struct stripemock_doc **docs;
	size_t n;
	int rc = stripemock_work_list(work, &filter, &docs, &n);

	*out = stripemock_operation_list(work->arena,
		bh_arena_printf(work->arena, "/v1/customers/%s/subscriptions", customer));
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct stripemock_value *shown = NULL;

		rc = stripemock_view(work, docs[i], &shown);
		if (rc == 0)
			stripemock_value_add(stripemock_value_at(*out, "data"), shown);
	}
	return rc;
}

/* Members that are only there when they are asked for. */
static int
add_member(struct stripemock_work *work, struct stripemock_value *value, const char *name,
	struct stripemock_value **out)
{
	struct stripemock_value *hidden = stripemock_value_at(value,
		bh_arena_printf(work->arena, "_%s", name));
	const char *id = text_at(value, "id");
	int rc = 0;

	*out = NULL;
	if (hidden != NULL)
		*out = stripemock_value_clone(work->arena, hidden);
	else if (stripemock_value_is(value, "object", "invoice") && strcmp(name, "payments") == 0)
		rc = payments_of(work, id, out);
	else if (stripemock_value_is(value, "object", "customer") && strcmp(name, "subscriptions") == 0)
		rc = subscriptions_of(work, id, out);
	if (rc == 0 && *out != NULL)
		stripemock_value_put(value, name, *out);
	return rc;
}

static int
expand_path(struct stripemock_work *work, struct stripemock_value *value, const char *path,
	const char *whole, unsigned depth)
{
	const char *name = bh_arena_copy(work->arena, path, strcspn(path, "."));
	const char *rest = path[strlen(name)] == '.' ? path + strlen(name) + 1 : NULL;
	struct stripemock_value *at = NULL;
	struct stripemock_doc *doc = NULL;
	int rc = 0;

	if (value->kind == BH_JSON_ARRAY) {
		for (EACH(element, value)) {
			if (rc == 0)
				rc = expand_path(work, element, path, whole, depth);
		}
		return rc;
	}
	if (value->kind == BH_JSON_OBJECT)
		at = stripemock_value_at(value, name);
	if (at == NULL && value->kind == BH_JSON_OBJECT)
		rc = add_member(work, value, name, &at);
	if (rc < 0)
		return rc;
	if (at == NULL || depth == EXPAND_DEPTH)
		return stripemock_work_refuse(work, NULL, "expand",
			"This property cannot be expanded (%s).", whole);
	if (at->kind == BH_JSON_STRING)
		rc = stripemock_work_find(work, NULL, at->text, &doc);
	if (rc == 0 && doc != NULL) {
		rc = stripemock_view(work, doc, &at);
		if (rc == 0)
			stripemock_value_put(value, name, at);
	}
	return rc < 0 || rest == NULL || at->kind == BH_JSON_NULL
		? rc
		: expand_path(work, at, rest, whole, depth + 1);
}

int
stripemock_view_expand(struct stripemock_work *work, struct stripemock_value *value,
	const struct stripemock_value *expand)
{
	int rc = 0;

	for (EACH(at, expand)) {
		if (rc == 0 && at->kind == BH_JSON_STRING)
			rc = expand_path(work, value, at->text, at->text, 0);
	}
	return rc;
}

int
stripemock_view_answer(struct stripemock_work *work, const struct stripemock_doc *doc)
{
	return stripemock_view(work, doc, &work->result);
}
