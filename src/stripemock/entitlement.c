/* SPDX-License-Identifier: Apache-2.0 */
/* entitlement.c: features, and who has them. */
#include "stripemock/entitlement.h"

#include <string.h>

#include "base/arena.h"
#include "stripemock/operation.h"

const struct stripemock_param feature_create_params[] = {
	{"lookup_key", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"name", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"metadata", STRIPEMOCK_MAP},
	{0},
};

const struct stripemock_param feature_update_params[] = {
	{"active", STRIPEMOCK_BOOL},
	{"name", STRIPEMOCK_TEXT},
	{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY},
	{0},
};

const struct stripemock_param feature_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"lookup_key", STRIPEMOCK_TEXT},
	{"archived", STRIPEMOCK_BOOL},
	{0},
};

const struct stripemock_param active_entitlement_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"customer", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{0},
};

int
stripemock_feature_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_filter filter = {.kind = "entitlements.feature", .limit = 1};
	struct stripemock_doc *doc, **docs;
	size_t n = 0;
	int rc = stripemock_work_lock(work);

	(void)operation;
	filter.members = stripemock_work_member(work, "lookup_key",
		text_at(work->params, "lookup_key"));
	if (rc == 0)
		rc = stripemock_work_list(work, &filter, &docs, &n);
	if (rc == 0 && n > 0)
		rc = stripemock_work_refuse(work, "resource_already_exists", "lookup_key",
			"A feature with this lookup_key already exists.");
	if (rc < 0)
		return rc;
	doc = stripemock_work_new(work, "entitlements.feature", "feat_test",
		"{'active':true,'lookup_key':null,'metadata':{},'name':null}");
	stripemock_value_drop(doc->body, "created");
	stripemock_operation_apply(doc->body, work->params, "");
	return stripemock_view_answer(work, doc);
}

int
stripemock_feature_list(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	bool archived = bool_at(work->params, "archived");

	if (has_at(work->params, "archived"))
		put_bool(work->params, "active", !archived);
	stripemock_value_drop(work->params, "archived");
	return stripemock_operation_list_all(work, operation);
}

/* ---- who has them ---- */

static bool
gives(const struct stripemock_doc *subscription)
{
	return stripemock_value_is(subscription->body, "status", "active") ||
		stripemock_value_is(subscription->body, "status", "trialing") ||
		stripemock_value_is(subscription->body, "status", "past_due");
}

static bool
has(const struct stripemock_value *set, const char *id)
{
	for (EACH(at, set)) {
		if (strcmp(at->name, id) == 0)
			return true;
	}
	return false;
}

/* Adds the features of a product to the set. */
static int
add_product(struct stripemock_work *work, const char *product, struct stripemock_value *set)
{
	struct stripemock_filter filter = {.kind = "product_feature",
		.members = stripemock_work_member(work, "_product", product)};
	struct stripemock_doc **docs;
	size_t n = 0;
	int rc = stripemock_work_list(work, &filter, &docs, &n);

	for (size_t i = 0; rc == 0 && i < n; i++)
		put_bool(set, text_at(docs[i]->body, "_feature"), true);
	return rc;
}

static int
collect(struct stripemock_work *work, const struct stripemock_doc *customer,
	struct stripemock_value *set)
{
	struct stripemock_filter filter = {.kind = "subscription", .customer = customer->id};
	struct stripemock_doc **docs, *price;
	size_t n = 0;
	int rc = stripemock_work_list(work, &filter, &docs, &n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!gives(docs[i]))
			continue;
		for (EACH(item, stripemock_value_at(docs[i]->body, "items.data"))) {
			rc = stripemock_work_find(work, "price", text_at(item, "price"), &price);
			if (rc == 0 && price != NULL)
				rc = add_product(work, text_at(price->body, "product"), set);
			if (rc < 0)
				return rc;
		}
	}
	return rc;
}

static int
add(struct stripemock_work *work, const struct stripemock_doc *customer, const char *feature)
{
	struct stripemock_doc *doc, *of;
	int rc = stripemock_work_get(work, "entitlements.feature", feature, "feature", &of);

	if (rc < 0)
		return rc;
	doc = stripemock_work_new(work, "entitlements.active_entitlement", "ent_test", "{}");
	stripemock_value_drop(doc->body, "created");
	put_text(doc->body, "feature", of->id);
	put_copy(doc->body, "lookup_key", stripemock_value_at(of->body, "lookup_key"));
	put_text(doc->body, "_customer", customer->id);
	return 0;
}

static int
tell(struct stripemock_work *work, const struct stripemock_doc *customer,
	const struct stripemock_filter *filter)
{
	struct stripemock_value *summary = stripemock_value_literal(work->arena,
		"{'object':'entitlements.active_entitlement_summary','livemode':false}");
	struct stripemock_value *list;
	struct stripemock_doc **docs;
	size_t n = 0;
	int rc = stripemock_work_list(work, filter, &docs, &n);

	list = stripemock_operation_list(work->arena,
		bh_arena_printf(work->arena, "/v1/customer/%s/entitlements", customer->id));
	for (size_t i = 0; rc == 0 && i < n; i++)
		stripemock_value_add(stripemock_value_at(list, "data"),
			stripemock_value_clone(work->arena, docs[i]->body));
	put_text(summary, "customer", customer->id);
	stripemock_value_put(summary, "entitlements", list);
	if (rc == 0)
		stripemock_work_event_of(work, "entitlements.active_entitlement_summary.updated", summary,
			NULL);
	return rc;
}

int
stripemock_entitlement_refresh(struct stripemock_work *work, const struct stripemock_doc *customer)
{
	struct stripemock_filter filter = {.kind = "entitlements.active_entitlement",
		.members = stripemock_work_member(work, "_customer", customer->id)};
	struct stripemock_value *set = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	struct stripemock_value *known = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	struct stripemock_doc **docs;
	bool is_changed = false;
	size_t n = 0;
	int rc = collect(work, customer, set);

	if (rc == 0)
		rc = stripemock_work_list(work, &filter, &docs, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *feature = text_at(docs[i]->body, "feature");

		put_bool(known, feature, true);
		if (has(set, feature))
			continue;
		docs[i]->is_removed = true;
		stripemock_work_touch(docs[i]);
		is_changed = true;
	}
	for (EACH(feature, set)) {
		if (rc == 0 && !has(known, feature->name)) {
			rc = add(work, customer, feature->name);
			is_changed = true;
		}
	}
	return rc < 0 || !is_changed ? rc : tell(work, customer, &filter);
}

int
stripemock_active_entitlement_list(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_filter filter = {.kind = operation->kind};
	struct stripemock_doc *customer;
	int rc = stripemock_operation_customer(work, &customer);

	if (rc < 0)
		return rc;
	filter.members = stripemock_work_member(work, "_customer", customer->id);
	return stripemock_operation_pages(work, &filter, "/v1/entitlements/active_entitlements");
}
