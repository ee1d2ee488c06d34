/* SPDX-License-Identifier: Apache-2.0 */
/* store_closing.h: what the books of a tenant that is deleted still hold. */
#ifndef BH_BILLING_STORE_CLOSING_H
#define BH_BILLING_STORE_CLOSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

/* Whether this part was counted for the deletion. In the platform's context. */
BH_MUST_CHECK int billing_store_closing_is_done(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *deletion, const char *part, bool *out);

struct billing_open {
	struct bh_uuid id;
	int64_t nanos; /* what is left */
};
BH_MUST_CHECK int billing_store_closing_open(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_open **out, size_t *out_n);
BH_MUST_CHECK int billing_store_closing_has_usage(struct bh_db *tx, const struct bh_uuid *tenant,
	bool *out);
/* Removes them; how many there were. */
BH_MUST_CHECK int billing_store_closing_drafts(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t *out);
/* What is owed back and was not paid back. */
BH_MUST_CHECK int billing_store_closing_refunds(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t *out);

#endif
