/* SPDX-License-Identifier: Apache-2.0 */
/* store_credit.h: credits, their funds, and what a low balance asks for. */
#ifndef BH_BILLING_STORE_CREDIT_H
#define BH_BILLING_STORE_CREDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "service/list.h"

#define BILLING_CREDIT_MOST INT64_C(1000000000000000000) /* nano-units */
#define BILLING_CREDIT_CATEGORIES "paid promotional refund plan"

enum { BILLING_CREDITS_MOST = 64 }; /* that can be drawn */
enum { BILLING_CREDIT_PRIORITY = 100, BILLING_CREDIT_PRIORITY_MOST = 1000 };

struct billing_credit {
	struct bh_uuid id;
	const char *category; /* one of BILLING_CREDIT_CATEGORIES */
	const char *status;   /* "active", "used", "expired", "void" */
	const char *currency;
	int64_t nanos;
	int64_t drawn;
	int64_t priority;
	int64_t kinds; /* a bit for each kind of act; -1: all */
	const char *note;
	int64_t given_ms;
	int64_t expires_ms; /* 0: never */
	int64_t ended_ms;   /* 0: it can be drawn */
};

/* *out_new: it was not there yet. */
BH_MUST_CHECK int billing_store_credit_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_credit *credit, bool *out_new);
BH_MUST_CHECK int billing_store_credit_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct billing_credit *out);
BH_MUST_CHECK int billing_store_credit_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, struct billing_credit **out, size_t *out_n);
BH_MUST_CHECK int billing_store_credit_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *status);
/* Those that are active but expired, or used up with nothing of them set aside. */
BH_MUST_CHECK int billing_store_credit_over(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_credit **out, size_t *out_n);

/* How many there are that can still be drawn, but for those of plans. */
BH_MUST_CHECK int billing_store_credit_count(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t *out);

/* The meter's side: opens the fund of a credit (*out_taken: there was room), closes one. */
BH_MUST_CHECK int billing_store_fund_open(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_credit *credit, bool *out_taken);
struct billing_fund_rest {
	bool found;
	int64_t amount, remaining;
};
BH_MUST_CHECK int billing_store_fund_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct billing_fund_rest *out);

struct billing_top_up {
	bool enabled;
	int64_t below, amount;
	bool has_most;
	int64_t month_most;
	/* What waits for a payment method; zero: nothing. */
	struct bh_uuid intent;
	int64_t intent_nanos, intent_ms;
};
/* Zeroed where there is none. */
BH_MUST_CHECK int billing_store_top_up_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_top_up *out);
/* Also tells the meter at what balance to speak up. */
BH_MUST_CHECK int billing_store_top_up_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_top_up *top_up);
/* *out_new: it was there, and not collected before. */
BH_MUST_CHECK int billing_store_intent_collected(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, bool *out_new);
/* Adds a pending intent where the top-up asks for one, its month has room, none is pending, and what it buys is not
 * one credit too many. */
BH_MUST_CHECK int billing_store_intent_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *currency);
/* The pending one, which is collected from now on. BH_E_NOT_FOUND. */
struct billing_intent {
	struct bh_uuid id;
	const char *currency;
	int64_t nanos;
};
BH_MUST_CHECK int billing_store_intent_take(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_intent *out);

#endif
