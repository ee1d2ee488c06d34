/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_page.c: the two pages. */
#include "billing/stripe_page.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "billing/stripe_amount.h"

/* Posts the form and finds the page's address in the answer. */
static int
open_page(struct stripe *stripe, struct bh_db *db, const char *path, const struct stripe_form *form,
	const char *key, const char **out_url)
{
	const struct stripe_call call = {.method = "POST",
		.path = path,
		.form = form,
		.idempotency_key = key};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *url;
	int rc = stripe_call(stripe->client, &call, &doc, NULL);

	if (rc < 0)
		return rc;
	url = bh_json_get_string(doc.root, "url");
	if (url == NULL)
		return bh_error(BH_E_PROTOCOL, "Stripe's page has no address");
	*out_url = bh_arena_strdup(db->arena, url);
	return 0;
}

/* What the owner agrees to. */
static const char *
terms_of(struct bh_arena *arena, const struct billing_plan *plan)
{
	char amount[32];

	bh_text_from_nanos(plan->price, amount);
	return bh_arena_printf(arena,
		"Plan %s: %s %s a %s%s. What is used beyond the plan is charged with the same invoice.",
		plan->name, amount, plan->currency, plan->span,
		plan->trial_days > 0
			? bh_arena_printf(arena, ", after a trial of %lld days", (long long)plan->trial_days)
			: "");
}

int
stripe_checkout(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_plan *plan, const struct stripe_pages *pages, const char *token,
	const char **out_url)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	const char *customer = NULL;
	char currency[4], id[BH_UUID_TEXT];
	int rc = stripe_customer(stripe, db, tenant, &customer);

	if (rc < 0)
		return rc;
	stripe_currency(plan->currency, currency);
	bh_uuid_format(&plan->id, id);
	stripe_form_text(&form, "mode", "setup");
	stripe_form_text(&form, "currency", currency);
	stripe_form_text(&form, "customer", customer);
	stripe_form_text(&form, "success_url", pages->success_url);
	stripe_form_text(&form, "cancel_url", pages->cancel_url);
	stripe_form_text(&form, "custom_text[submit][message]", terms_of(db->arena, plan));
	stripe_form_text(&form, "metadata[plan]", plan->name);
	stripe_form_text(&form, "metadata[plan_id]", id);
	stripe_form_int(&form, "metadata[plan_version]", plan->version);
	return open_page(stripe, db, "/v1/checkout/sessions", &form,
		bh_arena_printf(db->arena, "bulkhead-%s-checkout-%s", stripe->tag, token), out_url);
}

int
stripe_portal(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const char *return_url, const char **out_url)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	const char *customer = NULL;
	int rc = stripe_customer(stripe, db, tenant, &customer);

	if (rc < 0)
		return rc;
	stripe_form_text(&form, "customer", customer);
	stripe_form_text(&form, "return_url", return_url);
	return open_page(stripe, db, "/v1/billing_portal/sessions", &form, NULL, out_url);
}
