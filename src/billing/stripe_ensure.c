/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_ensure.c: what stands at Stripe for a tenant and for a meter. Each is made with a key of our own id,
 * so that a crash before the link is written finds the one that was made. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "meter/unit.h"
#include "service/runtime.h"

/* Names of ours begin with the account that they stand in. */
static const char *
named(const struct stripe *stripe, struct bh_arena *arena, const char *ours)
{
	return bh_arena_printf(arena, "%s:%s", stripe->tag, ours);
}

int
stripe_link_get(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const char *kind, const char *ours, const char **out)
{
	struct bh_db as = bh_db_as(db, tenant);

	return stripe_store_link_get(&as, tenant, kind, named(stripe, db->arena, ours), out);
}

int
stripe_link_put(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const char *kind, const char *ours, const char *theirs)
{
	struct bh_db as = bh_db_as(db, tenant);

	return stripe_store_link_put(&as, tenant, kind, named(stripe, db->arena, ours), theirs);
}

void
stripe_event_name(int64_t meter, char out[64])
{
	snprintf(out, 64, "bulkhead_%s", meter_name(meter));
	for (char *c = out; *c != '\0'; c++) {
		if (*c == '.')
			*c = '_';
	}
}

/* Makes an object and links it; *out is its id. */
static int
make(struct stripe *stripe, struct bh_db *db, const char *path, const struct stripe_form *form,
	const char *key, const char **out)
{
	const struct stripe_call call = {
		.method = "POST",
		.path = path,
		.form = form,
		.idempotency_key = named(stripe, db->arena, key),
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *id;
	int rc = stripe_call(stripe->client, &call, &doc, NULL);

	if (rc < 0)
		return rc;
	id = bh_json_get_string(doc.root, "id");
	if (id == NULL || strlen(id) >= STRIPE_ID_BYTES)
		return bh_error(BH_E_PROTOCOL, "Stripe's answer to %s has no id", path);
	*out = bh_arena_strdup(db->arena, id);
	return 0;
}

/* The mock sends its webhooks to our socket; at Stripe, the operator names our address. */
static int
endpoint(struct stripe *stripe, struct bh_db *db)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	const char *kept = NULL;
	int rc = stripe_link_get(stripe, db, &bh_platform_tenant, "endpoint", "self", &kept);

	if (rc < 0 || kept != NULL || !stripe->mock)
		return rc;
	stripe_form_text(&form, "url",
		bh_arena_printf(db->arena, "unix:%s/billing/http.sock:/webhooks/stripe",
			bh_runtime_conf(stripe->billing->runtime)->run_dir));
	stripe_form_text(&form, "enabled_events[]", "*");
	rc = make(stripe, db, "/v1/webhook_endpoints", &form, "endpoint", &kept);
	return rc < 0 ? rc : stripe_link_put(stripe, db, &bh_platform_tenant, "endpoint", "self", kept);
}

int
stripe_customer(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const char **out)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	char id[BH_UUID_TEXT];
	const char *kept = NULL;
	int rc = stripe_link_get(stripe, db, tenant, "customer", "self", &kept);

	if (rc < 0 || kept != NULL) {
		*out = kept;
		return rc;
	}
	bh_uuid_format(tenant, id);
	stripe_form_text(&form, "metadata[tenant_id]", id);
	rc = endpoint(stripe, db);
	if (rc == 0)
		rc = make(stripe, db, "/v1/customers", &form, bh_arena_printf(db->arena, "customer:%s", id),
			&kept);
	/* The way back first: a webhook about a customer that we know of finds its tenant. */
	if (rc == 0)
		rc = stripe_link_put(stripe, db, &bh_platform_tenant, "owner", kept, id);
	if (rc == 0)
		rc = stripe_link_put(stripe, db, tenant, "customer", "self", kept);
	if (rc == 0)
		*out = kept;
	return rc;
}

/* Meters cannot be removed at Stripe, and two of one event name cannot be active: one that is there is taken. */
static int
find_meter(struct stripe *stripe, struct bh_db *db, const char *event_name, const char **out)
{
	const char *after = "";

	for (int page = 0; page < 20; page++) {
		const struct stripe_call call = {.method = "GET",
			.path = bh_arena_printf(db->arena, "/v1/billing/meters?limit=100&status=active%s",
				after)};
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		const struct bh_json *data, *more;
		bool has_more = false;
		int rc = stripe_call(stripe->client, &call, &doc, NULL);

		if (rc < 0)
			return rc;
		data = bh_json_get(doc.root, "data");
		for (size_t i = 0; i < bh_json_count(data); i++) {
			const char *name = bh_json_get_string(bh_json_at(data, i), "event_name");
			const char *id = bh_json_get_string(bh_json_at(data, i), "id");

			if (id == NULL || name == NULL)
				return bh_error(BH_E_PROTOCOL, "Stripe's list of meters is malformed");
			after = bh_arena_printf(db->arena, "&starting_after=%s", id);
			if (strcmp(name, event_name) == 0) {
				*out = bh_arena_strdup(db->arena, id);
				return 0;
			}
		}
		more = bh_json_get(doc.root, "has_more");
		if (!bh_json_bool(more, &has_more) || !has_more)
			return 0;
	}
	return 0;
}

int
stripe_meter(struct stripe *stripe, struct bh_db *db, int64_t meter, const char **out)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	const char *name = meter_name(meter), *kept = NULL;
	char event_name[64];
	int rc = stripe_link_get(stripe, db, &bh_platform_tenant, "meter", name, &kept);

	if (rc < 0 || kept != NULL) {
		*out = kept;
		return rc;
	}
	stripe_event_name(meter, event_name);
	rc = find_meter(stripe, db, event_name, &kept);
	if (rc == 0 && kept == NULL) {
		stripe_form_text(&form, "display_name", name);
		stripe_form_text(&form, "event_name", event_name);
		stripe_form_text(&form, "default_aggregation[formula]", "sum");
		stripe_form_text(&form, "customer_mapping[type]", "by_id");
		stripe_form_text(&form, "customer_mapping[event_payload_key]", "stripe_customer_id");
		stripe_form_text(&form, "value_settings[event_payload_key]", "value");
		rc = make(stripe, db, "/v1/billing/meters", &form,
			bh_arena_printf(db->arena, "meter:%s", name), &kept);
	}
	if (rc == 0)
		rc = stripe_link_put(stripe, db, &bh_platform_tenant, "meter", name, kept);
	if (rc == 0)
		*out = kept;
	return rc;
}
