/* SPDX-License-Identifier: Apache-2.0 */
/* account.h: the accounts of the ledger, and an entry over them. */
#ifndef BH_BILLING_ACCOUNT_H
#define BH_BILLING_ACCOUNT_H

#include <stdint.h>

/* Their names in the tables: billing_account_name. */
enum billing_account {
	BILLING_RECEIVABLE,
	BILLING_UNBILLED,
	BILLING_REVENUE,
	BILLING_TAX_PAYABLE,
	BILLING_CASH,
	BILLING_CREDIT_LIABILITY,
	BILLING_DRAWN,
	BILLING_PROMOTIONAL,
	BILLING_REFUND,
	BILLING_DEFERRED,
	BILLING_BAD_DEBT,
	BILLING_BREAKAGE,
	BILLING_CARRIED,
	BILLING_ROUNDING,
	BILLING_ACCOUNTS
};

const char *billing_account_name(enum billing_account account);
/* All of them, in that order. */
const char *const *billing_account_names(void);

enum { BILLING_ENTRY_LINES = BILLING_ACCOUNTS };

/* One entry; texts are borrowed. */
struct billing_entry {
	const char *kind;      /* "invoice" */
	const char *reference; /* what it is about: with the kind it makes the id */
	const char *memo;
	const char *currency;
	int64_t nanos[BILLING_ACCOUNTS]; /* what each account gets; they add up to 0 */
};

#endif
