/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_plan.c: products, prices and the two pages. */
#include "billing/stripe_plan.h"

#include <string.h>

#include "base/error.h"
#include "billing/stripe_amount.h"

static int
post(struct stripe *stripe, const char *path, const struct stripe_form *form, const char *key,
	struct bh_json_doc *out)
{
	const struct stripe_call call = {.method = "POST",
		.path = path,
		.form = form,
		.idempotency_key = key};

	return stripe_call(stripe->client, &call, out, NULL);
}

/* A member of an answer, kept beyond it. */
static int
text_of(const struct bh_json_doc *doc, const char *name, struct bh_arena *arena, const char **out)
{
	const char *text = bh_json_get_string(doc->root, name);

	if (text == NULL)
		return bh_error(BH_E_PROTOCOL, "Stripe's answer has no %s", name);
	*out = bh_arena_strdup(arena, text);
	return 0;
}

static int
product(struct stripe *stripe, struct bh_db *db, const char *plan, const char **out)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int rc = stripe_link_get(stripe, db, &bh_platform_tenant, "product", plan, out);

	if (rc < 0 || *out != NULL)
		return rc;
	stripe_form_text(&form, "name", plan);
	stripe_form_text(&form, "metadata[plan]", plan);
	rc = post(stripe, "/v1/products", &form,
		bh_arena_printf(db->arena, "bulkhead-%s-product-%s", stripe->tag, plan), &doc);
	if (rc == 0)
		rc = text_of(&doc, "id", db->arena, out);
	return rc < 0 ? rc : stripe_link_put(stripe, db, &bh_platform_tenant, "product", plan, *out);
}

int
stripe_plan_price(struct stripe *stripe, struct bh_db *db, const struct stripe_plan *plan,
	const char **out)
{
	const char *ours = bh_arena_printf(db->arena, "%s@%lld", plan->name, (long long)plan->version);
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *of_product = NULL;
	char currency[4], amount[48];
	int rc = stripe_link_get(stripe, db, &bh_platform_tenant, "price", ours, out);

	if (rc < 0 || *out != NULL)
		return rc;
	rc = stripe_unit_amount(plan->price_nanos, 1, plan->currency, amount);
	if (rc == 0)
		rc = product(stripe, db, plan->name, &of_product);
	if (rc < 0)
		return rc;
	stripe_currency(plan->currency, currency);
	stripe_form_text(&form, "product", of_product);
	stripe_form_text(&form, "currency", currency);
	stripe_form_text(&form, "unit_amount_decimal", amount);
	stripe_form_text(&form, "recurring[interval]", plan->span);
	stripe_form_text(&form, "metadata[plan]", plan->name);
	stripe_form_int(&form, "metadata[plan_version]", plan->version);
	rc = post(stripe, "/v1/prices", &form,
		bh_arena_printf(db->arena, "bulkhead-%s-price-%s", stripe->tag, ours), &doc);
	if (rc == 0)
		rc = text_of(&doc, "id", db->arena, out);
	return rc < 0 ? rc : stripe_link_put(stripe, db, &bh_platform_tenant, "price", ours, *out);
}

int
stripe_checkout(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripe_plan *plan, const char *success_url, const char *cancel_url,
	const char *token, const char **out_url)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *customer = NULL, *price = NULL;
	int rc = stripe_customer(stripe, db, tenant, &customer);

	if (rc == 0)
		rc = stripe_plan_price(stripe, db, plan, &price);
	if (rc < 0)
		return rc;
	stripe_form_text(&form, "mode", "subscription");
	stripe_form_text(&form, "customer", customer);
	stripe_form_text(&form, "line_items[0][price]", price);
	stripe_form_int(&form, "line_items[0][quantity]", 1);
	stripe_form_text(&form, "success_url", success_url);
	stripe_form_text(&form, "cancel_url", cancel_url);
	stripe_form_text(&form, "metadata[plan]", plan->name);
	stripe_form_int(&form, "metadata[plan_version]", plan->version);
	stripe_form_text(&form, "subscription_data[metadata][plan]", plan->name);
	if (plan->trial_days > 0)
		stripe_form_int(&form, "subscription_data[trial_period_days]", plan->trial_days);
	rc = post(stripe, "/v1/checkout/sessions", &form,
		bh_arena_printf(db->arena, "bulkhead-%s-checkout-%s", stripe->tag, token), &doc);
	return rc < 0 ? rc : text_of(&doc, "url", db->arena, out_url);
}

int
stripe_portal(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const char *return_url, const char **out_url)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *customer = NULL;
	int rc = stripe_customer(stripe, db, tenant, &customer);

	if (rc < 0)
		return rc;
	stripe_form_text(&form, "customer", customer);
	stripe_form_text(&form, "return_url", return_url);
	rc = post(stripe, "/v1/billing_portal/sessions", &form, NULL, &doc);
	return rc < 0 ? rc : text_of(&doc, "url", db->arena, out_url);
}
