/* SPDX-License-Identifier: Apache-2.0 */
/* credit.h: credits: money that is used before any is owed. Each is a fund of the meter while it can be drawn,
 * a row for good, and entries of the ledger: given, drawn, ended. */
#ifndef BH_BILLING_CREDIT_H
#define BH_BILLING_CREDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/store_credit.h"
#include "db/db.h"

/* All of them run inside the caller's transaction. */

/* Gives it; one that is there already is left as it is. BH_E_EXISTS: the id is that of a credit of another
 * amount. What a plan gives and what was paid for always finds room. */
BH_MUST_CHECK int billing_credit_give(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_credit *credit);

/* The same for what somebody gives: BH_E_RANGE for an end that is over or too far away, BH_E_TOO_MANY where the
 * tenant has BILLING_CREDITS_MOST already that can be drawn. */
BH_MUST_CHECK int billing_credit_give_within(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_credit *credit);

/* Takes back what is not drawn of it. BH_E_NOT_FOUND; BH_E_STATE: it has ended. */
BH_MUST_CHECK int billing_credit_void(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

/* Ends a credit before its time, should it be there and not have ended. *out_given, *out_drawn: what it was and what
 * of it is drawn; 0 where there is none. */
BH_MUST_CHECK int billing_credit_cut(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t *out_given, int64_t *out_drawn);

/* Ends what expired or is used up, which makes room for others. */
BH_MUST_CHECK int billing_credit_retire(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *currency);

/* Asks for a payment if the balance is below what the tenant's top-up says. It waits until a payment method
 * collects it. */
BH_MUST_CHECK int billing_credit_top_up(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *currency);

/* What a top-up asked for has been paid: a credit of the intent's own id. Again: nothing. */
BH_MUST_CHECK int billing_credit_collected(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *intent, int64_t nanos, const char *currency, int64_t now_ms);

/* The payment that a low balance asked for was made: it becomes a credit. BH_E_NOT_FOUND: none waits. */
BH_MUST_CHECK int billing_credit_collect(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t now_ms, struct bh_uuid *out);

/* "chat embedding" as bits and back; NULL and "": all, -1. BH_E_INVALID names the word. */
BH_MUST_CHECK int billing_credit_kinds(const char *words, int64_t *out);
const char *billing_credit_kind_words(struct bh_arena *arena, int64_t kinds);

#endif
