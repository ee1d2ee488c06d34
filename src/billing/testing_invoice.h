/* SPDX-License-Identifier: Apache-2.0 */
/* testing_invoice.h: a tenant that uses, is billed and proved, in a line each. Tests only. */
#ifndef BH_BILLING_TESTING_INVOICE_H
#define BH_BILLING_TESTING_INVOICE_H

#include "billing/testing.h"

/* A chat call that costs so much is settled. */
void billing_test_use(const struct bh_uuid *tenant, int64_t nanos);

/* What an account of the ledger holds. */
int64_t billing_test_account(const struct bh_uuid *tenant, const char *name);

/* What billing_test_draft makes, finalized. */
struct billing_invoice billing_test_invoice_now(const struct bh_uuid *tenant, int64_t manual,
	int64_t minimum);

/* Prints what does not agree; and the proof of so many days finds nothing of that. */
void billing_test_show(const struct billing_proof *proof);
void billing_test_proven(const struct bh_uuid *tenant, int64_t event_days);

#endif
