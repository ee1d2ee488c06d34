/* SPDX-License-Identifier: Apache-2.0 */
/* closing.c: what a tenant that is deleted owes is given up, and said. */
#include "billing/closing.h"

#include "base/error.h"
#include "base/log.h"
#include "billing/billing.h"
#include "billing/invoice.h"
#include "billing/ledger.h"
#include "billing/store_closing.h"
#include "billing/store_ledger.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "billing/stripe_collect.h"
#include "service/erase.h"
#include "service/runtime.h"

/* Parts of the receipt. Amounts are nano-units. */
#define CLOSED "books.closed"
#define DRAFTS "invoice.draft"
#define UNBILLED "written_off.unbilled_nanos"
#define INVOICES "written_off.open_invoices_nanos"
#define REFUNDS "owed_back.refunds_nanos"

/* ---- at Stripe ---- */

/* Nobody would stop it later: its links go with the other rows. While Stripe is away, the deletion waits. */
static int
forgo_all(struct bh_erase *erase, struct bh_db *db, struct stripe *stripe)
{
	const char **open = NULL;
	size_t n = 0;
	int rc = stripe_store_open_list(db, &erase->tenant,
		bh_arena_printf(db->arena, "%s:", stripe->tag), &open, &n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = stripe_collect_forgo(stripe, db->arena, open[i],
			bh_arena_printf(db->arena, "bulkhead-%s-deleted-%s", stripe->tag, open[i]));
		/* Removed there, or paid at this moment. */
		if (rc == BH_E_NOT_FOUND || rc == BH_E_INVALID || rc == BH_E_STATE)
			rc = 0;
	}
	return rc;
}

static int
stop_collecting(struct bh_erase *erase, struct bh_db *db)
{
	struct billing *billing = erase->state;
	BH_AUTO(stripe_close) struct stripe stripe = {0};
	bool is_customer = false;
	int rc = stripe_store_is_customer(db, &erase->tenant, &is_customer);

	if (rc < 0 || !is_customer)
		return rc;
	rc = stripe_open(billing, db, bh_runtime_stop_flag(billing->runtime), &stripe);
	if (rc == 0)
		rc = forgo_all(erase, db, &stripe);
	if (rc == BH_E_FORBIDDEN)
		bh_log(BH_LOG_ERROR,
			"a tenant is deleted and Stripe takes no key: void its open invoices there by hand");
	return rc == BH_E_FORBIDDEN || rc == BH_E_STATE ? 0 : rc;
}

/* ---- in the books ---- */

static int
give_up_invoices(struct bh_db *tx, struct bh_erase *erase)
{
	struct billing_open *open = NULL;
	int64_t nanos = 0;
	size_t n = 0;
	int rc = billing_store_closing_open(tx, &erase->tenant, &open, &n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		nanos += open[i].nanos;
		rc = billing_invoice_write_off(tx, &erase->tenant, &open[i].id);
	}
	return rc < 0 ? rc : bh_erase_count(tx, erase, INVOICES, nanos);
}

static int
give_up_usage(struct bh_db *tx, struct bh_erase *erase, const char *currency)
{
	char reference[BH_UUID_TEXT];
	struct billing_entry entry = {.kind = "closing",
		.reference = reference,
		.memo = "Not billed before the tenant was deleted",
		.currency = currency};
	bool has_usage = false;
	int64_t nanos = 0;
	int rc = billing_store_closing_has_usage(tx, &erase->tenant, &has_usage);

	/* Posting takes the tenant's row of the meter, and would make one where there is none. */
	if (rc == 0 && has_usage)
		rc = billing_ledger_usage(tx, &erase->tenant, currency);
	if (rc == 0)
		rc = billing_store_ledger_balance(tx, &erase->tenant, BILLING_UNBILLED, &nanos);
	if (rc < 0 || nanos == 0)
		return rc;
	bh_uuid_format(&erase->deletion, reference);
	entry.nanos[BILLING_UNBILLED] = -nanos;
	entry.nanos[BILLING_BAD_DEBT] = nanos;
	rc = billing_ledger_post(tx, &erase->tenant, &entry, NULL);
	return rc < 0 ? rc : bh_erase_count(tx, erase, UNBILLED, nanos);
}

struct closing {
	struct bh_erase *erase;
	const char *currency;
};

static int
close_books(struct bh_db *tx, void *ctx)
{
	const struct closing *closing = ctx;
	struct bh_erase *erase = closing->erase;
	const int64_t before = erase->removed;
	int64_t drafts = 0, refunds = 0;
	int rc = give_up_usage(tx, erase, closing->currency);

	if (rc == 0)
		rc = give_up_invoices(tx, erase);
	if (rc == 0)
		rc = billing_store_closing_drafts(tx, &erase->tenant, &drafts);
	if (rc == 0)
		rc = bh_erase_count(tx, erase, DRAFTS, drafts);
	if (rc == 0)
		rc = billing_store_closing_refunds(tx, &erase->tenant, &refunds);
	if (rc == 0)
		rc = bh_erase_count(tx, erase, REFUNDS, refunds);
	if (rc == 0)
		rc = bh_erase_count(tx, erase, CLOSED, 1);
	/* Whoever runs it again counts again. */
	if (rc < 0)
		erase->removed = before;
	return rc;
}

int
billing_closing_run(struct bh_erase *erase)
{
	const struct billing *billing = erase->state;
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct closing closing = {erase, billing->conf.currency};
	struct bh_db db = erase->db, platform;
	bool closed = false;
	int rc;

	db.arena = &arena;
	platform = bh_db_as(&db, &bh_platform_tenant);
	rc = billing_store_closing_is_done(&platform, &bh_platform_tenant, &erase->deletion, CLOSED,
		&closed);
	if (rc < 0 || closed)
		return rc;
	rc = stop_collecting(erase, &db);
	return rc < 0 ? rc : bh_tx_run(&db, close_books, &closing);
}
