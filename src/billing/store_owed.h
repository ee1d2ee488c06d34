/* SPDX-License-Identifier: Apache-2.0 */
/* store_owed.h: the invoices of all tenants, as the platform's staff reads them. */
#ifndef BH_BILLING_STORE_OWED_H
#define BH_BILLING_STORE_OWED_H

#include "billing/store_invoice.h"

struct billing_owed {
	struct billing_invoice invoice; /* what the list tells of it */
	struct bh_uuid tenant;
	const char *tenant_name; /* NULL: it is gone, and its invoices stay */
};

/* Those in a state, newest first, of ids below `before`. `tenant` is the platform's. */
BH_MUST_CHECK int billing_store_owed_list(struct bh_db *db, const struct bh_uuid *tenant,
	const char *state, const struct bh_uuid *before, int64_t limit, struct billing_owed **out,
	size_t *out_n);

#endif
