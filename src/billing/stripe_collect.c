/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_collect.c: an invoice of ours as an invoice at Stripe, with one item of the whole amount. */
#include "billing/stripe_collect.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "billing/ledger.h"
#include "billing/store_stripe.h"
#include "billing/stripe_amount.h"
#include "billing/stripe_outbox.h"
#include "json/fields.h"

static int
owe(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *row,
	const struct stripe_due *due)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	struct bh_write write = {.out = &payload};
	char id[BH_UUID_TEXT], currency[4];
	int64_t rest;

	bh_uuid_format(&due->id, id);
	stripe_currency(due->currency, currency);
	bh_write_object(&write);
	bh_write_pair_text(&write, "kind", due->kind);
	bh_write_pair_text(&write, "id", id);
	bh_write_pair_text(&write, "name", due->name);
	bh_write_pair_int(&write, "amount", stripe_minor_units(due->nanos, due->currency, &rest));
	bh_write_pair_text(&write, "currency", currency);
	bh_write_end(&write);
	return stripe_owe(tx, tenant, row, "collect", due->name, payload.data);
}

int
stripe_collect_owe(struct bh_db *tx, const struct bh_uuid *tenant, const struct stripe_due *due)
{
	bool is_customer = false;
	int rc = stripe_store_is_customer(tx, tenant, &is_customer);

	return rc < 0 || !is_customer ? rc : owe(tx, tenant, &due->id, due);
}

int
stripe_collect_move(struct bh_db *tx, const struct bh_uuid *tenant, const char *tag)
{
	struct stripe_unsent *unsent = NULL;
	size_t n = 0;
	int rc = stripe_store_unsent(tx, tenant, bh_arena_printf(tx->arena, "%s:", tag), &unsent, &n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct stripe_due due = {.kind = "invoice",
			.id = unsent[i].id,
			.name = unsent[i].name,
			.nanos = unsent[i].nanos,
			.currency = unsent[i].currency};
		char id[BH_UUID_TEXT];
		struct bh_uuid row;

		/* Made of the account and the invoice: there is one for both, whoever finds it first. */
		bh_uuid_format(&due.id, id);
		row = billing_ledger_id("collect", bh_arena_printf(tx->arena, "%s:%s", tag, id));
		rc = owe(tx, tenant, &row, &due);
	}
	return rc;
}

int
stripe_collect_end(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *of)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	struct bh_write write = {.out = &payload};
	const struct bh_uuid row = bh_uuid_new();
	char id[BH_UUID_TEXT];
	bool is_customer = false;
	int rc = stripe_store_is_customer(tx, tenant, &is_customer);

	if (rc < 0 || !is_customer)
		return rc;
	bh_uuid_format(of, id);
	bh_write_object(&write);
	bh_write_pair_text(&write, "id", id);
	bh_write_end(&write);
	return stripe_owe(tx, tenant, &row, "collect_stop", id, payload.data);
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
	stripe_form_bool(&form, "auto_advance", false);
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

/* Open and charged. Declined, or charged by Stripe meanwhile: it tries again by itself, and tells. */
static int
charge(const struct steps *steps, const char *invoice, const char *status)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc finalized = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc paid = {0};
	int rc = 0;

	if (strcmp(status, "draft") == 0) {
		stripe_form_bool(&form, "auto_advance", true);
		rc = step(steps, "finalize",
			bh_arena_printf(steps->arena, "/v1/invoices/%s/finalize", invoice), &form, &finalized);
		status = rc == 0 ? bh_json_get_string(finalized.root, "status") : NULL;
	}
	if (rc < 0 || status == NULL || strcmp(status, "open") != 0)
		return rc;
	rc = step(steps, "pay", bh_arena_printf(steps->arena, "/v1/invoices/%s/pay", invoice), NULL,
		&paid);
	return rc == BH_E_STATE || rc == BH_E_INVALID ? 0 : rc;
}

static int
look(const struct steps *steps, const char *invoice, struct bh_json_doc *out)
{
	const struct stripe_call call = {.method = "GET",
		.path = bh_arena_printf(steps->arena, "/v1/invoices/%s", invoice)};

	return stripe_call(steps->stripe->client, &call, out, NULL);
}

/* One that was made before, however long ago, is gone on with: Stripe knows a key for a day only. */
static int
go_on(const struct steps *steps, const char *customer, const char *invoice,
	const struct bh_json *payload)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int rc = look(steps, invoice, &doc);
	const char *status = rc == 0 ? bh_json_get_string(doc.root, "status") : NULL;

	if (rc < 0 || status == NULL)
		return rc < 0 ? rc : bh_error(BH_E_PROTOCOL, "Stripe's invoice has no status");
	if (strcmp(status, "draft") == 0 && bh_json_get_int(doc.root, "total", 0) == 0)
		rc = add_item(steps, customer, invoice, payload);
	return rc < 0 ? rc : charge(steps, invoice, status);
}

int
stripe_collect_send(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const char *customer, const struct bh_json *payload, const char *key)
{
	const struct steps steps = {stripe, db->arena, key};
	const char *invoice = NULL, *ours = bh_json_get_string(payload, "id");
	bool is_owed = false;
	struct bh_uuid id;
	int rc;

	if (ours == NULL || bh_uuid_parse(ours, &id) < 0 ||
		bh_json_get_string(payload, "kind") == NULL ||
		bh_json_get_string(payload, "name") == NULL ||
		bh_json_get_string(payload, "currency") == NULL)
		return bh_error(BH_E_INVALID, "what is to be collected is not described");
	/* Paid or void while this waited: what ends the collection may have had its turn already. */
	rc = stripe_store_is_owed(db, tenant, &id, &is_owed);
	if (rc < 0 || !is_owed)
		return rc;
	rc = stripe_link_get(stripe, db, tenant, "invoice", ours, &invoice);
	if (rc == 0 && invoice == NULL) {
		rc = make_invoice(&steps, customer, payload, &invoice);
		if (rc == 0)
			rc = stripe_link_put(stripe, db, tenant, "invoice", ours, invoice);
	}
	return rc < 0 ? rc : go_on(&steps, customer, invoice, payload);
}

int
stripe_collect_forgo(struct stripe *stripe, struct bh_arena *arena, const char *invoice,
	const char *key)
{
	const struct steps steps = {stripe, arena, key};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc done = {0};
	const char *status;
	int rc = look(&steps, invoice, &doc);

	status = rc == 0 ? bh_json_get_string(doc.root, "status") : NULL;
	if (rc < 0 || status == NULL ||
		(strcmp(status, "open") != 0 && strcmp(status, "uncollectible") != 0))
		return rc;
	return step(&steps, "void", bh_arena_printf(arena, "/v1/invoices/%s/void", invoice), NULL,
		&done);
}

int
stripe_collect_stop(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_json *payload, const char *key)
{
	const char *invoice = NULL, *ours = bh_json_get_string(payload, "id");
	int rc;

	if (ours == NULL)
		return bh_error(BH_E_INVALID, "what is not to be collected is not named");
	rc = stripe_link_get(stripe, db, tenant, "invoice", ours, &invoice);
	return rc < 0 || invoice == NULL ? rc : stripe_collect_forgo(stripe, db->arena, invoice, key);
}
