/* SPDX-License-Identifier: Apache-2.0 */
/* store_refund.h: what has to be paid back of what Stripe collected. */
#ifndef BH_BILLING_STORE_REFUND_H
#define BH_BILLING_STORE_REFUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct billing_refund {
	struct bh_uuid id;
	const char *kind; /* "credit_note", "surplus" */
	struct bh_uuid invoice, note;
	const char *payment; /* the invoice at Stripe */
	int64_t nanos;
	const char *currency;
	const char *status; /* "pending", "succeeded", "failed" */
	const char *theirs; /* NULL: not made yet */
};

/* *out_new false: there is one of this id. */
BH_MUST_CHECK int billing_store_refund_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_refund *refund, bool *out_new);
BH_MUST_CHECK int billing_store_refund_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct billing_refund *out);
/* The same, held to the end of the transaction. */
BH_MUST_CHECK int billing_store_refund_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct billing_refund *out);
BH_MUST_CHECK int billing_store_refund_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_refund *refund);
/* Those that were made at Stripe and are pending: their ids there. */
BH_MUST_CHECK int billing_store_refund_pending(struct bh_db *db, const struct bh_uuid *tenant,
	const char ***out, size_t *out_n);

/* A payment of an invoice by Stripe, and what of it is not to be paid back already. */
struct billing_refundable {
	const char *payment;
	int64_t nanos;
};
BH_MUST_CHECK int billing_store_refundable(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, struct billing_refundable **out, size_t *out_n);

/* What this payment paid of an invoice; 0: nothing, there is no such payment. */
BH_MUST_CHECK int billing_store_payment_nanos(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *reference, int64_t *out);

#endif
