/* SPDX-License-Identifier: Apache-2.0 */
/* period.c: while there is no ledger: a period's lines stand in its subscription, where an invoice reads them, and
 * a plan's credit is a fund. */
#include "billing/period.h"

#include "billing/store_subscription.h"

int
billing_invoice_period(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_period *period)
{
	(void)tx;
	(void)tenant;
	(void)period;
	return 0;
}

int
billing_credit_grant(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_grant *grant)
{
	return billing_store_fund_add(tx, tenant, &grant->id, -1, grant->nanos, grant->given_ms,
		grant->ends_ms);
}
