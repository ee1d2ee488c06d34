/* SPDX-License-Identifier: Apache-2.0 */
/* store_budget.h: budgets of a tenant, its teams, users and keys. */
#ifndef BH_BILLING_STORE_BUDGET_H
#define BH_BILLING_STORE_BUDGET_H

#include "billing/budget.h"
#include "db/db.h"

/* An owner's limits and what counts against them now, in nano-units. */
struct billing_budget {
	struct bh_uuid id;
	const char *kind;
	const char *name; /* of a key or a team; NULL for others */
	bool has_day, has_month, has_total;
	int64_t day, month, total;
	int64_t day_spent, month_spent, total_spent, reserved;
	int64_t day_ends_ms, month_ends_ms;
	const char *thresholds; /* JSON */
};

/* Whether the tenant has this key, person or team; of kind tenant: whether it is the tenant itself. */
BH_MUST_CHECK int billing_store_owner_exists(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_owner *owner, bool *out);

BH_MUST_CHECK int billing_store_budget_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_owner *owner, struct billing_budget *out);

/* Those that have a limit, by id, or all that have spent anything; kind NULL: of every kind. */
BH_MUST_CHECK int billing_store_budget_list(struct bh_db *db, const struct bh_uuid *tenant,
	const char *kind, bool all, const struct bh_uuid *after, int64_t limit,
	struct billing_budget **out, size_t *out_n);

/* Whether an owner is the API key itself or one of those that it was made by. */
BH_MUST_CHECK int billing_store_budget_above(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *key, const struct bh_uuid *owner, bool *out);
BH_MUST_CHECK int billing_store_budget_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_owner *owner, const struct billing_budget_change *change);

#endif
