/* SPDX-License-Identifier: Apache-2.0 */
/* dunning.c: from open invoices to the state of a tenant. */
#include "billing/dunning.h"

#include <string.h>

#include "billing/period.h"
#include "billing/store_dunning.h"

int
billing_dunning_update(struct bh_db *tx, const struct bh_uuid *tenant, int64_t suspend_days,
	const char **out_state)
{
	struct billing_dunning dunning;
	const char *wanted = "active";
	int rc = billing_store_dunning_mark(tx, tenant);

	if (rc == 0)
		rc = billing_store_dunning_read(tx, tenant, suspend_days, &dunning);
	if (rc < 0)
		return rc;
	if (dunning.past_due > 0)
		wanted = dunning.long_due > 0 ? "suspended" : "past_due";
	if (strcmp(wanted, dunning.state) != 0)
		rc = billing_store_dunning_set(tx, tenant, wanted);
	/* Also without a change: a subscription that began or was resumed meanwhile owes as much. */
	if (rc == 0 && (strcmp(wanted, dunning.state) != 0 || strcmp(wanted, "active") != 0))
		rc = billing_subscription_dun(tx, tenant, wanted);
	if (rc == 0 && out_state != NULL)
		*out_state = wanted;
	return rc;
}
