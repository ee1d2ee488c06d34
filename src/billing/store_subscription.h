/* SPDX-License-Identifier: Apache-2.0 */
/* store_subscription.h: subscriptions, the lines of their periods, and what they set in the books. */
#ifndef BH_BILLING_STORE_SUBSCRIPTION_H
#define BH_BILLING_STORE_SUBSCRIPTION_H

#include <stdbool.h>

#include "base/macros.h"
#include "billing/period.h"
#include "billing/plan.h"
#include "db/db.h"

struct billing_subscription {
	struct bh_uuid id;
	struct bh_uuid plan;
	int64_t plan_version;
	const char *state; /* trialing, active, paused, past_due, suspended, canceled */
	int64_t started_ms, anchor_ms;
	int64_t spans; /* since the anchor; -1: the trial before it */
	int64_t trial_until_ms;
	int64_t number;
	int64_t from_ms, until_ms;
	bool closed;
	int64_t segment_ms;
	int64_t step;
	struct bh_uuid next_plan; /* zero: none */
	int64_t next_version;
	bool cancel_at_end;
	int64_t canceled_ms, changed_ms;
};

/* The one that is not canceled, locked. BH_E_NOT_FOUND. Inside bh_tx_run. */
BH_MUST_CHECK int billing_store_subscription_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_subscription *out);

/* That one, or else the one that was canceled last. BH_E_NOT_FOUND. */
BH_MUST_CHECK int billing_store_subscription_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_subscription *out);

/* All that there have been, the newest first. */
BH_MUST_CHECK int billing_store_subscription_list(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_subscription **out, size_t *out_count);

/* Whether the tenant ever had a trial. */
BH_MUST_CHECK int billing_store_subscription_tried(struct bh_db *db, const struct bh_uuid *tenant,
	bool *out);

/* BH_E_CONFLICT: there is one that is not canceled. Inside bh_tx_run. */
BH_MUST_CHECK int billing_store_subscription_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *subscription);
/* Writes all that can change. Inside bh_tx_run, behind the lock. */
BH_MUST_CHECK int billing_store_subscription_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *subscription);

/* The state that dunning has of the tenant: "active", "past_due", "suspended". */
BH_MUST_CHECK int billing_store_subscription_owes(struct bh_db *tx, const struct bh_uuid *tenant,
	const char **out);

/* ---- lines of a period ---- */

BH_MUST_CHECK int billing_store_period_line_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *subscription, const struct billing_period_line *line);
BH_MUST_CHECK int billing_store_period_line_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *subscription, int64_t number, struct billing_period_line **out,
	size_t *out_count);

/* ---- the books ---- */

/* What the plan charges in the place of prices; NULL: nothing any more. */
BH_MUST_CHECK int billing_store_rates_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_plan *plan);

BH_MUST_CHECK int billing_store_prepaid_set(struct bh_db *tx, const struct bh_uuid *tenant,
	bool prepaid);

/* A fund that is there already stays as it is. */
BH_MUST_CHECK int billing_store_included_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *fund, int64_t meter, int64_t amount, int64_t from_ms, int64_t until_ms);

/* Takes it away. *out_drawn: what of it was drawn; 0 where there is none. */
BH_MUST_CHECK int billing_store_included_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *fund, int64_t *out_drawn);

/* Notes what was drawn in the current period before a change of plan, and what of it that part of the period was
 * worth. */
BH_MUST_CHECK int billing_store_drawn_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *subscription, int64_t meter, int64_t units, int64_t earned);
/* What was drawn in the current period beyond what its time was worth counts in that one. */
BH_MUST_CHECK int billing_store_drawn_carry(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *subscription, int64_t number);
/* What of a meter was drawn in the current period beyond what its time was worth so far; below 0: less was. */
BH_MUST_CHECK int billing_store_drawn_beyond(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_subscription *subscription, int64_t meter, int64_t *out);

/* ---- what tokens tell ---- */

/* Writes the tenant's plan. *out_changed: it was another. */
BH_MUST_CHECK int billing_store_tenant_plan_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_plan *plan, const char *state, bool *out_changed);

/* Whether auth has told the last change; locked. *out true where there is no plan. Inside bh_tx_run. */
BH_MUST_CHECK int billing_store_tenant_plan_told(struct bh_db *tx, const struct bh_uuid *tenant,
	bool *out);

#endif
