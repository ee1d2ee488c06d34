/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c: products and their features, prices, tax rates. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "stripemock/operation.h"

#define MONEY_MOST 99999999

/* ---- products ---- */

#define PRODUCT_PARAMS \
	{"active", STRIPEMOCK_BOOL}, {"description", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY}, {"images[]", STRIPEMOCK_TEXT}, \
		{"marketing_features[].name", STRIPEMOCK_TEXT}, {"statement_descriptor", STRIPEMOCK_TEXT}, \
		{"tax_code", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{"unit_label", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
	{ \
		"url", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY \
	}

const struct stripemock_param product_create_params[] = {
	{"name", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"id", STRIPEMOCK_TEXT},
	{"type", STRIPEMOCK_CHOICE, 0, "good service"},
	{"default_price_data.currency", STRIPEMOCK_TEXT},
	{"default_price_data.unit_amount", STRIPEMOCK_INT},
	{"default_price_data.unit_amount_decimal", STRIPEMOCK_DECIMAL},
	{"default_price_data.recurring.interval", STRIPEMOCK_CHOICE, 0, "day week month year"},
	{"default_price_data.recurring.interval_count", STRIPEMOCK_INT},
	PRODUCT_PARAMS,
	{0},
};

const struct stripemock_param product_update_params[] = {
	{"name", STRIPEMOCK_TEXT},
	{"default_price", STRIPEMOCK_TEXT},
	PRODUCT_PARAMS,
	{0},
};

const struct stripemock_param product_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"active", STRIPEMOCK_BOOL},
	{0},
};

static const char product_template[] =
	"{'active':true,'default_price':null,'description':null,'images':[],'marketing_features':[],"
	"'metadata':{},'name':null,'package_dimensions':null,'shippable':null,"
	"'statement_descriptor':null,'tax_code':null,'type':'service','unit_label':null,'url':null}";

static int add_price(struct stripemock_work *work, const struct stripemock_value *data,
	const char *product, struct stripemock_doc **out);

static struct stripemock_doc *
new_product(struct stripemock_work *work, const struct stripemock_value *data)
{
	struct stripemock_doc *doc = stripemock_work_new(work, "product", "prod", product_template);

	stripemock_operation_apply(doc->body, data, "default_price_data");
	put_int(doc->body, "updated", work->now_s);
	doc->id = text_at(doc->body, "id");
	return doc;
}

int
stripemock_product_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	const struct stripemock_value *price_data = stripemock_value_at(work->params,
		"default_price_data");
	const char *id = text_at(work->params, "id");
	struct stripemock_doc *doc, *price = NULL;
	int rc = stripemock_work_lock(work);

	(void)operation;
	if (rc == 0)
		rc = stripemock_work_find(work, NULL, id, &doc);
	if (rc < 0)
		return rc;
	if (doc != NULL)
		return stripemock_work_refuse(work, "resource_already_exists", "id",
			"Product already exists.");
	doc = new_product(work, work->params);
	if (price_data != NULL)
		rc = add_price(work, price_data, doc->id, &price);
	if (price != NULL)
		put_text(doc->body, "default_price", price->id);
	if (rc == 0)
		rc = stripemock_work_event(work, "product.created", doc);
	if (rc == 0 && price != NULL)
		rc = stripemock_work_event(work, "price.created", price);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_product_delete(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	const char *members = stripemock_work_member(work, "product", work->ids[0]);
	struct stripemock_doc *doc, **prices;
	size_t n = 0;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = stripemock_work_list(work,
			&(struct stripemock_filter){.kind = "price", .members = members, .limit = 1}, &prices,
			&n);
	if (rc == 0 && n > 0)
		rc = stripemock_work_refuse(work, NULL, NULL,
			"This product cannot be deleted because it has one or more user-created prices.");
	return rc < 0 ? rc : stripemock_operation_delete(work, operation);
}

/* ---- prices ---- */

#define TIER_PARAMS(of) \
	{of "tiers[].up_to", STRIPEMOCK_MOMENT, 0, "inf"}, {of "tiers[].unit_amount", STRIPEMOCK_INT}, \
		{of "tiers[].unit_amount_decimal", STRIPEMOCK_DECIMAL}, \
		{of "tiers[].flat_amount", STRIPEMOCK_INT}, \
	{ \
		of "tiers[].flat_amount_decimal", STRIPEMOCK_DECIMAL \
	}

const struct stripemock_param price_create_params[] = {
	{"currency", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"product", STRIPEMOCK_TEXT},
	{"product_data.name", STRIPEMOCK_TEXT},
	{"product_data.id", STRIPEMOCK_TEXT},
	{"product_data.metadata", STRIPEMOCK_MAP},
	{"product_data.unit_label", STRIPEMOCK_TEXT},
	{"active", STRIPEMOCK_BOOL},
	{"nickname", STRIPEMOCK_TEXT},
	{"lookup_key", STRIPEMOCK_TEXT},
	{"transfer_lookup_key", STRIPEMOCK_BOOL},
	{"metadata", STRIPEMOCK_MAP},
	{"unit_amount", STRIPEMOCK_INT},
	{"unit_amount_decimal", STRIPEMOCK_DECIMAL},
	{"billing_scheme", STRIPEMOCK_CHOICE, 0, "per_unit tiered"},
	{"tiers_mode", STRIPEMOCK_CHOICE, 0, "graduated volume"},
	TIER_PARAMS(""),
	{"tax_behavior", STRIPEMOCK_CHOICE, 0, "exclusive inclusive unspecified"},
	{"transform_quantity.divide_by", STRIPEMOCK_INT},
	{"transform_quantity.round", STRIPEMOCK_CHOICE, 0, "up down"},
	{"recurring.interval", STRIPEMOCK_CHOICE, 0, "day week month year"},
	{"recurring.interval_count", STRIPEMOCK_INT},
	{"recurring.usage_type", STRIPEMOCK_CHOICE, 0, "licensed metered"},
	{"recurring.meter", STRIPEMOCK_TEXT},
	{"recurring.trial_period_days", STRIPEMOCK_INT},
	{0},
};

const struct stripemock_param price_update_params[] = {
	{"active", STRIPEMOCK_BOOL},
	{"nickname", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY},
	{"lookup_key", STRIPEMOCK_TEXT},
	{"transfer_lookup_key", STRIPEMOCK_BOOL},
	{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY},
	{"tax_behavior", STRIPEMOCK_CHOICE, 0, "exclusive inclusive unspecified"},
	{0},
};

const struct stripemock_param price_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"active", STRIPEMOCK_BOOL},
	{"currency", STRIPEMOCK_TEXT},
	{"product", STRIPEMOCK_TEXT},
	{"type", STRIPEMOCK_CHOICE, 0, "one_time recurring"},
	{"lookup_keys[]", STRIPEMOCK_TEXT},
	{"recurring.interval", STRIPEMOCK_CHOICE, 0, "day week month year"},
	{"recurring.usage_type", STRIPEMOCK_CHOICE, 0, "licensed metered"},
	{"recurring.meter", STRIPEMOCK_TEXT},
	{0},
};

static const char price_template[] =
	"{'active':true,'billing_scheme':'per_unit','currency':null,'custom_unit_amount':null,"
	"'lookup_key':null,'metadata':{},'nickname':null,'product':null,'recurring':null,"
	"'tax_behavior':'unspecified','tiers_mode':null,'transform_quantity':null,'type':'one_time',"
	"'unit_amount':null,'unit_amount_decimal':null}";

/* Writes 10^-12 units as a decimal, and as whole units where they are. */
static void
put_amount(struct stripemock_work *work, struct stripemock_value *body, const char *whole,
	const char *decimal, __int128 units)
{
	int64_t rest = (int64_t)(units % STRIPEMOCK_UNIT);
	char *text = bh_arena_printf(work->arena, "%lld.%012lld", (long long)(units / STRIPEMOCK_UNIT),
		(long long)rest);
	size_t len = strlen(text);

	while (text[len - 1] == '0')
		text[--len] = '\0';
	if (text[len - 1] == '.')
		text[--len] = '\0';
	if (rest == 0)
		put_int(body, whole, (int64_t)(units / STRIPEMOCK_UNIT));
	else
		put_null(body, whole);
	put_text(body, decimal, text);
}

/* An amount that came whole or as a decimal; null where it did not come. */
static int
take_amount(struct stripemock_work *work, struct stripemock_value *body, const char *whole,
	const char *decimal, bool *out_given)
{
	const char *text = text_at(body, decimal);
	__int128 units = 0;

	*out_given = text != NULL || has_at(body, whole);
	if (!*out_given) {
		put_null(body, whole);
		put_null(body, decimal);
		return 0;
	}
	if (text != NULL && !stripemock_params_decimal(text, &units))
		return stripemock_work_refuse(work, "parameter_invalid_decimal", decimal,
			"Invalid decimal: %s", text);
	if (text == NULL && int_at(body, whole) > MONEY_MOST)
		return stripemock_work_refuse(work, "amount_too_large", whole, "Amount too large.");
	if (text == NULL)
		units = int_at(body, whole) * STRIPEMOCK_UNIT;
	if (units < 0)
		return stripemock_work_refuse(work, "parameter_invalid_integer", whole,
			"Invalid non-negative integer");
	put_amount(work, body, whole, decimal, units);
	return 0;
}

/* The tiers are kept beside the price, and shown where they are asked for. */
static int
take_tiers(struct stripemock_work *work, struct stripemock_value *body,
	const struct stripemock_value *tiers)
{
	struct stripemock_value *kept = stripemock_value_new(work->arena, BH_JSON_ARRAY);
	int64_t before = 0;
	int rc = 0;

	if (tiers == NULL || tiers->count == 0)
		return stripemock_work_refuse(work, "parameter_missing", "tiers",
			"Missing required param: tiers.");
	if (!has_at(body, "tiers_mode"))
		return stripemock_work_refuse(work, "parameter_missing", "tiers_mode",
			"Missing required param: tiers_mode.");
	for (EACH(at, tiers)) {
		struct stripemock_value *tier = stripemock_value_clone(work->arena, at);
		bool is_last = stripemock_value_is(tier, "up_to", "inf"), unit, flat;

		if (is_last != (at->next == NULL) || (!is_last && int_at(tier, "up_to") <= before))
			return stripemock_work_refuse(work, NULL, "tiers",
				"Tiers must be in ascending order of `up_to`, and the last must have `inf`.");
		before = int_at(tier, "up_to");
		if (is_last)
			put_null(tier, "up_to");
		rc = take_amount(work, tier, "unit_amount", "unit_amount_decimal", &unit);
		if (rc == 0)
			rc = take_amount(work, tier, "flat_amount", "flat_amount_decimal", &flat);
		if (rc == 0 && !unit && !flat)
			rc = stripemock_work_refuse(work, "parameter_missing", "tiers",
				"Each tier needs a unit_amount or a flat_amount.");
		if (rc < 0)
			return rc;
		stripemock_value_add(kept, tier);
	}
	stripemock_value_put(body, "_tiers", kept);
	return 0;
}

static int
take_recurring(struct stripemock_work *work, struct stripemock_value *body)
{
	struct stripemock_value *recurring = stripemock_value_at(body, "recurring");
	struct stripemock_doc *meter;
	bool metered;

	if (recurring == NULL || recurring->kind != BH_JSON_OBJECT)
		return 0;
	put_text(body, "type", "recurring");
	if (!has_at(recurring, "interval"))
		return stripemock_work_refuse(work, "parameter_missing", "recurring[interval]",
			"Missing required param: recurring[interval].");
	if (!has_at(recurring, "interval_count"))
		put_int(recurring, "interval_count", 1);
	if (int_at(recurring, "interval_count") < 1 || int_at(recurring, "interval_count") > 1000)
		return stripemock_work_refuse(work, "parameter_invalid_integer",
			"recurring[interval_count]", "Invalid interval count.");
	if (!has_at(recurring, "usage_type"))
		put_text(recurring, "usage_type", "licensed");
	put_copy(recurring, "trial_period_days", stripemock_value_at(recurring, "trial_period_days"));
	put_copy(recurring, "meter", stripemock_value_at(recurring, "meter"));
	metered = stripemock_value_is(recurring, "usage_type", "metered");
	if (metered != has_at(recurring, "meter"))
		return stripemock_work_refuse(work, "parameter_missing", "recurring[meter]",
			"Prices of usage need a meter, and only they.");
	return metered ? stripemock_work_get(work, "billing.meter", text_at(recurring, "meter"),
						 "recurring[meter]", &meter)
				   : 0;
}

/* A key leads to one price; another one may take it over. */
static int
take_lookup_key(struct stripemock_work *work, const struct stripemock_doc *of, const char *key)
{
	struct stripemock_filter filter = {.kind = "price", .limit = 2};
	struct stripemock_doc **found;
	size_t n;
	int rc;

	if (key == NULL)
		return 0;
	filter.members = stripemock_work_member(work, "lookup_key", key);
	rc = stripemock_work_list(work, &filter, &found, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (found[i] == of)
			continue;
		if (!bool_at(work->params, "transfer_lookup_key"))
			return stripemock_work_refuse(work, NULL, "lookup_key",
				"A price (`%s`) already uses that lookup key.", found[i]->id);
		put_null(found[i]->body, "lookup_key");
		stripemock_work_touch(found[i]);
	}
	return rc;
}

static int
add_price(struct stripemock_work *work, const struct stripemock_value *data, const char *product,
	struct stripemock_doc **out)
{
	struct stripemock_doc *doc;
	bool tiered, given = false;
	int rc = take_lookup_key(work, NULL, text_at(data, "lookup_key"));

	if (rc < 0)
		return rc;
	doc = stripemock_work_new(work, "price", "price", price_template);
	stripemock_operation_apply(doc->body, data, "tiers product_data transfer_lookup_key");
	put_text(doc->body, "product", product);
	if (text_at(doc->body, "currency") == NULL || strlen(text_at(doc->body, "currency")) != 3)
		return stripemock_work_refuse(work, NULL, "currency", "Invalid currency.");
	tiered = stripemock_value_is(doc->body, "billing_scheme", "tiered");
	rc = take_amount(work, doc->body, "unit_amount", "unit_amount_decimal", &given);
	if (rc == 0 && given == tiered)
		rc = stripemock_work_refuse(work, tiered ? "parameters_exclusive" : "parameter_missing",
			"unit_amount", "Prices need a unit_amount or tiers, and not both.");
	if (rc == 0 && tiered)
		rc = take_tiers(work, doc->body, stripemock_value_at(data, "tiers"));
	if (rc == 0 && has_at(doc->body, "transform_quantity") &&
		int_at(doc->body, "transform_quantity.divide_by") < 1)
		rc = stripemock_work_refuse(work, "parameter_invalid_integer",
			"transform_quantity[divide_by]", "Invalid positive integer");
	if (rc == 0)
		rc = take_recurring(work, doc->body);
	*out = doc;
	return rc;
}

int
stripemock_price_create(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	const struct stripemock_value *product_data = stripemock_value_at(work->params, "product_data");
	struct stripemock_doc *product, *doc;
	int rc = stripemock_work_lock(work);

	(void)operation;
	if (rc == 0)
		rc = stripemock_operation_param(work, "product", "product", &product);
	if (rc < 0)
		return rc;
	if ((product != NULL) == (product_data != NULL))
		return stripemock_work_refuse(work, "parameter_missing", "product",
			"A price needs a product or product_data, and not both.");
	if (product == NULL) {
		product = new_product(work, product_data);
		rc = stripemock_work_event(work, "product.created", product);
	}
	if (rc == 0)
		rc = add_price(work, work->params, product->id, &doc);
	if (rc == 0)
		rc = stripemock_work_event(work, "price.created", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_price_update(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = take_lookup_key(work, doc, text_at(work->params, "lookup_key"));
	if (rc < 0)
		return rc;
	stripemock_value_drop(work->params, "transfer_lookup_key");
	return stripemock_operation_update(work, operation);
}

/* `lookup_keys` names any of several: their prices are looked up one by one. */
int
stripemock_price_list(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	const struct stripemock_value *keys = stripemock_value_at(work->params, "lookup_keys");
	struct stripemock_value *members = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	struct stripemock_doc **found, **all;
	size_t n = 0, n_all = 0;
	int rc = 0;

	if (keys == NULL)
		return stripemock_operation_list_all(work, operation);
	all = bh_arena_array(work->arena, keys->count + 1, sizeof(struct stripemock_doc *));
	stripemock_operation_apply(members, work->params,
		"limit starting_after ending_before created lookup_keys");
	for (EACH(key, keys)) {
		struct stripemock_filter filter = {.kind = "price", .limit = 1};

		put_text(members, "lookup_key", key->text);
		filter.members = stripemock_value_print(work->arena, members, true);
		rc = stripemock_work_list(work, &filter, &found, &n);
		if (rc < 0)
			return rc;
		if (n > 0)
			all[n_all++] = found[0];
	}
	return stripemock_operation_page(work, "/v1/prices", all, n_all, false);
}

/* ---- tax rates ---- */

#define TAX_RATE_PARAMS \
	{"active", STRIPEMOCK_BOOL}, {"country", STRIPEMOCK_TEXT}, {"state", STRIPEMOCK_TEXT}, \
		{"description", STRIPEMOCK_TEXT}, {"jurisdiction", STRIPEMOCK_TEXT}, \
		{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY}, \
	{ \
		"tax_type", STRIPEMOCK_CHOICE, 0, "gst hst igst jct pst qst rst sales_tax service_tax vat" \
	}

const struct stripemock_param tax_rate_create_params[] = {
	{"display_name", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"inclusive", STRIPEMOCK_BOOL, STRIPEMOCK_REQUIRED},
	{"percentage", STRIPEMOCK_DECIMAL, STRIPEMOCK_REQUIRED},
	TAX_RATE_PARAMS,
	{0},
};

const struct stripemock_param tax_rate_update_params[] = {
	{"display_name", STRIPEMOCK_TEXT},
	TAX_RATE_PARAMS,
	{0},
};

const struct stripemock_param tax_rate_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"active", STRIPEMOCK_BOOL},
	{"inclusive", STRIPEMOCK_BOOL},
	{0},
};

int
stripemock_tax_rate_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	static const char template[] =
		"{'active':true,'country':null,'description':null,'display_name':null,"
		"'effective_percentage':null,'flat_amount':null,'inclusive':false,'jurisdiction':null,"
		"'jurisdiction_level':null,'metadata':{},'percentage':0,'rate_type':'percentage',"
		"'state':null,'tax_type':null}";
	const char *percentage = text_at(work->params, "percentage");
	struct stripemock_value *shown;
	struct stripemock_doc *doc;
	__int128 units = 0;
	int rc;

	(void)operation;
	if (!stripemock_params_decimal(percentage, &units) || units < 0 ||
		units > 100 * STRIPEMOCK_UNIT)
		return stripemock_work_refuse(work, "tax_id_invalid", "percentage",
			"The percentage must be between 0 and 100.");
	doc = stripemock_work_new(work, "tax_rate", "txr", template);
	stripemock_operation_apply(doc->body, work->params, "percentage");
	/* The exact text is what is calculated with. */
	put_text(doc->body, "_percentage", percentage);
	rc = stripemock_value_read(work->arena, percentage, &shown);
	if (rc < 0)
		return stripemock_work_refuse(work, "parameter_invalid_decimal", "percentage",
			"Invalid decimal: %s", percentage);
	stripemock_value_put(doc->body, "percentage", shown);
	rc = stripemock_work_event(work, "tax_rate.created", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

/* ---- features of products ---- */

const struct stripemock_param product_feature_create_params[] = {
	{"entitlement_feature", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{0},
};

int
stripemock_product_feature_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *product, *feature, *doc;
	int rc = stripemock_work_get(work, "product", work->ids[0], "id", &product);

	(void)operation;
	if (rc == 0)
		rc = stripemock_operation_param(work, "entitlements.feature", "entitlement_feature",
			&feature);
	if (rc < 0)
		return rc;
	doc = stripemock_work_new(work, "product_feature", "prodft", "{}");
	stripemock_value_drop(doc->body, "created");
	put_copy(doc->body, "entitlement_feature", feature->body);
	put_text(doc->body, "_product", product->id);
	put_text(doc->body, "_feature", feature->id);
	return stripemock_view_answer(work, doc);
}

int
stripemock_product_feature_list(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_filter filter = {.kind = "product_feature"};
	struct stripemock_doc *product;
	int rc = stripemock_work_get(work, "product", work->ids[0], "id", &product);

	(void)operation;
	if (rc < 0)
		return rc;
	filter.members = stripemock_work_member(work, "_product", product->id);
	return stripemock_operation_pages(work, &filter,
		bh_arena_printf(work->arena, "/v1/products/%s/features", product->id));
}

static int
find_feature(struct stripemock_work *work)
{
	struct stripemock_doc *doc;
	int rc = stripemock_work_get(work, "product_feature", work->ids[1], "id", &doc);

	if (rc == 0 && !stripemock_value_is(doc->body, "_product", work->ids[0]))
		rc = stripemock_work_get(work, "product", work->ids[1], "id", &doc);
	work->ids[0] = work->ids[1];
	return rc;
}

int
stripemock_product_feature_get(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	int rc = find_feature(work);

	return rc < 0 ? rc : stripemock_operation_retrieve(work, operation);
}

int
stripemock_product_feature_delete(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	int rc = find_feature(work);

	return rc < 0 ? rc : stripemock_operation_delete(work, operation);
}
