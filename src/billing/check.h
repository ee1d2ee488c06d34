/* SPDX-License-Identifier: Apache-2.0 */
/* check.h: the proof of a tenant's books: every sum that is kept is made again from what it is a sum of. */
#ifndef BH_BILLING_CHECK_H
#define BH_BILLING_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/store_check.h"
#include "db/db.h"

struct billing_proof {
	struct billing_mismatch *mismatches; /* in the arena; each check tells at most 20 */
	size_t n_mismatches;
	/* What reconciles: credits less what is owed, usage without an invoice, invoices without a payment. */
	int64_t balance, unbilled, open_invoices;
};

/* Posts what was used until now, and compares what hangs on that, in a transaction; then all the rest, statement by
 * statement, while the tenant's use goes on. Of events, of which there may be very many, those of the last
 * `event_days` are read; 0: all. */
BH_MUST_CHECK int billing_check(struct bh_db *db, const struct bh_uuid *tenant,
	const char *currency, int64_t event_days, struct billing_proof *out);

#endif
