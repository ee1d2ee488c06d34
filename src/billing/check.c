/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: runs all proofs. */
#include "billing/check.h"

#include <string.h>

#include "billing/ledger.h"
#include "billing/store_check.h"
#include "billing/store_funds.h"
#include "billing/store_ledger.h"

typedef int check_function(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);

/* Of the first kind are those whose sums wait for a posting. */
static const struct {
	bool posted;
	const char *name;
	check_function *find;
} checks[] = {
	{true, "usage_posted", billing_store_check_posted},
	{true, "credit", billing_store_check_credits},
	{true, "account", billing_store_check_accounts},
	{false, "entry", billing_store_check_entries},
	{false, "balance", billing_store_check_balances},
	{false, "clearing", billing_store_check_clearing},
	{false, "meter_day", billing_store_check_days},
	{false, "meter_owner", billing_store_check_owners},
	{false, "invoice", billing_store_check_invoices},
	{false, "invoice_entry", billing_store_check_invoice_entries},
	{false, "number", billing_store_check_numbers},
};

struct checking {
	const struct bh_uuid *tenant;
	const char *currency;
	int64_t event_days;
	struct billing_proof proof;
};

static void
keep(struct billing_proof *proof, const char *check, const struct billing_mismatch *found, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct billing_mismatch *one = &proof->mismatches[proof->n_mismatches++];

		*one = found[i];
		one->check = check;
	}
}

static int
run(struct bh_db *tx, struct checking *checking, bool posted)
{
	struct billing_mismatch *found = NULL;
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < BH_COUNT(checks); i++) {
		if (checks[i].posted != posted)
			continue;
		rc = checks[i].find(tx, checking->tenant, &found, &n);
		if (rc == 0)
			keep(&checking->proof, checks[i].name, found, n);
	}
	return rc;
}

static void
begin(struct bh_db *tx, struct checking *checking)
{
	checking->proof = (struct billing_proof){
		.mismatches = bh_arena_array(tx->arena, (BH_COUNT(checks) + 1) * BILLING_CHECK_MOST,
			sizeof(*checking->proof.mismatches))};
}

/* While this lasts, nobody else of the tenant can settle: no statement of it reads an event. */
static int
check_posted(struct bh_db *tx, void *ctx)
{
	struct checking *checking = ctx;
	struct billing_proof *proof = &checking->proof;
	struct billing_balance funds;
	int rc = billing_ledger_usage(tx, checking->tenant, checking->currency);

	begin(tx, checking);
	if (rc == 0)
		rc = run(tx, checking, true);
	if (rc == 0)
		rc = billing_store_balance_get(tx, checking->tenant, &funds);
	if (rc == 0)
		rc = billing_store_ledger_balance(tx, checking->tenant, BILLING_UNBILLED, &proof->unbilled);
	if (rc == 0)
		rc = billing_store_ledger_balance(tx, checking->tenant, BILLING_RECEIVABLE,
			&proof->open_invoices);
	if (rc == 0)
		proof->balance = funds.balance;
	return rc;
}

int
billing_check(struct bh_db *db, const struct bh_uuid *tenant, const char *currency,
	int64_t event_days, struct billing_proof *out)
{
	struct checking checking = {.tenant = tenant, .currency = currency, .event_days = event_days};
	struct billing_mismatch *found = NULL;
	size_t n = 0;
	int rc = bh_tx_run(db, check_posted, &checking);

	/* What is written in one transaction is compared in one statement. */
	if (rc == 0)
		rc = billing_store_check_events(db, tenant, event_days, &found, &n);
	if (rc == 0) {
		keep(&checking.proof, "usage_event", found, n);
		rc = run(db, &checking, false);
	}
	if (rc == 0)
		*out = checking.proof;
	return rc;
}
