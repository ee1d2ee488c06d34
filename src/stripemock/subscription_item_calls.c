/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_item_calls.c: the calls on items, which are changes of their subscription. */
#include "base/arena.h"
#include "stripemock/operation.h"
#include "stripemock/subscription.h"
#include "stripemock/subscription_item.h"

#define SHARED_PARAMS \
	{"price", STRIPEMOCK_TEXT}, {"quantity", STRIPEMOCK_INT}, {"metadata", STRIPEMOCK_MAP}, \
		{"tax_rates[]", STRIPEMOCK_TEXT}, {"proration_date", STRIPEMOCK_INT}, \
		{"proration_behavior", STRIPEMOCK_CHOICE, 0, "create_prorations none always_invoice"}, \
	{ \
		"payment_behavior", STRIPEMOCK_CHOICE, 0, \
			"allow_incomplete default_incomplete error_if_incomplete" \
	}

const struct stripemock_param subscription_item_create_params[] = {
	{"subscription", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	SHARED_PARAMS,
	{0},
};

const struct stripemock_param subscription_item_update_params[] = {
	SHARED_PARAMS,
	{0},
};

const struct stripemock_param subscription_item_delete_params[] = {
	{"clear_usage", STRIPEMOCK_BOOL},
	{"proration_date", STRIPEMOCK_INT},
	{"proration_behavior", STRIPEMOCK_CHOICE, 0, "create_prorations none always_invoice"},
	{0},
};

const struct stripemock_param subscription_item_list_params[] = {
	{"subscription", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"limit", STRIPEMOCK_INT},
	{0},
};

/* The subscription that has the item of the path. */
static int
find(struct stripemock_work *work, struct stripemock_doc **out)
{
	struct stripemock_value *members = stripemock_value_literal(work->arena,
		"{'items':{'data':[{'id':''}]}}");
	struct stripemock_filter filter = {.kind = "subscription", .limit = 1};
	struct stripemock_doc **docs;
	size_t n;
	int rc;

	put_text(stripemock_value_at(members, "items.data.0"), "id", work->ids[0]);
	filter.members = stripemock_value_print(work->arena, members, true);
	rc = stripemock_work_list(work, &filter, &docs, &n);
	if (rc == 0 && n == 0)
		rc = stripemock_work_get(work, "subscription_item", work->ids[0], "id", out);
	if (rc < 0)
		return rc;
	*out = docs[0];
	return stripemock_work_enter(work, docs[0]);
}

/* Answers with an item as the subscription shows it. */
static int
answer(struct stripemock_work *work, const struct stripemock_doc *subscription, const char *id)
{
	struct stripemock_value *shown;
	int rc = stripemock_view(work, subscription, &shown);

	if (rc < 0)
		return rc;
	for (EACH(item, stripemock_value_at(shown, "items.data"))) {
		if (id == NULL ? item->next == NULL : stripemock_value_is(item, "id", id))
			work->result = stripemock_value_clone(work->arena, item);
	}
	return 0;
}

/* The parameters as those of the subscription: what is the item's goes into `items`. */
static struct stripemock_value *
wrap(struct stripemock_work *work, const char *id)
{
	static const char *const own[] = {"price", "quantity", "metadata", "tax_rates"};
	struct stripemock_value *item = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	struct stripemock_value *items = stripemock_value_new(work->arena, BH_JSON_ARRAY);

	if (id != NULL)
		put_text(item, "id", id);
	for (size_t i = 0; i < BH_COUNT(own); i++) {
		if (stripemock_value_at(work->params, own[i]) == NULL)
			continue;
		put_copy(item, own[i], stripemock_value_at(work->params, own[i]));
		stripemock_value_drop(work->params, own[i]);
	}
	stripemock_value_add(items, item);
	stripemock_value_put(work->params, "items", items);
	return item;
}

int
stripemock_subscription_item_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_param(work, "subscription", "subscription", &doc);

	(void)operation;
	if (rc == 0)
		rc = stripemock_work_enter(work, doc);
	if (rc < 0)
		return rc;
	stripemock_value_drop(work->params, "subscription");
	wrap(work, NULL);
	rc = stripemock_subscription_change(work, doc);
	return rc < 0 ? rc : answer(work, doc, NULL);
}

int
stripemock_subscription_item_get(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = find(work, &doc);

	(void)operation;
	return rc < 0 ? rc : answer(work, doc, work->ids[0]);
}

int
stripemock_subscription_item_update(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = find(work, &doc);

	(void)operation;
	if (rc < 0)
		return rc;
	wrap(work, work->ids[0]);
	rc = stripemock_subscription_change(work, doc);
	return rc < 0 ? rc : answer(work, doc, work->ids[0]);
}

int
stripemock_subscription_item_delete(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = find(work, &doc);

	(void)operation;
	if (rc < 0)
		return rc;
	stripemock_value_drop(work->params, "clear_usage");
	put_bool(wrap(work, work->ids[0]), "deleted", true);
	rc = stripemock_subscription_change(work, doc);
	work->result = stripemock_value_literal(work->arena,
		"{'object':'subscription_item','deleted':true}");
	put_text(work->result, "id", work->ids[0]);
	return rc;
}

int
stripemock_subscription_item_list(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_value *shown;
	struct stripemock_doc *doc;
	int rc = stripemock_operation_param(work, "subscription", "subscription", &doc);

	(void)operation;
	if (rc == 0)
		rc = stripemock_view(work, doc, &shown);
	if (rc < 0)
		return rc;
	work->result = stripemock_operation_list(work->arena, "/v1/subscription_items");
	put_copy(work->result, "data", stripemock_value_at(shown, "items.data"));
	return 0;
}
