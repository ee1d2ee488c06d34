/* SPDX-License-Identifier: Apache-2.0 */
/* account.c: the names of accounts. */
#include "billing/account.h"

static const char *const names[BILLING_ACCOUNTS] = {
	[BILLING_RECEIVABLE] = "receivable",
	[BILLING_UNBILLED] = "unbilled",
	[BILLING_REVENUE] = "revenue",
	[BILLING_TAX_PAYABLE] = "tax_payable",
	[BILLING_CASH] = "cash",
	[BILLING_CREDIT_LIABILITY] = "credit_liability",
	[BILLING_DRAWN] = "drawn",
	[BILLING_PROMOTIONAL] = "promotional",
	[BILLING_REFUND] = "refund",
	[BILLING_DEFERRED] = "deferred",
	[BILLING_BAD_DEBT] = "bad_debt",
	[BILLING_BREAKAGE] = "breakage",
	[BILLING_CARRIED] = "carried",
	[BILLING_ROUNDING] = "rounding",
};

const char *
billing_account_name(enum billing_account account)
{
	return names[account];
}

const char *const *
billing_account_names(void)
{
	return names;
}
