/* SPDX-License-Identifier: Apache-2.0 */
/* alone.c: a tenant without a subscription has none that dunning could suspend. */
#include "billing/period.h"

int
billing_subscription_dun(struct bh_db *tx, const struct bh_uuid *tenant, const char *state)
{
	(void)tx;
	(void)tenant;
	(void)state;
	return 0;
}
