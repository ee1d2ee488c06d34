/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_refund.c: what is owed back, from the outbox to the ledger. */
#include "billing/stripe_refund.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "billing/ledger.h"
#include "billing/store_refund.h"
#include "billing/stripe_amount.h"
#include "billing/stripe_outbox.h"
#include "json/fields.h"

/* ---- owing ---- */

static int
owe(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_refund *refund,
	const char *number)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	struct bh_write write = {.out = &payload};
	char id[BH_UUID_TEXT];

	bh_uuid_format(&refund->id, id);
	bh_write_object(&write);
	bh_write_pair_text(&write, "id", id);
	bh_write_end(&write);
	return stripe_owe(tx, tenant, &refund->id, "refund", number, payload.data);
}

int
stripe_refund_owe(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, const struct bh_uuid *note, int64_t nanos)
{
	struct billing_refundable *payments = NULL;
	char of[BH_UUID_TEXT];
	bool is_new = false;
	size_t n = 0;
	int rc = billing_store_refundable(tx, tenant, &invoice->id, &payments, &n);

	bh_uuid_format(note, of);
	for (size_t i = 0; rc == 0 && i < n && nanos > 0; i++) {
		struct billing_refund refund = {.kind = "credit_note",
			.invoice = invoice->id,
			.note = *note,
			.payment = payments[i].payment,
			.nanos = payments[i].nanos < nanos ? payments[i].nanos : nanos,
			.currency = invoice->currency};

		refund.id = billing_ledger_id("refund",
			bh_arena_printf(tx->arena, "%s#%s", of, refund.payment));
		nanos -= refund.nanos;
		rc = billing_store_refund_add(tx, tenant, &refund, &is_new);
		if (rc == 0 && is_new)
			rc = owe(tx, tenant, &refund, invoice->number);
	}
	return rc;
}

int
stripe_refund_surplus(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, const char *payment, int64_t nanos)
{
	const struct billing_refund refund = {.id = billing_ledger_id("refund", payment),
		.kind = "surplus",
		.invoice = invoice->id,
		.payment = payment,
		.nanos = nanos,
		.currency = invoice->currency};
	struct billing_entry entry = {.kind = "surplus",
		.reference = payment,
		.memo = bh_arena_printf(tx->arena, "Paid too much: %s", invoice->number),
		.currency = invoice->currency};
	bool is_new = false;
	int rc = billing_store_refund_add(tx, tenant, &refund, &is_new);

	if (rc < 0 || !is_new)
		return rc;
	entry.nanos[BILLING_CASH] = nanos;
	entry.nanos[BILLING_REFUND] = -nanos;
	rc = billing_ledger_post(tx, tenant, &entry, NULL);
	return rc < 0 ? rc : owe(tx, tenant, &refund, invoice->number);
}

/* ---- at Stripe ---- */

/* The payment of an invoice there. */
static int
find_payment(struct stripe *stripe, struct bh_arena *arena, const char *invoice, const char **out)
{
	const struct stripe_call call = {.method = "GET",
		.path = bh_arena_printf(arena, "/v1/invoice_payments?invoice=%s&status=paid", invoice)};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *data, *intent;
	const char *id = NULL;
	int rc = stripe_call(stripe->client, &call, &doc, NULL);

	data = rc == 0 ? bh_json_get(doc.root, "data") : NULL;
	for (size_t i = 0; id == NULL && i < bh_json_count(data); i++) {
		intent = bh_json_get(bh_json_get(bh_json_at(data, i), "payment"), "payment_intent");
		id = bh_json_string(intent);
	}
	if (rc < 0)
		return rc;
	if (id == NULL || strlen(id) >= STRIPE_ID_BYTES)
		return bh_error(BH_E_INVALID,
			"%s was paid without a payment at Stripe that could be refunded", invoice);
	*out = bh_arena_strdup(arena, id);
	return 0;
}

/* One that was made before, however long ago: Stripe knows a key for a day only. */
static int
find_made(struct stripe *stripe, struct bh_arena *arena, const char *intent, const char *ours,
	struct bh_json_doc *out_page, const struct bh_json **out)
{
	const struct stripe_call call = {.method = "GET",
		.path = bh_arena_printf(arena, "/v1/refunds?payment_intent=%s&limit=100", intent)};
	const struct bh_json *data;
	int rc = stripe_call(stripe->client, &call, out_page, NULL);

	data = rc == 0 ? bh_json_get(out_page->root, "data") : NULL;
	for (size_t i = 0; i < bh_json_count(data); i++) {
		const struct bh_json *refund = bh_json_at(data, i);
		const char *id = bh_json_get_string(bh_json_get(refund, "metadata"), "id");

		if (id != NULL && strcmp(id, ours) == 0)
			*out = refund;
	}
	return rc;
}

static int
make(struct stripe *stripe, const struct billing_refund *refund, const char *intent,
	const char *ours, const char *key, struct bh_json_doc *out)
{
	BH_AUTO(stripe_form_close) struct stripe_form form = {0};
	const struct stripe_call call = {.method = "POST",
		.path = "/v1/refunds",
		.form = &form,
		.idempotency_key = key};
	int64_t rest;

	stripe_form_text(&form, "payment_intent", intent);
	stripe_form_int(&form, "amount", stripe_minor_units(refund->nanos, refund->currency, &rest));
	stripe_form_text(&form, "metadata[kind]", refund->kind);
	stripe_form_text(&form, "metadata[id]", ours);
	return stripe_call(stripe->client, &call, out, NULL);
}

struct noting {
	const struct bh_uuid *tenant;
	const struct bh_json *refund;
};

static int
note(struct bh_db *tx, void *ctx)
{
	const struct noting *noting = ctx;

	return stripe_refund_note(tx, noting->tenant, noting->refund);
}

int
stripe_refund_send(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_json *payload, const char *key)
{
	BH_AUTO(bh_json_close) struct bh_json_doc page = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc made = {0};
	const char *ours = bh_json_get_string(payload, "id"), *intent = NULL;
	struct noting noting = {.tenant = tenant};
	struct billing_refund refund = {0};
	char owner[BH_UUID_TEXT];
	struct bh_uuid id;
	int rc;

	if (ours == NULL || bh_uuid_parse(ours, &id) < 0)
		return bh_error(BH_E_INVALID, "what is to be refunded is not named");
	rc = billing_store_refund_get(db, tenant, &id, &refund);
	if (rc == 0)
		rc = find_payment(stripe, db->arena, refund.payment, &intent);
	/* The way back first: events of refunds name the payment, and no customer. */
	bh_uuid_format(tenant, owner);
	if (rc == 0)
		rc = stripe_link_put(stripe, db, &bh_platform_tenant, "owner", intent, owner);
	if (rc == 0)
		rc = find_made(stripe, db->arena, intent, ours, &page, &noting.refund);
	if (rc == 0 && noting.refund == NULL) {
		rc = make(stripe, &refund, intent, ours, key, &made);
		noting.refund = made.root;
	}
	return rc < 0 ? rc : bh_tx_run(db, note, &noting);
}

/* ---- what became of it ---- */

static int
post(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_refund *refund,
	const char *kind, const char *memo, int64_t nanos)
{
	char reference[BH_UUID_TEXT];
	struct billing_entry entry = {.kind = kind,
		.reference = reference,
		.memo = bh_arena_printf(tx->arena, "%s %s", memo, refund->payment),
		.currency = refund->currency};

	bh_uuid_format(&refund->id, reference);
	entry.nanos[BILLING_REFUND] = nanos;
	entry.nanos[BILLING_CASH] = -nanos;
	return billing_ledger_post(tx, tenant, &entry, NULL);
}

/* What Stripe's states are to us. One that failed stays so: nothing is booked after that. */
static const char *
status_of(const struct bh_json *refund)
{
	const char *status = bh_json_get_string(refund, "status");

	if (status != NULL && strcmp(status, "succeeded") == 0)
		return "succeeded";
	if (status != NULL && (strcmp(status, "failed") == 0 || strcmp(status, "canceled") == 0))
		return "failed";
	return "pending";
}

int
stripe_refund_note(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_json *refund)
{
	const char *ours = bh_json_get_string(bh_json_get(refund, "metadata"), "id");
	const char *theirs = bh_json_get_string(refund, "id"), *status = status_of(refund);
	struct billing_refund row;
	bool was_paid, failed = strcmp(status, "failed") == 0;
	struct bh_uuid id;
	int rc;

	if (ours == NULL || theirs == NULL || bh_uuid_parse(ours, &id) < 0)
		return 0;
	rc = billing_store_refund_lock(tx, tenant, &id, &row);
	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? 0 : rc;
	was_paid = strcmp(row.status, "succeeded") == 0;
	if (strcmp(row.status, "failed") == 0 || (was_paid && !failed))
		return 0;
	if (strcmp(status, "succeeded") == 0)
		rc = post(tx, tenant, &row, "refund", "Paid back:", row.nanos);
	else if (was_paid)
		rc = post(tx, tenant, &row, "refund_failed", "Came back:", -row.nanos);
	if (failed)
		bh_log(BH_LOG_ERROR, "Stripe could not refund %s of %s: pay it back in another way", theirs,
			row.payment);
	row.status = status;
	row.theirs = theirs;
	return rc < 0 ? rc : billing_store_refund_set(tx, tenant, &row);
}

int
stripe_refund_look(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant)
{
	const char **pending = NULL;
	size_t n = 0;
	int rc = billing_store_refund_pending(db, tenant, &pending, &n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		const struct stripe_call call = {.method = "GET",
			.path = bh_arena_printf(db->arena, "/v1/refunds/%s", pending[i])};
		struct noting noting = {.tenant = tenant};

		rc = stripe_call(stripe->client, &call, &doc, NULL);
		noting.refund = doc.root;
		if (rc == 0)
			rc = bh_tx_run(db, note, &noting);
		else if (rc == BH_E_NOT_FOUND)
			rc = 0; /* of another account */
	}
	return rc;
}
