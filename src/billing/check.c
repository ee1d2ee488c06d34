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

static const struct {
	const char *name;
	check_function *find;
} checks[] = {
	{"entry", billing_store_check_entries},
	{"balance", billing_store_check_balances},
	{"clearing", billing_store_check_clearing},
	{"usage_posted", billing_store_check_posted},
	{"meter_day", billing_store_check_days},
	{"meter_owner", billing_store_check_owners},
	{"credit", billing_store_check_credits},
	{"account", billing_store_check_accounts},
	{"invoice", billing_store_check_invoices},
	{"invoice_entry", billing_store_check_invoice_entries},
	{"number", billing_store_check_numbers},
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
run_all(struct bh_db *tx, const struct bh_uuid *tenant, int64_t event_days,
	struct billing_proof *proof)
{
	struct billing_mismatch *found = NULL;
	size_t n = 0;
	int rc = billing_store_check_events(tx, tenant, event_days, &found, &n);

	if (rc == 0)
		keep(proof, "usage_event", found, n);
	for (size_t i = 0; rc == 0 && i < BH_COUNT(checks); i++) {
		rc = checks[i].find(tx, tenant, &found, &n);
		if (rc == 0)
			keep(proof, checks[i].name, found, n);
	}
	return rc;
}

int
billing_check(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency,
	int64_t event_days, struct billing_proof *out)
{
	struct billing_balance funds;
	struct billing_proof proof = {
		.mismatches = bh_arena_array(tx->arena, (BH_COUNT(checks) + 1) * BILLING_CHECK_MOST,
			sizeof(*proof.mismatches))};
	int rc = billing_ledger_usage(tx, tenant, currency);

	if (rc == 0)
		rc = run_all(tx, tenant, event_days, &proof);
	if (rc == 0)
		rc = billing_store_balance_get(tx, tenant, &funds);
	if (rc == 0)
		rc = billing_store_ledger_balance(tx, tenant, BILLING_UNBILLED, &proof.unbilled);
	if (rc == 0)
		rc = billing_store_ledger_balance(tx, tenant, BILLING_RECEIVABLE, &proof.open_invoices);
	if (rc < 0)
		return rc;
	proof.balance = funds.balance;
	*out = proof;
	return 0;
}
