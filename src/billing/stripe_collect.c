/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_collect.c: an invoice of ours as an invoice at Stripe, with one item of the whole amount. */
#include "billing/stripe_collect.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "billing/store_stripe.h"
#include "billing/stripe_amount.h"
#include "billing/stripe_outbox.h"
#include "json/fields.h"

int
stripe_collect_owe(struct bh_db *tx, const struct bh_uuid *tenant, const struct stripe_due *due)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	struct bh_write write = {.out = &payload};
	char id[BH_UUID_TEXT], currency[4];
	bool is_customer = false;
	int64_t rest;
	int rc = stripe_store_is_customer(tx, tenant, &is_customer);

	if (rc < 0 || !is_customer)
		return rc;
	bh_uuid_format(&due->id, id);
	stripe_currency(due->currency, currency);
	bh_write_object(&write);
	bh_write_pair_text(&write, "kind", due->kind);
	bh_write_pair_text(&write, "id", id);
	bh_write_pair_text(&write, "name", due->name);
	bh_write_pair_int(&write, "amount", stripe_minor_units(due->nanos, due->currency, &rest));
	bh_write_pair_text(&write, "currency", currency);
	bh_write_end(&write);
	return stripe_owe(tx, tenant, &due->id, "collect", due->name, payload.data);
}

/* ---- at Stripe ---- */

struct steps {
	struct stripe *stripe;
	struct bh_arena *arena;
	const char *key;
};

static int
step(const struct steps *steps, const char *name, const char *path, const struct stripe_form *form,
	struct bh_json_doc *out)
{
	const struct stripe_call call = {
		.method = "POST",
		.path = path,
		.form = form,
		.idempotency_key = bh_arena_printf(steps->arena, "%s-%s", steps->key, name),
	};

	return stripe_call(steps->stripe->client, &call, out, NULL);
}

static int
make_invoice(const struct steps *steps, const char *customer, const struct bh_json *payload,
	const char **out)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *id;
	int rc;

	stripe_form_text(&form, "customer", customer);
	stripe_form_text(&form, "currency", bh_json_get_string(payload, "currency"));
	stripe_form_text(&form, "collection_method", "charge_automatically");
	stripe_form_bool(&form, "auto_advance", true);
	stripe_form_text(&form, "pending_invoice_items_behavior", "exclude");
	stripe_form_text(&form, "description", bh_json_get_string(payload, "name"));
	stripe_form_text(&form, "metadata[kind]", bh_json_get_string(payload, "kind"));
	stripe_form_text(&form, "metadata[id]", bh_json_get_string(payload, "id"));
	rc = step(steps, "make", "/v1/invoices", &form, &doc);
	if (rc < 0)
		return rc;
	id = bh_json_get_string(doc.root, "id");
	if (id == NULL)
		return bh_error(BH_E_PROTOCOL, "Stripe's invoice has no id");
	*out = bh_arena_strdup(steps->arena, id);
	return 0;
}

static int
add_item(const struct steps *steps, const char *customer, const char *invoice,
	const struct bh_json *payload)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};

	stripe_form_text(&form, "customer", customer);
	stripe_form_text(&form, "invoice", invoice);
	stripe_form_int(&form, "amount", bh_json_get_int(payload, "amount", 0));
	stripe_form_text(&form, "currency", bh_json_get_string(payload, "currency"));
	stripe_form_text(&form, "description", bh_json_get_string(payload, "name"));
	return step(steps, "item", "/v1/invoiceitems", &form, &doc);
}

/* Open and charged. One that was charged, or declined, in the meantime says so in its own way. */
static int
charge(const struct steps *steps, const char *invoice)
{
	BH_AUTO(bh_json_close) struct bh_json_doc finalized = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc paid = {0};
	const char *status;
	int rc = step(steps, "finalize",
		bh_arena_printf(steps->arena, "/v1/invoices/%s/finalize", invoice), NULL, &finalized);

	if (rc < 0)
		return rc;
	status = bh_json_get_string(finalized.root, "status");
	if (status != NULL && strcmp(status, "paid") == 0)
		return 0;
	rc = step(steps, "pay", bh_arena_printf(steps->arena, "/v1/invoices/%s/pay", invoice), NULL,
		&paid);
	/* Declined, or nothing to charge yet: Stripe tries again by itself, and tells. */
	return rc == BH_E_STATE || rc == BH_E_INVALID ? 0 : rc;
}

int
stripe_collect_send(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const char *customer, const struct bh_json *payload, const char *key)
{
	const struct steps steps = {stripe, db->arena, key};
	const char *invoice = NULL, *ours = bh_json_get_string(payload, "id");
	int rc;

	if (ours == NULL || bh_json_get_string(payload, "kind") == NULL ||
		bh_json_get_string(payload, "name") == NULL ||
		bh_json_get_string(payload, "currency") == NULL)
		return bh_error(BH_E_INVALID, "what is to be collected is not described");
	rc = make_invoice(&steps, customer, payload, &invoice);
	if (rc == 0)
		rc = stripe_link_put(stripe, db, tenant, "invoice", ours, invoice);
	if (rc == 0)
		rc = add_item(&steps, customer, invoice, payload);
	return rc < 0 ? rc : charge(&steps, invoice);
}
